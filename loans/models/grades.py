"""五级分类 as the bank enters it, by day (domain §6). What counts is never better than the days overdue allow: `loans.selectors.grades`."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.append_only import AppendOnlyModel
from parties.models import User

from ..enums import LoanGrade
from .loans import Loan


class Grading(AppendOnlyModel):
    """The bank's own grade of a loan from a day to its next one; of two for the same day the later entered counts."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="gradings", verbose_name="贷款")
    grade = models.CharField("五级分类", max_length=16, choices=LoanGrade)
    from_on = models.DateField("起始日")
    reason = models.CharField("分类理由", max_length=200)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = "五级分类"
        ordering = ("from_on", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(grade__in=LoanGrade.values), name="grading_grade_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="grading_with_reason"),
        ]
        indexes: ClassVar = [models.Index(fields=["loan", "from_on"], name="grading_by_day")]

    def __str__(self) -> str:
        return f"{self.loan} {self.from_on} {self.get_grade_display()}"

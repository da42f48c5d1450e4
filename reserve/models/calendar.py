"""The State Council's yearly notices, as an administrator enters them; they win over the library's data (domain §5)."""

from django.db import models
from django.urls import reverse

from parties.models import User


class CalendarNotice(models.Model):
    """One year's notice 关于…年部分节假日安排的通知."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    notice_number = models.CharField("文号", max_length=60)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="录入人")
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = "放假安排"
        ordering = ("-year",)

    def __str__(self) -> str:
        return f"{self.year}年放假安排（{self.notice_number}）"

    def get_absolute_url(self) -> str:
        return reverse("reserve:calendar_year", args=[self.year])


class CalendarDay(models.Model):
    """A day of the notice: a holiday, or a weekend day that is worked."""

    notice = models.ForeignKey(CalendarNotice, models.CASCADE, related_name="days")
    day = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("调休上班")
    name = models.CharField("节日", max_length=20, blank=True)

    class Meta:
        verbose_name = "节假日"
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day} {'上班' if self.is_workday else '放假'}"

"""What an officer enters and another person confirms: the columns and constraints all such facts share."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from parties.models import User


class EnteredFact(models.Model):
    """Entered by an officer; confirmed by another person, or taken out with a reason."""

    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    entered_at = models.DateTimeField("录入时间")
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人")
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    confirmed_on = models.DateField("入账日期", null=True, blank=True)
    discard_reason = models.CharField("作废理由", max_length=200, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=["entered", "discarded"])
                & Q(confirmed_by__isnull=True, confirmed_at__isnull=True, confirmed_on__isnull=True)
                | ~Q(status__in=["entered", "discarded"])
                & Q(confirmed_by__isnull=False, confirmed_at__isnull=False, confirmed_on__isnull=False),
                name="%(class)s_confirmed_with_facts",
            ),
            models.CheckConstraint(condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("entered_by")), name="%(class)s_two_people"),
        ]

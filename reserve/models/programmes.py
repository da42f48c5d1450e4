"""Programmes, their parties and their dated rules."""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from parties.enums import OrganisationKind
from parties.models import Organisation, User

from ..enums import ProgrammeStatus, RateKind


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, user: User) -> Self:
        """The programmes the person's organisation is a party to; administrators of the system see all of them."""
        if user.organisation_id is None:
            return self
        return self.filter(pk__in=programme_keys(user))


class Programme(models.Model):
    """One joint reserve under one agreement (domain §3.1)."""

    code = models.SlugField("项目代码", max_length=32, unique=True)
    name = models.CharField("项目名称", max_length=100)
    agreement_name = models.CharField("协议名称", max_length=100)
    agreement_signed_on = models.DateField("协议签署日")
    region = models.CharField("地区", max_length=40, help_text="受支持企业的注册地，如中山市")
    started_on = models.DateField("启用日", null=True, blank=True, help_text="此前的出资、授信和贷款以期初导入；空：一开始就在本系统办理")
    status = models.CharField("状态", max_length=8, choices=ProgrammeStatus, default=ProgrammeStatus.ACTIVE)
    ended_on = models.DateField("终止日", null=True, blank=True)
    end_reason = models.CharField("终止依据", max_length=200, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="终止记录人")
    closed_on = models.DateField("清算日", null=True, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="清算人")

    objects: ClassVar = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = "项目"
        ordering = ("-agreement_signed_on", "code")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=ProgrammeStatus.values), name="programme_status_known"),
            models.CheckConstraint(
                condition=Q(status="active", ended_on__isnull=True, ended_by__isnull=True)
                | (~Q(status="active") & Q(ended_on__isnull=False, ended_by__isnull=False)),
                name="programme_ended_with_date",
            ),
            models.CheckConstraint(
                condition=Q(status="closed", closed_on__isnull=False, closed_by__isnull=False)
                | ~Q(status="closed") & Q(closed_on__isnull=True, closed_by__isnull=True),
                name="programme_closed_with_date",
            ),
            models.CheckConstraint(
                condition=Q(started_on__isnull=True) | Q(started_on__gte=F("agreement_signed_on")),
                name="programme_starts_under_its_agreement",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reserve:programme", args=[self.code])

    def precedes_start(self, day: date) -> bool:
        """Whether a day lies before the one from which the programme is run here: 期初, owing no past duties."""
        return self.started_on is not None and day < self.started_on

    def party_ids(self) -> Iterable[int]:
        return self.parties.values_list("organisation_id", flat=True)

    def organisations(self, *kinds: str) -> models.QuerySet[Organisation]:
        """The programme's parties of these kinds (all kinds when none is named)."""
        found = Organisation.objects.filter(memberships__programme=self)
        return found.filter(kind__in=kinds) if kinds else found

    def organisation(self, kind: str) -> Organisation:
        """The programme's party of a kind that every programme has exactly one of (centre, bureau, town)."""
        return self.organisations(kind).get()


class ProgrammeScopedQuerySet(models.QuerySet[Any]):
    """For models with a `programme` field."""

    def visible_to(self, user: User) -> Self:
        """Rows of programmes the person's organisation is a party to."""
        if user.organisation_id is None:
            return self.none()
        return self.filter(programme__in=programme_keys(user))


def programme_keys(user: User) -> Any:
    """Which programmes the person's organisation is a party to, for a filter `…__in`: the keys their session was loaded with, else
    a subquery. By keys the database knows how many rows of each programme there are, and reads no other table to tell."""
    if user.programme_keys is not None:
        return user.programme_keys
    return ProgrammeParty.objects.filter(organisation=user.organisation_id).order_by().values("programme")


class ProgrammeParty(models.Model):
    """An organisation's membership of a programme. A programme may have several banks, one centre, bureau and town."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="parties")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships", verbose_name="单位")
    kind = models.CharField("单位类型", max_length=24, choices=OrganisationKind)
    joined_on = models.DateField("加入日期")

    class Meta:
        verbose_name = "项目参与方"
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "organisation"], name="programme_party_once"),
            models.UniqueConstraint(
                fields=["programme", "kind"],
                condition=Q(kind__in=["provincial_centre", "science_bureau", "town"]),
                name="programme_one_of_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.organisation}"


class ProgrammeRule(models.Model):
    """The value of one key of `rulebook.RULEBOOK` from a date on. Rows are added, never changed; of one day, the last entry counts."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="rule_rows")
    key = models.CharField("规则", max_length=48)
    value = models.CharField("取值", max_length=200)
    effective_on = models.DateField("生效日")
    entry = models.PositiveSmallIntegerField("同日第几次录入", default=1)
    reason = models.CharField("依据", max_length=200, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="录入人")
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = "项目规则"
        ordering = ("key", "effective_on", "entry")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "key", "effective_on", "entry"], name="programme_rule_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key}={self.value} ({self.effective_on})"

    def get_absolute_url(self) -> str:
        return reverse("reserve:rule_list", args=[self.programme.code])


class ReferenceRate(models.Model):
    """One published row of benchmark or LPR rates, annual percent. Later rows are entered by the system administrator, who may
    enter the last one again: of one day, the last entry counts."""

    kind = models.CharField("种类", max_length=10, choices=RateKind)
    effective_on = models.DateField("生效日")
    entry = models.PositiveSmallIntegerField("同日第几次录入", default=1)
    up_to_6_months = models.DecimalField("六个月以内", max_digits=7, decimal_places=4, null=True, blank=True)
    up_to_1_year = models.DecimalField("一年以内", max_digits=7, decimal_places=4, null=True, blank=True)
    up_to_3_years = models.DecimalField("一至三年", max_digits=7, decimal_places=4, null=True, blank=True)
    up_to_5_years = models.DecimalField("三至五年", max_digits=7, decimal_places=4, null=True, blank=True)
    over_5_years = models.DecimalField("五年以上", max_digits=7, decimal_places=4, null=True, blank=True)
    one_year = models.DecimalField("一年期 LPR", max_digits=7, decimal_places=4, null=True, blank=True)
    over_five_years = models.DecimalField("五年期以上 LPR", max_digits=7, decimal_places=4, null=True, blank=True)

    class Meta:
        verbose_name = "参考利率"
        ordering = ("kind", "effective_on", "entry")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "effective_on", "entry"], name="reference_rate_entry_once"),
            models.CheckConstraint(
                condition=(
                    Q(kind="benchmark")
                    & Q(up_to_6_months__gt=0, up_to_1_year__gt=0, up_to_3_years__gt=0, up_to_5_years__gt=0, over_5_years__gt=0)
                )
                | Q(kind="lpr", one_year__gt=0, over_five_years__gt=0),
                name="reference_rate_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.effective_on}"

    def get_absolute_url(self) -> str:
        return reverse("reserve:rate_list")


class ClosedPeriod(models.Model):
    """A bank's quarter is closed for back-dated facts: written when its summary is submitted (domain §3.11)."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="closed_periods")
    bank = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="银行")
    quarter = models.CharField("季度", max_length=6)
    first_day = models.DateField("起日")
    last_day = models.DateField("止日")
    closed_at = models.DateTimeField("关闭时间")

    class Meta:
        verbose_name = "已关闭季度"
        ordering = ("first_day",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "bank", "quarter"], name="closed_period_once"),
            models.CheckConstraint(condition=Q(first_day__lt=F("last_day")), name="closed_period_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.quarter}"

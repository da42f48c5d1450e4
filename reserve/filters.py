"""Filters of the lists and of the REST resources: the same names and values in both."""

from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet

from common.forms import DateField
from parties.enums import FUNDERS, OrganisationKind

from .enums import (
    ContributionStatus,
    DeadlineKind,
    EntryStatus,
    InterestKind,
    InterestStatus,
    ObligationStatus,
    ProgrammeStatus,
    RateKind,
    RefundStatus,
    StatementStatus,
)
from .ledger_enums import Purpose
from .models import (
    AccountInterest,
    BankStatement,
    Contribution,
    Deadline,
    FundingObligation,
    LedgerEntry,
    Programme,
    ReferenceRate,
    Refund,
    ReserveAccount,
    StatementExplanation,
)

FUNDER_KINDS = [(kind.value, kind.label) for kind in OrganisationKind if kind in FUNDERS]


def visible_programmes(request: Any) -> QuerySet[Programme]:
    """The programmes of the person asking; none for the schema generator."""
    if request is None or not request.user.is_authenticated:
        return Programme.objects.none()
    found: QuerySet[Programme] = Programme.objects.visible_to(request.user)
    return found


def visible_statements(request: Any) -> QuerySet[BankStatement]:
    """The bank's statements in the person's programmes; none for the schema generator."""
    if request is None or not request.user.is_authenticated:
        return BankStatement.objects.none()
    found: QuerySet[BankStatement] = BankStatement.objects.visible_to(request.user)
    return found


def visible_accounts(request: Any) -> QuerySet[ReserveAccount]:
    """The reserve accounts of the person's programmes; none for the schema generator."""
    if request is None or not request.user.is_authenticated:
        return ReserveAccount.objects.none()
    found: QuerySet[ReserveAccount] = ReserveAccount.objects.visible_to(request.user)
    return found


class ProgrammeChoice(django_filters.ModelChoiceFilter):
    """`?programme=xiaolan`: only programmes of the person exist."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="项目", to_field_name="code", queryset=visible_programmes, empty_label="全部", **kwargs)


class DayFilter(django_filters.Filter):
    """A day as people write it."""

    field_class = DateField


class YesNo(django_filters.TypedChoiceFilter):
    """`true` or `false`; anything else is an error (the library's own boolean filter ignores it)."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", "全部"), ("true", "是"), ("false", "否")]
        super().__init__(choices=choices, coerce=lambda text: text == "true", **kwargs)


class ProgrammeFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label="状态", choices=ProgrammeStatus.choices, empty_label="全部")

    class Meta:
        model = Programme
        fields = ()


class ContributionFilter(django_filters.FilterSet):
    programme = ProgrammeChoice()
    funder_kind = django_filters.ChoiceFilter(label="出资人", field_name="account__funder__kind", choices=FUNDER_KINDS, empty_label="全部")
    status = django_filters.ChoiceFilter(label="状态", choices=ContributionStatus.choices, empty_label="全部")

    class Meta:
        model = Contribution
        fields = ()


class InterestFilter(django_filters.FilterSet):
    programme = ProgrammeChoice()
    account = django_filters.ModelChoiceFilter(label="账户", queryset=visible_accounts, empty_label="全部")
    kind = django_filters.ChoiceFilter(label="种类", choices=InterestKind.choices, empty_label="全部")
    status = django_filters.ChoiceFilter(label="状态", choices=InterestStatus.choices, empty_label="全部")

    class Meta:
        model = AccountInterest
        fields = ()


class BankStatementFilter(django_filters.FilterSet):
    programme = ProgrammeChoice()
    account = django_filters.ModelChoiceFilter(label="账户", queryset=visible_accounts, empty_label="全部")
    status = django_filters.ChoiceFilter(label="状态", choices=StatementStatus.choices, empty_label="全部")

    class Meta:
        model = BankStatement
        fields = ()


class ExplanationFilter(django_filters.FilterSet):
    statement = django_filters.ModelChoiceFilter(label="对账单", queryset=visible_statements, empty_label="全部")
    status = django_filters.ChoiceFilter(label="状态", choices=EntryStatus.choices, empty_label="全部")

    class Meta:
        model = StatementExplanation
        fields = ()


class RefundFilter(django_filters.FilterSet):
    programme = ProgrammeChoice()
    account = django_filters.ModelChoiceFilter(label="账户", queryset=visible_accounts, empty_label="全部")
    status = django_filters.ChoiceFilter(label="状态", choices=RefundStatus.choices, empty_label="全部")

    class Meta:
        model = Refund
        fields = ()


class ObligationFilter(django_filters.FilterSet):
    programme = ProgrammeChoice()
    status = django_filters.ChoiceFilter(label="状态", choices=ObligationStatus.choices, empty_label="全部")

    class Meta:
        model = FundingObligation
        fields = ()


class DeadlineFilter(django_filters.FilterSet):
    programme = ProgrammeChoice()
    kind = django_filters.ChoiceFilter(label="事项", choices=DeadlineKind.choices, empty_label="全部")
    mine = YesNo(label="只看本单位", method="of_own_organisation")
    provisional = YesNo(label="暂定")

    class Meta:
        model = Deadline
        fields = ()

    def of_own_organisation(self, rows: QuerySet[Deadline], name: str, value: bool) -> QuerySet[Deadline]:
        own = {"organisation": self.request.user.organisation_id}
        return rows.filter(**own) if value else rows.exclude(**own)


class LedgerEntryFilter(django_filters.FilterSet):
    """`from` and `to` are ledger dates, `value_from` and `value_to` value dates, both included."""

    programme = ProgrammeChoice()
    purpose = django_filters.ChoiceFilter(label="用途", choices=Purpose.choices, empty_label="全部")
    locals()["from"] = DayFilter(label="记账日自", field_name="ledger_date", lookup_expr="gte")  # a word of Python
    to = DayFilter(label="记账日至", field_name="ledger_date", lookup_expr="lte")
    value_from = DayFilter(label="起息日自", field_name="value_date", lookup_expr="gte")
    value_to = DayFilter(label="起息日至", field_name="value_date", lookup_expr="lte")
    counted = django_filters.ChoiceFilter(label="收支项目（含冲正）", choices=Purpose.choices, method="counted_in", empty_label="全部")

    class Meta:
        model = LedgerEntry
        fields = ()

    def counted_in(self, rows: QuerySet[LedgerEntry], name: str, value: str) -> QuerySet[LedgerEntry]:
        """Entries of the purpose and reversals of such."""
        return rows.filter(Q(purpose=value) | Q(reverses__purpose=value))


class BackdatedLedgerEntryFilter(LedgerEntryFilter):
    backdated = YesNo(label="起息日早于记账日", method="valued_earlier")

    def valued_earlier(self, rows: QuerySet[LedgerEntry], name: str, value: bool) -> QuerySet[LedgerEntry]:
        earlier = {"value_date__lt": F("ledger_date")}
        return rows.filter(**earlier) if value else rows.exclude(**earlier)


class ReserveAccountFilter(django_filters.FilterSet):
    programme = ProgrammeChoice()
    funder_kind = django_filters.ChoiceFilter(label="出资人", field_name="funder__kind", choices=FUNDER_KINDS, empty_label="全部")
    as_of = DayFilter(label="截至", method="unchanged")
    by = django_filters.ChoiceFilter(
        label="口径", choices=[("ledger", "记账日"), ("value", "起息日")], method="unchanged", empty_label="记账日"
    )

    class Meta:
        model = ReserveAccount
        fields = ()

    def unchanged(self, rows: QuerySet[ReserveAccount], name: str, value: object) -> QuerySet[ReserveAccount]:
        """Which accounts is not the question here; the endpoint reads their figures as of that day."""
        return rows


class OpenDeadlineFilter(DeadlineFilter):
    open = YesNo(label="正在计时", method="still_running")

    def still_running(self, rows: QuerySet[Deadline], name: str, value: bool) -> QuerySet[Deadline]:
        running = {"met_on__isnull": True, "cancelled_on__isnull": True}
        return rows.filter(**running) if value else rows.exclude(**running)


class RateFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label="种类", choices=RateKind.choices, empty_label="全部")

    class Meta:
        model = ReferenceRate
        fields = ()

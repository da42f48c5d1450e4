"""REST resources of decisions, loans and net capital. Creating and entering are the officer's, `confirm/` another person's."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.http import today
from common.serializers import MoneyField, RateField
from enterprises.enums import Size
from enterprises.models import Recommendation
from parties.api import ReasonInput, ServiceViewSet, VersionedReasonInput, VersionInput, caller, refuse_unknown, visible_or_error

from .enums import Decision, FactStatus, Guarantee, PrepaymentEffect, RepaymentKind, RepaymentMethod
from .errors import NothingToReverse
from .filters import LineApiFilter, LoanApiFilter, NetCapitalFilter
from .models import CreditLine, Loan, NetCapital, Repayment, Reversal, ScheduleLine
from .rules.concentration import Concentration
from .selectors.concentration import excesses_of_lines, excesses_of_loans
from .selectors.servicing import schedule_of
from .services import approvals, capital, loans, repayments, reversals


class RecommendationField(serializers.IntegerField):
    """A recommendation the caller sees, by id."""

    def to_internal_value(self, data: Any) -> Any:
        pk = super().to_internal_value(data)
        return visible_or_error(Recommendation, caller(self.context["request"]), self.field_name or "", pk)


class LineField(serializers.IntegerField):
    """A credit line the caller sees, by id."""

    def to_internal_value(self, data: Any) -> Any:
        pk = super().to_internal_value(data)
        return visible_or_error(CreditLine, caller(self.context["request"]), self.field_name or "", pk)


# What the caller's bank is warned of


class Warned(serializers.Serializer[Any]):
    """`context["excesses"]`: by the row's id."""

    warnings = serializers.SerializerMethodField(help_text="目前应注意的事项，如超过单一客户集中度；只对本行人员列出")

    def get_warnings(self, row: CreditLine | Loan) -> list[str]:
        excess = self.context["excesses"].get(row.pk)
        return [excess.sentence] if excess else []


class WarnedViewSet(ServiceViewSet):
    """Rows shown with their warnings."""

    def excesses(self, rows: list[Any]) -> dict[int, Concentration]:
        raise NotImplementedError

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """The rows about to be shown are asked for their excesses together."""
        rows = list(args[0]) if kwargs.get("many") else list(args)
        kwargs["context"] = {**self.get_serializer_context(), "excesses": self.excesses(rows) if rows else {}}
        return super().get_serializer(*args, **kwargs)


# Decisions


class ApprovalTerms(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=Decision.choices)
    amount = MoneyField(required=False, allow_null=True)
    term_months = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=360)
    annual_rate = RateField(required=False, allow_null=True)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices, required=False, allow_blank=True)
    guarantee = serializers.ChoiceField(choices=Guarantee.choices, required=False, allow_blank=True)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


class ApprovalInput(ApprovalTerms):
    recommendation = RecommendationField()


class ApprovalChange(ApprovalTerms):
    version = serializers.IntegerField()


class ApprovalOutput(Warned, serializers.ModelSerializer[CreditLine]):
    """A decision with what of it is drawn and what is not."""

    programme = serializers.CharField(source="programme.code")
    enterprise_name = serializers.CharField(source="recommendation.enterprise_name")
    recommended_amount = MoneyField(source="recommendation.amount")
    amount = MoneyField(allow_null=True)
    annual_rate = RateField(allow_null=True)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices, allow_blank=True, help_text="不同意时为空")
    guarantee = serializers.ChoiceField(choices=Guarantee.choices, allow_blank=True, help_text="不同意时为空")
    size = serializers.ChoiceField(choices=Size.choices, allow_blank=True, help_text="批准时规模；未批准的为空")
    drawn = MoneyField(help_text="已提用：已复核放款之和")
    undrawn = MoneyField(help_text="未提用；未批准的为 0")
    proposed_by = serializers.CharField(source="proposed_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = CreditLine
        fields = (
            "id",
            "programme",
            "bank",
            "recommendation",
            "enterprise",
            "enterprise_name",
            "recommended_amount",
            "decision",
            "amount",
            "term_months",
            "annual_rate",
            "repayment_method",
            "guarantee",
            "reason",
            "size",
            "status",
            "version",
            "proposed_by",
            "proposed_at",
            "sent_back_reason",
            "confirmed_by",
            "confirmed_at",
            "decided_on",
            "valid_until",
            "drawn",
            "undrawn",
            "warnings",
        )
        read_only_fields = fields


class ApprovalViewSet(WarnedViewSet):
    """Bank decisions; an approved one is a credit line."""

    queryset_model = CreditLine
    serializer_class = ApprovalOutput
    filterset_class = LineApiFilter
    ordering_fields = ("decided_on", "amount", "valid_until")
    related = ("programme", "recommendation", "proposed_by", "confirmed_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "approval.propose",
        "update": "approval.propose",
        "confirm": "approval.confirm",
        "send_back": "approval.send_back",
    }

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.with_drawn()

    def excesses(self, rows: list[Any]) -> dict[int, Concentration]:
        return excesses_of_lines(caller(self.request), rows, today())

    @extend_schema(request=ApprovalInput, responses={201: ApprovalOutput})
    def create(self, request: Request) -> Response:
        """The officer proposes; another person confirms."""
        return self.perform(request, approvals.propose_approval, ApprovalInput, status=201)

    @extend_schema(request=ApprovalChange, responses=ApprovalOutput)
    def update(self, request: Request, pk: str) -> Response:
        """Change a proposal that is waiting or was sent back; `version` is the one that was read."""
        return self.perform(request, approvals.repropose_approval, ApprovalChange, obj=self.get_object())

    @extend_schema(request=VersionInput, responses=ApprovalOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Another person makes it the bank's decision."""
        return self.perform(request, approvals.confirm_approval, VersionInput, obj=self.get_object())

    @extend_schema(request=VersionedReasonInput, responses=ApprovalOutput)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, pk: str) -> Response:
        """The reviewer returns it to the officer."""
        return self.perform(request, approvals.send_back_approval, VersionedReasonInput, obj=self.get_object())


# Loans


class AgreedInstalmentField(serializers.Serializer[Any]):
    """A day and the principal to be paid on it."""

    due_on = serializers.DateField()
    principal = MoneyField()


class LoanTerms(serializers.Serializer[Any]):
    contract_no = serializers.CharField(max_length=40)
    contract_on = serializers.DateField()
    note_no = serializers.CharField(max_length=40)
    amount = MoneyField()
    disbursed_on = serializers.DateField()
    due_on = serializers.DateField()
    annual_rate = RateField(required=False, allow_null=True, help_text="缺省为审批利率")
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=100, help_text="缺省为推荐的用途")
    repayment_method = serializers.ChoiceField(
        choices=RepaymentMethod.choices, required=False, allow_blank=True, help_text="缺省为审批的还本付息方式"
    )
    cycle_months = serializers.ChoiceField(choices=(1, 3), required=False, help_text="分期还本的结息周期：按月 1，按季 3")
    agreed = serializers.ListField(
        child=AgreedInstalmentField(), required=False, max_length=120, help_text="分期还本计划；余额在到期日归还"
    )

    def validate_agreed(self, rows: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
        return [(row["due_on"], row["principal"]) for row in rows]


class LoanInput(LoanTerms):
    credit_line = LineField()


class LoanChange(LoanTerms):
    version = serializers.IntegerField()


class LoanOutput(Warned, serializers.ModelSerializer[Loan]):
    """The seven columns of the quarterly return first, in their order."""

    programme = serializers.CharField(source="programme.code")
    amount = MoneyField()
    annual_rate = RateField()
    outstanding = MoneyField()
    earmarked = MoneyField()
    earmarked_provincial = MoneyField()
    declared_reserve = MoneyField()
    declared_provincial = MoneyField()
    days_overdue = serializers.SerializerMethodField(help_text="逾期天数：自最早一期未付的应付日起，截至今天")
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = Loan
        fields = (
            "id",
            "enterprise_name",
            "amount",
            "disbursed_on",
            "due_on",
            "annual_rate",
            "purpose",
            "repayment_method",
            "programme",
            "bank",
            "enterprise",
            "credit_line",
            "contract_no",
            "contract_on",
            "note_no",
            "guarantee",
            "cycle_months",
            "status",
            "version",
            "outstanding",
            "overdue_since",
            "days_overdue",
            "earmarked",
            "earmarked_provincial",
            "declared_reserve",
            "declared_provincial",
            "entered_by",
            "entered_at",
            "confirmed_by",
            "confirmed_at",
            "confirmed_on",
            "settled_on",
            "discard_reason",
            "warnings",
        )
        read_only_fields = fields

    def get_days_overdue(self, loan: Loan) -> int:
        return loan.days_overdue(today())


class ScheduleLineOutput(serializers.ModelSerializer[ScheduleLine]):
    """One instalment; `payable_on` is the last day in time, `provisional` while that year's holidays are not known."""

    annual_rate = RateField()
    principal = MoneyField()
    interest = MoneyField()
    total = MoneyField()
    balance = MoneyField()
    principal_paid = MoneyField()
    interest_paid = MoneyField()

    class Meta:
        model = ScheduleLine
        fields = (
            "number",
            "kind",
            "due_on",
            "payable_on",
            "provisional",
            "annual_rate",
            "days",
            "principal",
            "interest",
            "total",
            "balance",
            "principal_paid",
            "interest_paid",
            "cleared_on",
        )
        read_only_fields = fields


class RepaymentInput(serializers.Serializer[Any]):
    """Either `amount`, divided by the programme's rule, or its parts."""

    paid_on = serializers.DateField()
    amount = MoneyField(required=False, help_text="还款总额，按冲抵顺序分配；与分项只填一种")
    principal = MoneyField(required=False, allow_zero=True)
    interest = MoneyField(required=False, allow_zero=True, help_text="缺省为当日应付利息")
    penalty = MoneyField(required=False, allow_zero=True, help_text="缺省为当日应付罚息")
    kind = serializers.ChoiceField(choices=RepaymentKind.choices, required=False, help_text="缺省按还款计划判断")
    effect = serializers.ChoiceField(choices=PrepaymentEffect.choices, required=False, help_text="仅用于提前还款；缺省为期限不变")
    receipt_no = serializers.CharField(required=False, allow_blank=True, max_length=40)


class ReversalOutput(serializers.ModelSerializer[Reversal]):
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = Reversal
        fields = ("id", "reason", "status", "entered_by", "entered_at", "confirmed_by", "confirmed_at", "confirmed_on", "discard_reason")
        read_only_fields = fields


class RepaymentOutput(serializers.ModelSerializer[Repayment]):
    amount = MoneyField()
    principal = MoneyField()
    interest = MoneyField()
    penalty = MoneyField()
    effect = serializers.ChoiceField(choices=PrepaymentEffect.choices, allow_blank=True, help_text="按期还款的为空")
    reversals = ReversalOutput(many=True)
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = Repayment
        fields = (
            "id",
            "loan",
            "paid_on",
            "kind",
            "effect",
            "amount",
            "principal",
            "interest",
            "penalty",
            "receipt_no",
            "status",
            "entered_by",
            "entered_at",
            "confirmed_by",
            "confirmed_at",
            "confirmed_on",
            "discard_reason",
            "reversals",
        )
        read_only_fields = fields


class LoanViewSet(WarnedViewSet):
    """借据 with the reserve each occupies, and their repayments of principal."""

    queryset_model = Loan
    serializer_class = LoanOutput
    filterset_class = LoanApiFilter
    ordering_fields = ("disbursed_on", "due_on", "amount", "outstanding")
    related = ("programme", "credit_line", "entered_by", "confirmed_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "loan.enter",
        "update": "loan.enter",
        "confirm": "loan.confirm",
        "discard": ("loan.enter", "loan.confirm"),
        "enter_repayment": "repayment.enter",
        "confirm_repayment": "repayment.confirm",
        "discard_repayment": ("repayment.enter", "repayment.confirm"),
        "reverse_repayment": ("repayment.enter", "repayment.confirm"),
        "discard_reversal": ("repayment.enter", "repayment.confirm"),
    }

    def excesses(self, rows: list[Any]) -> dict[int, Concentration]:
        return excesses_of_loans(caller(self.request), rows, today())

    @extend_schema(request=LoanInput, responses={201: LoanOutput})
    def create(self, request: Request) -> Response:
        """The officer enters a drawdown; another person confirms it."""
        return self.perform(request, loans.enter_loan, LoanInput, status=201)

    @extend_schema(request=LoanChange, responses=LoanOutput)
    def update(self, request: Request, pk: str) -> Response:
        """Change an entry that waits for its confirmation; `version` is the one that was read."""
        return self.perform(request, loans.edit_loan, LoanChange, obj=self.get_object())

    @extend_schema(request=VersionInput, responses=LoanOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Another person confirms the disbursement; the reserve is earmarked."""
        return self.perform(request, loans.confirm_loan, VersionInput, obj=self.get_object())

    @extend_schema(request=VersionedReasonInput, responses=LoanOutput)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Take an unconfirmed entry out."""
        return self.perform(request, loans.discard_loan, VersionedReasonInput, obj=self.get_object())

    @extend_schema(responses=ScheduleLineOutput(many=True), filters=False)
    @action(detail=True, methods=["get"], serializer_class=ScheduleLineOutput)
    def schedule(self, request: Request, pk: str) -> Response:
        """The repayment schedule in force with what is paid of it; of an entered loan, as it would be."""
        refuse_unknown(request, set())
        page = self.paginate_queryset(schedule_of(self._loan(), today()))
        return self.get_paginated_response(ScheduleLineOutput(page, many=True).data)

    @extend_schema(responses=RepaymentOutput(many=True), filters=False)
    @action(detail=True, methods=["get"], serializer_class=RepaymentOutput)
    def repayments(self, request: Request, pk: str) -> Response:
        """The loan's repayments, oldest first."""
        refuse_unknown(request, set())
        rows = self._repayments(self._loan())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(RepaymentOutput(page, many=True).data)

    @extend_schema(request=RepaymentInput, responses={201: RepaymentOutput})
    @repayments.mapping.post
    def enter_repayment(self, request: Request, pk: str) -> Response:
        """The officer enters principal paid back; another person confirms it."""
        return self.perform(request, repayments.enter_repayment, RepaymentInput, obj=self._loan(), status=201, output=self._shown)

    @extend_schema(request=None, responses=RepaymentOutput)
    @action(detail=True, methods=["post"], url_path=r"repayments/(?P<repayment_pk>\d+)/confirm")
    def confirm_repayment(self, request: Request, pk: str, repayment_pk: str) -> Response:
        """Another person confirms; the earmark falls to the target of what is still owed."""
        return self.perform(
            request, repayments.confirm_repayment, obj=self._repayment(repayment_pk), argument="repayment", output=self._shown
        )

    @extend_schema(request=ReasonInput, responses=RepaymentOutput)
    @action(detail=True, methods=["post"], url_path=r"repayments/(?P<repayment_pk>\d+)/discard")
    def discard_repayment(self, request: Request, pk: str, repayment_pk: str) -> Response:
        """Take an unconfirmed repayment out."""
        return self.perform(request, repayments.discard_repayment, ReasonInput, obj=self._repayment(repayment_pk), output=self._shown)

    @extend_schema(request=ReasonInput, responses=RepaymentOutput)
    @action(detail=True, methods=["post"], url_path=r"repayments/(?P<repayment_pk>\d+)/reverse")
    def reverse_repayment(self, request: Request, pk: str, repayment_pk: str) -> Response:
        """The officer says why a confirmed repayment was wrong; the reviewer, with an empty body, confirms its reversal."""
        repayment = self._repayment(repayment_pk)
        if caller(request).is_officer:
            return self.perform(request, reversals.enter_reversal, ReasonInput, obj=repayment, output=self._reversed)
        return self.perform(request, reversals.confirm_reversal, obj=self._pending(repayment), output=self._reversed)

    @extend_schema(request=ReasonInput, responses=RepaymentOutput)
    @action(detail=True, methods=["post"], url_path=r"repayments/(?P<repayment_pk>\d+)/reverse/discard")
    def discard_reversal(self, request: Request, pk: str, repayment_pk: str) -> Response:
        """Take an unconfirmed reversal out."""
        pending = self._pending(self._repayment(repayment_pk))
        return self.perform(request, reversals.discard_reversal, ReasonInput, obj=pending, output=self._reversed)

    def _loan(self) -> Loan:
        loan: Loan = self.get_object()
        return loan

    def _repayments(self, loan: Loan) -> Any:
        return loan.repayments.select_related("entered_by", "confirmed_by").prefetch_related(
            Prefetch("reversals", Reversal.objects.select_related("entered_by", "confirmed_by"))
        )

    def _repayment(self, pk: str) -> Repayment:
        row: Repayment | None = self._repayments(self._loan()).filter(pk=pk).first()
        if row is None:
            raise NotFound
        return row

    def _shown(self, repayment: Repayment) -> Any:
        return RepaymentOutput(self._repayments(repayment.loan).get(pk=repayment.pk)).data

    def _reversed(self, reversal: Reversal) -> Any:
        return self._shown(reversal.repayment)

    def _pending(self, repayment: Repayment) -> Reversal:
        row: Reversal | None = repayment.reversals.filter(status=FactStatus.ENTERED).first()
        if row is None:
            raise NothingToReverse
        return row


# The bank's net capital


class NetCapitalInput(serializers.Serializer[Any]):
    effective_on = serializers.DateField(help_text="基准日")
    amount = MoneyField()
    source = serializers.CharField(max_length=100, help_text="数据来源")  # type: ignore[assignment]


class NetCapitalOutput(serializers.ModelSerializer[NetCapital]):
    amount = MoneyField()
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = NetCapital
        fields = (
            "id",
            "bank",
            "effective_on",
            "amount",
            "source",
            "status",
            "entered_by",
            "entered_at",
            "confirmed_by",
            "confirmed_at",
            "discard_reason",
        )
        read_only_fields = fields


class NetCapitalViewSet(ServiceViewSet):
    """The banks' net capital by day; the latest confirmed one is in force, in all programmes of its bank."""

    queryset_model = NetCapital
    serializer_class = NetCapitalOutput
    filterset_class = NetCapitalFilter
    ordering_fields = ("effective_on", "amount")
    related = ("entered_by", "confirmed_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "net_capital.enter",
        "confirm": "net_capital.confirm",
        "discard": ("net_capital.enter", "net_capital.confirm"),
    }

    @extend_schema(request=NetCapitalInput, responses={201: NetCapitalOutput})
    def create(self, request: Request) -> Response:
        """The bank's officer enters it; another person confirms it."""
        return self.perform(request, capital.enter_net_capital, NetCapitalInput, status=201)

    @extend_schema(request=None, responses=NetCapitalOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Another person confirms it; it counts from its day on."""
        return self.perform(request, capital.confirm_net_capital, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=NetCapitalOutput)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Take an unconfirmed entry out; its day is free again."""
        return self.perform(request, capital.discard_net_capital, ReasonInput, obj=self.get_object())

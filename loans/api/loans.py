"""REST resource of loans: entered by an officer, confirmed by another person; their schedule."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.http import today
from common.serializers import MoneyField, RateField
from parties.api import VersionedReasonInput, VersionInput, caller

from ..enums import LoanGrade, RepaymentMethod
from ..filters import LoanApiFilter
from ..models import Loan
from ..rules.concentration import Concentration
from ..selectors.concentration import excesses_of_loans
from ..selectors.grades import with_grade
from ..services import loans
from .changes import CorrectionActions, ExtensionActions
from .fields import AgreedInstalmentField, LineField, Warned, WarnedViewSet
from .grades import GradeActions
from .repayments import RepaymentActions
from .schedules import ScheduleActions


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
    opening_principal = MoneyField(allow_null=True, help_text="期初本金余额；不是期初贷款的为空")
    earmarked = MoneyField()
    earmarked_provincial = MoneyField()
    declared_reserve = MoneyField()
    declared_provincial = MoneyField()
    days_overdue = serializers.SerializerMethodField(help_text="逾期天数：自最早一期未付的应付日起，截至今天")
    grade = serializers.ChoiceField(
        choices=LoanGrade.choices,
        allow_null=True,
        help_text="五级分类：今天适用的，取银行登记与逾期天数所定中较差的；未结清的贷款才有",
    )
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
            "opening_on",
            "opening_principal",
            "original_due_on",
            "corrected_on",
            "overdue_since",
            "days_overdue",
            "grade",
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


class LoanViewSet(ScheduleActions, RepaymentActions, GradeActions, ExtensionActions, CorrectionActions, WarnedViewSet):
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
        **ScheduleActions.actions,
        **RepaymentActions.actions,
        **GradeActions.actions,
        **ExtensionActions.actions,
        **CorrectionActions.actions,
    }

    def get_queryset(self) -> Any:
        return with_grade(super().get_queryset(), today())

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

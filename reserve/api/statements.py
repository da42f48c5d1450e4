"""REST resources of the bank's statements and of what explains their differences."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.serializers import MoneyField
from parties.api import ReasonInput, ServiceViewSet, caller, visible_or_error

from ..enums import DifferenceKind, StatementStatus
from ..filters import BankStatementFilter, ExplanationFilter
from ..models import BankStatement, BankStatementLine, ReserveAccount, StatementExplanation
from ..selectors.statements import reconciliation
from ..services import statements
from ..services.statement_reading import StatementRow


class StatementLineInput(serializers.Serializer[Any]):
    """Money in (`income`) or money out (`expense`)."""

    day = serializers.DateField()
    income = MoneyField(required=False)
    expense = MoneyField(required=False)
    receipt_no = serializers.CharField(max_length=40, required=False, allow_blank=True)
    summary = serializers.CharField(max_length=200, required=False, allow_blank=True)
    balance = MoneyField(required=False, allow_zero=True, help_text="该笔之后的余额；填了就核对")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("income" in given) == ("expense" in given):
            raise serializers.ValidationError("income、expense 须填且只填一项。")
        return given


class StatementInput(serializers.Serializer[Any]):
    account = serializers.IntegerField(help_text="准备金账户")
    first = serializers.DateField()
    last = serializers.DateField()
    opening = MoneyField(allow_zero=True)
    closing = MoneyField(allow_zero=True)
    lines = StatementLineInput(many=True)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        account = visible_or_error(ReserveAccount, caller(self.context["request"]), "account", given["account"])
        return given | {"account": account, "lines": [StatementRow(**line) for line in given["lines"]], "origin": "接口报送"}


class StatementLineOutput(serializers.ModelSerializer[BankStatementLine]):
    income = MoneyField()
    expense = MoneyField()

    class Meta:
        model = BankStatementLine
        fields = ("id", "day", "income", "expense", "receipt_no", "summary")
        read_only_fields = fields


class ExplanationOutput(serializers.ModelSerializer[StatementExplanation]):
    gap = MoneyField()
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = StatementExplanation
        fields = (
            "id",
            "statement",
            "kind",
            "line",
            "ledger_entry",
            "gap",
            "text",
            "status",
            "entered_by",
            "confirmed_by",
            "confirmed_on",
            "discard_reason",
        )
        read_only_fields = fields


class DifferenceOutput(serializers.Serializer[Any]):
    """One difference as it stands now; `gap`: what the bank has more."""

    kind = serializers.ChoiceField(source="difference.kind", choices=DifferenceKind.choices)
    line = serializers.IntegerField(source="difference.bank.key", default=None, allow_null=True)
    ledger_entry = serializers.IntegerField(source="difference.book.key", default=None, allow_null=True)
    gap = MoneyField(source="difference.gap")
    open = serializers.BooleanField(source="is_open")
    explanation = ExplanationOutput(allow_null=True)


class ReconciliationOutput(serializers.Serializer[Any]):
    even = serializers.BooleanField(source="is_even", help_text="对平：没有未说明的差异")
    book_opening = MoneyField()
    book_closing = MoneyField()
    differences = DifferenceOutput(many=True, source="items")


class StatementOutput(serializers.ModelSerializer[BankStatement]):
    programme = serializers.CharField(source="programme.code")
    opening = MoneyField()
    closing = MoneyField()
    entered_by = serializers.CharField(source="entered_by.name")

    class Meta:
        model = BankStatement
        fields: tuple[str, ...] = (
            "id",
            "programme",
            "account",
            "first",
            "last",
            "opening",
            "closing",
            "origin",
            "status",
            "entered_by",
            "discard_reason",
        )
        read_only_fields = fields


class StatementDetailOutput(StatementOutput):
    """With its lines and, while it stands, the ledger beside it."""

    lines = StatementLineOutput(many=True)
    reconciliation = serializers.SerializerMethodField()

    class Meta(StatementOutput.Meta):
        fields = (*StatementOutput.Meta.fields, "lines", "reconciliation")
        read_only_fields = fields

    @extend_schema_field(ReconciliationOutput(allow_null=True))
    def get_reconciliation(self, statement: BankStatement) -> Any:
        return ReconciliationOutput(reconciliation(statement)).data if statement.status == StatementStatus.SENT else None


class BankStatementViewSet(ServiceViewSet):
    """The bank's statements of the reserve accounts; one of them, with its lines and the ledger beside it."""

    queryset_model = BankStatement
    serializer_class = StatementOutput
    filterset_class = BankStatementFilter
    ordering_fields = ("first", "last", "closing")
    related = ("programme", "account__funder", "entered_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {"create": "statement.enter", "discard": "statement.enter"}

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return StatementOutput if self.action == "list" else StatementDetailOutput

    @extend_schema(request=StatementInput, responses={201: StatementDetailOutput})
    def create(self, request: Request) -> Response:
        """The bank's officer sends a statement; it is held against the ledger."""
        return self.perform(request, statements.enter_statement, StatementInput, status=201)

    @extend_schema(request=ReasonInput, responses=StatementDetailOutput)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """The bank takes a wrong statement back."""
        return self.perform(request, statements.discard_statement, ReasonInput, obj=self.get_object())


class ExplanationInput(serializers.Serializer[Any]):
    """The difference by its kind and sides, as the statement lists it."""

    statement = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=DifferenceKind.choices)
    line = serializers.IntegerField(required=False, allow_null=True)
    ledger_entry = serializers.IntegerField(required=False, allow_null=True)
    text = serializers.CharField(max_length=200)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        pk = given.pop("statement")
        return given | {"bank_statement": visible_or_error(BankStatement, caller(self.context["request"]), "statement", pk)}


class ExplanationViewSet(ServiceViewSet):
    """What the bank says of differences; the account's owner confirms it."""

    queryset_model = StatementExplanation
    serializer_class = ExplanationOutput
    filterset_class = ExplanationFilter
    related = ("entered_by", "confirmed_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "statement.explain",
        "confirm": "statement.accept",
        "discard": ("statement.explain", "statement.accept"),
    }

    @extend_schema(request=ExplanationInput, responses={201: ExplanationOutput})
    def create(self, request: Request) -> Response:
        """The bank's officer explains a difference."""
        return self.perform(request, statements.explain_difference, ExplanationInput, status=201)

    @extend_schema(request=None, responses=ExplanationOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """The reviewer of the account's owner confirms it: the difference is no longer open."""
        return self.perform(request, statements.accept_explanation, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=ExplanationOutput)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """The bank takes it back, or the owner does not accept it."""
        return self.perform(request, statements.discard_explanation, ReasonInput, obj=self.get_object())

"""REST resource of claims: drafted and filed by the bank, spoken on, ordered by the owners of the accounts, paid by the bank."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.http import StrictJSONParser
from common.serializers import MoneyField
from parties.api import ReasonInput, ServiceViewSet, VersionInput, caller, refuse_unknown, visible_or_error
from parties.models import Attachment
from parties.selectors import papers_of
from reserve.models import ReserveAccount
from reserve.rule_definitions import CLAIM_PAPERS

from ..claim_enums import RefusalReason, Verdict
from ..claiming import ClaimApiFilter
from ..models import Claim, ClaimWord, PaymentNotice
from ..models.claims import LONGEST_ACCOUNT
from ..selectors.claims import computation, missing_papers
from ..services.claims import deciding, drafting, paying, reviewing
from .fields import LoanField


class AccountField(serializers.IntegerField):
    """A reserve account the caller sees, by id."""

    def to_internal_value(self, data: Any) -> Any:
        pk = super().to_internal_value(data)
        return visible_or_error(ReserveAccount, caller(self.context["request"]), self.field_name or "", pk)


class ClaimTerms(serializers.Serializer[Any]):
    amount = MoneyField(required=False, help_text="申请代偿金额；缺省为按规则可代偿的最高金额")
    cause = serializers.CharField(max_length=LONGEST_ACCOUNT, help_text="逾期原因")
    dunning = serializers.CharField(max_length=LONGEST_ACCOUNT, help_text="催收情况")


class ClaimInput(ClaimTerms):
    loan = LoanField()


class ClaimChange(ClaimTerms):
    version = serializers.IntegerField()


class ClaimPaperInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=list(CLAIM_PAPERS.items()))
    file = serializers.FileField(help_text="PDF、PNG、JPG、XLSX、DOCX")


class ClaimCheckInput(VersionInput):
    opinion = serializers.CharField(required=False, allow_blank=True, max_length=200)


class ClaimReturnInput(VersionInput):
    opinion = serializers.CharField(max_length=200, help_text="缺什么、错在哪里、怎样补正")


class ClaimWordInput(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=[(one.value, one.label) for one in (Verdict.AGREE, Verdict.REFUSE)])
    amount = MoneyField(required=False, help_text="同意代偿金额；缺省为最高金额")
    reason = serializers.ChoiceField(choices=RefusalReason.choices, required=False, help_text="不予代偿的原因；不予代偿的必填")
    opinion = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="不予代偿，或同意金额低于申请金额的，必填")


class NoticeInput(serializers.Serializer[Any]):
    account = AccountField(help_text="准备金账户；只能是本单位的")
    number = serializers.CharField(required=False, allow_blank=True, max_length=40, help_text="通知书文号")


class ClaimReceiptInput(serializers.Serializer[Any]):
    account = AccountField()
    receipt_no = serializers.CharField(max_length=40, help_text="回单号")


class PaymentInput(serializers.Serializer[Any]):
    paid_on = serializers.DateField(help_text="划款日期")
    receipts = ClaimReceiptInput(many=True, help_text="划款的每个账户一项")

    def validate_receipts(self, rows: list[dict[str, Any]]) -> dict[int, str]:
        found = {row["account"].pk: row["receipt_no"] for row in rows}
        if len(found) != len(rows):
            raise serializers.ValidationError("同一账户只能填写一个回单号。")
        return found


class ClaimWordOutput(serializers.ModelSerializer[ClaimWord]):
    amount = MoneyField(allow_null=True)
    organisation = serializers.CharField(source="organisation.name")
    drafted_by = serializers.CharField(source="drafted_by.name")
    signed_by = serializers.CharField(source="signed_by.name", default=None, allow_null=True)

    class Meta:
        model = ClaimWord
        fields = (
            *("round", "stage", "organisation", "verdict", "amount", "reason", "opinion"),
            *("drafted_by", "drafted_at", "signed_by", "signed_at", "signed_on"),
        )
        read_only_fields = fields


class NoticeOutput(serializers.ModelSerializer[PaymentNotice]):
    """An order to pay; `amount` is its part of what was granted."""

    amount = MoneyField()
    funder = serializers.CharField(source="account.funder.name")
    issued_by = serializers.CharField(source="issued_by.name")

    class Meta:
        model = PaymentNotice
        fields = ("account", "funder", "amount", "number", "issued_by", "issued_at", "issued_on", "receipt_no")
        read_only_fields = fields


class StepOutput(serializers.Serializer[Any]):
    """A line of the computation."""

    name = serializers.CharField(source="label")
    rule = serializers.CharField()
    amount = MoneyField()


class AttachedPaperOutput(serializers.ModelSerializer[Attachment]):
    uploaded_by = serializers.CharField(source="uploaded_by.name")

    class Meta:
        model = Attachment
        fields = ("id", "kind", "original_name", "content_type", "size", "sha256", "uploaded_by", "uploaded_at")
        read_only_fields = fields


class ClaimOutput(serializers.ModelSerializer[Claim]):
    programme = serializers.CharField(source="programme.code")
    bank = serializers.IntegerField(source="loan.bank_id")
    enterprise = serializers.IntegerField(source="loan.enterprise_id")
    enterprise_name = serializers.CharField(source="loan.enterprise_name")
    note_no = serializers.CharField(source="loan.note_no")
    outstanding = MoneyField(source="loan.outstanding", help_text="现有未还本金")
    asked = MoneyField()
    granted = MoneyField(allow_null=True)
    base = MoneyField(allow_null=True, help_text="代偿基数；划款复核后才有")
    paid = MoneyField(allow_null=True)
    paid_provincial = MoneyField(allow_null=True)
    drafted_by = serializers.CharField(source="drafted_by.name")
    filed_by = serializers.CharField(source="filed_by.name", default=None, allow_null=True)
    payment_entered_by = serializers.CharField(source="payment_entered_by.name", default=None, allow_null=True)
    payment_confirmed_by = serializers.CharField(source="payment_confirmed_by.name", default=None, allow_null=True)
    words = ClaimWordOutput(many=True)
    notices = NoticeOutput(many=True)

    class Meta:
        model = Claim
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "programme", "number", "status", "version", "round", "loan", "bank", "enterprise", "enterprise_name", "note_no"),
            *("outstanding", "trigger", "triggered_on", "asked", "cause", "dunning", "drafted_by", "drafted_at"),
            *("filed_by", "filed_at", "filed_on", "checked_on", "returned_on", "paused_workdays", "granted", "decided_on", "funded_on"),
            *("base", "paid", "paid_provincial", "paid_on", "payment_entered_by", "payment_entered_at"),
            *("payment_confirmed_by", "payment_confirmed_at", "payment_confirmed_on", "end_reason", "ended_on", "words", "notices"),
        )
        read_only_fields = fields


class ClaimDetail(ClaimOutput):
    """One claim also with its computation and what its checklist lacks."""

    computation = serializers.SerializerMethodField()
    missing_papers = serializers.SerializerMethodField(help_text="尚缺的必备材料")

    class Meta(ClaimOutput.Meta):
        fields = (*ClaimOutput.Meta.fields, "computation", "missing_papers")
        read_only_fields = fields

    @extend_schema_field(StepOutput(many=True))
    def get_computation(self, claim: Claim) -> Any:
        return StepOutput(computation(claim), many=True).data

    def get_missing_papers(self, claim: Claim) -> list[str]:
        return missing_papers(claim)


class ClaimViewSet(ServiceViewSet):
    """代偿申请. `status` says what is next; each step is an action of its own."""

    queryset_model = Claim
    serializer_class = ClaimDetail
    filterset_class = ClaimApiFilter
    ordering_fields = ("number", "asked", "filed_on", "paid_on")
    related = (
        *("programme", "loan__credit_line", "approval"),
        *("drafted_by", "filed_by", "payment_entered_by", "payment_confirmed_by"),
    )
    prefetched = (
        Prefetch("words", ClaimWord.objects.select_related("organisation", "drafted_by", "signed_by")),
        Prefetch("notices", PaymentNotice.objects.select_related("account__funder", "issued_by")),
    )
    parser_classes = (StrictJSONParser, MultiPartParser)
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "claim.draft",
        "update": "claim.draft",
        "add_paper": "claim.draft",
        "file": "claim.file",
        "withdraw": "claim.withdraw",
        "check": "claim.check",
        "send_back": "claim.return",
        "review": "claim.review",
        "sign": "claim.sign",
        "propose": "claim.propose",
        "decide": "claim.decide",
        "fund": "claim.decide",
        "notices": "claim.instruct",
        "pay": "claim.pay",
        "unpay": ("claim.pay", "claim.confirm_payment"),
        "confirm_payment": "claim.confirm_payment",
    }

    def get_serializer_class(self) -> Any:
        return ClaimOutput if self.action == "list" else super().get_serializer_class()

    @extend_schema(request=ClaimInput, responses={201: ClaimDetail})
    def create(self, request: Request) -> Response:
        """The bank's officer drafts a claim for a loan that may be claimed today."""
        return self.perform(request, drafting.draft_claim, ClaimInput, status=201)

    @extend_schema(request=ClaimChange, responses=ClaimDetail)
    def update(self, request: Request, pk: str) -> Response:
        """Change a draft or a returned claim; `version` is the one that was read."""
        return self.perform(request, drafting.edit_claim, ClaimChange, obj=self.get_object())

    @extend_schema(responses=AttachedPaperOutput(many=True), filters=False)
    @action(detail=True, methods=["get"], serializer_class=AttachedPaperOutput)
    def papers(self, request: Request, pk: str) -> Response:
        """The attached papers, oldest first; their contents are at `/papers/{id}/`."""
        refuse_unknown(request, set())
        page = self.paginate_queryset(papers_of(self.get_object()))
        return self.get_paginated_response(AttachedPaperOutput(page, many=True).data)

    @extend_schema(request={"multipart/form-data": ClaimPaperInput}, responses={201: AttachedPaperOutput})
    @papers.mapping.post
    def add_paper(self, request: Request, pk: str) -> Response:
        """Attach a paper of the checklist, as `multipart/form-data`, while the claim is with the bank."""
        return self.perform(
            request,
            drafting.add_claim_paper,
            ClaimPaperInput,
            obj=self.get_object(),
            status=201,
            output=lambda paper: AttachedPaperOutput(paper).data,
        )

    @extend_schema(request=VersionInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"])
    def file(self, request: Request, pk: str) -> Response:
        """Another person of the bank files it, with every paper of the checklist."""
        return self.perform(request, drafting.file_claim, VersionInput, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """The bank takes it back until a payment is entered; money set aside goes where it came from."""
        return self.perform(request, drafting.withdraw_claim, ReasonInput, obj=self.get_object())

    @extend_schema(request=ClaimCheckInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """The centre's officer finds the papers complete; both offices review."""
        return self.perform(request, reviewing.check_claim, ClaimCheckInput, obj=self.get_object())

    @extend_schema(request=ClaimReturnInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """Back to the bank for more papers; the clock of the decision stands still."""
        return self.perform(request, reviewing.return_claim, ClaimReturnInput, obj=self.get_object())

    @extend_schema(request=ClaimWordInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """An office's officer drafts its word; drafting again replaces it."""
        return self.perform(request, reviewing.review_claim, ClaimWordInput, obj=self.get_object(), output=self._of_claim)

    @extend_schema(request=VersionInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """The office's reviewer signs what was drafted."""
        return self.perform(request, reviewing.sign_claim, VersionInput, obj=self.get_object())

    @extend_schema(request=ClaimWordInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str) -> Response:
        """The centre's officer drafts the last word, never more than an office agreed to."""
        return self.perform(request, deciding.propose_claim, ClaimWordInput, obj=self.get_object(), output=self._of_claim)

    @extend_schema(request=VersionInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """The centre's reviewer signs the last word; granted, the money is set aside, or the claim is `short`."""
        return self.perform(request, deciding.decide_claim, VersionInput, obj=self.get_object())

    @extend_schema(request=None, responses=ClaimDetail)
    @action(detail=True, methods=["post"])
    def fund(self, request: Request, pk: str) -> Response:
        """Set the money of a `short` claim aside, now that the accounts have it."""
        return self.perform(request, deciding.fund_claim, obj=self.get_object())

    @extend_schema(request=NoticeInput, responses={201: ClaimDetail})
    @action(detail=True, methods=["post"])
    def notices(self, request: Request, pk: str) -> Response:
        """The owner of an account orders its part paid."""
        return self.perform(request, paying.issue_notice, NoticeInput, obj=self.get_object(), status=201, output=self._of_claim)

    @extend_schema(request=PaymentInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str) -> Response:
        """The bank's officer enters the payment with a 回单号 for each account."""
        return self.perform(request, paying.pay_claim, PaymentInput, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"])
    def unpay(self, request: Request, pk: str) -> Response:
        """Take an entered payment back, or refuse to confirm it."""
        return self.perform(request, paying.unpay_claim, ReasonInput, obj=self.get_object())

    @extend_schema(request=VersionInput, responses=ClaimDetail)
    @action(detail=True, methods=["post"], url_path="confirm-payment")
    def confirm_payment(self, request: Request, pk: str) -> Response:
        """Another person of the bank confirms; the loan is compensated."""
        return self.perform(request, paying.confirm_payment, VersionInput, obj=self.get_object())

    def _of_claim(self, written: ClaimWord | PaymentNotice) -> Any:
        """The claim after a word or an order, as it is shown."""
        return self.represent(written.claim)

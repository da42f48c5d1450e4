"""REST resource of the quarterly summaries and their papers (architecture §9)."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from parties.api import ServiceViewSet, caller, first_half, with_etag

from .. import rules
from ..enums import SummaryStatus
from ..lists import SummaryFilter
from ..models import QuarterlySummary, SummaryRemark
from ..selectors.summaries import current_contents, document
from ..selectors.summary_review import may_read, review_digest
from ..services import summaries
from ..views.papers import RENDERERS, file_response

# Summaries


class LineOutput(serializers.Serializer[Any]):
    """One 借据 as declared: the seven columns of the agreement, then what else is known of it."""

    number = serializers.IntegerField(help_text="序号。")
    enterprise_name = serializers.CharField(help_text="企业名称（当时）。")
    amount = serializers.CharField(help_text="贷款金额，元。")
    disbursed_on = serializers.DateField(help_text="发放日期。")
    due_on = serializers.DateField(help_text="到期日期。")
    annual_rate = serializers.CharField(help_text="年利率，%，四位小数。")
    purpose = serializers.CharField(help_text="用途。")
    repayment_method = serializers.CharField(help_text="还本付息方式代码。")
    repayment_method_label = serializers.CharField(help_text="还本付息方式。")
    note_no = serializers.CharField(help_text="借据号。")
    guarantee_label = serializers.CharField(help_text="担保方式。")
    declared_reserve = serializers.CharField(help_text="申报准备金（推算），元。")
    declared_provincial = serializers.CharField(help_text="其中省级，元。")
    declared_town = serializers.CharField(help_text="其中镇级，元。")
    recorded_on = serializers.DateField(help_text="银行复核入账日期。")


class AdjustmentOutput(LineOutput):
    """A line that belongs to an earlier quarter and was confirmed after that quarter's summary was submitted."""

    kind = serializers.CharField(help_text="调整种类：late_confirmation。")
    kind_label = serializers.CharField(help_text="调整种类的中文名称。")


class ChangeOutput(serializers.Serializer[Any]):
    """What became of a loan of an earlier quarter after that quarter's summary was submitted."""

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=("late_repayment", "reversal", "correction", "extension"))
    kind_label = serializers.CharField()
    enterprise_name = serializers.CharField()
    note_no = serializers.CharField()
    fact_on = serializers.DateField(help_text="发生日期。")
    recorded_on = serializers.DateField(help_text="入账日期。")
    principal_change = serializers.CharField(help_text="本金变动，元；负数为减少。")
    detail = serializers.CharField()


class _Content(serializers.Field[Any, Any, Any, Any]):
    """A part of what the summary declares: of its snapshot once submitted, of the records as they stand before."""

    def __init__(self, key: str, **kwargs: Any) -> None:
        self.key = key
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: QuarterlySummary) -> Any:
        content = value.snapshot if value.snapshot is not None else self.context["contents"][value.pk]
        return content[self.key]


class _Lines(_Content):
    def to_representation(self, value: QuarterlySummary) -> Any:
        return [rules.in_order(line) for line in super().to_representation(value)]


@extend_schema_field(LineOutput(many=True))
class LinesField(_Lines):
    pass


@extend_schema_field(AdjustmentOutput(many=True))
class AdjustmentsField(_Lines):
    pass


@extend_schema_field(ChangeOutput(many=True))
class ChangesField(_Content):
    pass


@extend_schema_field(OpenApiTypes.INT)
class CountField(_Content):
    pass


@extend_schema_field({"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$", "example": "10000000.00"})
class AmountField(_Content):
    pass


@extend_schema_field(OpenApiTypes.STR)
class ContentDigestField(serializers.Field[Any, Any, Any, Any]):
    """The digest of what the summary declares: as it was checked once it is submitted, of the records as they stand before."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: QuarterlySummary) -> str:
        return value.checked_digest if value.snapshot is not None else rules.digest(self.context["contents"][value.pk])


@extend_schema_field(OpenApiTypes.STR)
class ReviewDigestField(serializers.Field[Any, Any, Any, Any]):
    """The digest of what a reviewer goes by: content, status and standing remarks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: QuarterlySummary) -> str:
        return review_digest(value, _standing(value))


def _standing(summary: QuarterlySummary) -> list[SummaryRemark]:
    return [remark for remark in summary.remarks.all() if remark.withdrawn_at is None]


class RemarkOutput(serializers.Serializer[Any]):
    """What the provincial centre said of one line."""

    line = serializers.CharField(source="note_no", help_text="所批注的行：借据号。")
    text = serializers.CharField(help_text="批注。")
    by = serializers.CharField(source="written_by.name", help_text="批注人。")
    at = serializers.DateTimeField(source="written_at", help_text="批注时间。")


@extend_schema_field(RemarkOutput(many=True))
class RemarksField(serializers.Field[Any, Any, Any, Any]):
    """The standing remarks on a version that the caller may read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: QuarterlySummary) -> Any:
        user = caller(self.context["request"])
        return RemarkOutput(_standing(value) if may_read(user, value) else [], many=True).data


class SummaryOutput(serializers.ModelSerializer[QuarterlySummary]):
    programme = serializers.CharField(source="programme.code", help_text="项目代码。")
    bank_name = serializers.CharField(source="bank.name", help_text="填报单位。")
    status_label = serializers.CharField(source="get_status_display", help_text="状态的中文名称。")
    due_on = serializers.DateField(source="deadline.due_on", help_text="应报日期：季度结束后第 10 个工作日（项目规则可改）。")
    provisional = serializers.BooleanField(source="deadline.provisional", help_text="应报日期是否暂定：该年放假安排尚未录入。")
    late_workdays = serializers.IntegerField(source="deadline.late_workdays", help_text="首次报送迟了几个工作日。")
    checked_by = serializers.CharField(source="checked_by.name", default=None, allow_null=True, help_text="填表人（银行经办）。")
    submitted_by = serializers.CharField(source="submitted_by.name", default=None, allow_null=True, help_text="银行复核人。")
    proposed_by = serializers.CharField(source="proposed_by.name", default=None, allow_null=True, help_text="省中心初审人。")
    accepted_by = serializers.CharField(source="accepted_by.name", default=None, allow_null=True, help_text="省中心审定人。")
    loan_count = CountField("loan_count", help_text="本季度新发放笔数。")
    total_amount = AmountField("total_amount", help_text="本季度新发放贷款金额合计，元。")
    declared_reserve = AmountField("declared_reserve", help_text="申报准备金（推算）合计，元。")
    declared_provincial = AmountField("declared_provincial", help_text="其中省级，元。")
    lines = LinesField("lines", help_text="本季度新发放贷款；报送后取自冻结的快照，不再变动。")
    adjustment_loan_count = CountField("adjustment_loan_count", help_text="调整笔数，不计入本季度合计。")
    adjustment_total_amount = AmountField("adjustment_total_amount", help_text="调整金额合计，元。")
    adjustments = AdjustmentsField("adjustments", help_text="调整：以前季度发放、本期补报的贷款。")

    changes = ChangesField("changes", help_text="变动：以前季度贷款的补记还款、冲正、更正与展期。")
    remarks = RemarksField(help_text="省中心对各行的批注；退回以后各方可见，此前只有省中心和审计单位可见。")
    content_digest = ContentDigestField(help_text="申报内容的校验值；核对、报送时写回 digest，即表示办理的是所见的内容。")
    review_digest = ReviewDigestField(help_text="审核所见（内容、状态、批注）的校验值；初审、审定、退回时写回 digest。")

    class Meta:
        model = QuarterlySummary
        fields = (
            "id",
            "programme",
            "bank",
            "bank_name",
            "quarter",
            "version",
            "status",
            "status_label",
            "generated_on",
            "due_on",
            "provisional",
            "late_workdays",
            "checked_by",
            "checked_at",
            "submitted_by",
            "submitted_at",
            "submitted_on",
            "proposed_by",
            "proposed_at",
            "accepted_by",
            "accepted_at",
            "returned_at",
            "return_reason",
            "loan_count",
            "total_amount",
            "declared_reserve",
            "declared_provincial",
            "lines",
            "adjustment_loan_count",
            "adjustment_total_amount",
            "adjustments",
            "changes",
            "remarks",
            "content_digest",
            "review_digest",
            "checksum",
            "ledger_sequence",
            "ledger_head",
        )
        read_only_fields = fields


class SubmitInput(serializers.Serializer[Any]):
    digest = serializers.CharField(required=False, max_length=64, help_text="所见内容的 content_digest；已有变动的返回 409。缺省不核对")


class RemarkInput(serializers.Serializer[Any]):
    line = serializers.CharField(max_length=40, help_text="借据号。")
    text = serializers.CharField(max_length=rules.LONGEST_REMARK, allow_blank=True, help_text="批注；空的即撤销本人此前对该行的批注。")


class ReviewInput(serializers.Serializer[Any]):
    digest = serializers.CharField(required=False, max_length=64, help_text="所见的 review_digest；又有批注或办理的返回 409。缺省不核对")


class ReturnInput(ReviewInput):
    reason = serializers.CharField(label="退回理由", max_length=rules.LONGEST_REASON, help_text="写明第几行、哪一栏、应如何更正。")
    remarks = RemarkInput(many=True, required=False, help_text="对各行的批注，每行至多一条；缺省只写理由。")

    def validate_remarks(self, value: list[dict[str, str]]) -> dict[str, str]:
        found = {one["line"]: one["text"] for one in value}
        if len(found) != len(value):
            raise serializers.ValidationError("同一行的批注只能有一条；请合并为一条。")
        return found


def _file_options(kind: str) -> dict[str, Any]:
    """What makes an action answer a file: its media type is acceptable, an error is still a problem document."""
    media_type = RENDERERS[kind][0].partition(";")[0]
    renderer = type(f"{kind.title()}Renderer", (JSONRenderer,), {"media_type": media_type, "format": kind, "charset": None})
    return {
        "detail": True,
        "methods": ["get"],
        "renderer_classes": (renderer, JSONRenderer),
        "filter_backends": (),
        "pagination_class": None,
    }


def _file_schema(kind: str, what: str) -> Callable[[Any], Any]:
    media_type = RENDERERS[kind][0].partition(";")[0]
    return extend_schema(
        operation_id=f"quarterly_summary_{kind}",
        description=f"{what}由同一份快照生成，与其他格式一致；未报送的为草稿。ETag 即校验值；If-None-Match 相同时应答 304。",
        responses={(200, media_type): OpenApiTypes.BINARY},
        filters=False,
    )


class SummaryViewSet(ServiceViewSet):
    """申报汇总表：每个银行、项目、季度一份，退回后以新版本重报。已报送的内容来自冻结的快照，未报送的为当前记录。"""

    queryset_model = QuarterlySummary
    serializer_class = SummaryOutput
    filterset_class = SummaryFilter
    ordering_fields = ("quarter", "submitted_on", "total_amount")
    related = ("programme", "bank", "deadline", "checked_by", "submitted_by", "proposed_by", "accepted_by")
    prefetched = ("remarks__written_by",)
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "submit": ("summary.check", "summary.submit"),
        "accept": ("summary.propose", "summary.accept"),
        "send_back": "summary.return",
    }

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """The drafts about to be shown are computed together: two queries whatever their number."""
        rows = args[0] if args else []
        shown = list(rows) if kwargs.get("many") else [rows] if isinstance(rows, QuarterlySummary) else []
        contents = current_contents([row for row in shown if row.snapshot is None])
        kwargs["context"] = {**self.get_serializer_context(), "contents": contents}
        return super().get_serializer(*args, **kwargs)

    @extend_schema(
        request=SubmitInput, responses=SummaryOutput, description="银行经办：核对无误；银行复核：报送省中心，内容冻结、该季度关闭。"
    )
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        summary = self.get_object()
        checks = first_half(request, "summary.check", "summary.submit", entered=summary.status != SummaryStatus.DRAFT)
        service = summaries.check_summary if checks else summaries.submit_summary
        return self.perform(request, service, SubmitInput, obj=summary, argument="summary")

    @extend_schema(request=ReviewInput, responses=SummaryOutput, description="省中心经办：初审通过；省中心复核：审定。")
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        summary = self.get_object()
        proposes = first_half(request, "summary.propose", "summary.accept", entered=summary.status != SummaryStatus.SUBMITTED)
        service = summaries.propose_summary if proposes else summaries.accept_summary
        return self.perform(request, service, ReviewInput, obj=summary, argument="summary")

    @extend_schema(
        operation_id="quarterly_summaries_return",
        request=ReturnInput,
        responses=SummaryOutput,
        description="省中心退回并写明理由，可以附对各行的批注；银行以下一版本重新报送。应答为被退回的版本。",
    )
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        summary = self.get_object()
        return self.perform(
            request,
            summaries.return_summary,
            ReturnInput,
            obj=summary,
            argument="summary",
            output=lambda draft: self.represent(summary),
        )

    @_file_schema("pdf", "A4 横向申报汇总表。")
    @action(**_file_options("pdf"))
    def pdf(self, request: Request, pk: str) -> HttpResponseBase:
        return self._file(request, "pdf")

    @_file_schema("xlsx", "申报汇总表工作簿，金额、日期为真正的数值。")
    @action(**_file_options("xlsx"))
    def xlsx(self, request: Request, pk: str) -> HttpResponseBase:
        return self._file(request, "xlsx")

    @_file_schema("csv", "申报汇总表 CSV，UTF-8 带 BOM。")
    @action(**_file_options("csv"))
    def csv(self, request: Request, pk: str) -> HttpResponseBase:
        return self._file(request, "csv")

    def _file(self, request: Request, kind: str) -> HttpResponseBase:
        summary = self.get_object()
        content = document(summary)
        content_type, render = RENDERERS[kind]
        name = f"申报汇总表_{summary.quarter}_第{summary.version}版.{kind}"
        return with_etag(
            request,
            summary.checksum or rules.digest(content),
            lambda: file_response(render(content, summary.checksum), content_type, name, inline=kind == "pdf"),
        )

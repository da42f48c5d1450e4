"""REST resource of files of rows: sent as multipart, read in the background, confirmed by another person."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import InvalidInput
from common.http import StrictJSONParser
from common.serializers import MoneyField
from enterprises.serializers import ProgrammeField
from parties.api import ServiceViewSet, VersionedReasonInput, VersionInput, known_parameters, refuse_unknown
from reserve.quarters import Quarter

from ..filters import ImportFileFilter, ImportRowFilter
from ..import_enums import CONFIRM, COUNTERSIGN, EITHER, ENTER, FileKind, TakeMode
from ..models import ImportFile, ImportRow
from ..pages.imports import told
from ..selectors.imports import counts_of
from ..services import imports


class QuarterField(serializers.CharField):
    """`2012Q3`."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return Quarter.parse(super().to_internal_value(data))
        except InvalidInput as refusal:
            raise serializers.ValidationError(refusal.message) from None


class ImportFileInput(serializers.Serializer[Any]):
    programme = ProgrammeField(help_text="项目代码")
    kind = serializers.ChoiceField(choices=FileKind.choices)
    file = serializers.FileField(help_text="XLSX，或 UTF-8、GBK 编码的 CSV")
    position_on = serializers.DateField(required=False, help_text="月末日期；月末余额文件必填，其他文件不填")
    quarter = QuarterField(required=False, help_text="各行所属季度；仅用于还款、放款借据文件")
    declared_count = serializers.IntegerField(required=False, min_value=0, max_value=20_000)
    declared_total = MoneyField(required=False, allow_zero=True)


class FindingOutput(serializers.Serializer[Any]):
    """An exception of the catalogue; E… keeps a row out, W… does not."""

    code = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField()
    hint = serializers.CharField()


class CountsOutput(serializers.Serializer[Any]):
    """Rows by verdict, those booked, and how many met each exception."""

    total = serializers.IntegerField()
    ok = serializers.IntegerField()
    warning = serializers.IntegerField()
    error = serializers.IntegerField()
    booked = serializers.IntegerField()
    codes = serializers.DictField(child=serializers.IntegerField())


class ImportFileOutput(serializers.ModelSerializer[ImportFile]):
    programme = serializers.CharField(source="programme.code")
    declared_total = MoneyField(allow_null=True)
    uploaded_by = serializers.CharField(source="uploaded_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)
    countersigned_by = serializers.CharField(source="countersigned_by.name", default=None, allow_null=True)
    mode = serializers.ChoiceField(choices=TakeMode.choices, allow_blank=True)
    findings = serializers.SerializerMethodField()

    class Meta:
        model = ImportFile
        fields = (
            *("id", "programme", "organisation", "kind", "name", "size", "sha256", "origin", "position_on", "quarter", "declared_count"),
            *(
                "declared_total",
                "status",
                "version",
                "mode",
                "rows_total",
                "rows_done",
                "failure",
                "findings",
                "uploaded_by",
                "uploaded_at",
            ),
            *("confirmed_by", "confirmed_at", "countersigned_by", "countersigned_at", "discard_reason"),
        )
        read_only_fields = fields

    @extend_schema_field(FindingOutput(many=True))
    def get_findings(self, file: ImportFile) -> Any:
        return FindingOutput(map(told, file.findings), many=True).data


class ImportRowOutput(serializers.ModelSerializer[ImportRow]):
    """A row as it stood in the file; `texts` by column."""

    texts = serializers.DictField(child=serializers.CharField(allow_blank=True))
    findings = serializers.SerializerMethodField()

    class Meta:
        model = ImportRow
        fields = ("number", "texts", "verdict", "findings", "state", "loan", "repayment", "enterprise")
        read_only_fields = fields

    @extend_schema_field(FindingOutput(many=True))
    def get_findings(self, row: ImportRow) -> Any:
        return FindingOutput(map(told, row.findings), many=True).data


ROW_PARAMETERS = [
    OpenApiParameter(name, str, enum=[value for value, _ in ImportRowFilter.base_filters[name].extra["choices"]])
    for name in ImportRowFilter.Meta.fields
]


class ConfirmInput(VersionInput):
    mode = serializers.ChoiceField(
        choices=TakeMode.choices, help_text="all：全部采纳，有一行不能采纳即全部不入；good：先采纳无误的行；期初贷款只能 all"
    )


class ImportFileViewSet(ServiceViewSet):
    """Files of rows (数据文件). Poll `status` after sending and confirming: the work is done in the background."""

    queryset_model = ImportFile
    serializer_class = ImportFileOutput
    filterset_class = ImportFileFilter
    ordering_fields = ("uploaded_at",)
    related = ("programme", "uploaded_by", "confirmed_by", "countersigned_by")
    parser_classes = (MultiPartParser, StrictJSONParser)
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": ENTER,
        "confirm": CONFIRM,
        "countersign": COUNTERSIGN,
        "refuse": COUNTERSIGN,
        "recheck": ENTER,
        "discard": EITHER,
    }

    @extend_schema(request={"multipart/form-data": ImportFileInput}, responses={201: ImportFileOutput})
    def create(self, request: Request) -> Response:
        """The officer sends a file; it is read next."""
        return self.perform(request, imports.upload_file, ImportFileInput, status=201)

    @extend_schema(responses=CountsOutput, filters=False)
    @action(detail=True, methods=["get"], serializer_class=CountsOutput)
    def counts(self, request: Request, pk: str) -> Response:
        """How many rows are good, doubtful, wrong and booked."""
        refuse_unknown(request, set())
        return Response(CountsOutput(counts_of(self.get_object())).data)

    @extend_schema(responses=ImportRowOutput(many=True), filters=False, parameters=ROW_PARAMETERS)
    @action(detail=True, methods=["get"], serializer_class=ImportRowOutput)
    def rows(self, request: Request, pk: str) -> Response:
        """The rows with their verdicts, in the order of the file."""
        rows = self.get_object().rows.order_by("number")
        filters = ImportRowFilter(request.query_params, queryset=rows, request=request)
        refuse_unknown(request, known_parameters(filters))
        if not filters.is_valid():
            raise serializers.ValidationError(filters.errors)
        return self.get_paginated_response(ImportRowOutput(self.paginate_queryset(filters.qs), many=True).data)

    @extend_schema(request={"application/json": ConfirmInput}, responses=ImportFileOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Another person takes the file or its good rows; they are booked next."""
        return self.perform(request, imports.confirm_file, ConfirmInput, obj=self.get_object())

    @extend_schema(request={"application/json": VersionInput}, responses=ImportFileOutput)
    @action(detail=True, methods=["post"])
    def countersign(self, request: Request, pk: str) -> Response:
        """An office agrees to a file of openings the bank has confirmed; it is booked next."""
        return self.perform(request, imports.countersign_file, VersionInput, obj=self.get_object())

    @extend_schema(request={"application/json": VersionedReasonInput}, responses=ImportFileOutput)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """An office gives the file back to the bank."""
        return self.perform(request, imports.refuse_file, VersionedReasonInput, obj=self.get_object())

    @extend_schema(request={"application/json": VersionInput}, responses=ImportFileOutput)
    @action(detail=True, methods=["post"])
    def recheck(self, request: Request, pk: str) -> Response:
        """Check the rows that are not booked once more."""
        return self.perform(request, imports.recheck_file, VersionInput, obj=self.get_object())

    @extend_schema(request={"application/json": VersionedReasonInput}, responses=ImportFileOutput)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Take a file back, or refuse it, before anything of it is booked."""
        return self.perform(request, imports.discard_file, VersionedReasonInput, obj=self.get_object())

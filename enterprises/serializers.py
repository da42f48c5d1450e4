"""JSON of enterprises, recommendations and batches: plain serializers in, others out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.errors import InvalidInput
from common.serializers import MoneyField
from parties.api import VersionInput, caller, visible_or_error
from parties.models import Organisation
from reserve.models import Programme
from reserve.periods import Period, PeriodKind

from .enums import Category, IndustryEdition, IntakePaper, RecommendationStatus, Size
from .models import Batch, Enterprise, EnterpriseBenefit, EnterpriseCategory, EnterpriseYear, FormerName, Recommendation, Signature
from .selectors import waits_for

# --- objects named in a body --------------------------------------------------------------------------------------


@extend_schema_field({"type": "string", "example": "demo"})
class ProgrammeField(serializers.CharField):
    """A programme of the caller, by code."""

    def to_internal_value(self, data: Any) -> Any:
        code = super().to_internal_value(data)
        return visible_or_error(Programme, caller(self.context["request"]), self.field_name or "", code, code=code)


class EnterpriseField(serializers.IntegerField):
    """An enterprise the caller sees, by id."""

    def to_internal_value(self, data: Any) -> Any:
        return visible_or_error(Enterprise, caller(self.context["request"]), self.field_name or "", super().to_internal_value(data))


class RecommendationField(serializers.IntegerField):
    """A recommendation the caller sees, by id."""

    def to_internal_value(self, data: Any) -> Any:
        return visible_or_error(
            Recommendation, caller(self.context["request"]), self.field_name or "recommendations", super().to_internal_value(data)
        )


class BankField(serializers.IntegerField):
    """An organisation by id; whether it is a bank of the programme is the service's question."""

    def to_internal_value(self, data: Any) -> Any:
        pk = super().to_internal_value(data)
        bank = Organisation.objects.filter(pk=pk, memberships__programme__in=Programme.objects.visible_to(caller(self.context["request"])))
        found = bank.first()
        if found is None:
            raise serializers.ValidationError(f"没有编号为 {pk} 的单位，或者您所在的单位无权查看。")
        return found


# --- enterprises --------------------------------------------------------------------------------------------------


class EnterpriseFacts(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    identifier = serializers.CharField(max_length=40, help_text="统一社会信用代码；2015-10-01 以前登记的可为组织机构代码。")
    region = serializers.CharField(max_length=40)
    industry_code = serializers.CharField(max_length=5)
    industry_edition = serializers.ChoiceField(choices=IndustryEdition.choices, required=False)
    size_industry = serializers.CharField(max_length=20, required=False, allow_blank=True, help_text="仅当行业代码不能确定时。")
    address = serializers.CharField(max_length=200, required=False, allow_blank=True)
    established_on = serializers.DateField(required=False, allow_null=True)
    legal_representative = serializers.CharField(max_length=40, required=False, allow_blank=True)
    contact_name = serializers.CharField(max_length=40, required=False, allow_blank=True)
    contact_phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    main_products = serializers.CharField(max_length=200, required=False, allow_blank=True)


class EnterpriseInput(EnterpriseFacts):
    programme = ProgrammeField()


class EnterpriseChange(EnterpriseFacts):
    version = serializers.IntegerField(help_text="所看到的版本。")


class YearInput(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    employees = serializers.IntegerField(min_value=0)
    revenue = MoneyField(allow_zero=True)
    assets = MoneyField(allow_zero=True, required=False, allow_null=True)


class CategoryInput(serializers.Serializer[Any]):
    category = serializers.ChoiceField(choices=Category.choices)
    certificate_no = serializers.CharField(max_length=60)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(required=False, allow_null=True)


class YearOutput(serializers.ModelSerializer[EnterpriseYear]):
    revenue = MoneyField()
    assets = MoneyField(allow_null=True)

    class Meta:
        model = EnterpriseYear
        fields = ("year", "employees", "revenue", "assets", "size")


class CategoryOutput(serializers.ModelSerializer[EnterpriseCategory]):
    class Meta:
        model = EnterpriseCategory
        fields = ("category", "certificate_no", "valid_from", "valid_until")


class FormerNameOutput(serializers.ModelSerializer[FormerName]):
    class Meta:
        model = FormerName
        fields = ("name", "used_until")


class EnterpriseOutput(serializers.ModelSerializer[Enterprise]):
    """`programmes`: those of the caller only."""

    programmes = serializers.SerializerMethodField()
    industry_name = serializers.CharField()
    size = serializers.ChoiceField(choices=Size.choices, allow_null=True, help_text="按最近年度指标计算。")
    former_names = FormerNameOutput(many=True)
    years = YearOutput(many=True)
    categories = CategoryOutput(many=True)

    class Meta:
        model = Enterprise
        fields = (
            "id",
            "name",
            "org_code",
            "uscc",
            "region",
            "address",
            "established_on",
            "legal_representative",
            "contact_name",
            "contact_phone",
            "industry_edition",
            "industry_code",
            "industry_name",
            "size_industry",
            "main_products",
            "size",
            "former_names",
            "years",
            "categories",
            "programmes",
            "version",
        )
        read_only_fields = fields

    def get_programmes(self, row: Any) -> list[str]:
        return [link.programme.code for link in row.visible_links]


# --- benefits -----------------------------------------------------------------------------------------------------


class HalfField(serializers.CharField):
    """Half a year, `2013H1`."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return Period.parse(super().to_internal_value(data), (PeriodKind.HALF,))
        except InvalidInput as refusal:
            raise serializers.ValidationError(refusal.message) from None


class BenefitInput(serializers.Serializer[Any]):
    programme = ProgrammeField()
    enterprise = EnterpriseField()
    period = HalfField(help_text="半年，写作 2013H1。")
    output = MoneyField(allow_zero=True, help_text="比上年同期新增产值，元；没有新增的填 0。")
    tax = MoneyField(allow_zero=True, help_text="比上年同期新增税收，元。")
    jobs = serializers.IntegerField(min_value=0, help_text="新增就业，人。")
    patents = serializers.IntegerField(min_value=0, help_text="新增授权专利，件。")


class BenefitOutput(serializers.ModelSerializer[EnterpriseBenefit]):
    programme = serializers.CharField(source="programme.code")
    enterprise_name = serializers.CharField(source="enterprise.name")
    period = serializers.CharField(help_text="半年，写作 2013H1。")
    output = MoneyField()
    tax = MoneyField()
    superseded = serializers.BooleanField(help_text="已被更正：同一期另有更晚的填报。")
    entered_by = serializers.CharField(source="entered_by.name")

    class Meta:
        model = EnterpriseBenefit
        fields = (
            *("id", "programme", "enterprise", "enterprise_name", "period", "output", "tax", "jobs", "patents"),
            *("superseded", "entered_by", "entered_at"),
        )
        read_only_fields = fields


# --- recommendations ----------------------------------------------------------------------------------------------


class RecommendationTerms(serializers.Serializer[Any]):
    bank = BankField()
    amount = MoneyField()
    term_months = serializers.IntegerField(min_value=1, max_value=1200)
    purpose = serializers.CharField(max_length=100)
    accepted_on = serializers.DateField()
    papers = serializers.ListField(child=serializers.ChoiceField(choices=IntakePaper.choices), required=False)
    visited_on = serializers.DateField(required=False, allow_null=True)
    visit_note = serializers.CharField(max_length=500, required=False, allow_blank=True)
    credit_note = serializers.CharField(max_length=500, required=False, allow_blank=True)
    renewed_note_no = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text="续贷：原借据号。")


class RecommendationInput(RecommendationTerms):
    programme = ProgrammeField()
    enterprise = EnterpriseField()
    renews = RecommendationField(required=False, allow_null=True, help_text="续贷：原推荐。")


class RecommendationChange(RecommendationTerms):
    version = serializers.IntegerField(help_text="所看到的版本。")


class SignInput(serializers.Serializer[Any]):
    version = serializers.IntegerField(required=False, allow_null=True, help_text="所看到的版本；与现在的不同则拒绝。")
    opinion = serializers.CharField(max_length=200, required=False)


class SignatureOutput(serializers.ModelSerializer[Signature]):
    organisation = serializers.CharField(source="organisation.name")
    signed_by = serializers.CharField(source="signed_by.name")
    valid = serializers.SerializerMethodField(help_text="是否签在现在的版本上。")

    class Meta:
        model = Signature
        fields = ("organisation", "signed_by", "signed_on", "version", "opinion", "valid")

    def get_valid(self, row: Signature) -> bool:
        return row.version == row.recommendation.version


class CertificateOutput(serializers.Serializer[Any]):
    category = serializers.CharField()
    number = serializers.CharField()
    valid_until = serializers.CharField(help_text="日期；长期有效的为空。")


class RecommendationOutput(serializers.ModelSerializer[Recommendation]):
    programme = serializers.CharField(source="programme.code")
    batch_number = serializers.IntegerField(source="batch.number", default=None, allow_null=True)
    amount = MoneyField()
    status = serializers.ChoiceField(choices=RecommendationStatus.choices)
    accepted_by = serializers.CharField(source="accepted_by.name", help_text="受理人：起草第一版的人。")
    drafted_by = serializers.CharField(source="drafted_by.name", help_text="本版起草人。")
    signatures = SignatureOutput(many=True)
    identifier = serializers.CharField(help_text="双方签署时的代码；签署前为空。")
    certificates = CertificateOutput(many=True, help_text="双方签署时有效的类别证书。")
    lapsed = serializers.SerializerMethodField()
    waits_for = serializers.SerializerMethodField()

    class Meta:
        model = Recommendation
        fields = (
            "id",
            "programme",
            "enterprise",
            "enterprise_name",
            "bank",
            "batch",
            "batch_number",
            "renews",
            "renewed_note_no",
            "amount",
            "term_months",
            "purpose",
            "accepted_on",
            "accepted_by",
            "papers",
            "visited_on",
            "visit_note",
            "credit_note",
            "status",
            "version",
            "drafted_by",
            "drafted_at",
            "signatures",
            "endorsed_on",
            "identifier",
            "certificates",
            "valid_until",
            "lapsed",
            "waits_for",
            "closed_on",
            "close_reason",
        )
        read_only_fields = fields

    def get_lapsed(self, row: Recommendation) -> bool:
        return row.lapsed(self.context["today"])

    def get_waits_for(self, row: Recommendation) -> str:
        return waits_for(row, self.context["today"])


# --- batches ------------------------------------------------------------------------------------------------------


class BatchContents(serializers.Serializer[Any]):
    recommendations = serializers.ListField(child=RecommendationField(), allow_empty=False, max_length=500)
    document_no = serializers.CharField(max_length=60, required=False, allow_blank=True)


class BatchChange(VersionInput, BatchContents):
    pass


class BatchInput(BatchContents):
    programme = ProgrammeField()
    bank = BankField()


class DocumentInput(serializers.Serializer[Any]):
    document_no = serializers.CharField(max_length=60)


class ReplyInput(serializers.Serializer[Any]):
    reply_no = serializers.CharField(max_length=60)


class BatchOutput(serializers.ModelSerializer[Batch]):
    programme = serializers.CharField(source="programme.code")
    count = serializers.IntegerField(help_text="推荐函所列的项数，含发送后撤回的。")
    total = MoneyField(help_text="推荐函所列推荐金额的合计。")
    withdrawn = serializers.IntegerField(help_text="其中发送后撤回的项数。")
    recommendations: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    sent_by = serializers.CharField(source="sent_by.name", default=None, allow_null=True)

    class Meta:
        model = Batch
        fields = (
            "id",
            "programme",
            "bank",
            "number",
            "status",
            "version",
            "recommendations",
            "count",
            "total",
            "withdrawn",
            "document_no",
            "sent_on",
            "sent_by",
            "reply_no",
            "answered_on",
        )
        read_only_fields = fields

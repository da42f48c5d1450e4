"""The app's lists: register of enterprises, recommendations, batches."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from common.columns import Column
from common.http import today
from common.listing import Listing, number_in

from .enums import RecommendationStatus, Size
from .filters import BatchFilter, BenefitFilter, EnterpriseFilter, RecommendationFilter
from .models import Enterprise
from .selectors import found_by, printed_identifier, waits_for

KEYS_AT_MOST = 1000


def _size(row: Any) -> str:
    return str(Size(row.size).label) if row.size else ""


def _categories(row: Enterprise) -> str:
    """Categories valid today, each once."""
    return "、".join(dict.fromkeys(item.get_category_display() for item in row.categories.all() if item.valid_on(today())))


class EnterpriseList(Listing):
    title = "企业名录"
    unit = "户"
    columns: ClassVar = [
        Column("name", "企业名称", link=True, sort=True, wide=True),
        Column("identifier", "代码", value=printed_identifier),
        Column("industry_name", "行业", sort="industry_code"),
        Column("size", "规模", value=_size),
        Column("categories", "有效类别", value=_categories, wide=True),
        Column("contact_name", "联系人"),
        Column("contact_phone", "联系电话"),
    ]
    filterset = EnterpriseFilter
    search_hint = "名称、曾用名、拼音首字母、代码"
    default_sort = "name"
    empty = "还没有登记企业。"
    empty_hint = "由市科技局、市生产力促进中心或镇政府登记。"

    def _matches(self, word: str) -> Q:
        """As where a form asks for an enterprise: former names too, and codes with their hyphen."""
        return found_by(word)


class EnterpriseListing(Listing):
    """Rows are found by their enterprise too: by any name it bears or bore, its initials and codes."""

    enterprise: ClassVar[str] = "enterprise"

    def _matches(self, word: str) -> Q:
        return Q(**{f"{self.enterprise}__in": self._enterprises(word)}) | super()._matches(word)

    def _enterprises(self, word: str) -> list[int] | QuerySet[Enterprise, Any]:
        """Their keys, read beforehand and once for all lists of a request: named, their rows are found by index, where a join or a
        subquery beside another condition has the database read all rows. Many keys are no shorter way than the subquery."""
        known: dict[str, list[int] | QuerySet[Enterprise, Any]] = self.request.__dict__.setdefault("enterprises_found", {})
        if word not in known:
            found = Enterprise.objects.filter(found_by(word)).order_by().values_list("pk", flat=True)
            keys = list(found[: KEYS_AT_MOST + 1])
            known[word] = keys if len(keys) <= KEYS_AT_MOST else found
        return known[word]


class BenefitList(EnterpriseListing):
    """Rows: with `superseded`."""

    title = "企业成效"
    unit = "条"
    columns: ClassVar = [
        Column("enterprise.name", "企业名称", link=True, sort="enterprise__name", wide=True),
        Column("period_cn", "期间", sort="year"),
        Column("output", "新增产值（元）", kind="yuan", sort=True, total=True),
        Column("tax", "新增税收（元）", kind="yuan", sort=True, total=True),
        Column("jobs", "新增就业（人）", kind="number", sort=True),
        Column("patents", "新增专利（件）", kind="number", sort=True),
        Column("entered_by.name", "填报人"),
        Column("entered_at", "填报时间", kind="datetime", sort=True),
        Column("superseded", "说明", value=lambda row: "已被更正" if row.superseded else ""),
        Column("programme.name", "项目", wide=True, omit="programme"),
    ]
    filterset = BenefitFilter
    search_hint = "企业名称、拼音首字母、代码"
    default_sort = ""
    counts = Q(superseded=False)
    total_label = "合计（不含已被更正的）"
    empty = "还没有填报企业成效。"
    empty_hint = "每半年结束后，由市科技局、市生产力促进中心或镇政府在企业页“填报成效”。"


class RecommendationList(EnterpriseListing):
    title = "推荐"
    unit = "笔"
    columns: ClassVar = [
        Column("enterprise_name", "企业名称", link=True, sort=True, wide=True),
        Column("amount", "推荐金额（元）", kind="yuan", sort=True, total=True),
        Column("term_months", "期限（月）", kind="number", sort=True),
        Column("status", "状态", kind="status"),
        Column("waits", "等待", value=lambda row: waits_for(row, today())),
        Column("batch", "批次", value=lambda row: row.batch_label, sort="batch__number"),
        Column("bank.short_name", "银行"),
        Column("accepted_on", "受理日期", kind="date", sort=True),
        Column("valid_until", "有效期止", kind="date", sort=True, term="推荐有效期"),
        Column("renewal", "续贷", kind="yes_no", value=lambda row: row.renews_id is not None),
    ]
    filterset = RecommendationFilter
    search: ClassVar = ["purpose"]
    search_hint = "企业名称、拼音首字母、代码、用途"
    default_sort = "-accepted_on"
    counts = ~Q(status__in=(RecommendationStatus.DECLINED, RecommendationStatus.WITHDRAWN))
    total_label = "合计（不含不予推荐、已撤回）"
    empty = "还没有推荐。"
    empty_hint = "企业申请受理后，由市科技局、市生产力促进中心或镇政府起草推荐。"


class BatchList(Listing):
    title = "批次"
    unit = "批"
    columns: ClassVar = [
        Column("number", "批次", value=str, link=True, sort="number"),
        Column("programme.name", "项目", wide=True, omit="programme"),
        Column("bank.short_name", "银行"),
        Column("document_no", "发文字号"),
        Column("count", "笔数", kind="number"),
        Column("total", "推荐金额（元）", kind="yuan"),
        Column("withdrawn", "发送后撤回", kind="number"),
        Column("status", "状态", kind="status"),
        Column("sent_on", "发送日期", kind="date", sort=True),
        Column("answered_on", "答复日期", kind="date", sort=True),
        Column("reply_no", "回执字号"),
    ]
    filterset = BatchFilter
    search: ClassVar = ["document_no", "reply_no"]
    search_hint = "批次、发文字号、回执字号"
    default_sort = ""  # newest first: numbers begin anew in every programme
    empty = "还没有批次。"
    empty_hint = "双方签署的推荐由市科技局或市生产力促进中心编入批次。"

    def _matches(self, word: str) -> Q:
        """Its own number too, as 12 or 第12批."""
        return super()._matches(word) | Q(number=number_in(word, "批"))

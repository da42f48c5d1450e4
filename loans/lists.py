"""The lists of lines and loans (台账)."""

from datetime import date
from typing import Any

from django.db.models import Q

from common.columns import Column
from common.listing import Listing
from reserve.quarters import Quarter

from .enums import DRAWN, ApprovalStatus, LoanGrade
from .filters import InspectionDueFilter, InspectionFilter, LineFilter, LoanFilter, NetCapitalFilter, WarningFilter, WatchFilter
from .rules.inspections import is_late
from .selectors.watch import reasons


def label_of(field: str) -> Any:
    """The Chinese label of a field with choices."""
    return lambda row: getattr(row, f"get_{field}_display")()


class LineList(Listing):
    """Decisions with what is still to be drawn. Rows: `CreditLine.objects.with_usable(today)`."""

    title = "审批与授信"
    columns = (
        Column("recommendation.enterprise_name", "企业名称", link=True, sort=True, wide=True),
        Column("status", "状态", kind="status"),
        Column("recommendation.amount", "推荐金额（元）", kind="yuan"),
        Column("amount", "授信金额（元）", kind="yuan", sort=True, total=True),
        Column("drawn", "已用（元）", kind="yuan", total=True),
        Column("usable", "可用（元）", kind="yuan", sort=True, total=True),
        Column("valid_until", "用款期限", kind="date", sort=True),
        Column("term_months", "期限（月）", kind="number"),
        Column("annual_rate", "年利率", kind="rate"),
        Column("repayment_method", "还本付息方式", value=label_of("repayment_method")),
        Column("guarantee", "担保方式", value=label_of("guarantee")),
        Column("decided_on", "审批日期", kind="date", sort=True),
        Column("recommendation.batch", "批次", value=lambda row: str(row.recommendation.batch)),
        Column("bank.short_name", "银行"),
    )
    filterset = LineFilter
    search = ("recommendation__enterprise_name", "enterprise__name", "enterprise__initials__startswith", "enterprise__org_code")
    search_hint = "企业名称、代码"
    counts = Q(status=ApprovalStatus.APPROVED)
    total_label = "合计（已批准）"
    empty = "还没有审批。"
    empty_hint = "推荐批次送达银行后，由经办人在上方待办中提出审批意见。"
    template = "loans/line_list.html"


class LoanList(Listing):
    """台账: the seven columns first, in the order of the quarterly return. Rows: `with_grade`."""

    title = "贷款台账"
    columns = (
        Column("enterprise_name", "企业名称", link=True, sort=True, wide=True),
        Column("amount", "贷款金额（元）", kind="yuan", sort=True, total=True),
        Column("disbursed_on", "发放日期", kind="date", sort=True),
        Column("due_on", "到期日期", kind="date", sort=True),
        Column("annual_rate", "年利率", kind="rate", sort=True),
        Column("purpose", "用途"),
        Column("repayment_method", "还本付息方式", value=label_of("repayment_method")),
        Column("note_no", "借据号", sort=True),
        Column("status", "状态", kind="status"),
        Column("grade", "五级分类", value=lambda row: LoanGrade(row.grade).label if row.grade else ""),
        Column("outstanding", "本金余额（元）", kind="yuan", sort=True, total=True),
        Column("earmarked", "占用准备金（元）", kind="yuan", total=True),
        Column("earmarked_provincial", "其中：省（元）", kind="yuan", total=True),
        Column("declared_reserve", "申报准备金（元）", kind="yuan", total=True),
        Column("guarantee", "担保方式", value=label_of("guarantee")),
        Column("contract_no", "借款合同号"),
        Column("settled_on", "结清日期", kind="date", sort=True),
        Column("bank.short_name", "银行"),
    )
    filterset = LoanFilter
    search = ("enterprise_name", "enterprise__name", "enterprise__initials__istartswith", "enterprise__org_code", "note_no", "contract_no")
    search_hint = "企业名称、借据号、合同号"
    default_sort = "-disbursed_on"
    counts = Q(status__in=DRAWN)
    total_label = "合计（已放款）"
    empty = "还没有贷款。"
    empty_hint = "授信批准后，由银行经办人从授信页录入放款。"
    template = "loans/loan_list.html"


OF_LOAN = ("loan__enterprise_name", "loan__enterprise__name", "loan__enterprise__initials__istartswith", "loan__note_no")


class WarningList(Listing):
    title = "预警报告"
    columns = (
        Column("loan.enterprise_name", "企业名称", link=True, sort=True, wide=True),
        Column("kind", "种类", value=label_of("kind"), sort=True),
        Column("status", "状态", kind="status", sort=True),
        Column("learned_on", "获知日期", kind="date", sort=True),
        Column("happened_on", "发生日期", kind="date", sort=True),
        Column("what", "情况", wide=True),
        Column("measures", "已采取的措施", wide=True),
        Column("loan.note_no", "借据号", link=lambda row: row.loan.get_absolute_url()),
        Column("loan.outstanding", "本金余额（元）", kind="yuan", sort=True),
        Column("reported_by.name", "报告人"),
        Column("lifted_on", "解除日期", kind="date", sort=True),
        Column("lift_reason", "解除理由"),
        Column("loan.bank.short_name", "银行"),
        Column("loan.programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = WarningFilter
    search = (*OF_LOAN, "what", "measures")
    search_hint = "企业名称、借据号、情况"
    default_sort = "-learned_on"
    unit = "份"
    empty = "还没有预警报告。"
    empty_hint = "银行经办人获知企业停产、涉诉、欠薪、失联或他行逾期时，从贷款页“报告预警”。"


class InspectionList(Listing):
    title = "贷后检查"
    columns = (
        Column("loan.enterprise_name", "企业名称", link=lambda row: row.loan.get_absolute_url(), sort=True, wide=True),
        Column("quarter", "所属季度", kind="quarter", sort=True),
        Column("inspected_on", "检查日期", kind="date", sort=True),
        Column("result", "结论", kind="status", sort=True),
        Column("use_of_funds", "资金用途", wide=True),
        Column("operation", "经营情况", wide=True),
        Column("repayment_ability", "还款能力", wide=True),
        Column("note", "备注"),
        Column("loan.note_no", "借据号"),
        Column("entered_by.name", "检查人"),
        Column("loan.bank.short_name", "银行"),
        Column("loan.programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = InspectionFilter
    search = (*OF_LOAN, "operation", "note")
    search_hint = "企业名称、借据号、经营情况"
    default_sort = "-quarter"
    unit = "次"
    empty = "还没有贷后检查记录。"
    empty_hint = "由银行经办人从贷款页“登记贷后检查”。"
    template = "loans/inspection_list.html"


class InspectionDueList(Listing):
    """Rows: loans `with_inspection` that owe one."""

    title = "应做未做的贷后检查"
    filterset = InspectionDueFilter
    search = LoanList.search
    search_hint = LoanList.search_hint
    default_sort = "uninspected"
    unit = "笔"
    empty = "没有应做未做的贷后检查。"
    empty_hint = "在贷自发放的次季度起每季检查一次，季末以前登记。"
    template = "loans/inspection_due.html"

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

        def owed(row: Any) -> Quarter:
            return Quarter.parse(row.uninspected)

        self.columns = (  # type: ignore[misc]  # what is late goes by the day of this request
            Column("enterprise_name", "企业名称", link=True, sort=True, wide=True),
            Column("uninspected", "应做季度", kind="quarter", sort=True),
            Column("due", "期限", kind="date", value=lambda row: owed(row).end),
            Column("late", "情况", value=lambda row: "已逾期" if is_late(owed(row), on) else "本季度待做"),
            Column("note_no", "借据号", sort=True),
            Column("outstanding", "本金余额（元）", kind="yuan", sort=True, total=True),
            Column("due_on", "到期日期", kind="date", sort=True),
            Column("bank.short_name", "银行"),
            Column("programme.name", "项目", wide=True, omit="programme"),
        )


class WatchList(Listing):
    """Rows: `watched` loans."""

    title = "关注名单"
    filterset = WatchFilter
    search = LoanList.search
    search_hint = LoanList.search_hint
    unit = "笔"
    empty = "目前没有需要关注的贷款。"
    empty_hint = "逾期、分类下降、银行报告预警、检查发现问题或逾期未做、即将到期的在贷，自动列在这里。"
    template = "loans/watch_list.html"

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = (  # type: ignore[misc]  # reasons go by the day of this request
            Column("enterprise_name", "企业名称", link=True, sort=True, wide=True),
            Column("gravity", "主要原因", value=lambda row: next(iter(reasons(row, on))).label, sort=True),
            Column("why", "全部原因", value=lambda row: "；".join(reasons(row, on).values()), wide=True),
            Column("outstanding", "本金余额（元）", kind="yuan", sort=True, total=True),
            Column("earmarked", "占用准备金（元）", kind="yuan", sort=True, total=True),
            Column("due_on", "到期日期", kind="date", sort=True),
            Column("grade", "五级分类", value=lambda row: LoanGrade(row.grade).label),
            Column("note_no", "借据号", sort=True),
            Column("bank.short_name", "银行"),
            Column("programme.name", "项目", wide=True, omit="programme"),
        )


class NetCapitalList(Listing):
    title = "银行资本净额"
    columns = (
        Column("effective_on", "基准日", kind="date", link=True, sort=True),
        Column("amount", "资本净额（元）", kind="yuan", sort=True),
        Column("status", "状态", kind="status", sort=True),
        Column("source", "数据来源", wide=True),
        Column("entered_by.name", "经办"),
        Column("confirmed_by.name", "复核"),
        Column("confirmed_at", "复核时间", kind="datetime"),
        Column("bank.short_name", "银行"),
    )
    filterset = NetCapitalFilter
    search = ("source",)
    search_hint = "数据来源"
    default_sort = "-effective_on"
    unit = "笔"
    empty = "还没有资本净额。"
    empty_hint = "由银行经办人录入、复核人复核；在此之前单一客户集中度不适用。"
    template = "loans/net_capital_list.html"

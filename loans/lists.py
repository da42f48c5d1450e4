"""The lists of lines and loans (台账)."""

from typing import Any

from django.db.models import Q

from common.columns import Column
from common.listing import Listing
from enterprises.lists import EnterpriseListing

from .enums import DRAWN, ApprovalStatus, LoanGrade
from .filters import ImportFileFilter, ImportRowFilter, LineFilter, LoanFilter, NetCapitalFilter
from .models import ImportFile
from .pages.imports import sentences
from .rules.imports.columns import COLUMNS
from .rules.imports.columns import Column as SheetColumn


def label_of(field: str) -> Any:
    """The Chinese label of a field with choices."""
    return lambda row: getattr(row, f"get_{field}_display")()


class LineList(EnterpriseListing):
    """Decisions with what is still to be drawn. Rows: `CreditLine.objects.with_usable(today)`."""

    title = "审批与授信"
    columns = (
        Column("recommendation.enterprise_name", "企业名称", link=True, sort=True, wide=True),
        Column("status", "状态", kind="status"),
        Column("recommendation.amount", "推荐金额（元）", kind="yuan"),
        Column("amount", "授信金额（元）", kind="yuan", sort=True, total=True),
        Column("drawn", "已用（元）", kind="yuan", total=True),
        Column("usable", "可用（元）", kind="yuan", sort=True, total=True, term="可用授信"),
        Column("valid_until", "用款期限", kind="date", sort=True),
        Column("term_months", "期限（月）", kind="number"),
        Column("annual_rate", "年利率", kind="rate"),
        Column("repayment_method", "还本付息方式", value=label_of("repayment_method")),
        Column("guarantee", "担保方式", value=label_of("guarantee")),
        Column("first_bank_loan_cn", "首贷户", term="首贷户"),
        Column("decided_on", "审批日期", kind="date", sort=True),
        Column("recommendation.batch", "批次", value=lambda row: row.recommendation.batch_label),
        Column("bank.short_name", "银行"),
    )
    filterset = LineFilter
    search_hint = "企业名称、代码"
    counts = Q(status=ApprovalStatus.APPROVED)
    total_label = "合计（已批准）"
    empty = "还没有审批。"
    empty_hint = "推荐批次送达银行后，由经办人在上方待办中提出审批意见。"
    template = "loans/line_list.html"


class LoanList(EnterpriseListing):
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
        Column("grade", "五级分类", term="五级分类", value=lambda row: LoanGrade(row.grade).label if row.grade else ""),
        Column("outstanding", "本金余额（元）", kind="yuan", sort=True, total=True),
        Column("earmarked", "占用准备金（元）", kind="yuan", total=True, term="准备金占用"),
        Column("earmarked_provincial", "其中：省（元）", kind="yuan", total=True),
        Column("declared_reserve", "申报准备金（元）", kind="yuan", total=True, term="累计申报准备金"),
        Column("guarantee", "担保方式", value=label_of("guarantee")),
        Column("contract_no", "借款合同号"),
        Column("settled_on", "结清日期", kind="date", sort=True),
        Column("opening", "期初", value=lambda row: "期初" if row.is_opening else ""),
        Column("bank.short_name", "银行"),
    )
    filterset = LoanFilter
    search = ("note_no", "contract_no")
    search_hint = "企业名称、借据号、合同号"
    default_sort = "-disbursed_on"
    counts = Q(status__in=DRAWN)
    total_label = "合计（已放款）"
    empty = "还没有贷款。"
    empty_hint = "授信批准后，由银行经办人从授信页录入放款。"
    template = "loans/loan_list.html"


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


class ImportFileList(Listing):
    title = "数据文件"
    columns = (
        Column("name", "文件名", link=True, sort=True, wide=True),
        Column("kind", "种类", value=label_of("kind"), sort=True),
        Column("status", "状态", kind="status", sort=True),
        Column("rows_total", "行数", kind="number"),
        Column("position_on", "月末日期", kind="date"),
        Column("declared_total", "申报合计（元）", kind="yuan"),
        Column("uploaded_by.name", "经办"),
        Column("uploaded_at", "上传时间", kind="datetime", sort=True),
        Column("confirmed_by.name", "复核"),
        Column("programme.name", "项目", omit="programme"),
        Column("organisation.short_name", "单位"),
    )
    filterset = ImportFileFilter
    search = ("name", "uploaded_by__name")
    search_hint = "文件名、经办人"
    default_sort = "-uploaded_at"
    unit = "个"
    empty = "还没有数据文件。"
    empty_hint = "下载模板填好后上传，系统逐行核对，由另一位同事复核后采纳。"


class ImportRowList(Listing):
    """The rows of one file with their verdicts; the columns of its kind come last."""

    filterset = ImportRowFilter
    search = ("words",)
    search_hint = "借据号等内容"
    default_sort = "number"
    unit = "行"
    empty = "还没有核对结果。"
    empty_hint = "文件上传后由后台逐行核对，稍候刷新本页。"
    template = "loans/imports/file.html"


def row_list(file: ImportFile) -> type[ImportRowList]:
    """The list of a file's rows."""
    columns = (
        Column("number", "行号", kind="number", sort=True),
        Column("verdict", "结论", kind="status"),
        Column("findings", "例外与改法", value=sentences, wide=True),
        Column("state", "采纳", kind="status"),
        *map(_as_it_stood, COLUMNS[file.kind]),
        Column("about", "相关记录", value=lambda row: row.loan or row.enterprise or "", link=lambda row: row.get_absolute_url()),
    )
    return type("RowsOfFile", (ImportRowList,), {"columns": columns, "title": f"{file.get_kind_display()}核对结果"})


def _as_it_stood(column: SheetColumn) -> Column:
    return Column(column.key, column.label, value=lambda row: row.texts.get(column.key, ""))

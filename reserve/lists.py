"""The lists of the reserve (docs/pages.md)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from common.columns import Column
from common.display import workdays_left
from common.listing import Listing

from . import filters
from .calendar import workday_table
from .enums import ContributionStatus
from .models import BankStatement, Deadline, JobRun
from .selectors.accounts import clock
from .selectors.statements import Reconciliation


class ProgrammeList(Listing):
    title = "项目"
    columns = (
        Column("name", "项目名称", link=True, sort=True, wide=True),
        Column("code", "代码", sort=True),
        Column("agreement_name", "协议", wide=True),
        Column("agreement_signed_on", "协议签署日", kind="date", sort=True),
        Column("status", "状态", kind="status", sort=True),
        Column("started_on", "启用日", kind="date"),
        Column("ended_on", "终止日", kind="date"),
    )
    filterset = filters.ProgrammeFilter
    search = ("name", "code", "agreement_name")
    search_hint = "项目名称、代码、协议"
    empty = "还没有项目。"
    empty_hint = "项目由系统管理员建立，并登记参与方和准备金账户。"


class ContributionList(Listing):
    title = "出资"
    columns = (
        Column("voucher_no", "划款凭证号", link=True, sort=True),
        Column("account.funder.short_name", "出资人"),
        Column("amount", "金额（元）", kind="yuan", sort=True, total=True),
        Column("transferred_on", "划款日期", kind="date", sort=True),
        Column("arrived_on", "到账日期", kind="date", sort=True),
        Column("receipt_no", "回单号"),
        Column("status", "状态", kind="status", sort=True),
        Column("opening", "期初", value=lambda row: "期初" if row.is_opening else ""),
        Column("programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = filters.ContributionFilter
    search = ("voucher_no", "receipt_no", "note")
    search_hint = "凭证号、回单号、备注"
    default_sort = "-transferred_on"
    counts = Q(status=ContributionStatus.CONFIRMED)
    total_label = "合计（已到位）"
    template = "reserve/contribution_list.html"
    unit = "笔"
    empty = "还没有出资。"
    empty_hint = "由省生产力促进中心或镇政府的经办人登记划款，银行录入并复核到账。"


class InterestList(Listing):
    title = "账户利息"
    columns = (
        Column("receipt_no", "回单号", link=True, sort=True),
        Column("account.funder.short_name", "账户"),
        Column("kind", "种类", value=lambda row: row.get_kind_display(), sort=True),
        Column("amount", "金额（元）", kind="yuan", sort=True),
        Column("booked_on", "入账（划出）日期", kind="date", sort=True),
        Column("period_first", "计息期起日", kind="date"),
        Column("period_last", "计息期止日", kind="date"),
        Column("status", "状态", kind="status", sort=True),
        Column("payee", "收款账户", wide=True),
        Column("entered_by.name", "经办"),
        Column("confirmed_by.name", "复核"),
        Column("programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = filters.InterestFilter
    search = ("receipt_no", "payee")
    search_hint = "回单号、收款账户"
    default_sort = "-booked_on"
    template = "reserve/interest_list.html"
    unit = "笔"
    empty = "还没有账户利息。"
    empty_hint = "开户银行结息入账后，由其经办人录入、复核人复核。"


class BankStatementList(Listing):
    """`found`: the reconciliation of each standing statement, by its id."""

    title = "银行对账"
    filterset = filters.BankStatementFilter
    search = ("origin",)
    search_hint = "来源"
    default_sort = "-last"
    template = "reserve/bank_statement_list.html"
    unit = "份"
    empty = "还没有银行对账单。"
    empty_hint = "由开户银行经办人按期报送，可上传文件；系统与账簿逐笔核对。"

    def __init__(self, *args: Any, found: Mapping[int, Reconciliation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

        def result(row: BankStatement) -> str:
            one = found.get(row.pk)
            return "" if one is None else "对平" if one.is_even else f"{one.open_count} 项差异未说明"

        self.columns = (  # type: ignore[misc]  # the result is computed for this request
            Column("last", "止日", kind="date", link=True, sort=True),
            Column("first", "起日", kind="date", sort=True),
            Column("account.funder.short_name", "账户"),
            Column("opening", "期初余额（元）", kind="yuan"),
            Column("closing", "期末余额（元）", kind="yuan", sort=True),
            Column("result", "对账结果", value=result),
            Column("status", "状态", kind="status", sort=True),
            Column("origin", "来源", wide=True),
            Column("entered_by.name", "报送人"),
            Column("programme.name", "项目", wide=True, omit="programme"),
        )


class ObligationList(Listing):
    title = "配套义务"
    columns = (
        Column("source.voucher_no", "省级出资凭证号", link=True),
        Column("debtor.short_name", "配套单位"),
        Column("amount", "应配套金额（元）", kind="yuan", sort=True, total=True),
        Column("deadline.starts_on", "省级资金到账日", kind="date", sort="deadline__starts_on"),
        Column("deadline.due_on", "到位期限", kind="date", sort="deadline__due_on"),
        Column("deadline.provisional", "暂定", kind="yes_no"),
        Column("fulfilled_on", "到位日", kind="date", sort=True),
        Column("status", "状态", kind="status", sort=True),
        Column("programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = filters.ObligationFilter
    search = ("source__voucher_no",)
    search_hint = "省级出资凭证号"
    unit = "项"
    empty = "还没有配套义务。"
    empty_hint = "省级资金到账并经银行复核后自动形成。"


class DeadlineList(Listing):
    """The board of open clocks. `on` is the day they are read on."""

    title = "期限"
    filterset = filters.DeadlineFilter
    search = ("label",)
    search_hint = "事项说明"
    default_sort = "due_on"
    unit = "项"
    empty = "没有正在计时的期限。"
    empty_hint = "省级资金到账、推荐签署、批次发送、授信、放款和季度结束时自动开始计时。"

    def __init__(self, *args: Any, on: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        table = workday_table()

        def left(deadline: Deadline) -> str:
            return workdays_left(clock(deadline, on, table).left or 0, deadline.provisional)

        self.columns = (  # type: ignore[misc]  # the second column reads the calendar of this request
            Column("due_on", "到期日", kind="date", sort=True),
            Column("left", "剩余", value=left),
            Column("label", "事项", link=lambda deadline: deadline.url, wide=True),
            Column("kind", "类别", value=lambda deadline: deadline.get_kind_display(), sort=True),
            Column("organisation.short_name", "责任单位", sort="organisation__short_name"),
            Column("starts_on", "起算日", kind="date"),
            Column("programme.name", "项目", wide=True, omit="programme"),
        )


class LedgerList(Listing):
    title = "账簿"
    columns = (
        Column("sequence", "序号", kind="number", link=True, sort=True),
        Column("ledger_date", "记账日", kind="date", sort=True),
        Column("value_date", "起息日", kind="date", sort=True),
        Column("purpose", "用途", value=lambda entry: entry.get_purpose_display(), sort=True),
        Column("memo", "摘要", wide=True),
        Column("moved", "金额（元）", kind="yuan"),  # added up for the rows shown: by its order all entries would be
        Column("recorded_by.name", "记账人"),
        Column("short_hash", "校验值", value=lambda entry: entry.hash[:12]),
        Column("programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = filters.BackdatedLedgerEntryFilter
    search = ("memo", "hash__startswith")
    search_hint = "摘要、校验值"
    default_sort = "-sequence"
    unit = "笔"
    empty = "账簿还没有分录。"
    empty_hint = "出资经银行复核到账后记第一笔。"


class RateList(Listing):
    title = "参考利率"
    columns = (
        Column("kind", "种类", value=lambda row: row.get_kind_display(), sort=True),
        Column("effective_on", "生效日", kind="date", sort=True),
        Column("up_to_6_months", "六个月以内", kind="rate"),
        Column("up_to_1_year", "六个月至一年", kind="rate"),
        Column("up_to_3_years", "一至三年", kind="rate"),
        Column("up_to_5_years", "三至五年", kind="rate"),
        Column("over_5_years", "五年以上", kind="rate"),
        Column("one_year", "一年期 LPR", kind="rate"),
        Column("over_five_years", "五年期以上 LPR", kind="rate"),
        Column("superseded", "说明", value=lambda row: "已被更正" if row.superseded else ""),
    )
    filterset = filters.RateFilter
    default_sort = "-effective_on"
    template = "reserve/rate_list.html"
    unit = "行"
    empty = "还没有参考利率。"
    empty_hint = "已公布的利率随系统装载；以后公布的由系统管理员录入。"


JOBS = {"daily": "每日任务"}
# What the steps of every app count, in words.
COUNTS = {
    "reminded": "提醒",
    "overdue": "逾期",
    "calendar": "催录放假安排",
    "recommendations": "推荐将到期提醒",
    "certificates": "证书将到期提醒",
    "lapsed": "授信用款期满",
    "fell_overdue": "贷款转为逾期",
    "cured": "贷款转为正常",
    "summaries_generated": "生成汇总表",
}


def _counted(run: JobRun) -> str:
    """In the order of `COUNTS`, as not every database keeps that of the row; a name not known there comes last."""
    names = sorted(run.counts, key=lambda name: (list(COUNTS).index(name) if name in COUNTS else len(COUNTS), name))
    return "，".join(f"{COUNTS.get(name, name)} {run.counts[name]}" for name in names)


class JobList(Listing):
    title = "定时任务记录"
    columns = (
        Column("on", "日期", kind="date", sort=True),
        Column("job", "任务", value=lambda run: JOBS.get(run.job, run.job), sort=True),
        Column("started_at", "开始", kind="datetime"),
        Column("finished_at", "结束", kind="datetime"),
        Column("counts", "结果", value=_counted, wide=True),
        Column("failures", "失败", value=lambda run: "；".join(map(str, run.failures)) or "无", wide=True),
    )
    default_sort = "-on"
    unit = "次"
    empty = "还没有运行记录。"
    empty_hint = "每日任务由后台定时运行；次日仍没有记录的，请运维人员检查后台服务。"

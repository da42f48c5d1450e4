"""准备金收支季报 and 年度报告 as a document: its tables, the addresses of the rows behind them, what each figure means."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from common.display import DASH, iso
from common.money import ZERO
from parties.enums import OrganisationKind as Kind
from reserve.ledger_enums import Purpose

from .documents import Document, ledger_words
from .pages import FigureTable, address
from .selectors.portfolio import Group, Lent
from .selectors.reserve_report import EXPENDITURE, INCOME, Flow, Indicators, ReserveReport, Span

QUARTERLY, ANNUAL = "科技贷款风险准备金收支季报", "科技贷款风险准备金年度报告"

ROWS: Sequence[tuple[str, str, Purpose | None]] = (
    ("opening", "期初余额", None),
    *((name, {"brought_in": "加：期初转入"}.get(name, f"加：{purpose.label}"), purpose) for purpose, name in INCOME.items()),
    *((name, f"减：{purpose.label}", purpose) for purpose, name in EXPENDITURE.items()),
    ("closing", "期末余额", None),
)
HELD = (("free", "其中：可用"), ("earmarked", "其中：占用"), ("claims_payable", "其中：应付代偿款"))

DEFINITIONS = (
    (
        "口径",
        (
            "各项金额按起息日（事实发生的日期）归期，不按记账日；补记的归到实际发生的期间，所属季度银行已报送的归到入账日。"
            "因此同一期间的报表可能因补记而变化，以页脚的账簿末笔为准。"
        ),
    ),
    ("冲正", "冲减被冲正的那一项目，归入冲正的起息日所在期间。"),
    ("期初转入", "项目中途启用时，由原台账转入的准备金；启用以后为零。"),
    ("代偿划款", "已由准备金账户实际划给银行的代偿款；已核准而未划出的列在“应付代偿款”。"),
    (
        "期末余额",
        "期初余额加各项收入、减各项支出，出具前与账簿余额核对一致；期末余额 = 可用 + 占用 + 应付代偿款。",
    ),
    ("在保户数、笔数、余额", "期末尚欠本金、占用准备金的贷款；余额为未还本金。已代偿的不计入。"),
    ("放大倍数", "在保余额 ÷ 占用准备金；在保余额 ÷ 准备金期末余额。"),
    ("逾期率", "逾期超过规定天数（项目规则，默认 30 天）的贷款的全部未还本金 ÷ 全部未还本金，按期末。"),
    ("代偿率", "（累计代偿划款 − 累计追偿回款）÷（累计出资到位 + 期初转入），自项目开始至期末。"),
    ("申报准备金（推算）", "本期发放的贷款在发放时占用的准备金之和，还款释放后不减；不是到位资金。"),
)
ANNUAL_DEFINITIONS = (
    ("企业规模、行业", "规模按每笔贷款批准时，行业按企业名录（GB/T 4754 大类）；同一企业的贷款批准时规模不同的，各计一户。"),
    ("代偿与追偿明细", "逐笔列出起息日在本年的代偿划款和追偿回款；冲正以负数列示。"),
)
INDICATOR_HEADS = (
    ("期末", "text"),
    ("在保（户）", "number"),
    ("在保（笔）", "number"),
    ("在保余额（元）", "yuan"),
    ("放大倍数（÷占用）", "times"),
    ("放大倍数（÷余额）", "times"),
    ("逾期率", "percent"),
    ("代偿率", "percent"),
    ("本期放款（笔）", "number"),
    ("本期放款（元）", "yuan"),
    ("本期申报准备金（推算，元）", "yuan"),
)


def reserve_document(found: ReserveReport, *, printed_on: date, prepared_by: str) -> Document:
    """The report as pages and papers show it."""
    sections = [_flow_table(found), _indicator_table(found)]
    if found.is_annual:
        sections.insert(1, _quarter_table(found))
        sections += [_group_table(found, "size", "按企业规模", found.by_size), _group_table(found, "industry", "按行业", found.by_industry)]
        sections.append(_paid_table(found))
    return Document(
        title=ANNUAL if found.is_annual else QUARTERLY,
        programme=found.programme.name,
        period=found.period.label_cn,
        as_of=found.as_of,
        partial=not found.complete,
        prepared_by=prepared_by,
        printed_on=printed_on,
        sections=sections,
        definitions=(*DEFINITIONS, *(ANNUAL_DEFINITIONS if found.is_annual else ())),
        seals=[one.name for one in found.programme.organisations(Kind.PROVINCIAL_CENTRE, Kind.TOWN, Kind.BANK).order_by("pk")],
        ledger=ledger_words(found.head),
    )


def _flow_table(found: ReserveReport) -> FigureTable:
    heads = [("项目", "text"), *((f"{flow.name}（元）", "yuan") for flow in found.flows)]
    return _statement("flow", f"准备金收支：{found.period.label_cn}", heads, found.flows, found, _whole(found))


def _quarter_table(found: ReserveReport) -> FigureTable:
    """All accounts together, the quarters side by side and the year."""
    heads = [("项目", "text"), *((f"{span.label[5:]}（元）", "yuan") for span, _ in found.quarters), ("全年（元）", "yuan")]
    flows = [*(flow for _, flow in found.quarters), found.flows[-1]]
    return _statement("quarters", "分季度收支（全部账户）", heads, flows, found, _whole(found))


def _statement(
    key: str, title: str, heads: Sequence[tuple[str, str]], flows: Sequence[Flow], found: ReserveReport, span: Span
) -> FigureTable:
    rows: list[tuple[Any, ...]] = [(label, *(getattr(flow, name) for flow in flows)) for name, label, _ in ROWS]
    urls = [_entries(found, span, purpose) if purpose else "" for _, _, purpose in ROWS]
    rows += [(label, *(getattr(flow.held, name) for flow in flows)) for name, label in HELD]
    return FigureTable(key, title, heads, rows, (), [*urls, *("" for _ in HELD)])


def _whole(found: ReserveReport) -> Span:
    return Span(str(found.period), found.period.label_cn, found.period.start, found.as_of)


def _entries(found: ReserveReport, span: Span, purpose: Purpose) -> str:
    """The entries an item is the sum of."""
    return address("reserve:ledger_list", found.programme, counted=purpose.value, value_from=iso(span.start), value_to=iso(span.end))


def _indicator_table(found: ReserveReport) -> FigureTable:
    return FigureTable(
        "indicators",
        "期末指标",
        INDICATOR_HEADS,
        [_indicators(one) for one in found.indicators],
        (),
        [address("reports:ageing_loans", found.programme, as_of=iso(one.span.end)) for one in found.indicators],
    )


def _indicators(one: Indicators) -> tuple[Any, ...]:
    leverage = one.leverage_of_earmarked, one.leverage_of_balance
    lent = one.disbursed, one.disbursed_amount, one.declared_reserve
    return (iso(one.span.end), one.enterprises, one.loans, one.owed, *leverage, one.overdue_rate, one.compensation_ratio, *lent)


def _group_table(found: ReserveReport, key: str, title: str, rows: Sequence[Group]) -> FigureTable:
    label = "规模" if key == "size" else "行业（GB/T 4754）"
    heads = [(label, "text"), ("本年放款（户）", "number"), ("本年放款（笔）", "number"), ("本年放款（元）", "yuan")]
    heads += [("年末在保（户）", "number"), ("年末在保（笔）", "number"), ("年末在保余额（元）", "yuan")]
    named = [(row.name if key == "size" else f"{row.name} {row.code}", *_lent(row.made), *_lent(row.in_force)) for row in rows]
    last = found.indicators[-1]
    made = [sum(row.made.loans for row in rows), sum((row.made.amount for row in rows), ZERO)]
    totals = ("合计", None, *made, last.enterprises, last.loans, last.owed) if rows else ()  # enterprises do not add up over sizes
    return FigureTable(key, f"贷款{title}", heads, named, totals, ["" for _ in rows])


def _lent(lent: Lent) -> tuple[int, int, Decimal]:
    return lent.enterprises, lent.loans, lent.amount


def _paid_table(found: ReserveReport) -> FigureTable:
    accounts = [flow.account for flow in found.flows if flow.account is not None]
    heads = [("起息日", "text"), ("账簿序号", "text"), ("事项", "text"), ("摘要", "text")]
    heads += [*((f"{account.funder.short_name}（元）", "yuan") for account in accounts), ("合计（元）", "yuan")]
    rows = [
        (
            iso(one.entry.value_date),
            f"第{one.entry.sequence}笔",
            one.counted.label + ("（冲正）" if one.entry.purpose == Purpose.REVERSAL else ""),
            one.entry.memo or DASH,
            *(one.amounts[account.pk] for account in accounts),
            one.amount,
        )
        for one in found.paid
    ]
    return FigureTable("paid", "本年代偿与追偿", heads, rows, (), [one.entry.get_absolute_url() for one in found.paid])

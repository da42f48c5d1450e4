"""What the home page and the statistics page are made of: cards, charts, tables, and the addresses of the rows behind them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from common.display import DASH, iso, percent, quarter_cn, rate, wan, workdays_left, yuan
from common.money import round_half_up
from common.page import Chart, NumberCard, Series
from reserve.models import FundingObligation, Programme
from reserve.workdays import WorkdayTable

from .selectors.dashboard import Dashboard, SecurityFigures, SystemFigures, TrailFigures
from .selectors.statistics import Statistics

DECLARED = "累计申报准备金（推算）"
DECLARED_NOTE = (
    "按每笔贷款发放时占用的准备金（贷款金额 ÷ 放大倍数）累计，还款释放后不减；它是推算的申报口径，"
    "不是到位资金：到位金额以准备金账户余额为准。"
)
WAN = Decimal(10000)
QUARTERS_ON_HOME = 12


def address(name: str, programme: Programme, **parameters: Any) -> str:
    """A list of one programme, filtered."""
    given = {key: value for key, value in parameters.items() if value not in (None, "")}
    return f"{reverse(name)}?{urlencode({'programme': programme.code, **given})}"


def _in_wan(amount: Decimal) -> Decimal:
    return round_half_up(amount / WAN, 2)


# cards of the home page


def programme_cards(board: Dashboard, table: WorkdayTable) -> list[NumberCard]:
    """The reserve, what it can still carry, the match, the loans and the published figures."""
    joint, figures, programme = board.joint, board.figures, board.programme
    used = joint.earmarked / joint.balance if joint.balance else Decimal(0)
    strained = used > board.rules.capacity_warn_ratio
    home = programme.get_absolute_url()
    return [
        NumberCard("准备金余额", wan(joint.balance), _by_account(board, "balance"), home, icon="wallet", term="准备金余额"),
        NumberCard(
            "已占用",
            wan(joint.earmarked),
            f"占余额 {percent(used)}；{_by_account(board, 'earmarked')}",
            home,
            "warn" if strained else "neutral",
            "lock",
            term="准备金占用",
        ),
        NumberCard("可用", wan(joint.free), _by_account(board, "free"), home, icon="cash", term="可用准备金"),
        *_payable_card(board),
        _capacity_card(board),
        _match_card(board, table),
        NumberCard(
            "贷款余额",
            wan(board.outstanding),
            f"在贷 {board.loans} 笔，累计放款 {figures.loans} 笔",
            address("loans:loan_list", programme, status="active"),
            icon="coins",
            term="贷款余额",
        ),
        NumberCard(
            "关注名单",
            f"{board.watched} 笔",
            "逾期、预警、分类下降、检查未做或将到期" if board.watched else "目前没有需要关注的贷款",
            address("loans:watch_list", programme),
            "warn" if board.watched else "good",
            "eye",
            term="关注名单",
        ),
        NumberCard(
            "累计授信",
            wan(figures.credit_amount),
            f"{figures.enterprises} 家企业，{figures.batches} 批",
            address("reports:statistics", programme),
            icon="chart-bar",
            term="累计授信",
        ),
        NumberCard(
            DECLARED,
            wan(figures.declared_reserve),
            f"其中省 {wan(figures.declared_reserve_provincial)}；不是到位资金",
            address("reports:statistics", programme),
            icon="report-analytics",
            term="累计申报准备金",
        ),
    ]


def _by_account(board: Dashboard, figure: str) -> str:
    return "，".join(f"{one.account.funder.short_name} {wan(getattr(one.figures, figure))}" for one in board.accounts) or "尚未开立账户"


def _payable_card(board: Dashboard) -> list[NumberCard]:
    """Money of approved claims that has not been paid yet, while there is any."""
    payable = board.joint.claims_payable
    if not payable:
        return []
    url = address("loans:claim_list", board.programme, status="open")
    return [NumberCard("应付代偿款", wan(payable), _by_account(board, "claims_payable"), url, "warn", "cash", term="应付代偿款")]


def _capacity_card(board: Dashboard) -> NumberCard:
    label, icon = "还可新增贷款", "scale"
    if not board.running:
        return NumberCard(label, DASH, f"项目{board.programme.get_status_display()}，不再新增贷款", icon=icon, term=label)
    if board.blocks:
        titles = "、".join(block.title for block in board.blocks)
        every = any(block.bank is None for block in board.blocks)
        return NumberCard(
            label, DASH if every else wan(board.capacity), f"{titles}，暂停新增贷款", board.blocks[0].url, "bad" if every else "warn", icon
        )
    leverage = f"{Decimal(board.rules.leverage.numerator) / board.rules.leverage.denominator:g}"
    return NumberCard(
        label, wan(board.capacity), f"按可用资金与放大 {leverage} 倍推算", icon=icon, tone="good" if board.capacity else "warn", term=label
    )


def _match_card(board: Dashboard, table: WorkdayTable) -> NumberCard:
    """The obligation that ends first, or that all are met."""
    label, icon, url = f"配套（省:镇 = 1:{board.rules.match_ratio}）", "transfer-in", address("reserve:obligation_list", board.programme)
    if not board.obligations:
        return NumberCard(label, DASH, "省级资金到账后产生配套义务", url, icon=icon, term="配套义务")
    owed = board.open_obligations
    if not owed:
        return NumberCard(label, "已全部配套", f"{len(board.obligations)} 次省级出资均已配套", url, "good", icon, "配套义务")
    amount = sum((row.amount for row in owed), Decimal(0))
    return NumberCard(
        label, f"待配套 {wan(amount)}", _due(owed[0], board.on, table), url, "bad" if board.overdue else "warn", icon, "配套义务"
    )


def _due(row: FundingObligation, on: date, table: WorkdayTable) -> str:
    left = table.workdays_between_provisional(on, row.deadline.due_on)[0]
    return f"{iso(row.deadline.due_on)} 到期，{workdays_left(left, row.deadline.provisional)}"


def system_cards(figures: SystemFigures) -> list[NumberCard]:
    return [
        NumberCard("项目", str(figures.programmes), "建立项目、维护参与方与规则", reverse("reserve:programme_list"), icon="briefcase"),
        NumberCard("单位", str(figures.organisations), "启用的参与单位", reverse("parties:organisations"), icon="building-community"),
        NumberCard("账号", str(figures.people), "启用的人员与接口账号", reverse("parties:people"), icon="users"),
        NumberCard("工作日历", f"至 {figures.calendar_until} 年", "已知放假安排", reverse("reserve:calendar"), icon="calendar"),
        NumberCard("每日任务", iso(figures.last_job), "最近完成的一天", reverse("reserve:job_list"), icon="clock"),
    ]


def security_cards(figures: SecurityFigures) -> list[NumberCard]:
    return [
        NumberCard("启用账号", str(figures.active), url=f"{reverse('parties:people')}?is_active=1", icon="user-check"),
        NumberCard("停用或未启用", str(figures.inactive), url=f"{reverse('parties:people')}?is_active=0", icon="user"),
        NumberCard(
            "锁定中", str(figures.locked), "连续登录失败", reverse("parties:sign_in_locks"), "warn" if figures.locked else "neutral", "lock"
        ),
        NumberCard("近 7 日登录失败", str(figures.failures_this_week), url=reverse("parties:sign_in_failures"), icon="shield-lock"),
        NumberCard("权限表", "查看", "谁可以做什么", reverse("parties:permissions"), icon="shield-check"),
    ]


def trail_cards(figures: TrailFigures, on: date) -> list[NumberCard]:
    audit = reverse("parties:audit")
    return [
        NumberCard("今日审计记录", str(figures.events_today), url=f"{audit}?at_after={on}&at_before={on}", icon="history"),
        NumberCard("近 7 日审计记录", str(figures.events_this_week), url=audit, icon="list-details"),
        NumberCard("近 7 日登录失败", str(figures.failures_this_week), url=reverse("parties:sign_in_failures"), icon="shield-lock"),
        NumberCard("登录记录", "查看", "谁在何时登录", reverse("parties:sign_ins"), icon="login"),
        NumberCard("权限表", "查看", "谁可以做什么", reverse("parties:permissions"), icon="shield-check"),
    ]


# charts of both pages


def quarter_chart(programme: Programme, figures: Statistics, last: int = 0) -> Chart:
    """Loans as columns and their declared reserve as a line, in 万元; the `last` quarters, or all."""
    rows = figures.by_quarter[-last:]
    return Chart(
        "by-quarter",
        "分季度放款与申报准备金",
        categories=[row.quarter for row in rows],
        series=[
            Series("放款额", [_in_wan(row.loan_amount) for row in rows]),
            Series("申报准备金（推算）", [_in_wan(row.declared_reserve) for row in rows], kind="line"),
        ],
        unit="万元",
        urls=[loans_of(programme, row.quarter, figures.as_of) for row in rows],
    )


def size_chart(programme: Programme, figures: Statistics) -> Chart:
    return Chart(
        "by-size",
        "企业规模",
        categories=[row.label for row in figures.by_size],
        series=[Series("企业", [row.enterprises for row in figures.by_size])],
        kind="pie",
        unit="家",
        urls=[lines_of(programme, figures.as_of, size=row.size) for row in figures.by_size],
    )


def industry_chart(programme: Programme, figures: Statistics) -> Chart:
    return Chart(
        "by-industry",
        "企业所属行业",
        categories=[row.name for row in figures.by_industry],
        series=[Series("企业", [row.enterprises for row in figures.by_industry])],
        unit="家",
        horizontal=True,
        urls=[lines_of(programme, figures.as_of, industry=row.code) for row in figures.by_industry],
    )


def loans_of(programme: Programme, quarter: str, as_of: date) -> str:
    """The disbursements of a quarter, in the register."""
    return address("loans:loan_list", programme, drawn="true", quarter=quarter, disbursed_to=as_of)


def lines_of(programme: Programme, as_of: date, **parameters: str) -> str:
    """The approvals confirmed by a day."""
    return address("loans:approval_list", programme, status="approved", decided_to=as_of, **parameters)


# the statistics page


def figure_cards(programme: Programme, figures: Statistics) -> list[NumberCard]:
    """The published figures, each with the rows it is counted from."""
    day = figures.as_of
    lines = lines_of(programme, day)
    loans = address("loans:loan_list", programme, drawn="true", disbursed_to=day)
    batches = address("enterprises:batch_list", programme, sent_to=day)
    provincial = figures.declared_reserve_provincial
    return [
        NumberCard("推荐批次", f"{figures.batches} 批", "截至该日已发送", batches, icon="package"),
        NumberCard("企业", f"{figures.enterprises} 家", f"获批 {figures.approvals} 笔，续贷不重复计户", lines, icon="building-factory-2"),
        NumberCard("授信金额", wan(figures.credit_amount), f"{yuan(figures.credit_amount)} 元", lines, icon="file-certificate"),
        NumberCard("放款金额", wan(figures.loan_amount), f"{figures.loans} 笔，{yuan(figures.loan_amount)} 元", loans, icon="coins"),
        NumberCard(DECLARED, wan(figures.declared_reserve), f"{yuan(figures.declared_reserve)} 元", loans, icon="report-analytics"),
        NumberCard("其中：省级", wan(provincial), f"{yuan(provincial)} 元", loans, icon="building-bank"),
    ]


@dataclass(frozen=True, slots=True)
class TableCell:
    """`text` as shown; `url`: the rows behind it."""

    text: str
    numeric: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class FigureTable:
    """One breakdown as a table of the page and of a file. `rows` and `totals` hold raw values, `urls` one address a row."""

    key: str
    title: str
    heads: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    totals: Sequence[Any]
    urls: Sequence[str]

    @property
    def body(self) -> list[list[TableCell]]:
        return [self._cells(row, url) for row, url in zip(self.rows, self.urls, strict=True)]

    @property
    def foot(self) -> list[TableCell]:
        return self._cells(self.totals) if self.totals else []

    def _cells(self, row: Sequence[Any], url: str = "") -> list[TableCell]:
        shown = zip(self.heads, row, strict=True)
        return [TableCell(_SHOWN[kind](value), kind != "text", url if i == 0 else "") for i, ((_, kind), value) in enumerate(shown)]


def _number(value: Any, pattern: str = ",") -> str:
    return DASH if value is None else format(value, pattern)


_SHOWN: dict[str, Callable[[Any], str]] = {
    "text": str,
    "number": _number,
    "yuan": yuan,
    "percent": percent,
    "rate": rate,
    "times": lambda value: _number(value, ",.2f"),
}


def tables(programme: Programme, figures: Statistics) -> list[FigureTable]:
    """By quarter, by size, by industry, with totals that are the published figures."""
    day, everything = figures.as_of, Decimal(1) if figures.enterprises else Decimal(0)
    return [
        FigureTable(
            "quarter",
            "分季度",
            (
                ("季度", "text"),
                ("获批（笔）", "number"),
                ("授信金额（元）", "yuan"),
                ("放款（笔）", "number"),
                ("放款金额（元）", "yuan"),
                ("申报准备金（推算，元）", "yuan"),
                ("其中：省级（元）", "yuan"),
            ),
            [
                (quarter_cn(q.quarter), q.approvals, q.credit_amount, q.loans, q.loan_amount, q.declared_reserve, q.declared_provincial)
                for q in figures.by_quarter
            ],
            (
                "合计",
                figures.approvals,
                figures.credit_amount,
                figures.loans,
                figures.loan_amount,
                figures.declared_reserve,
                figures.declared_reserve_provincial,
            ),
            [loans_of(programme, q.quarter, day) for q in figures.by_quarter],
        ),
        FigureTable(
            "size",
            "企业规模（首次获批时）",
            (("规模", "text"), ("企业（家）", "number"), ("占比", "percent")),
            [(row.label, row.enterprises, row.share) for row in figures.by_size],
            ("合计", figures.enterprises, everything),
            [lines_of(programme, day, size=row.size) for row in figures.by_size],
        ),
        FigureTable(
            "industry",
            "所属行业",
            (("行业（GB/T 4754）", "text"), ("代码", "text"), ("企业（家）", "number"), ("占比", "percent"), ("授信金额（元）", "yuan")),
            [(row.name, f"{row.code}（{row.edition}）", row.enterprises, row.share, row.credit_amount) for row in figures.by_industry],
            ("合计", "", figures.enterprises, everything, figures.credit_amount),
            [lines_of(programme, day, industry=row.code) for row in figures.by_industry],
        ),
    ]

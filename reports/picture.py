"""What the programme's dashboard is made of: its accounts, cards and charts, each figure with the address of the rows behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from common.display import iso, percent, wan, yuan
from common.money import ZERO, round_half_up
from common.page import Chart, NumberCard, Series, Tone
from loans.claiming import SET_ASIDE
from loans.filters import RUNNING_STATE
from loans.selectors.exposure import CoverAccount, capacity
from parties.enums import OrganisationKind
from reserve.models import FundingObligation
from reserve.selectors.accounts import AccountFigures, Clock, clock
from reserve.workdays import WorkdayTable

from .cards import capacity_card, match_card
from .pages import address, in_wan, loans_of, quarter_chart
from .selectors.dashboard import Dashboard, Part, Step
from .selectors.standing import Standing

MOST_INDUSTRIES = 12


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account with the principal its free money could still carry alone; None where nothing more is lent."""

    line: AccountFigures
    capacity: Decimal | None


@dataclass(frozen=True, slots=True)
class Leverage:
    """Principal owed ÷ reserve, and what the rules allow, both with 2 decimals; `used`: percent of it, at most 100."""

    now: Decimal
    most: Decimal

    @property
    def part(self) -> Decimal:
        return self.now / self.most

    @property
    def used(self) -> int:
        return int(min(Decimal(1), self.part) * 100)


@dataclass(frozen=True, slots=True)
class Matches:
    """The town's duties with their clocks, and in yuan: all of them, those met, those late now."""

    rows: Sequence[tuple[FundingObligation, Clock]]
    due: Decimal
    paid: Decimal
    late: Decimal


def account_rows(standing: Standing) -> list[AccountRow]:
    """The least of them is what the programme can still lend."""

    def carried(one: AccountFigures) -> Decimal:
        is_provincial = one.account.funder.kind == OrganisationKind.PROVINCIAL_CENTRE
        return capacity([CoverAccount(one.account, is_provincial, one.figures.free)], standing.rules)

    return [AccountRow(one, carried(one) if standing.running else None) for one in standing.accounts]


def leverage(standing: Standing) -> Leverage | None:
    """None where no money has arrived."""
    balance, rule = standing.joint.balance, standing.rules.leverage
    most = round_half_up(Decimal(rule.numerator) / rule.denominator)
    return Leverage(round_half_up(standing.outstanding / balance), most) if balance else None


def matches(standing: Standing, table: WorkdayTable) -> Matches:
    rows, on = standing.obligations, standing.on
    return Matches(
        [(row, clock(row.deadline, on, table)) for row in rows],
        sum((row.amount for row in rows), ZERO),
        sum((row.amount for row in rows if row.fulfilled_on), ZERO),
        sum((row.amount for row in rows if row.is_late(on)), ZERO),
    )


def picture(board: Dashboard, table: WorkdayTable) -> dict[str, Any]:
    """Everything the page shows."""
    return {
        "board": board,
        "numbers": head_cards(board, table),
        "accounts": account_rows(board.standing),
        "leverage": leverage(board.standing),
        "matches": matches(board.standing, table),
        "lending": lending_charts(board),
        "ladder": ladder_chart(board),
        "overdue": overdue_cards(board),
        "ageing": ageing_chart(board),
        "compensation": compensation_cards(board),
        "addresses": addresses(board),
    }


# cards


def head_cards(board: Dashboard, table: WorkdayTable) -> list[NumberCard]:
    """What can still be lent, the match, what was lent and is owed."""
    standing, made = board.standing, board.made
    lent, owed = loans_in(board, drawn="true"), loans_in(board, status=RUNNING_STATE)
    return [
        capacity_card(standing),
        match_card(standing, table),
        NumberCard("累计放款", wan(made.amount), f"{made.loans} 笔，{yuan(made.amount)} 元", lent, icon="coins"),
        NumberCard("贷款余额", wan(made.owed), f"在贷 {standing.loans} 笔，{yuan(made.owed)} 元", owed, icon="wallet"),
    ]


def overdue_cards(board: Dashboard) -> list[NumberCard]:
    """The rate against its lines, what is overdue, and the first two steps of the ladder."""
    rate, rules = board.risk.rate, board.standing.rules
    lines = f"预警线 {_line(rules.overdue_rate_warn)}，暂停线 {_line(rules.overdue_rate_stop)}"
    part = f"超过 {rules.overdue_rate_min_days} 天的 {wan(rate.overdue)} ÷ 未还本金 {wan(rate.owed)}"
    tone: Tone = "bad" if rate.stops else "warn" if rate.warns else "good"
    late = sum((one.late for one in board.standing.owed), ZERO)
    late_loans = sum(one.late_loans for one in board.standing.owed)
    url = address("reports:overdue_rate", board.standing.programme)
    return [
        NumberCard("逾期率", percent(rate.rate), f"{part}；{lines}", url, tone, "percentage"),
        NumberCard(
            "逾期贷款余额",
            wan(late),
            f"{late_loans} 笔，{yuan(late)} 元",
            loans_in(board, status="overdue"),
            "bad" if late_loans else "good",
            "alert-triangle",
        ),
        *(
            NumberCard(f"到期：{one.name}", wan(one.owed), f"{one.loans} 笔，{yuan(one.owed)} 元", _due_in(board, one), icon="calendar-due")
            for one in board.ladder[:2]
        ),
    ]


def compensation_cards(board: Dashboard) -> list[NumberCard]:
    found, point, programme = board.compensations, board.risk.compensation, board.standing.programme
    paid = address("loans:claim_list", programme, status="paid")
    line = f"净代偿 {wan(point.compensated)}元 ÷ 出资 {wan(point.contributed)}元；暂停线 {_line(point.rules.compensation_ratio_stop)}"
    ratio = address("reports:overdue_rate", programme)
    return [
        NumberCard("代偿率", percent(point.ratio), line, ratio, "bad" if point.stops else "good", "percentage"),
        NumberCard(
            "已代偿",
            wan(found.paid),
            f"{found.claims} 笔，{yuan(found.paid)} 元",
            paid,
            icon="receipt",
        ),
        NumberCard(
            "追偿已划回",
            wan(found.recovered),
            f"{yuan(found.recovered)} 元，净代偿 {yuan(found.net)} 元",
            address("loans:recovery_list", programme, status="remitted"),
            icon="arrow-back-up",
        ),
        NumberCard(
            "已备付、未划款",
            wan(found.payable),
            f"{found.funded} 笔",
            address("loans:claim_list", programme, status=SET_ASIDE),
            "warn" if found.funded else "neutral",
            "hourglass",
        ),
        NumberCard(
            "已核销",
            f"{found.written_off} 笔",
            f"代偿时未还本金 {yuan(found.given_up)} 元",
            loans_in(board, status="written_off"),
            icon="archive",
        ),
    ]


def _line(ratio: Fraction) -> str:
    return percent(Decimal(ratio.numerator) / ratio.denominator)


# charts


def lending_charts(board: Dashboard) -> list[Chart]:
    """Loans made: by quarter, then by size, industry and bank with what of them is still owed."""
    programme, on = board.standing.programme, board.standing.on
    lent = [row for row in board.quarters if row.loans]
    counts = Chart(
        "by-quarter-count",
        "分季度放款笔数",
        categories=[row.quarter for row in lent],
        series=[Series("放款", [row.loans for row in lent])],
        unit="笔",
        urls=[loans_of(programme, row.quarter, on) for row in lent],
    )
    shown = board.industries[:MOST_INDUSTRIES]
    note = f"共 {len(board.industries)} 个行业，图中为放款最多的 {MOST_INDUSTRIES} 个。" if len(board.industries) > MOST_INDUSTRIES else ""
    return [
        quarter_chart(programme, lent, on),
        counts,
        _parts("by-size", "按企业规模（批准时）", board.sizes, [loans_in(board, drawn="true", size=one.code) for one in board.sizes]),
        _parts("by-bank", "按银行", board.banks, [loans_in(board, drawn="true", bank=one.code) for one in board.banks]),
        _parts(
            "by-industry",
            "按行业（GB/T 4754 大类）",
            shown,
            [loans_in(board, drawn="true", industry=one.code, edition=one.edition) for one in shown],
            note,
            horizontal=True,
        ),
    ]


def _parts(key: str, title: str, parts: Sequence[Part], urls: Sequence[str], note: str = "", *, horizontal: bool = False) -> Chart:
    return Chart(
        key,
        title,
        categories=[one.name for one in parts],
        series=[
            Series("累计放款", [in_wan(one.sum.amount) for one in parts]),
            Series("贷款余额", [in_wan(one.sum.owed) for one in parts]),
        ],
        unit="万元",
        note=note,
        urls=urls,
        horizontal=horizontal,
    )


def ladder_chart(board: Dashboard) -> Chart:
    """By the day a loan is due to be repaid in full."""
    urls = [_due_in(board, one) for one in board.ladder]
    return _steps("ladder", "到期阶梯：贷款余额", board.ladder, urls, "按借据到期日，分期还款的余额都计在最后到期日。")


def _due_in(board: Dashboard, step: Step) -> str:
    return loans_in(board, status=RUNNING_STATE, due_from=step.first, due_to=step.last)


def ageing_chart(board: Dashboard) -> Chart:
    programme, on = board.standing.programme, board.standing.on
    late = board.bands[1:]
    urls = [address("reports:ageing_loans", programme, as_of=iso(on), bucket=one.code) for one in late]
    note = f"另有未逾期 {board.bands[0].loans} 笔、{wan(board.bands[0].owed)}元。"
    return _steps("ageing", "逾期账龄：未还本金", late, urls, note)


def _steps(key: str, title: str, steps: Sequence[Step], urls: Sequence[str], note: str) -> Chart:
    names = [f"{one.name}（{one.loans} 笔）" for one in steps]
    sums = [Series("本金", [in_wan(one.owed) for one in steps])]
    return Chart(key, title, names, sums, unit="万元", note=note, urls=urls, horizontal=True)


def loans_in(board: Dashboard, **parameters: Any) -> str:
    """The register of the programme, filtered."""
    return address("loans:loan_list", board.standing.programme, **parameters)


def addresses(board: Dashboard) -> dict[str, str]:
    """Where the figures of the tables, and those of nothing yet, lead to."""
    programme = board.standing.programme
    return {
        "earmarked": loans_in(board, status=RUNNING_STATE),
        "payable": address("loans:claim_list", programme, status=SET_ASIDE),
        "obligations": address("reserve:obligation_list", programme),
        "contributions": address("reserve:contribution_list", programme),
        "recommendations": address("enterprises:recommendation_list", programme),
        "loans": address("loans:loan_list", programme),
    }

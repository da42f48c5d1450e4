"""The numbers of the home page as cards, by who watches them."""

from datetime import date
from decimal import Decimal

from django.urls import reverse

from common.display import DASH, iso, percent, quarter_cn, wan, workdays_left
from common.money import ZERO
from common.page import NumberCard
from loans.filters import RUNNING_STATE
from parties.enums import OrganisationKind
from parties.models import User
from reserve.models import FundingObligation
from reserve.quarters import Quarter
from reserve.workdays import WorkdayTable

from .pages import address, loans_of
from .selectors.administration import SecurityFigures, SystemFigures, TrailFigures
from .selectors.numbers import LAPSING, Counted, Trail, last_half, numbers_of, trail_of
from .selectors.standing import Standing


def programme_cards(board: Standing, table: WorkdayTable, user: User) -> list[NumberCard]:
    """What the person's organisation watches first, then the reserve, what it can still carry and match. One query; two for an auditor."""
    return [*_of_role(board, user), *_of_the_reserve(board), *_payable_card(board), capacity_card(board), match_card(board, table)]


# what each kind of organisation watches


def _of_role(board: Standing, user: User) -> list[NumberCard]:
    if user.kind == OrganisationKind.AUDITOR:
        return [*_auditor_cards(board, trail_of(board.programme)), *_loan_cards(board, None)]
    found = numbers_of(user, board.programme, board.on)
    if user.kind == OrganisationKind.BANK:
        return [*_bank_cards(board, found), *_loan_cards(board, user.organisation_id)]
    own = _centre_cards if user.kind == OrganisationKind.PROVINCIAL_CENTRE else _office_cards
    return [*own(board, found), *_loan_cards(board, None)]


def _bank_cards(board: Standing, found: Counted) -> list[NumberCard]:
    lines, amount = found["lapsing"]
    until = board.on + LAPSING
    url = address("loans:approval_list", board.programme, status="approved", valid_from=board.on, valid_to=until)
    hint = f"{lines} 笔在 {iso(until)} 以前失效" if lines else f"{LAPSING.days} 天内没有失效的授信"
    return [NumberCard("将失效的可用授信", wan(amount), hint, url, "warn" if lines else "good", "hourglass")]


def _centre_cards(board: Standing, found: Counted) -> list[NumberCard]:
    quarter = Quarter.of(board.on)
    loans, declared = found["declared"]
    asked = (("待初审汇总表", "submitted"), ("待审定汇总表", "proposed"))
    return [
        *(
            NumberCard(
                label,
                f"{found[status][0]} 份",
                url=address("reports:summary_list", board.programme, status=status),
                tone="warn" if found[status][0] else "good",
                icon="checklist",
            )
            for label, status in asked
        ),
        NumberCard(
            "本季申报准备金（推算）",
            wan(declared),
            f"{quarter_cn(str(quarter))}至今放款 {loans} 笔",
            loans_of(board.programme, str(quarter), board.on),
            icon="report-analytics",
        ),
    ]


def _office_cards(board: Standing, found: Counted) -> list[NumberCard]:
    quarter, half = Quarter.of(board.on), last_half(board.on)
    recommendations, wanted = found["recommended"]
    loans, lent = found["lent"]
    missing = found["unreported"][0]
    return [
        NumberCard(
            "有效推荐",
            f"{recommendations} 笔",
            f"双方已签、银行未答复，{wan(wanted)}元",
            address("enterprises:recommendation_list", board.programme, standing="true"),
            icon="file-certificate",
        ),
        NumberCard(
            "本季放款",
            wan(lent),
            f"{quarter_cn(str(quarter))}至今 {loans} 笔",
            loans_of(board.programme, str(quarter), board.on),
            icon="coins",
        ),
        NumberCard(
            "成效未填报",
            f"{missing} 家",
            half.label_cn,
            address("reports:effect_report", board.programme, period=half),
            "warn" if missing else "good",
            "clipboard-list",
        ),
    ]


def _auditor_cards(board: Standing, mark: Trail) -> list[NumberCard]:
    prove = f"{reverse('reports:closing', args=[board.programme.code])}?prove=1"
    return [
        NumberCard(
            "账簿末笔",
            f"第 {mark.sequence} 笔" if mark.sequence else DASH,
            f"校验值 {mark.hash[:12]}" if mark.hash else "账簿还没有分录",
            address("reserve:ledger_list", board.programme),
            icon="link",
        ),
        NumberCard("账簿核对", "现在核对", "逐笔重算余额和校验值", prove, icon="shield-check"),
        NumberCard(
            "最近关闭的季度",
            quarter_cn(mark.closed) if mark.closed else DASH,
            "汇总表报送后关闭",
            address("reports:summary_list", board.programme),
            icon="lock",
        ),
    ]


def _loan_cards(board: Standing, bank: int | None) -> list[NumberCard]:
    """What is owed, overdue and watched: of one bank where the person is of one and there are several."""
    rows = [one for one in board.owed if bank in (None, one.bank)]
    of = {} if bank is None or len(board.owed) < 2 else {"bank": bank}
    owed, late = sum((one.owed for one in rows), ZERO), sum((one.late for one in rows), ZERO)
    loans, late_loans, watched = (sum(getattr(one, name) for one in rows) for name in ("loans", "late_loans", "watched"))
    return [
        NumberCard(
            "贷款余额",
            wan(owed),
            f"在贷 {loans} 笔",
            address("loans:loan_list", board.programme, status=RUNNING_STATE, **of),
            icon="coins",
            term="贷款余额",
        ),
        NumberCard(
            "逾期贷款余额",
            wan(late),
            f"{late_loans} 笔" if late_loans else "没有逾期的贷款",
            address("loans:loan_list", board.programme, status="overdue", **of),
            "bad" if late_loans else "good",
            "alert-triangle",
        ),
        NumberCard(
            "关注名单",
            f"{watched} 笔",
            "逾期、预警、分类下降、检查未做或将到期" if watched else "目前没有需要关注的贷款",
            address("loans:watch_list", board.programme, **of),
            "warn" if watched else "good",
            "eye",
            term="关注名单",
        ),
    ]


# the reserve


def _of_the_reserve(board: Standing) -> list[NumberCard]:
    joint, home = board.joint, board.programme.get_absolute_url()
    used = joint.earmarked / joint.balance if joint.balance else Decimal(0)
    return [
        NumberCard("准备金余额", wan(joint.balance), _by_account(board, "balance"), home, icon="wallet", term="准备金余额"),
        NumberCard(
            "已占用",
            wan(joint.earmarked),
            f"占余额 {percent(used)}；{_by_account(board, 'earmarked')}",
            home,
            "warn" if used > board.rules.capacity_warn_ratio else "neutral",
            "lock",
            term="准备金占用",
        ),
        NumberCard("可用", wan(joint.free), _by_account(board, "free"), home, icon="cash", term="可用准备金"),
    ]


def _by_account(board: Standing, figure: str) -> str:
    return "，".join(f"{one.account.funder.short_name} {wan(getattr(one.figures, figure))}" for one in board.accounts) or "尚未开立账户"


def _payable_card(board: Standing) -> list[NumberCard]:
    """Money of approved claims that has not been paid yet, while there is any."""
    payable = board.joint.claims_payable
    if not payable:
        return []
    url = address("loans:claim_list", board.programme, status="open")
    return [NumberCard("应付代偿款", wan(payable), _by_account(board, "claims_payable"), url, "warn", "cash", term="应付代偿款")]


def capacity_card(board: Standing) -> NumberCard:
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


def match_card(board: Standing, table: WorkdayTable) -> NumberCard:
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


# the three administrators


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

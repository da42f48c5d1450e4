"""Pages of decisions and credit lines."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from common.display import iso, wan, yuan
from common.errors import Refusal
from common.money import ZERO
from common.page import Action, Fact, Step, Todo
from enterprises.models import Recommendation
from parties.models import User
from reserve.calendar import workday_table
from reserve.cover import CoverBlock
from reserve.selectors.programmes import rules_on
from reserve.workdays import WorkdayTable

from ..enums import ApprovalStatus, Decision
from ..models import CreditLine, Loan
from ..permissions import (
    require_decide,
    require_enter_loan,
    require_renewed_repaid,
    require_repropose,
    require_send_back,
    require_usable,
    why_not,
)
from ..rules.concentration import Concentration
from ..rules.terms import add_months
from ..selectors import waiting
from ..selectors.blocking import cover_blocks
from ..selectors.concentration import excesses_of_lines
from ..selectors.exposure import exposure
from ..services.checks import check_concentration
from .parts import TODO_LIMIT, asked, both_rates, capacity_hints, concentration_hints, of_the_bank, offered, rate_hints


def todos(user: User, on: date, table: WorkdayTable | None = None) -> list[Todo]:
    """What waits for this person on the page of decisions: to propose, sent back, or to confirm. `table`: the calendar, if read already."""
    rows = list(waiting.decisions(user)[:TODO_LIMIT])
    table = table or (workday_table() if rows else None)
    return [_on_line(row, row.credit_line) if hasattr(row, "credit_line") else _to_propose(row, on, table) for row in rows]


def _on_line(row: Recommendation, line: CreditLine) -> Todo:
    if line.status == ApprovalStatus.SENT_BACK:
        what, detail = "修改被退回的审批意见", line.sent_back_reason
    else:
        amount = wan(line.amount) if line.amount else ""
        what, detail = "复核审批", f"{line.get_decision_display()} {amount}，{line.proposed_by.name} 提出"
    return Todo(f"{what}：{row.enterprise_name}", line.get_absolute_url(), programme=line.programme_id, detail=detail)


def _to_propose(row: Any, on: date, table: WorkdayTable | None) -> Todo:
    left = table.workdays_between_provisional(on, row.decide_by)[0] if table and row.decide_by else None
    return Todo(
        f"提出审批意见：{row.enterprise_name}",
        reverse("loans:approval_propose", args=[row.pk]),
        programme=row.programme_id,
        detail=f"{row.batch}，推荐 {wan(row.amount)}，{row.term_months} 个月，{row.purpose}",
        due_on=row.decide_by,
        workdays_left=left,
        provisional=bool(row.provisional),
    )


def facts(line: CreditLine, on: date) -> list[Fact]:
    """Facts of a decision; `line` carries `drawn` and `undrawn`."""
    recommendation = line.recommendation
    facts = [
        Fact("企业名称", recommendation.enterprise_name, url=line.enterprise.get_absolute_url()),
        Fact("推荐", f"{recommendation.batch_label}，{yuan(recommendation.amount)} 元", url=recommendation.get_absolute_url()),
        Fact("推荐期限与用途", f"{recommendation.term_months} 个月，{recommendation.purpose}"),
        *_renewal(recommendation),
        Fact("审批意见", line.get_decision_display()),
    ]
    if line.decision == Decision.APPROVE:
        facts += [
            Fact("授信金额（元）", yuan(line.amount), numeric=True, hint=wan(line.amount)),
            Fact("期限", f"{line.term_months} 个月"),
            Fact("年利率", both_rates(line.annual_rate)),
            Fact("还本付息方式", line.get_repayment_method_display()),
            Fact("担保方式", line.get_guarantee_display()),
            Fact("首贷户", line.first_bank_loan_cn),
        ]
    if line.reason:
        facts.append(Fact("理由或说明", line.reason))
    if line.sent_back_reason:
        facts.append(Fact("退回理由", line.sent_back_reason))
    facts.append(Fact("经办", f"{line.proposed_by.name}，{iso(line.proposed_at)}"))
    if line.confirmed_by is not None:
        facts.append(Fact("复核", f"{line.confirmed_by.name}，{iso(line.confirmed_at)}"))
    if line.is_approved:
        facts += [
            Fact("批准时规模", line.get_size_display()),
            Fact("用款期限", iso(line.valid_until), hint=_validity(line, on)),
            Fact("已用（元）", yuan(line.drawn), numeric=True),
            Fact("未用（元）", yuan(line.undrawn), numeric=True, hint=wan(line.undrawn)),
        ]
    return facts


def _validity(line: CreditLine, on: date) -> str:
    if line.recommendation.is_opening:
        return "期初授信，启用日起不再提用"
    return "已过期，不能再提用" if line.lapsed(on) else "当日仍可提用"


def _renewal(recommendation: Recommendation) -> list[Fact]:
    """Of a 续贷: the loan it follows and what that one still owes."""
    if recommendation.renews_id is None:
        return []
    note_no, loan = recommendation.renewed_note_no, Loan.objects.renewed_by(recommendation).first()
    if loan is None:
        return [Fact("续贷原借据", note_no, hint="原推荐项下没有这笔贷款")]
    owed = "已结清" if loan.settled_on else f"尚欠本金 {yuan(loan.outstanding)} 元，还清以后方可放款"
    return [Fact("续贷原借据", note_no, url=loan.get_absolute_url(), hint=owed)]


def steps(line: CreditLine, on: date) -> list[Step]:
    """推荐送达 → 提出意见 → 复核 → 用款."""
    status = line.status
    if line.recommendation.is_opening:
        return [Step("审批", "done", when=line.decided_on), Step("期初导入", "done", when=line.confirmed_at)]
    steps = [
        Step("推荐送达", "done", when=line.recommendation.batch.sent_on if line.recommendation.batch else None),
        Step("经办提出意见", "done", who=line.proposed_by.name, when=line.proposed_at),
    ]
    if status == ApprovalStatus.SENT_BACK:
        return [steps[0], Step("经办修改意见", "current", who=f"{line.bank.short_name}经办"), Step("复核"), Step("用款")]
    if status == ApprovalStatus.PROPOSED:
        return [*steps, Step("复核", "current", who=f"{line.bank.short_name}复核"), Step("用款")]
    decided = Step("复核", "done", who=line.confirmed_by.name if line.confirmed_by else "", when=line.decided_on)
    if status == ApprovalStatus.DECLINED:
        return [*steps, decided, Step("未批准", "stopped")]
    if not line.undrawn:
        return [*steps, decided, Step("用款完毕", "done")]
    last = (
        Step("用款期限已过", "stopped", when=line.valid_until)
        if line.lapsed(on)
        else Step("用款", "current", f"{line.bank.short_name}经办", line.valid_until)
    )
    return [*steps, decided, last]


def actions(user: User, line: CreditLine, on: date, blocks: Sequence[CoverBlock] = ()) -> list[Action]:
    """What can come next on a decision, with the reason where not for this person; `blocks`: why no new loan may be covered."""
    if not of_the_bank(user):
        return []
    open_ = line.status in (ApprovalStatus.PROPOSED, ApprovalStatus.SENT_BACK)
    proposed = line.status == ApprovalStatus.PROPOSED

    def send_back() -> Action:
        url = reverse("loans:approval_send_back", args=[line.pk])
        return Action("退回经办", url, reason=why_not(require_send_back, user, line), icon="arrow-back-up")

    def repropose() -> Action:
        url = reverse("loans:approval_repropose", args=[line.pk])
        return Action("修改审批意见", url, reason=why_not(require_repropose, user, line), icon="edit")

    def draw() -> Action:
        reason = why_not(require_enter_loan, user, line) or why_not(require_renewed_repaid, line, on)
        if line.lapsed(on):
            reason = f"用款期限至 {line.valid_until}，已过期；如仍需贷款请重新推荐、审批。"
        reason = reason or "".join(block.sentence for block in blocks) or None
        return Action("录入放款", reverse("loans:loan_enter", args=[line.pk]), reason=reason, primary=True, icon="plus")

    return offered(
        (proposed, lambda: _decide(user, line, on)),
        (proposed, send_back),
        (open_, repropose),
        (line.is_approved and bool(line.undrawn), draw),
    )


def _decide(user: User, line: CreditLine, on: date) -> Action:
    """The reviewer's button. An approval that would pass the bank's limit for one borrower says so, or cannot be given."""
    approve = line.decision == Decision.APPROVE
    reason = why_not(require_decide, user, line) or why_not(require_usable, line.recommendation, line.decision, on)
    question = f"将答复推荐单位：不批准“{line.recommendation.enterprise_name}”的贷款。"
    if approve and reason is None:
        question = f"将批准对“{line.recommendation.enterprise_name}”授信 {yuan(line.amount)} 元，并答复推荐单位。"
        try:
            question = asked(question, check_concentration(line, rules_on(line.programme, on), on, adding=line.amount or ZERO))
        except Refusal as refusal:
            reason = refusal.message
    return Action(
        "复核批准" if approve else "复核不批准",
        reverse("loans:approval_confirm", args=[line.pk]),
        reason=reason,
        post=True,
        confirm=question,
        version=line.version,
        primary=True,
        icon="check",
    )


def blocks_of(line: CreditLine, on: date) -> list[CoverBlock]:
    """Why nothing may be drawn of a line that still could be."""
    usable = line.is_approved and line.undrawn and not line.lapsed(on) and not line.recommendation.is_opening
    return cover_blocks(line.programme, on, bank=line.bank_id) if usable else []


def excess_of(user: User, line: CreditLine, on: date) -> Concentration | None:
    """What the person's bank is warned of about this decision."""
    return excesses_of_lines(user, [line], on).get(line.pk)


def hints(user: User, recommendation: Recommendation, on: date) -> list[Fact]:
    """Beside the form of a decision: what limits it today."""
    rules = rules_on(recommendation.programme, on)
    due_on = add_months(on, min(recommendation.term_months, rules.term_months_max))
    used = exposure(programme_id=recommendation.programme_id, enterprise=recommendation.enterprise_id, on=on)
    left = max(rules.enterprise_cap - used.total, ZERO)
    return [
        Fact("企业名称", recommendation.enterprise_name, url=recommendation.get_absolute_url()),
        Fact("推荐金额（元）", yuan(recommendation.amount), numeric=True, hint=wan(recommendation.amount)),
        Fact("推荐期限与用途", f"{recommendation.term_months} 个月，{recommendation.purpose}"),
        *_renewal(recommendation),
        Fact("推荐有效期至", iso(recommendation.valid_until), hint="已过期，只能不同意" if recommendation.lapsed(on) else ""),
        Fact("最长期限", f"{rules.term_months_max} 个月"),
        *rate_hints(rules, on, on, due_on),
        Fact(
            "单户限额（元）",
            yuan(rules.enterprise_cap),
            numeric=True,
            hint=f"未还本金 {wan(used.outstanding)}，未用授信 {wan(used.undrawn)}，还可授信 {wan(left)}",
        ),
        *concentration_hints(user, recommendation, rules, on),
        *capacity_hints(recommendation, rules, on),
    ]

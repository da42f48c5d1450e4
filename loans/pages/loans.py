"""Pages of loans."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse

from common.display import iso, wan, yuan
from common.errors import NotFound, Refusal
from common.money import format_yuan
from common.page import Action, Fact, Step, Todo
from parties.models import User

from ..enums import LoanStatus
from ..import_enums import FileKind, RowState
from ..models import BankSchedule, Correction, CreditLine, EarlyWarning, Extension, ImportFile, ImportRow, Inspection, Loan
from ..permissions import (
    require_confirm_loan,
    require_discard_loan,
    require_edit_loan,
    require_enter_repayment,
    why_not,
)
from ..rules.concentration import Concentration
from ..rules.terms import add_months
from ..selectors import waiting
from ..selectors.claims import claim_word
from ..selectors.concentration import excesses_of_loans
from ..selectors.exposure import pending_amount
from ..selectors.grades import GradeState, with_arrears
from ..services.drawdowns import Drawdown, check_drawdown
from . import grades
from .parts import TODO_LIMIT, asked, both_rates, capacity_hints, concentration_hints, of_the_bank, offered, rate_hints, worded_facts

_WAITING = {
    "loan": ("复核放款", "{wan}，{person} 录入"),
    "repayment": ("复核还款", "{day} 还款 {wan}，{person} 录入"),
    "left_over": ("作废还款（贷款已结清或已代偿）", "{day} 还款 {wan}，{person} 录入"),
    "reversal": ("复核还款冲正", "{day} 还款 {wan}，理由：{reason}"),
    "bank_schedule": ("复核银行还款计划", "{day} 出具，{person} 录入"),
    "extension": ("复核展期", "{day} 到期，本金余额 {wan}，两方已同意，理由：{reason}"),
    "correction": ("复核数据更正", "{wan}，理由：{reason}"),
    "recovery": ("复核追偿回款", "{day} 收到 {wan}，{person} 录入"),
    "remittance": ("复核追偿款划回", "{day} 划回 {wan}，{person} 录入"),
    "net_capital": ("复核资本净额", "{wan}元，{person} 录入"),
    "write_off": ("签署核销意见", "{day} 代偿，{person} 提请，依据：{reason}"),
}


def todos(user: User) -> list[Todo]:
    """What a reviewer of the bank has to confirm."""
    found = []
    for fact in waiting.to_confirm(user)[:TODO_LIMIT]:
        what, detail = _WAITING[fact.kind]
        said = detail.format(wan=wan(fact.amount), day=fact.day, person=fact.entered_by, reason=fact.reason)
        if fact.kind == "net_capital":
            found.append(
                Todo(f"{what}：{iso(fact.day)}", reverse("loans:net_capital", args=[fact.about]), f"{said}，{fact.enterprise_name}")
            )
            continue
        url = reverse("loans:loan", args=[fact.about])
        found.append(Todo(f"{what}：{fact.enterprise_name}", url, f"借据号 {fact.note_no}，{said}", fact.programme_id))
    return found


def hints(user: User, line: CreditLine, on: date) -> list[Fact]:
    """Beside the form of a drawdown: the line, the caps, the reserve; `line` carries `undrawn`."""
    rules = line.rules
    months = min(rules.term_months_max, line.term_months or rules.term_months_max)
    pending = pending_amount(line)
    return [
        Fact("企业名称", line.recommendation.enterprise_name, url=line.get_absolute_url()),
        Fact(
            "授信可用余额（元）",
            yuan(line.undrawn),
            numeric=True,
            hint=f"另有待复核放款 {wan(pending)}" if pending else wan(line.undrawn),
        ),
        Fact("单笔限额（元）", yuan(rules.loan_cap), numeric=True),
        Fact("用款期限", iso(line.valid_until)),
        Fact("最迟到期", f"发放日后 {months} 个月", hint=f"今日发放则不晚于 {add_months(on, months)}"),
        Fact("审批利率", both_rates(line.annual_rate)),
        *rate_hints(rules, on, on, add_months(on, months)),
        *concentration_hints(user, line, rules, on),
        *capacity_hints(line, rules, on),
    ]


KEPT: Mapping[str, Any] = {
    "has_extensions": Extension,
    "has_corrections": Correction,
    "has_bank_schedules": BankSchedule,
    "has_warnings": EarlyWarning,
    "has_inspections": Inspection,
}


def visible_loan(user: User, pk: int, on: date | None = None) -> Any:
    """The loan this person may see, with what its page shows, the file it came in (`from_file`, its key) and whether it has any
    of `KEPT`, so that the page reads only what is there; with a day, by `with_arrears` on it. Raises: NotFound.
    """
    rows, files = Loan.objects.visible_to(user), ImportFile.objects.visible_to(user).filter(kind__in=(FileKind.LOANS, FileKind.OPENING))
    made_by = ImportRow.objects.filter(loan=OuterRef("pk"), state=RowState.BOOKED, file__in=files)
    found = (
        (rows if on is None else with_arrears(rows, on))
        .select_related("programme", "bank", "enterprise", "entered_by", "confirmed_by", "movement", "claim")
        .select_related("credit_line__programme", "credit_line__recommendation__batch")
        .annotate(from_file=Subquery(made_by.values("file")[:1]))
        .annotate(**{name: Exists(model.objects.filter(loan=OuterRef("pk"))) for name, model in KEPT.items()})
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def excess_of(user: User, loan: Loan, on: date) -> Concentration | None:
    """What the person's bank is warned of about this loan."""
    return excesses_of_loans(user, [loan], on).get(loan.pk)


def facts(loan: Loan, on: date, grade: GradeState | None) -> list[Fact]:
    """The seven columns of the return first, in their order."""
    facts = [
        Fact("企业名称", loan.enterprise_name, url=loan.enterprise.get_absolute_url()),
        Fact("贷款金额（元）", yuan(loan.amount), numeric=True, hint=wan(loan.amount)),
        Fact("发放日期", iso(loan.disbursed_on)),
        Fact("到期日期", iso(loan.due_on), hint=f"已展期，原到期日 {loan.original_due_on}" if loan.original_due_on else ""),
        Fact("年利率", both_rates(loan.annual_rate)),
        Fact("用途", loan.purpose),
        Fact("还本付息方式", loan.get_repayment_method_display(), term="还本付息方式"),
        Fact("借据号", loan.note_no, term="借据"),
        Fact("借款合同", f"{loan.contract_no}，{loan.contract_on}"),
        Fact("担保方式", loan.get_guarantee_display()),
        Fact(
            "授信",
            f"{yuan(loan.credit_line.amount)} 元，{loan.credit_line.decided_on}",
            url=loan.credit_line.get_absolute_url(),
            term="授信",
        ),
        Fact("经办", f"{loan.entered_by.name}，{iso(loan.entered_at)}"),
    ]
    if loan.confirmed_by is not None:
        facts.append(Fact("复核", f"{loan.confirmed_by.name}，{iso(loan.confirmed_at)}"))
    if loan.is_drawn:
        facts.append(Fact("本金余额（元）", yuan(loan.outstanding), numeric=True, hint=f"已还 {wan(loan.repaid)}"))
    if loan.opening_principal is not None:
        facts.append(
            Fact(
                "期初本金余额（元）",
                yuan(loan.opening_principal),
                numeric=True,
                hint=f"启用日 {loan.opening_on}，此前的还款未导入",
                term="期初",
            )
        )
    if loan.corrected_on is not None:
        facts.append(Fact("数据更正", iso(loan.corrected_on), hint="详见下方更正记录"))
    if loan.overdue_since is not None:
        facts.append(
            Fact("逾期天数", f"{loan.days_overdue(on)} 天", hint=f"最早一期应于 {loan.overdue_since}（含）前付清", term="逾期天数")
        )
    if grade is not None:
        facts.append(grades.fact(grade))
    facts += _claim_facts(loan)
    if loan.discard_reason:
        facts.append(Fact("作废理由", loan.discard_reason))
    return facts


def _claim_facts(loan: Loan) -> list[Fact]:
    """The claim that is open or was paid, and what became of the loan after it."""
    facts = []
    if loan.claim is not None:
        hint = f"申请 {wan(loan.claim.asked)}，{loan.claim.get_status_display()}"
        facts.append(Fact("代偿申请", f"第 {loan.claim.number} 号", url=loan.claim.get_absolute_url(), hint=hint))
    if loan.compensated_on is not None:
        facts += [
            Fact("代偿日期", iso(loan.compensated_on), hint="不再计入贷款余额，不再占用准备金"),
            Fact("代偿时未还本金（元）", yuan(loan.compensated), numeric=True, hint="不免除借款人的债务，由银行继续追偿"),
        ]
    if loan.written_off_on is not None:
        facts.append(Fact("核销日期", iso(loan.written_off_on), hint="核销后追回的款项照常登记、分配"))
    return worded_facts(loan, facts)


def steps(loan: Loan) -> list[Step]:
    """授信 → 录入 → 复核放款、占用准备金 → 还款 → 结清, or 代偿 → 追偿 → 核销."""
    if loan.is_opening:
        return [Step("放款", "done", when=loan.disbursed_on), Step("期初导入", "done", when=loan.opening_on), *_ending(loan)]
    steps = [
        Step("授信批准", "done", when=loan.credit_line.decided_on),
        Step("录入放款", "done", who=loan.entered_by.name, when=loan.entered_at),
    ]
    if loan.status == LoanStatus.DISCARDED:
        return [*steps, Step("已作废", "stopped")]
    if loan.status == LoanStatus.ENTERED:
        return [*steps, Step("复核放款", "current", who=f"{loan.bank.short_name}复核"), Step("还款"), Step("结清")]
    confirmed = Step("复核放款", "done", who=loan.confirmed_by.name if loan.confirmed_by else "", when=loan.confirmed_on)
    return [*steps, confirmed, *_ending(loan)]


def _ending(loan: Loan) -> list[Step]:
    """What follows the disbursement: repaid and settled, or compensated, pursued, then settled or written off."""
    settled = Step("结清", "done", when=loan.settled_on)
    bank = f"{loan.bank.short_name}经办"
    if loan.compensated_on is None:
        return [Step("还款", "done"), settled] if loan.settled_on else [Step("还款", "current", f"{bank}登记", loan.due_on), Step("结清")]
    compensated = Step(claim_word(loan), "done", when=loan.compensated_on)
    if loan.written_off_on is not None:
        return [compensated, Step("追偿", "done"), Step("核销", "done", when=loan.written_off_on)]
    if loan.settled_on is not None:
        return [compensated, Step("追偿", "done"), settled]
    return [compensated, Step("追偿", "current", who=bank), Step("结清或核销")]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The confirmation of an entered loan, tried against every rule: the sentence that refuses it, or what it would do.

    `tried`: whether it came to the rules; `excess`: what the bank is warned of then.
    """

    reason: str | None
    question: str = ""
    excess: Concentration | None = None
    tried: bool = True


def confirmation(user: User, loan: Loan, on: date) -> Confirmation | None:
    """None for a loan that does not wait for this bank's reviewer."""
    if loan.status != LoanStatus.ENTERED or not of_the_bank(user):
        return None
    reason = why_not(require_confirm_loan, user, loan)
    if reason is not None:
        return Confirmation(reason, tried=False)
    try:
        mark, excess = check_drawdown(line=loan.credit_line, drawdown=Drawdown.of(loan), on=on, loan=loan)
    except Refusal as refusal:
        return Confirmation(refusal.message)
    question = (
        f"将确认向“{loan.enterprise_name}”发放 {format_yuan(loan.amount)} 元，占用准备金 {format_yuan(mark.total)} 元"
        f"（省 {format_yuan(mark.provincial)}，镇 {format_yuan(mark.town)}）。"
    )
    return Confirmation(None, asked(question, excess), excess)


def actions(user: User, loan: Loan, tried: Confirmation | None) -> list[Action]:
    """What can come next on a loan, with the reason where not; `tried`: its `confirmation`."""
    if not of_the_bank(user):
        return []
    entered = loan.status == LoanStatus.ENTERED

    def confirm() -> Action:
        reason, question = (tried.reason, tried.question) if tried else (None, "")
        url = reverse("loans:loan_confirm", args=[loan.pk])
        return Action("复核放款", url, reason=reason, post=True, confirm=question, version=loan.version, primary=True, icon="check")

    def edit() -> Action:
        return Action("修改", reverse("loans:loan_edit", args=[loan.pk]), reason=why_not(require_edit_loan, user, loan), icon="edit")

    def discard() -> Action:
        url = reverse("loans:loan_discard", args=[loan.pk])
        return Action("作废", url, reason=why_not(require_discard_loan, user, loan), danger=True, icon="trash")

    def repay() -> Action:
        url = reverse("loans:repayment_enter", args=[loan.pk])
        return Action("登记还款", url, reason=why_not(require_enter_repayment, user, loan), primary=True, icon="plus")

    return [*offered((entered, confirm), (entered, edit), (entered, discard), (loan.is_running, repay)), *grades.actions(user, loan)]


def preview_url(line: CreditLine) -> str:
    """Where the entry form asks what an amount would occupy."""
    return reverse("loans:earmark_preview", args=[line.pk])

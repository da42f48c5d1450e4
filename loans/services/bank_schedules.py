"""The bank's own schedule of a loan: entered as its system gives it, confirmed by another person, and then the truth (§3.8, §6)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from common.errors import InvalidInput
from common.money import ZERO, format_yuan, require_amount
from parties.enums import Role
from parties.models import User
from parties.services import audit

from ..enums import BANK_SCHEDULE_LIFECYCLE, FactStatus
from ..errors import BadBankSchedule, BankSchedulePending
from ..models import BankSchedule, BankScheduleLine, Loan
from ..permissions import require_confirm_bank_schedule, require_discard_bank_schedule, require_enter_bank_schedule
from ..rules.schedules import BankRow
from ..selectors.servicing import account_of
from .checks import optional_text
from .common import lock, require_reason, tell_bank
from .servicing import STANDING_FIELDS, assess, leave_bank_schedule


@transaction.atomic
def enter_bank_schedule(
    *, loan: Loan, received_on: date, rows: Sequence[tuple[date, Any, Any]], source: str = "", by: User, on: date, now: datetime
) -> BankSchedule:
    """Enter what the bank's system expects: day, principal and interest (yuan), the last on the loan's due day.

    From its first day on it replaces ours, whose balance of the day before it must divide. Locks the Loan; writes
    BankSchedule, BankScheduleLine, audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, BankSchedulePending, BadBankSchedule, InvalidInput.
    """
    loan = lock(loan)
    require_enter_bank_schedule(by, loan)
    if loan.bank_schedules.filter(status=FactStatus.ENTERED).exists():
        raise BankSchedulePending
    lines = [
        BankRow(day, require_amount(part, field="rows", allow_zero=True), require_amount(interest, field="rows", allow_zero=True))
        for day, part, interest in sorted(rows, key=lambda row: row[0])
    ]
    if received_on > on:
        sentence = f"出具日期 {received_on} 晚于今天（{on}），请核对。"
        raise InvalidInput(sentence, fields={"received_on": [sentence]})
    _check(loan, lines)
    schedule = BankSchedule.objects.create(
        loan=loan, received_on=received_on, source=optional_text(source, "source", "来源"), entered_by=by, entered_at=now
    )
    BankScheduleLine.objects.bulk_create(BankScheduleLine(schedule=schedule, **row._asdict()) for row in lines)
    _record(schedule, "bank_schedule.enter", f"录入银行还款计划（{received_on}，{len(lines)} 期）", by=by, now=now)
    _tell(schedule, Role.REVIEWER, "entered", "待复核银行还款计划", now)
    return schedule


@transaction.atomic
def discard_bank_schedule(*, bank_schedule: BankSchedule, reason: str, by: User, on: date, now: datetime) -> BankSchedule:
    """Take an unconfirmed one out (officer) or refuse it (reviewer).

    Locks and writes the BankSchedule; audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason).
    """
    schedule = lock(bank_schedule)
    require_discard_bank_schedule(by, schedule)
    schedule.discard_reason = require_reason(reason)
    schedule.status = BANK_SCHEDULE_LIFECYCLE.target("discard", schedule.status)
    schedule.save(update_fields=["discard_reason", "status"])
    _record(schedule, "bank_schedule.discard", "银行还款计划作废", by=by, now=now, reason=schedule.discard_reason)
    _tell(schedule, Role.OFFICER, "discarded", "银行还款计划已作废", now)
    return schedule


@transaction.atomic
def confirm_bank_schedule(*, bank_schedule: BankSchedule, by: User, on: date, now: datetime) -> BankSchedule:
    """Another person confirms: the loan follows the bank's schedule until a fact changes the plan.

    Locks the Loan, then the BankSchedule, and checks again; writes both, the schedule and arrears, audit.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState, BadBankSchedule.
    """
    loan = lock(bank_schedule.loan)
    schedule = lock(bank_schedule)
    schedule.loan = loan
    require_confirm_bank_schedule(by, schedule)
    _check(loan, [BankRow(*row) for row in schedule.lines.values_list("due_on", "principal", "interest")])
    leave_bank_schedule(loan, on)
    schedule.status = BANK_SCHEDULE_LIFECYCLE.target("confirm", schedule.status)
    schedule.confirmed_by, schedule.confirmed_at, schedule.confirmed_on = by, now, on
    schedule.save()
    loan.follows_bank_schedule = True
    loan.version += 1
    assess(loan, on)
    loan.save(update_fields=["version", *STANDING_FIELDS])
    _record(schedule, "bank_schedule.confirm", f"复核银行还款计划（{schedule.received_on}），以后按此计划", by=by, now=now)
    return schedule


def _check(loan: Loan, rows: Sequence[BankRow]) -> None:
    """The rows end at maturity and divide what ours still owes before their first day."""
    if not rows:
        raise BadBankSchedule("银行还款计划没有任何一期，请填写日期、本金和利息。")
    days = [row.due_on for row in rows]
    if len(set(days)) != len(days):
        raise BadBankSchedule(f"{next(day for day in days if days.count(day) > 1)} 出现了两次，同一天请合并为一期。")
    first = loan.serviced_from
    if days[0] <= first or days[-1] != loan.due_on:
        raise BadBankSchedule(
            f"各期应晚于{'启用日' if loan.is_opening else '发放日期'} {first}，最后一期应为到期日 {loan.due_on}，请核对。"
        )
    account = account_of(loan)
    before = [row for row in account.computed() if row.due_on < days[0]]
    owed = before[-1].balance if before else account.contract.principal
    divided = sum((row.principal for row in rows), ZERO)
    if divided != owed:
        raise BadBankSchedule(
            f"各期本金合计 {format_yuan(divided)} 元，与 {days[0]} 之前的计划本金余额 {format_yuan(owed)} 元不符，请核对是否漏行。"
        )


def _record(schedule: BankSchedule, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    loan = schedule.loan
    audit.record(by=by, now=now, action=action, subject=loan, summary=summary, programme=loan.programme.code, **more)


def _tell(schedule: BankSchedule, role: Role, event: str, subject: str, now: datetime) -> None:
    loan = schedule.loan
    tell_bank(
        loan.bank,
        role,
        key=f"bank_schedule:{schedule.pk}:{event}",
        subject=f"{subject}：{loan.enterprise_name}（{loan.note_no}）",
        body=schedule.discard_reason,
        url=loan.get_absolute_url(),
        now=now,
    )

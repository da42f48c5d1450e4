"""Bringing a loan's derived rows up to date: schedule, days in arrears, and the status that follows from them (domain §3.8).

Nothing here is decided by people and nothing is posted: a day passes or a fact is confirmed, and the same function says
where the loan stands.
"""

from datetime import date

from django.db.models import Max

from reserve.enums import DeadlineKind
from reserve.services.deadlines import meet_deadline, open_deadline

from ..enums import LOAN_LIFECYCLE, FactStatus, LoanStatus, RepaymentStatus
from ..models import Loan, OverdueSpell, ScheduleLine
from ..rules.arrears import Spell, spells
from ..selectors.servicing import account_of

STANDING_FIELDS = ("status", "overdue_since", "assessed_on", "follows_bank_schedule")
_LINE_FIELDS = [field.name for field in ScheduleLine._meta.concrete_fields if field.name not in ("id", "loan", "number")]


def assess(loan: Loan, on: date) -> None:
    """Write the schedule and the spells in arrears as of `on`, and set the loan's `STANDING_FIELDS`, which the caller saves.

    The caller holds the loan's lock and has written the facts. Safe to repeat.
    """
    account = account_of(loan)
    state = account.standing(on)
    _write_lines(loan, account.lines(state))
    _write_spells(loan, spells(state.lines))
    loan.assessed_on = on
    since = state.overdue_since if loan.is_running else None
    if loan.status == LoanStatus.ACTIVE and since is not None:
        loan.status = LOAN_LIFECYCLE.target("fall_overdue", loan.status)
    elif loan.status == LoanStatus.OVERDUE and since is None:
        loan.status = LOAN_LIFECYCLE.target("cure", loan.status)
    loan.overdue_since = since


def settle(loan: Loan) -> None:
    """Nothing is owed any more: settled on the day of the latest payment of principal, whichever was confirmed last.

    The repayments are written; the caller saves the loan. Writes the clock of its maturity.
    """
    loan.status = LOAN_LIFECYCLE.target("settle", loan.status)
    paid = loan.repayments.filter(status=RepaymentStatus.CONFIRMED, principal__gt=0)
    loan.settled_on = paid.aggregate(last=Max("paid_on"))["last"]
    meet_deadline(kind=DeadlineKind.LOAN_MATURITY, subject=loan, on=loan.settled_on)


def reopen(loan: Loan) -> None:
    """A settled loan owes again. The caller saves it; writes the clock of its maturity."""
    loan.status = LOAN_LIFECYCLE.target("reopen", loan.status)
    loan.settled_on = None
    open_maturity(loan)


def leave_arrears(loan: Loan, on: date) -> None:
    """The loan is owed to the programme no more: it is in arrears up to the day before `on`. The caller saves the loan."""
    loan.overdue_spells.filter(from_on__gte=on).delete()
    loan.overdue_spells.filter(until_on__isnull=True).update(until_on=on)
    loan.overdue_since = None


def leave_bank_schedule(loan: Loan, on: date) -> None:
    """A fact has changed the plan: the bank's schedule holds no longer, ours does until it sends a new one. The caller saves the loan."""
    if loan.follows_bank_schedule:
        loan.bank_schedules.filter(status=FactStatus.CONFIRMED, superseded_on__isnull=True).update(superseded_on=on)
        loan.follows_bank_schedule = False


def open_maturity(loan: Loan) -> None:
    """Start the clock of a loan's maturity, or set it to the loan's present due day; none that ran out before it came here (期初)."""
    if loan.opening_on is not None and loan.due_on < loan.opening_on:
        return
    open_deadline(
        programme=loan.programme,
        kind=DeadlineKind.LOAN_MATURITY,
        organisation=loan.bank,
        subject=loan,
        label=f"贷款到期：{loan.enterprise_name}（{loan.note_no}）",
        url=loan.get_absolute_url(),
        starts_on=loan.disbursed_on,
        due_on=loan.due_on,
    )


def _write_lines(loan: Loan, wanted: list[ScheduleLine]) -> None:
    """Only what changed: a repayment in time touches one line."""
    kept = {row.number: row for row in loan.schedule_lines.all()}
    differing = [row for row in wanted if row.number not in kept or _line(row) != _line(kept[row.number])]
    ScheduleLine.objects.bulk_create(differing, update_conflicts=True, unique_fields=("loan", "number"), update_fields=_LINE_FIELDS)
    if len(kept) > len(wanted):
        loan.schedule_lines.filter(number__gt=len(wanted)).delete()


def _line(row: ScheduleLine) -> list[object]:
    return [getattr(row, name) for name in _LINE_FIELDS]


def _write_spells(loan: Loan, wanted: list[Spell]) -> None:
    kept = {Spell(row.payable_on, row.from_on, row.until_on): row.pk for row in loan.overdue_spells.all()}
    gone = [pk for spell, pk in kept.items() if spell not in wanted]
    if gone:
        OverdueSpell.objects.filter(pk__in=gone).delete()
    OverdueSpell.objects.bulk_create(OverdueSpell(loan=loan, **spell._asdict()) for spell in wanted if spell not in kept)

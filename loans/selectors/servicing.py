"""A loan's schedule and standing as contract and confirmed facts give them, today or on any day (domain §3.8, §6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from common.money import ZERO
from reserve.calendar import workday_table
from reserve.workdays import WorkdayTable

from ..enums import ExtensionStatus, FactStatus, InstalmentKind, PrepaymentEffect, RepaymentKind, RepaymentStatus
from ..models import BankScheduleLine, Loan, Repayment, ScheduleLine
from ..rules.arrears import Due, Line, Parts, Payment, Standing, penalty_multiple, standing
from ..rules.schedules import BankRow, Contract, Instalment, NewTerm, Prepayment, follow_bank, schedule


@dataclass(frozen=True)
class Account:
    """Everything a loan's standing follows from; confirmed repayments only, those taken back left out.

    Its schedule is computed once, however many days are asked for.
    """

    loan: Loan
    contract: Contract
    payments: tuple[Payment, ...]
    prepayments: tuple[Prepayment, ...]
    new_terms: tuple[NewTerm, ...]
    bank_rows: tuple[BankRow, ...]
    table: WorkdayTable

    def computed(self) -> list[Instalment]:
        """The schedule by our own reckoning."""
        return self._computed

    @cached_property
    def _computed(self) -> list[Instalment]:
        return schedule(self.contract, self.prepayments, self.new_terms)

    def dues(self) -> list[Due]:
        """The schedule in force, the bank's where it has sent one, each instalment with its payable day."""
        return self._dues

    @cached_property
    def _dues(self) -> list[Due]:
        ours = self.computed()
        rows = follow_bank(ours, self.bank_rows, self.contract.principal) if self.bank_rows else ours
        return [Due(row, self.payable(row)[0]) for row in rows]

    def payable(self, row: Instalment) -> tuple[date, bool]:
        """The last day in time, and whether it is a guess: `pay_day_offset` after a settlement, `holiday_maturity` (domain §4)."""
        rules = self.loan.credit_line.rules
        day = row.due_on + timedelta(days=rules.pay_day_offset) if row.kind == InstalmentKind.INTEREST else row.due_on
        if rules.holiday_maturity != "next_workday" or row.kind == InstalmentKind.EARLY:
            return day, False
        return self.table.next_workday_provisional(day)

    def standing(self, day: date) -> Standing:
        """What is paid, owed and overdue at the end of `day`."""
        rules = self.loan.credit_line.rules
        multiple = penalty_multiple(rules.overdue_interest_uplift, rules.misuse_uplift, misused=False)
        return standing(self.dues(), self.payments, day=day, penalty_rate=multiple, reckoned_from=self.loan.serviced_from)

    def lines(self, state: Standing) -> list[ScheduleLine]:
        """The schedule with what is paid of it, as rows that are not saved."""
        return [self._line(line) for line in state.lines]

    def _line(self, line: Line) -> ScheduleLine:
        row = line.instalment
        return ScheduleLine(
            loan=self.loan,
            number=row.number,
            kind=row.kind,
            due_on=row.due_on,
            payable_on=line.payable_on,
            provisional=self.payable(row)[1],
            annual_rate=row.annual_rate,
            days=row.days,
            principal=row.principal,
            interest=line.interest,
            balance=row.balance,
            principal_paid=line.principal_paid,
            interest_paid=line.interest_paid,
            cleared_on=line.cleared_on,
        )

    def with_payment(self, on: date, parts: Parts, effect: str = "") -> "Account":
        """The account as it would be if so much had been paid on a day, early where it has an `effect`."""
        return replace(
            self,
            bank_rows=() if effect else self.bank_rows,  # an early repayment changes the plan: the bank's is no longer it
            payments=(*self.payments, Payment(on, *parts, early=bool(effect))),
            prepayments=(*self.prepayments, Prepayment(on, parts.principal, effect)) if effect else self.prepayments,
        )

    def with_prepayment(self, on: date, principal: Decimal) -> "Account":
        """The same with so much principal paid early: what would have to be paid besides."""
        return self.with_payment(on, Parts(principal, ZERO, ZERO), PrepaymentEffect.LOWER)


def account_of(loan: Loan) -> Account:
    """Read a loan's facts. At most three queries (`credit_line` read)."""
    made = loan.repayments.filter(status=RepaymentStatus.CONFIRMED).order_by("paid_on", "id")
    return account_from(loan, list(made), workday_table())


def account_from(loan: Loan, made: Sequence[Repayment], table: WorkdayTable, *, bank_rows: tuple[BankRow, ...] | None = None) -> Account:
    """The account of a loan whose repayments are at hand; `bank_rows`: the bank's schedule in force, where it has been read."""
    early = [one for one in made if one.kind == RepaymentKind.EARLY]
    return Account(
        loan=loan,
        contract=_contract(loan),
        payments=tuple(Payment(one.paid_on, one.principal, one.interest, one.penalty, one in early) for one in made),
        prepayments=tuple(Prepayment(one.paid_on, one.principal, one.effect) for one in early),
        new_terms=_new_terms(loan),
        bank_rows=bank_rows_of([loan]).get(loan.pk, ()) if bank_rows is None else bank_rows,
        table=table,
    )


def _contract(loan: Loan) -> Contract:
    """What the 借据 agrees; of a 期初 loan what was left of it: what it owed falls due from its opening on, or fell due before."""
    due_on = loan.original_due_on or loan.due_on
    return Contract(
        principal=loan.amount if loan.opening_principal is None else loan.opening_principal,
        annual_rate=loan.annual_rate,
        starts_on=min(loan.serviced_from, due_on),
        due_on=due_on,
        method=loan.repayment_method,
        cycle_months=loan.cycle_months,
        agreed=loan.agreed_table,
        anchor=loan.disbursed_on,
    )


def _new_terms(loan: Loan) -> tuple[NewTerm, ...]:
    if loan.original_due_on is None:
        return ()
    made = [NewTerm(row.due_on, row.annual_rate) for row in loan.extensions.all() if row.status == ExtensionStatus.CONFIRMED]
    return tuple(sorted(made, key=lambda term: term.due_on))


def bank_rows_of(loans: Sequence[Loan]) -> dict[int, tuple[BankRow, ...]]:
    """The bank's schedules in force, by loan, of those that follow one. One query, none where no loan does."""
    following = [loan.pk for loan in loans if loan.follows_bank_schedule]
    if not following:
        return {}
    rows = BankScheduleLine.objects.filter(
        schedule__loan__in=following, schedule__status=FactStatus.CONFIRMED, schedule__superseded_on__isnull=True
    )
    found: dict[int, list[BankRow]] = {}
    for loan, day, principal, interest in rows.order_by("due_on").values_list("schedule__loan", "due_on", "principal", "interest"):
        found.setdefault(loan, []).append(BankRow(day, principal, interest))
    return {loan: tuple(of_loan) for loan, of_loan in found.items()}


def owed_on(account: Account, day: date) -> Parts:
    """What has fallen due by the end of a day and is not paid."""
    state = account.standing(day)
    return Parts(state.principal_due, state.interest_due, state.penalty_due)


def payoff_on(account: Account, day: date) -> Parts:
    """What settles the loan on a day: all principal, with the interest to that day."""
    left = account.contract.principal - sum((payment.principal for payment in account.payments), ZERO)
    state = account.with_prepayment(day, left).standing(day) if left else account.standing(day)
    return Parts(left, state.interest_due, state.penalty_due)


def schedule_of(loan: Loan, day: date) -> list[ScheduleLine]:
    """The schedule in force; of a loan that is not confirmed, as it would be (not saved)."""
    if loan.is_drawn:
        return list(loan.schedule_lines.all())
    account = account_from(loan, (), workday_table())
    return account.lines(account.standing(day))


@dataclass(frozen=True, slots=True)
class Difference:
    """A day on which the bank's schedule and ours fall due, in yuan; None: the one does not know the day."""

    due_on: date
    bank: BankRow | None
    ours: BankRow | None

    @property
    def differs(self) -> bool:
        return self.bank != self.ours


def compare(account: Account, rows: Sequence[BankRow]) -> list[Difference]:
    """The bank's rows beside ours of the same days, from the bank's first day on."""
    ours: dict[date, BankRow] = {}
    for row in account.computed():
        if row.due_on >= rows[0].due_on:
            known = ours.get(row.due_on, BankRow(row.due_on, ZERO, ZERO))
            ours[row.due_on] = BankRow(row.due_on, known.principal + row.principal, known.interest + row.interest)
    bank = {row.due_on: row for row in rows}
    return [Difference(day, bank.get(day), ours.get(day)) for day in sorted(bank.keys() | ours.keys())]

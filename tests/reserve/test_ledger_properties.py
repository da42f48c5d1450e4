# ruff: noqa: S608  # the intruder of these tests writes SQL by hand
"""What holds for every history: floors, the identity of balances, dates read back, and that tampering is found."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reserve import triggers
from reserve.errors import InsufficientBalance
from reserve.ledger_enums import MOVEMENTS, AccountKind, Purpose
from reserve.models.ledger import Transfer
from reserve.models.programmes import Programme
from reserve.selectors.ledger import Balances, balances, current_balances
from reserve.services.ledger import TransferLine
from reserve.services.verify import verify_ledger
from tests.support.ledger import Books, make_books

pytestmark = pytest.mark.django_db

START = date(2012, 1, 1)
PURPOSES = sorted(MOVEMENTS, key=str)
Event = tuple[Purpose, int, int, int, int, int]

events = st.lists(
    st.tuples(
        st.sampled_from(PURPOSES),
        st.integers(0, 1),  # whose account
        st.integers(0, 5),  # which of the purpose's movements
        st.integers(1, 1000),  # 分
        st.integers(0, 40),  # days since the last entry
        st.integers(0, 100),  # days the fact is older than its posting
    ),
    min_size=1,
    max_size=25,
)
within_a_test = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


class Model:
    """The ledger in ten lines: kinds of money, and every movement with both its dates."""

    def __init__(self) -> None:
        self.moved: list[tuple[date, date, int, AccountKind, AccountKind, Decimal]] = []

    def at(self, account: int, day: date, by_value: bool) -> Balances:
        held = dict.fromkeys(AccountKind, Decimal(0))
        for ledger_date, value_date, whose, debit, credit, amount in self.moved:
            if whose == account and (value_date if by_value else ledger_date) <= day:
                held[debit] += amount if debit == AccountKind.BANK else -amount
                held[credit] += -amount if credit == AccountKind.BANK else amount
        return Balances(*(held[kind] for kind in (AccountKind.BANK, AccountKind.FREE, AccountKind.EARMARKED, AccountKind.CLAIMS_PAYABLE)))


def play(history: list[Event]) -> tuple[Books, Model, list[date]]:
    """Post a history; what the floors refuse must be what the model cannot afford, and nothing else."""
    books, model, day, days = make_books(f"p{Programme.objects.count()}"), Model(), START, [START]
    for purpose, whose, which, cents, later, older in history:
        day += timedelta(later)
        debit, credit = sorted(MOVEMENTS[purpose], key=str)[which % len(MOVEMENTS[purpose])]
        amount = Decimal(cents).scaleb(-2)
        account = (books.province, books.town)[whose]
        now = model.at(whose, day, by_value=False)
        affordable = (debit == AccountKind.BANK or now.of(debit) >= amount) and (credit != AccountKind.BANK or now.of(credit) >= amount)
        try:
            with transaction.atomic():
                books.post(purpose, TransferLine(account, debit, credit, amount), on=day, value=day - timedelta(older))
        except InsufficientBalance:
            assert not affordable
        else:
            assert affordable
            model.moved.append((day, day - timedelta(older), whose, debit, credit, amount))
            days.append(day)
    return books, model, days


@within_a_test
@given(history=events)
def test_any_history_keeps_floors_and_identity_and_verifies(history: list[Event]) -> None:
    with transaction.atomic():
        books, model, days = play(history)
        for number, account in enumerate((books.province, books.town)):
            held = current_balances([account])[account.pk]
            assert held == model.at(number, days[-1], by_value=False)
            assert min(held.balance, held.free, held.earmarked, held.claims_payable) >= 0
            assert held.balance == held.free + held.earmarked + held.claims_payable
            for day in {*days, days[-1] - timedelta(50)}:
                assert balances([account], day)[account.pk] == model.at(number, day, by_value=False)
                assert balances([account], day, by="value")[account.pk] == model.at(number, day, by_value=True)
        assert verify_ledger(programme=books.programme).fault is None
        transaction.set_rollback(True)


NUMBERS = {
    "reserve_transfer": ["amount", "debit_balance_after", "credit_balance_after", "position"],
    "reserve_ledgerentry": ["source_id"],
    "reserve_ledgerhead": ["sequence"],
    "reserve_ledgeraccount": ["balance"],
}


@within_a_test
@given(history=events, data=st.data())
def test_any_number_changed_in_any_row_is_found(history: list[Event], data: st.DataObject) -> None:
    first: Event = (Purpose.CONTRIBUTION, 0, 0, 1000, 0, 0)
    with transaction.atomic():
        books, _, _ = play([first, *history])
        connection.check_constraints()
        triggers.drop()
        table = data.draw(st.sampled_from(sorted(NUMBERS)))
        column = data.draw(st.sampled_from(NUMBERS[table]))
        key = "programme_id" if table == "reserve_ledgerhead" else "id"
        owner = {"reserve_transfer": f"entry_id IN (SELECT id FROM reserve_ledgerentry WHERE programme_id = {books.programme.pk})"}.get(
            table, f"programme_id = {books.programme.pk}"
        )
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {key} FROM {table} WHERE {owner} ORDER BY {key}")
            pk = data.draw(st.sampled_from([row[0] for row in cursor.fetchall()]))
            cursor.execute(f"UPDATE {table} SET {column} = {column} + %s WHERE {key} = %s", [data.draw(st.integers(1, 99)), pk])
        assert verify_ledger(programme=books.programme).fault is not None
        transaction.set_rollback(True)


def test_the_model_has_something_to_refuse() -> None:
    books, _, _ = play([(Purpose.REFUND, 0, 0, 1, 0, 0)])
    assert not Transfer.objects.filter(entry__programme=books.programme).exists()

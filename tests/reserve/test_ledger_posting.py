"""Posting: what is written, what is refused, what a repetition does."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from common.errors import IdempotencyMismatch
from reserve import errors
from reserve.ledger_enums import AccountKind, Purpose
from reserve.models.ledger import IdempotencyKey, LedgerAccount, LedgerEntry, LedgerHead, Transfer
from reserve.models.programmes import ClosedPeriod
from reserve.quarters import Quarter
from reserve.selectors.ledger import Balances, current_balances
from reserve.services import ledger
from tests.support.ledger import DAY, NOW, Books, make_books

pytestmark = pytest.mark.django_db

PROVINCE = Decimal("10000000.00")


@pytest.fixture
def books() -> Books:
    return make_books()


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (LedgerEntry, Transfer, IdempotencyKey))


def held(books: Books) -> Balances:
    return current_balances([books.province])[books.province.pk]


def test_a_contribution_fills_bank_and_free(books: Books) -> None:
    entry = books.contribute("10000000.00")
    assert held(books) == Balances(PROVINCE, PROVINCE, Decimal(0), Decimal(0))
    stored = LedgerEntry.objects.get()
    assert stored.pk == entry.pk
    assert (stored.sequence, stored.previous_hash, stored.hash) == (1, "", entry.hash)
    assert (stored.purpose, stored.ledger_date, stored.value_date, stored.recorded_at) == ("contribution", DAY, DAY, NOW)
    transfer = stored.transfers.get()
    assert (transfer.amount, transfer.debit_balance_after, transfer.credit_balance_after) == (PROVINCE, PROVINCE, PROVINCE)
    assert (transfer.debit.kind, transfer.credit.kind) == ("bank", "free")


def test_the_returned_entry_equals_the_stored_one(books: Books) -> None:
    entry = books.contribute("1.00")
    stored = LedgerEntry.objects.get(pk=entry.pk)
    for field in LedgerEntry._meta.concrete_fields:
        assert getattr(entry, field.attname) == getattr(stored, field.attname), field.name


def test_entries_form_a_chain_whose_end_is_the_head(books: Books) -> None:
    first = books.contribute("100.00")
    second = books.post(Purpose.EARMARK, ledger.earmark(books.province, Decimal(40)))
    head = LedgerHead.objects.get(programme=books.programme)
    assert second.previous_hash == first.hash
    assert (head.sequence, head.hash, head.ledger_date) == (2, second.hash, DAY)


def test_a_claim_walks_through_payable_to_the_bank(books: Books) -> None:
    """Domain §4, worked: the province's 30万 come from its earmark of 8万 and 22万 free."""
    books.contribute("1000000.00")
    books.post(Purpose.EARMARK, ledger.earmark(books.province, Decimal(80000)))
    payable = AccountKind.CLAIMS_PAYABLE
    books.post(
        Purpose.CLAIM_APPROVAL,
        ledger.TransferLine(books.province, AccountKind.EARMARKED, payable, Decimal(80000)),
        ledger.TransferLine(books.province, AccountKind.FREE, payable, Decimal(220000)),
    )
    assert held(books) == Balances(Decimal(1000000), Decimal(700000), Decimal(0), Decimal(300000))
    books.post(Purpose.CLAIM_PAYMENT, ledger.TransferLine(books.province, payable, AccountKind.BANK, Decimal(300000)))
    assert held(books) == Balances(Decimal(700000), Decimal(700000), Decimal(0), Decimal(0))


class TestFloor:
    def test_more_than_free_is_refused_by_name_and_nothing_changes(self, books: Books) -> None:
        books.contribute("1000.00", "5000.00")
        before = rows()
        with pytest.raises(errors.InsufficientBalance) as refusal, transaction.atomic():
            books.post(Purpose.EARMARK, ledger.earmark(books.town, Decimal(4)), ledger.earmark(books.province, Decimal("1000.01")))
        assert refusal.value.message.startswith("“省中心准备金专户·可用准备金”余额不足：需要 1,000.01 元，现有 1,000.00 元，尚缺 0.01 元")
        assert refusal.value.available == Decimal(1000)
        assert rows() == before
        assert current_balances([books.town])[books.town.pk].free == Decimal(5000)
        assert LedgerHead.objects.get().sequence == 1

    def test_exactly_all_that_is_free_is_taken(self, books: Books) -> None:
        books.contribute("1000.00")
        books.post(Purpose.EARMARK, ledger.earmark(books.province, Decimal(1000)))
        assert held(books).free == 0

    def test_dipping_below_zero_on_the_way_is_refused_even_if_the_end_is_not(self, books: Books) -> None:
        books.contribute("100.00")
        earmark, release = ledger.earmark(books.province, Decimal(50)), ledger.release(books.province, Decimal(50))
        postings = [
            ledger.Posting(Purpose.RELEASE, [release], ("test", 1), DAY, DAY, "one"),
            ledger.Posting(Purpose.EARMARK, [earmark], ("test", 1), DAY, DAY, "two"),
        ]
        with pytest.raises(errors.InsufficientBalance, match="占用准备金"), transaction.atomic():
            ledger.post_many(programme=books.programme, postings=postings, by=books.clerk, now=NOW)
        ledger.post_many(programme=books.programme, postings=postings[::-1], by=books.clerk, now=NOW)
        assert held(books).free == 100

    def test_the_database_refuses_a_negative_balance_by_itself(self, books: Books) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerAccount.objects.filter(kind="free").update(balance=Decimal("-0.01"))


class TestIdempotency:
    def test_same_key_and_request_returns_the_entry_and_writes_nothing(self, books: Books) -> None:
        first = books.post(Purpose.CONTRIBUTION, ledger.contribute(books.province, Decimal(100)), key="deposit")
        before = rows()
        later = books.post(
            Purpose.CONTRIBUTION, ledger.contribute(books.province, Decimal(100)), key="deposit", on=DAY + timedelta(1), value=DAY
        )
        assert later.pk == first.pk
        assert rows() == before
        assert held(books).free == 100

    def test_same_key_and_another_request_is_refused(self, books: Books) -> None:
        books.post(Purpose.CONTRIBUTION, ledger.contribute(books.province, Decimal(100)), key="deposit")
        for line, values in [
            (ledger.contribute(books.province, Decimal(101)), {}),
            (ledger.contribute(books.town, Decimal(100)), {}),
            (ledger.contribute(books.province, Decimal(100)), {"memo": "别的"}),
            (ledger.contribute(books.province, Decimal(100)), {"source": ("test", 2)}),
        ]:
            with pytest.raises(IdempotencyMismatch), transaction.atomic():
                books.post(Purpose.CONTRIBUTION, line, key="deposit", **values)

    def test_a_repetition_is_answered_even_when_the_money_has_gone(self, books: Books) -> None:
        books.contribute("100.00")
        earmark = ledger.earmark(books.province, Decimal(100))
        first = books.post(Purpose.EARMARK, earmark, key="loan")
        assert books.post(Purpose.EARMARK, earmark, key="loan").pk == first.pk

    def test_a_batch_posts_what_is_new_and_answers_what_is_known(self, books: Books) -> None:
        postings = [
            ledger.Posting(Purpose.CONTRIBUTION, [ledger.contribute(books.province, Decimal(n))], ("test", n), DAY, DAY, f"k{n}")
            for n in (1, 2, 3)
        ]
        known = ledger.post_many(programme=books.programme, postings=postings[1:2], by=books.clerk, now=NOW)
        entries = ledger.post_many(programme=books.programme, postings=postings, by=books.clerk, now=NOW)
        assert [entry.source_id for entry in entries] == [1, 2, 3]
        assert entries[1].pk == known[0].pk
        assert LedgerEntry.objects.count() == 3
        assert held(books).free == 6

    def test_the_same_key_in_another_programme_is_another_key(self, books: Books) -> None:
        other = make_books("other")
        line = ledger.contribute(books.province, Decimal(1))
        books.post(Purpose.CONTRIBUTION, line, key="k")
        other.post(Purpose.CONTRIBUTION, replace(line, reserve_account=other.province), key="k")
        assert LedgerEntry.objects.count() == 2


class TestDates:
    def test_the_ledger_date_never_goes_back(self, books: Books) -> None:
        books.contribute("1.00")
        with pytest.raises(errors.LedgerDateBackwards, match="最近一笔已记在 2012-05-02"), transaction.atomic():
            books.contribute("1.00", on=DAY - timedelta(1))

    def test_a_value_date_after_the_ledger_date_is_refused(self, books: Books) -> None:
        with pytest.raises(errors.ValueDateInFuture), transaction.atomic():
            books.contribute("1.00", value=DAY + timedelta(1))

    def test_a_closed_quarter_takes_no_back_dated_fact_of_its_bank(self, books: Books) -> None:
        quarter = Quarter(2012, 1)
        ClosedPeriod.objects.create(
            programme=books.programme,
            bank=books.province.bank,
            quarter=str(quarter),
            first_day=quarter.start,
            last_day=quarter.end,
            closed_at=NOW,
        )
        with pytest.raises(errors.ValueDateClosed, match="2012年第一季度"), transaction.atomic():
            books.contribute("1.00", value=date(2012, 3, 31))
        books.contribute("1.00", value=date(2012, 4, 1))

    def test_an_open_quarter_takes_a_back_dated_fact(self, books: Books) -> None:
        assert books.contribute("1.00", value=date(2012, 3, 31)).value_date == date(2012, 3, 31)


class TestReversal:
    def reverse(self, books: Books, entry: LedgerEntry, key: str = "undo") -> LedgerEntry:
        return ledger.reverse(entry=entry, reason="录入有误", ledger_date=DAY, value_date=DAY, by=books.clerk, now=NOW, key=key)

    def test_it_posts_the_opposite_linked_with_the_reason(self, books: Books) -> None:
        entry = books.contribute("100.00", "400.00")
        opposite = self.reverse(books, entry)
        assert (opposite.reverses_id, opposite.memo, opposite.purpose) == (entry.pk, "录入有误", "reversal")
        assert held(books) == Balances()
        assert current_balances([books.town])[books.town.pk] == Balances()

    def test_a_second_one_is_refused(self, books: Books) -> None:
        entry = books.contribute("100.00")
        first = self.reverse(books, entry)
        assert self.reverse(books, entry).pk == first.pk
        with pytest.raises(errors.AlreadyReversed), transaction.atomic():
            self.reverse(books, entry, key="again")

    def test_a_reversal_is_not_reversed(self, books: Books) -> None:
        opposite = self.reverse(books, books.contribute("100.00"))
        with pytest.raises(errors.ReversalNotReversible):
            self.reverse(books, opposite, key="again")

    def test_money_that_has_moved_on_cannot_be_taken_back(self, books: Books) -> None:
        entry = books.contribute("100.00")
        books.post(Purpose.EARMARK, ledger.earmark(books.province, Decimal(1)))
        with pytest.raises(errors.InsufficientBalance), transaction.atomic():
            self.reverse(books, entry)


class TestCallersMistakes:
    def test_a_movement_its_purpose_does_not_allow(self, books: Books) -> None:
        with pytest.raises(ValueError, match="may not move"):
            books.post(Purpose.EARMARK, ledger.contribute(books.province, Decimal(1)))

    @pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
    def test_an_amount_that_is_no_amount(self, books: Books, amount: str) -> None:
        with pytest.raises(ValueError, match=r"positive|分"):
            books.post(Purpose.CONTRIBUTION, ledger.contribute(books.province, Decimal(amount)))

    def test_an_account_of_another_programme(self, books: Books) -> None:
        with pytest.raises(ValueError, match="another programme"):
            books.post(Purpose.CONTRIBUTION, ledger.contribute(make_books("other").province, Decimal(1)))

    def test_no_transfers_or_no_key(self, books: Books) -> None:
        with pytest.raises(ValueError, match="at least one"):
            books.post(Purpose.CONTRIBUTION)
        with pytest.raises(ValueError, match="key"):
            books.post(Purpose.CONTRIBUTION, ledger.contribute(books.province, Decimal(1)), key="x" * 121)


@pytest.mark.postgres
def test_an_entry_takes_one_round_trip_however_many_transfers(books: Books, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    books.contribute("100.00", "400.00")
    with django_assert_num_queries(1):
        books.post(Purpose.EARMARK, ledger.earmark(books.province, Decimal(1)), ledger.earmark(books.town, Decimal(4)))


def test_a_large_batch_is_posted_in_order(books: Books) -> None:
    count = 50
    postings = [
        ledger.Posting(Purpose.CONTRIBUTION, [ledger.contribute(books.province, Decimal(1))], ("test", n), DAY, DAY, f"k{n}")
        for n in range(count)
    ]
    entries = ledger.post_many(programme=books.programme, postings=postings, by=books.clerk, now=NOW)
    assert [entry.sequence for entry in entries] == list(range(1, count + 1))
    assert held(books).free == count

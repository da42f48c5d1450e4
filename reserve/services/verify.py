"""Proving the ledger: everything it says about itself is computed again, row by row, in memory that does not grow.

Reads one consistent picture of the database and writes nothing. The first contradiction is named and ends the search:
what follows a broken link says nothing of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, NoReturn

from django.db import connection, models, transaction

from common.money import format_yuan, from_cents, to_cents

from .. import chain
from ..ledger_enums import AccountKind
from ..models.ledger import ENTRY_SPAN, LedgerAccount, LedgerEntry, LedgerHead, Transfer
from ..models.programmes import Programme

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row that fails: which (`table` and primary key), what is wrong (English code, Chinese sentence)."""

    table: str
    pk: int | None
    code: str
    message: str

    @classmethod
    def of(cls, model: type[models.Model], pk: int | None, code: str, message: str) -> "Fault":
        """The fault of a row of a model."""
        return cls(model._meta.db_table, pk, code, message)

    def __str__(self) -> str:
        return f"{self.table} #{self.pk} [{self.code}] {self.message}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was read, and the fault that ended the reading, if any."""

    programme: Programme
    entries: int
    transfers: int
    head_sequence: int
    head_hash: str
    fault: Fault | None


class Anchor(NamedTuple):
    """A link of the chain known from elsewhere, e.g. printed in a quarterly summary. A part of the hash will do; none will not."""

    sequence: int
    hash: str


class _FaultFound(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def verify_ledger(*, programme: Programme, anchors: tuple[Anchor, ...] = ()) -> Verification:
    """Recompute a programme's chain, dates, balances after, stored balances, keys and head; find the first fault.

    `anchors` are links known from elsewhere: with them even a chain rewritten from end to end is found out.
    """
    with one_picture():
        walk = _Walk(programme, {anchor.sequence: anchor.hash for anchor in anchors})
        fault = None
        try:
            walk.run()
        except _FaultFound as found:
            fault = found.fault
    return Verification(programme, walk.sequence, walk.transfers, walk.sequence, walk.hash, fault)


@contextmanager
def one_picture() -> Iterator[None]:
    """One snapshot for all queries, so that postings made meanwhile are no contradictions."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _fail(table: type[models.Model], pk: int | None, code: str, message: str) -> NoReturn:
    raise _FaultFound(Fault.of(table, pk, code, message))


class _Row(NamedTuple):
    """What is read of an entry and its key."""

    id: int
    programme_id: int
    sequence: int
    purpose: str
    source_type: str
    source_id: int
    memo: str
    ledger_date: date
    value_date: date
    recorded_at: datetime
    recorded_by_id: int
    reverses_id: int | None
    key: str | None
    request_hash: str | None
    previous_hash: str
    hash: str


_COLUMNS = (
    *_Row._fields[:12],
    "idempotency_key__key",
    "idempotency_key__request_hash",
    "previous_hash",
    "hash",
)
_TRANSFER = ("entry_id", "id", "position", "debit_id", "credit_id", "amount", "debit_balance_after", "credit_balance_after")


class _Walk:
    """The state of one reading: the last link, and what each account should hold by then (分)."""

    def __init__(self, programme: Programme, anchors: dict[int, str]) -> None:
        self.programme = programme
        self.anchors = anchors
        self.accounts = {account.pk: account for account in LedgerAccount.objects.filter(programme=programme)}
        self.cents = dict.fromkeys(self.accounts, 0)
        self.sequence = 0
        self.hash = ""
        self.ledger_date: date | None = None
        self.transfers = 0

    def run(self) -> None:
        first, after = self.programme.pk * ENTRY_SPAN, (self.programme.pk + 1) * ENTRY_SPAN
        entries = LedgerEntry.objects.filter(id__gte=first, id__lt=after).order_by("id").values_list(*_COLUMNS)
        transfers = Transfer.objects.filter(entry__gte=first, entry__lt=after).order_by("entry_id", "position").values_list(*_TRANSFER)
        groups = groupby(transfers.iterator(CHUNK), key=itemgetter(0))
        waiting = next(groups, None)
        for values in entries.iterator(CHUNK):
            row = _Row(*values)
            lines: list[tuple[Any, ...]] = []
            if waiting is not None and waiting[0] <= row.id:
                self.check_owned(waiting[0], row)
                lines = list(waiting[1])
                waiting = next(groups, None)
            self.check_entry(row, lines)
        if waiting is not None:
            _fail(Transfer, next(waiting[1])[1], "entry_missing", f"转账所属的分录（编号 {waiting[0]}）不存在：分录已被删除。")
        self.check_head()
        self.check_stored_balances()

    def check_owned(self, entry_id: int, row: _Row) -> None:
        if entry_id < row.id:
            _fail(LedgerEntry, entry_id, "entry_missing", f"第 {entry_id % ENTRY_SPAN} 号分录不存在，但其转账还在：分录已被删除。")

    def check_entry(self, row: _Row, lines: list[tuple[Any, ...]]) -> None:
        """One link: its place, its dates, its accounts, its hash, the balances after it."""
        expected = self.sequence + 1
        if row.sequence != expected or row.programme_id != self.programme.pk:
            _fail(LedgerEntry, row.id, "sequence_gap", f"序号应为 {expected}，实为 {row.sequence}：中间的分录已被删除或改号。")
        if row.previous_hash != self.hash:
            _fail(LedgerEntry, row.id, "previous_hash", f"第 {row.sequence} 号分录的上笔校验值与上一笔不符。")
        self.check_dates(row)
        for line in lines:
            self.check_accounts(row, line)
        self.check_hash(row, lines)
        for line in lines:
            self.check_balances_after(row, line)
        self.sequence, self.hash, self.ledger_date = row.sequence, row.hash, row.ledger_date
        self.transfers += len(lines)

    def check_dates(self, row: _Row) -> None:
        if self.ledger_date is not None and row.ledger_date < self.ledger_date:
            _fail(LedgerEntry, row.id, "ledger_date_backwards", f"第 {row.sequence} 号分录的记账日 {row.ledger_date} 早于上一笔。")
        if row.value_date > row.ledger_date:
            _fail(LedgerEntry, row.id, "value_date_in_future", f"第 {row.sequence} 号分录的起息日 {row.value_date} 晚于记账日。")

    def check_accounts(self, row: _Row, line: tuple[Any, ...]) -> None:
        debit, credit = self.accounts.get(line[3]), self.accounts.get(line[4])
        if debit is None or credit is None or debit.reserve_account_id != credit.reserve_account_id:
            _fail(Transfer, line[1], "accounts", f"第 {row.sequence} 号分录第 {line[2]} 行的借贷双方不属于本项目的同一准备金账户。")

    def check_hash(self, row: _Row, lines: list[tuple[Any, ...]]) -> None:
        """What was asked for, what was posted, and its place."""
        if row.key is None:
            _fail(LedgerEntry, row.id, "key_missing", f"第 {row.sequence} 号分录没有幂等键：该键已被删除。")
        request = chain.request_hash(self.request(row, lines))
        content = chain.content_hash(
            request, programme_id=row.programme_id, ledger_date=row.ledger_date, recorded_at=row.recorded_at, key=row.key
        )
        computed = chain.entry_hash(content, previous_hash=row.previous_hash, sequence=row.sequence)
        if computed != row.hash or not lines or [line[2] for line in lines] != list(range(1, len(lines) + 1)):
            _fail(LedgerEntry, row.id, "hash", f"第 {row.sequence} 号分录的内容或其转账与校验值不符：记账之后被改动、删除或增添。")
        if row.request_hash != request:
            _fail(LedgerEntry, row.id, "request_hash", f"第 {row.sequence} 号分录的幂等键所记的请求与分录不符。")
        known = self.anchors.get(row.sequence)
        if known is not None and not (known and row.hash.startswith(known)):
            _fail(LedgerEntry, row.id, "anchor", f"第 {row.sequence} 号分录的校验值与已印出的链头 {known} 不符：账簿被重写。")

    def request(self, row: _Row, lines: list[tuple[Any, ...]]) -> chain.Request:
        return chain.Request(
            purpose=row.purpose,
            source_type=row.source_type,
            source_id=row.source_id,
            memo=row.memo,
            value_date=row.value_date,
            by_id=row.recorded_by_id,
            reverses_id=row.reverses_id,
            lines=[
                chain.Line(
                    self.accounts[line[3]].reserve_account_id,
                    self.accounts[line[3]].kind,
                    self.accounts[line[4]].kind,
                    to_cents(line[5]),
                )
                for line in lines
            ],
        )

    def check_balances_after(self, row: _Row, line: tuple[Any, ...]) -> None:
        _, pk, position, debit_id, credit_id, amount, debit_after, credit_after = line
        cents = to_cents(amount)
        for account_id, change, after in ((debit_id, cents, debit_after), (credit_id, -cents, credit_after)):
            account = self.accounts[account_id]
            self.cents[account_id] += change if account.kind == AccountKind.BANK else -change
            held = self.cents[account_id]
            if held < 0 or held != to_cents(after):
                shown = f"应为 {format_yuan(from_cents(held))}，实为 {format_yuan(after)}"
                where = f"第 {row.sequence} 号分录第 {position} 行之后"
                _fail(Transfer, pk, "balance_after", f"{where}，{account.get_kind_display()}的余额{shown}。")

    def check_head(self) -> None:
        head = LedgerHead.objects.filter(programme=self.programme).first()
        if head is None:
            if self.accounts:
                _fail(LedgerHead, self.programme.pk, "head_missing", "账簿链头不存在。")
            return
        if (head.sequence, head.hash, head.ledger_date) != (self.sequence, self.hash, self.ledger_date):
            _fail(
                LedgerHead,
                head.pk,
                "head",
                f"链头记到第 {head.sequence} 号，账簿实有到第 {self.sequence} 号：末尾分录已被删除，或链头被改动。",
            )
        if missing := [sequence for sequence in self.anchors if sequence > self.sequence]:
            _fail(LedgerHead, head.pk, "anchor", f"已印出的第 {missing[0]} 号分录不在账簿中：末尾分录已被删除。")

    def check_stored_balances(self) -> None:
        """What each account says it holds, and that a reserve account's money adds up."""
        sides: dict[int, dict[str, int]] = {}
        for account in self.accounts.values():
            if to_cents(account.balance) != self.cents[account.pk]:
                expected = format_yuan(from_cents(self.cents[account.pk]))
                _fail(
                    LedgerAccount,
                    account.pk,
                    "balance",
                    f"{account}的余额应为 {expected}，实为 {format_yuan(account.balance)}：余额被直接改动。",
                )
            sides.setdefault(account.reserve_account_id, {})[account.kind] = self.cents[account.pk]
        for reserve_account_id, kinds in sides.items():
            rest = sum(cents for kind, cents in kinds.items() if kind != AccountKind.BANK)
            if set(kinds) != set(AccountKind.values) or kinds[AccountKind.BANK] != rest:
                _fail(
                    LedgerAccount,
                    None,
                    "identity",
                    f"准备金账户 {reserve_account_id}：银行存款不等于可用、占用与应付代偿款之和，或缺少科目。",
                )

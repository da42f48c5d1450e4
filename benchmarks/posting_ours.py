"""The clients of `posting.py` that write this application's ledger tables: `sql`, `service`, `orm`; `setup`, `verify`."""

import os
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from parties.enums import OrganisationKind, Role  # noqa: E402
from parties.models import Organisation, User  # noqa: E402
from reserve.ledger_enums import AccountKind, Purpose  # noqa: E402
from reserve.models.accounts import ReserveAccount  # noqa: E402
from reserve.models.ledger import ENTRY_SPAN, IdempotencyKey, LedgerAccount, LedgerEntry, LedgerHead, Transfer  # noqa: E402
from reserve.models.programmes import Programme  # noqa: E402
from reserve.services import ledger  # noqa: E402
from reserve.services.verify import verify_ledger  # noqa: E402

DAY = date(2012, 5, 2)
NOW = datetime(2012, 5, 2, 3, tzinfo=UTC)
CENT = Decimal("0.01")


def setup() -> None:
    """The schema, and for each candidate a programme with one reserve account full of money."""
    call_command("migrate", verbosity=0)
    bank = Organisation.objects.create(name="银行", short_name="银行", kind=OrganisationKind.BANK)
    clerk = User.objects.create(username="clerk", name="记账员", organisation=bank, role=Role.OFFICER)
    for code in ("sql", "service", "orm"):
        programme = Programme.objects.create(code=code, name=code, agreement_name=code, agreement_signed_on=DAY, region="")
        account = ReserveAccount.objects.create(programme=programme, funder=bank, bank=bank, name=code, number=code, opened_on=DAY)
        ledger.open_accounts(reserve_account=account)
        ledger.post(
            programme=programme,
            purpose=Purpose.CONTRIBUTION,
            transfers=[ledger.contribute(account, Decimal(10**9))],
            source=("benchmark", 0),
            ledger_date=DAY,
            value_date=DAY,
            by=clerk,
            now=NOW,
            key="deposit",
        )


def verify() -> str:
    """Whether what the service wrote is in order."""
    result = verify_ledger(programme=Programme.objects.get(code="service"))
    return f"FAIL {result.fault}" if result.fault else f"OK, {result.entries} entries"


def by_service() -> Callable[[], object]:
    """What the application does."""
    programme = Programme.objects.get(code="service")
    account = programme.reserve_accounts.get()
    clerk = User.objects.get()

    def transfer() -> object:
        return ledger.post(
            programme=programme,
            purpose=Purpose.EARMARK,
            transfers=[ledger.earmark(account, CENT)],
            source=("benchmark", 1),
            ledger_date=DAY,
            value_date=DAY,
            by=clerk,
            now=NOW,
            key=uuid.uuid4().hex,
        )

    return transfer


ONE_STATEMENT = f"""
    WITH head AS (
        UPDATE reserve_ledgerhead
        SET sequence = sequence + 1, hash = encode(sha256((hash || %(key)s)::bytea), 'hex'), ledger_date = %(day)s
        WHERE programme_id = %(programme)s RETURNING sequence, hash
    ), debit AS (
        UPDATE reserve_ledgeraccount SET balance = balance - 1 WHERE id = %(free)s AND EXISTS (SELECT 1 FROM head) RETURNING balance
    ), credit AS (
        UPDATE reserve_ledgeraccount SET balance = balance + 1 WHERE id = %(earmarked)s AND EXISTS (SELECT 1 FROM debit) RETURNING balance
    ), entry AS (
        INSERT INTO reserve_ledgerentry (id, programme_id, sequence, purpose, source_type, source_id, memo, ledger_date,
            value_date, recorded_at, recorded_by_id, reverses_id, previous_hash, hash)
        SELECT %(programme)s * {ENTRY_SPAN}::bigint + sequence, %(programme)s, sequence, 'earmark', 'benchmark', 1, '', %(day)s,
            %(day)s, %(now)s, %(clerk)s, NULL, hash, hash FROM head RETURNING id
    ), transfer AS (
        INSERT INTO reserve_transfer (entry_id, position, debit_id, credit_id, amount, debit_balance_after, credit_balance_after)
        SELECT entry.id, 1, %(free)s, %(earmarked)s, 1, debit.balance, credit.balance FROM entry, debit, credit
    )
    INSERT INTO reserve_idempotencykey (entry_id, programme_id, key, request_hash)
    SELECT id, %(programme)s, %(key)s, encode(sha256(%(key)s::bytea), 'hex') FROM entry
"""  # noqa: S608  # a constant


def by_sql() -> Callable[[], object]:
    """The upper limit: the same rows from one statement, in autocommit, without Django, checks or answers."""
    programme = Programme.objects.get(code="sql")
    accounts = {row.kind: row.pk for row in LedgerAccount.objects.filter(programme=programme)}
    values = {
        "programme": programme.pk,
        "free": accounts[AccountKind.FREE],
        "earmarked": accounts[AccountKind.EARMARKED],
        "clerk": User.objects.get().pk,
        "day": DAY,
        "now": NOW,
    }
    connection.ensure_connection()
    raw = connection.connection
    cursor = raw.cursor()
    return lambda: cursor.execute(ONE_STATEMENT, {**values, "key": uuid.uuid4().hex})


def by_orm() -> Callable[[], object]:
    """What one writes at first: model by model, each check a query."""
    programme = Programme.objects.get(code="orm")
    accounts = LedgerAccount.objects.filter(programme=programme, kind__in=[AccountKind.FREE, AccountKind.EARMARKED])
    clerk = User.objects.get()

    @transaction.atomic
    def transfer() -> None:
        key = uuid.uuid4().hex
        head = LedgerHead.objects.select_for_update().get(programme=programme)
        if IdempotencyKey.objects.filter(programme=programme, key=key).exists():
            return
        held = {account.kind: account for account in accounts.select_for_update().order_by("id")}
        free, earmarked = held[AccountKind.FREE], held[AccountKind.EARMARKED]
        if free.balance < CENT:
            raise ValueError("not enough")
        free.balance -= CENT
        earmarked.balance += CENT
        free.save()
        earmarked.save()
        entry = LedgerEntry.objects.create(
            id=programme.pk * ENTRY_SPAN + head.sequence + 1,
            programme=programme,
            sequence=head.sequence + 1,
            purpose=Purpose.EARMARK,
            source_type="benchmark",
            source_id=1,
            ledger_date=DAY,
            value_date=DAY,
            recorded_at=NOW,
            recorded_by=clerk,
            previous_hash=head.hash,
            hash=uuid.uuid4().hex * 2,
        )
        Transfer.objects.create(
            entry=entry,
            position=1,
            debit=free,
            credit=earmarked,
            amount=CENT,
            debit_balance_after=free.balance,
            credit_balance_after=earmarked.balance,
        )
        IdempotencyKey.objects.create(entry=entry, programme=programme, key=key, request_hash=uuid.uuid4().hex * 2)
        head.sequence, head.hash, head.ledger_date = entry.sequence, entry.hash, DAY
        head.save()

    return transfer


def run(transfer: Callable[[], object], seconds: float) -> int:
    """Repeat until time is up, after a little warming up and the starting signal."""
    for _ in range(20):
        transfer()
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.perf_counter() + seconds
    count = 0
    while time.perf_counter() < end:
        transfer()
        count += 1
    return count


if __name__ == "__main__":
    what, how_long = sys.argv[1], float(sys.argv[2])
    if what == "setup":
        setup()
    elif what == "verify":
        print(verify())
    else:
        print(run({"sql": by_sql, "service": by_service, "orm": by_orm}[what](), how_long))

"""What the actions of this app share: locks, messages to colleagues, postings with their dates."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.db import models

from common.errors import InvalidInput
from enterprises.models import Enterprise
from parties.enums import OrganisationKind, Role
from parties.models import Organisation, User
from parties.services.notify import notify, people_of
from reserve.ledger_enums import Purpose
from reserve.models import LedgerEntry, Programme, ReserveAccount
from reserve.services import ledger
from reserve.services.guards import lock_programme
from reserve.services.periods import value_date_for

from ..models import Loan
from ..rules.earmarks import Earmark
from ..selectors.exposure import cover_accounts

Row = TypeVar("Row", bound=models.Model)
OFFICES = (OrganisationKind.SCIENCE_BUREAU, OrganisationKind.TOWN, OrganisationKind.CITY_CENTRE)


def lock(row: Row) -> Row:
    """Read a row again, locked until the transaction ends (rows that only refer to it may still be written)."""
    rows: models.QuerySet[Row] = type(row).objects.all()  # type: ignore[attr-defined]
    return rows.select_for_update(no_key=True).get(pk=row.pk)


def lock_guards(programme_id: int, enterprise_id: int) -> tuple[Programme, Enterprise]:
    """The enterprise's guard, then the programme's: always in this order, after the business row."""
    enterprise = Enterprise.objects.select_for_update(no_key=True).get(pk=enterprise_id)
    return lock_programme(programme_id), enterprise


def require_reason(reason: str) -> str:
    """A reason of 1 to 200 characters."""
    text = reason.strip()
    if not 0 < len(text) <= 200:
        sentence = "请填写理由（不超过 200 字）。"
        raise InvalidInput(sentence, fields={"reason": [sentence]})
    return text


def tell_bank(bank: Organisation, role: Role, *, key: str, subject: str, url: str, now: datetime, body: str = "") -> None:
    """Leave a message with the bank's officers or reviewers."""
    people = [person for person in people_of([bank]) if person.role == role]
    notify(recipients=people, key=key, subject=subject, body=body, url=url, now=now)


def tell_offices(programme: Programme, *, key: str, subject: str, url: str, now: datetime, body: str = "") -> None:
    """Leave a message with the people of the recommending offices."""
    notify(recipients=people_of(programme.organisations(*OFFICES)), key=key, subject=subject, body=body, url=url, now=now)


Line = Callable[[ReserveAccount, Decimal], ledger.TransferLine]


def post_cover(
    loan: Loan,
    amounts: Earmark,
    *,
    purpose: Purpose,
    line: Line,
    source: tuple[str, int],
    fact_day: date,
    memo: str,
    by: User,
    on: date,
    now: datetime,
) -> LedgerEntry:
    """Post a loan's earmark or release to both accounts (an account whose part is 0.00 has no line).

    The value date is the day of the fact while its quarter is open, else `on`; a release is never valued before the
    earmark it takes from, so that no account is ever short by value date.
    """
    province, town = cover_accounts(loan.programme_id)
    parts = ((province.account, amounts.provincial), (town.account, amounts.town))
    value_date = fact_day
    for bank in {loan.bank_id: loan.bank, **{account.bank_id: account.bank for account, _ in parts}}.values():
        value_date = max(value_date, value_date_for(programme=loan.programme, bank=bank, fact_day=fact_day, on=on))
    if loan.entry is not None:
        value_date = max(value_date, loan.entry.value_date)
    return ledger.post(
        programme=loan.programme,
        purpose=purpose,
        transfers=[line(account, amount) for account, amount in parts if amount],
        source=source,
        ledger_date=on,
        value_date=value_date,
        by=by,
        now=now,
        key=f"{source[0]}:{source[1]}:confirm",
        memo=memo,
    )

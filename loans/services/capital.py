"""The bank's 资本净额: entered by an officer, in force once another person has confirmed it (domain §4 `single_borrower_ratio`)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from common.money import format_yuan, require_amount
from parties.enums import Role
from parties.models import Organisation, User
from parties.permissions import require
from parties.services import audit

from ..enums import NET_CAPITAL_LIFECYCLE, NetCapitalStatus
from ..errors import DatesOutOfOrder, NetCapitalTaken
from ..models import NetCapital
from ..permissions import require_confirm_net_capital, require_discard_net_capital
from .checks import require_text
from .common import lock, require_reason, tell_bank


@transaction.atomic
def enter_net_capital(*, effective_on: date, amount: Decimal, source: str, by: User, on: date, now: datetime) -> NetCapital:
    """Enter what the person's own bank had as net capital on a day (yuan), and where that stands.

    Locks the bank; writes NetCapital, audit, notification.

    Raises:
        NotAllowed; InvalidInput: amount or source; DatesOutOfOrder: a day to come; NetCapitalTaken.
    """
    require(by, "net_capital.enter")
    bank = _lock_bank(by)
    amount, source = require_amount(amount), require_text(source, "source", "数据来源")
    if effective_on > on:
        raise DatesOutOfOrder("effective_on", f"基准日 {effective_on} 晚于今天（{on}），请核对。")
    other = NetCapital.objects.filter(bank=bank, effective_on=effective_on).exclude(status=NetCapitalStatus.DISCARDED).first()
    if other is not None:
        raise NetCapitalTaken(effective_on, other.amount, other.get_status_display())
    row = NetCapital.objects.create(bank=bank, effective_on=effective_on, amount=amount, source=source, entered_by=by, entered_at=now)
    summary = f"录入 {effective_on} 资本净额 {format_yuan(amount)} 元"
    _record(row, "net_capital.enter", summary, by=by, now=now)
    _tell(row, Role.REVIEWER, "entered", "待复核资本净额", f"{summary}，来源：{source}", now=now)
    return row


@transaction.atomic
def confirm_net_capital(*, net_capital: NetCapital, by: User, on: date, now: datetime) -> NetCapital:
    """Another person confirms it: from its day on it is the bank's net capital, until a later one.

    Locks and writes the NetCapital; audit.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState.
    """
    row = lock(net_capital)
    require_confirm_net_capital(by, row)
    row.status = NET_CAPITAL_LIFECYCLE.target("confirm", row.status)
    row.confirmed_by, row.confirmed_at = by, now
    row.save(update_fields=["status", "confirmed_by", "confirmed_at"])
    _record(row, "net_capital.confirm", f"复核 {row.effective_on} 资本净额 {format_yuan(row.amount)} 元", by=by, now=now)
    return row


@transaction.atomic
def discard_net_capital(*, net_capital: NetCapital, reason: str, by: User, on: date, now: datetime) -> NetCapital:
    """Take an unconfirmed entry out (officer) or refuse it (reviewer); its day is free again.

    Locks and writes the NetCapital; audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason).
    """
    row = lock(net_capital)
    require_discard_net_capital(by, row)
    row.discard_reason = require_reason(reason)
    row.status = NET_CAPITAL_LIFECYCLE.target("discard", row.status)
    row.save(update_fields=["discard_reason", "status"])
    _record(row, "net_capital.discard", f"{row.effective_on} 资本净额录入作废", by=by, now=now, reason=row.discard_reason)
    _tell(row, Role.OFFICER, "discarded", "资本净额录入已作废", row.discard_reason, now=now)
    return row


def _lock_bank(by: User) -> Organisation:
    """The person's own bank, held so that two do not enter one day at once."""
    if by.organisation is None:
        raise AssertionError("only a bank's people hold the permission")
    return lock(by.organisation)


def _record(row: NetCapital, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=row, summary=summary, **more)


def _tell(row: NetCapital, role: Role, event: str, subject: str, body: str, *, now: datetime) -> None:
    key, url = f"net_capital:{row.pk}:{event}", row.get_absolute_url()
    tell_bank(row.bank, role, key=key, subject=f"{subject}：{row.effective_on}", body=body, url=url, now=now)

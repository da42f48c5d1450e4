"""The decision that settles a programme 清算 (domain §3.13)."""

from datetime import date, datetime

from django.db import transaction

from common.money import format_yuan
from parties.models import User
from parties.permissions import require
from parties.services import audit, notify

from ...enums import PROGRAMME_LIFECYCLE, RefundStatus
from ...errors import AccountsNotEmpty, RefundUnderWay
from ...models import Programme, Refund
from ...permissions import require_party
from ...selectors.accounts import accounts_of
from ...selectors.ledger import current_balances
from .. import ledger
from ..guards import lock_programme


@transaction.atomic
def close_programme(*, programme: Programme, by: User, on: date, now: datetime) -> Programme:
    """Close an ended programme whose accounts have all been paid back to their funders; nothing is posted in it afterwards.

    Locks the programme and its ledger; writes its status, an audit event, notices to all parties.

    Raises:
        NotAllowed, NotFound, WrongState; RefundUnderWay; AccountsNotEmpty: an account still holds money.
    """
    require(by, "programme.close")
    programme = lock_programme(programme.pk)
    require_party(by, programme)
    target = PROGRAMME_LIFECYCLE.target("close", programme.status)
    if Refund.objects.filter(programme=programme, status__in=(RefundStatus.INSTRUCTED, RefundStatus.EXECUTED)).exists():
        raise RefundUnderWay
    accounts = accounts_of(programme)
    if accounts:
        ledger.hold(programme=programme)
    held = current_balances(accounts)
    left = [f"{account.name} {format_yuan(held[account.pk].balance)} 元" for account in accounts if held[account.pk].balance]
    if left:
        raise AccountsNotEmpty(left=left)
    programme.status, programme.closed_on, programme.closed_by = target, on, by
    programme.save(update_fields=["status", "closed_on", "closed_by"])
    audit.record(
        by=by,
        now=now,
        action="programme.close",
        subject=programme,
        programme=programme.code,
        summary=f"项目“{programme.name}”清算完毕，各准备金账户余额为零",
        changes={"清算日": (None, on)},
    )
    notify.notify(
        recipients=notify.people_of(programme.organisations()),
        key=f"programme-closed:{programme.pk}",
        subject=f"项目清算完毕：{programme.name}",
        body=f"{programme.name}已于 {on} 清算完毕，准备金已全部退还出资单位，账簿不再记账。",
        url=programme.get_absolute_url(),
        now=now,
    )
    return programme

"""Winding a programme up 清算 (domain §3.13): what the apps together must be ready for, before the reserve acts."""

from datetime import date, datetime

from django.db import transaction

from parties.models import User
from parties.permissions import require
from reserve.models import Programme, Refund, ReserveAccount
from reserve.permissions import check_instruct_refund, require_party
from reserve.services import programmes, refunds
from reserve.services.guards import lock_programme

from ..errors import NotReadyToClose
from ..selectors.closing import closing_of


@transaction.atomic
def instruct_refund(*, account: ReserveAccount, payee: str, by: User, on: date, now: datetime) -> Refund:
    """The funder's reviewer orders the account's free money back, once the programme is ready to be settled.

    Locks the programme; writes as `reserve.services.refunds.instruct_refund`.

    Raises:
        NotAllowed, NotFound, NotOwnAccount; NotReadyToClose; RefundNotDue, RefundUnderWay, NothingToRefund; InvalidInput: no payee.
    """
    check_instruct_refund(by, account)
    _require_ready(lock_programme(account.programme_id), on)
    return refunds.instruct_refund(account=account, payee=payee, by=by, on=on, now=now)


@transaction.atomic
def close_programme(*, programme: Programme, by: User, on: date, now: datetime) -> Programme:
    """The provincial centre's reviewer settles the programme: it is ready, and every account stands at zero.

    Locks the programme; writes as `reserve.services.programmes.close_programme`.

    Raises:
        NotAllowed, NotFound, WrongState; NotReadyToClose; RefundUnderWay, AccountsNotEmpty.
    """
    require(by, "programme.close")
    require_party(by, programme)
    _require_ready(lock_programme(programme.pk), on)
    return programmes.close_programme(programme=programme, by=by, on=on, now=now)


def _require_ready(programme: Programme, on: date) -> None:
    """Raise NotReadyToClose, naming every condition that is not met."""
    if unmet := closing_of(programme, on).unmet:
        raise NotReadyToClose(unmet=[f"{one.label}（{one.figure}）" for one in unmet])

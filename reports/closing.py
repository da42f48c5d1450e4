"""What the page of winding a programme up is made of: conditions, accounts, and what may be done next."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from common.display import yuan
from common.page import Action
from parties.models import User
from parties.permissions import may
from reserve.enums import ProgrammeStatus, RefundStatus
from reserve.models import Programme, Refund

from .selectors.closing import Closing, Settlement

UNDER_WAY = (RefundStatus.INSTRUCTED, RefundStatus.EXECUTED)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account with what goes back to its funder, and the instruction this person may give."""

    settlement: Settlement
    actions: list[Action]


def account_rows(user: User, programme: Programme, found: Closing, refunds: Sequence[Refund]) -> list[AccountRow]:
    under_way = {row.account_id for row in refunds if row.status in UNDER_WAY}
    return [AccountRow(one, _instruct(user, programme, one, found, under_way=one.account.pk in under_way)) for one in found.accounts]


def _instruct(user: User, programme: Programme, one: Settlement, found: Closing, *, under_way: bool) -> list[Action]:
    own = may(user, "refund.instruct") and user.organisation_id == one.account.funder_id
    if not own or not one.balances.free or programme.status == ProgrammeStatus.CLOSED:
        return []
    reason = "已有未办完的退款指令。" if under_way else against(found)
    url = reverse("reports:refund_instruct", args=[one.account.pk])
    return [Action("下达退款指令", url, reason=reason, icon="transfer-out", primary=True)]


def against(found: Closing) -> str | None:
    """Why the programme is not ready, as far as has been looked at; None: nothing known speaks against it."""
    labels = "、".join(one.label for one in found.unmet)
    return f"尚不具备清算条件：{labels}。" if labels else None


def actions(user: User, programme: Programme, found: Closing) -> list[Action]:
    """The provincial centre's last step."""
    if not may(user, "programme.close") or programme.status == ProgrammeStatus.CLOSED:
        return []
    left = [f"{one.account.funder.short_name} {yuan(one.balances.balance)} 元" for one in found.accounts if one.balances.balance]
    reason = against(found) or (f"账户尚有余额：{'、'.join(left)}。" if left else None)
    question = f"将办理“{programme.name}”清算：项目转为已清算，账簿不再记账，不能撤销。"
    url = reverse("reports:programme_close", args=[programme.code])
    return [Action("办理清算", url, reason=reason, post=True, confirm=question, icon="check", primary=True)]

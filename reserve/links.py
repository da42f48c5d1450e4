"""What the reserve knows of an object's links to others."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from common.display import iso, wan
from common.page import Related
from parties.models import Organisation, User

from .models import BankStatement, Contribution, FundingObligation, Programme, ReserveAccount

SHOWN = 6
"""Links of one label at most; the list has the rest."""


def of_organisation(row: Organisation, user: User) -> list[Related]:
    """The programmes it is a party to, of those the person sees. One statement."""
    programmes = Programme.objects.visible_to(user).filter(parties__organisation=row).distinct()
    return [Related("参与的项目", one.name, one.get_absolute_url()) for one in programmes]


def of_programme(row: Programme, user: User) -> list[Related]:
    """Its parties. One statement."""
    parties = row.parties.select_related("organisation")
    return [Related("参与方", one.organisation.name, one.organisation.get_absolute_url()) for one in parties]


def of_account(row: ReserveAccount, user: User) -> list[Related]:
    """Who owns and who keeps it; the latest of what moved its money or told of it. Four statements."""
    query = f"?account={row.pk}"
    paid_in = f"?programme={row.programme.code}&funder_kind={row.funder.kind}"
    return [
        Related("出资人", row.funder.name, row.funder.get_absolute_url()),
        Related("开户银行", row.bank.name, row.bank.get_absolute_url()),
        *_latest("出资", row.contributions.order_by("-pk"), _contribution, "reserve:contribution_list", paid_in),
        *_latest(
            "账户利息",
            row.interests.order_by("-pk"),
            lambda one: f"{iso(one.booked_on)} {one.get_kind_display()} {wan(one.amount)}元",
            "reserve:interest_list",
            query,
        ),
        *_latest("银行对账单", row.bank_statements.order_by("-pk"), _period, "reserve:bank_statement_list", query),
        *(
            Related("退还出资", f"{wan(one.amount)}元，{one.get_status_display()}", one.get_absolute_url())
            for one in row.refunds.order_by("-pk")
        ),
    ]


def of_contribution(row: Contribution, user: User) -> list[Related]:
    """Its account, the duty it met and the one it opened, its ledger entry. No statement."""
    opened = getattr(row, "opened_obligation", None)
    return [
        Related("准备金账户", row.account.name, row.account.get_absolute_url()),
        *([Related("履行的配套义务", f"{wan(row.obligation.amount)}元", row.obligation.get_absolute_url())] if row.obligation else []),
        *([Related("形成的配套义务", f"{wan(opened.amount)}元", opened.get_absolute_url())] if opened else []),
        *([Related("账簿分录", str(row.entry), row.entry.get_absolute_url())] if row.entry else []),
    ]


def of_obligation(row: FundingObligation, user: User) -> list[Related]:
    """The provincial money that opened it, the town's that met it. One statement."""
    return [
        Related("省级出资", _contribution(row.source), row.source.get_absolute_url()),
        *(Related("配套出资", _contribution(one), one.get_absolute_url()) for one in row.contributions.order_by("pk")),
    ]


def _contribution(one: Contribution) -> str:
    return f"{iso(one.arrived_on or one.transferred_on)} {wan(one.amount)}元，{one.get_status_display()}"


def _period(one: BankStatement) -> str:
    return f"{iso(one.first)} 至 {iso(one.last)}"


def _latest(label: str, rows: QuerySet[Any], said: Callable[[Any], str], name: str, query: str) -> Sequence[Related]:
    """The first of these rows, and the way to all of them where there are more."""
    found = list(rows[: SHOWN + 1])
    links = [Related(label, said(one), one.get_absolute_url()) for one in found[:SHOWN]]
    return [*links, Related("更多", f"全部{label}", f"{reverse(name)}{query}")] if len(found) > SHOWN else links

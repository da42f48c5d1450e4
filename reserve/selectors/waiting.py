"""What waits for a person in the reserve: receipts at the bank, deposits under way, the town's match, running clocks."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from parties.models import User

from ..enums import ContributionStatus, DeadlineKind
from ..models import Contribution, Deadline, FundingObligation

_RELATED = ("account__funder", "programme")


def receipts_to_enter(user: User) -> QuerySet[Contribution]:
    """Deposits to accounts at the person's bank whose receipt has not been entered, oldest first."""
    rows = Contribution.objects.visible_to(user).filter(account__bank=user.organisation_id, status=ContributionStatus.RECORDED)
    return rows.select_related(*_RELATED).order_by("transferred_on", "pk")


def receipts_to_confirm(user: User) -> QuerySet[Contribution]:
    """Receipts at the person's bank that another colleague entered, oldest first."""
    rows = Contribution.objects.visible_to(user).filter(account__bank=user.organisation_id, status=ContributionStatus.RECEIVED)
    return rows.exclude(received_by=user).select_related(*_RELATED, "received_by").order_by("arrived_on", "pk")


def own_under_way(user: User) -> QuerySet[Contribution]:
    """Deposits of the person's organisation that its bank has not confirmed yet."""
    rows = Contribution.objects.visible_to(user).filter(
        account__funder=user.organisation_id, status__in=(ContributionStatus.RECORDED, ContributionStatus.RECEIVED)
    )
    return rows.select_related(*_RELATED, "account__bank").order_by("transferred_on", "pk")


def obligations_to_meet(user: User) -> QuerySet[Any]:
    """What the person's organisation owes as its match; `under_way`: a deposit for it is recorded already."""
    deposits = Contribution.objects.filter(obligation=OuterRef("pk")).exclude(status=ContributionStatus.REJECTED)
    rows = FundingObligation.objects.visible_to(user).filter(debtor=user.organisation_id, fulfilled_on__isnull=True)
    return rows.annotate(under_way=Exists(deposits)).select_related("deadline", "source").order_by("deadline__due_on", "pk")  # type: ignore[no-any-return]


def running_clocks(user: User, until: Mapping[DeadlineKind, date]) -> QuerySet[Deadline]:
    """Clocks that run for the person's organisation: of each kind those that end by its day (or have ended), soonest first."""
    wanted = Q(pk__in=[])
    for kind, day in until.items():
        wanted |= Q(kind=kind, due_on__lte=day)
    rows = Deadline.objects.filter(wanted, organisation=user.organisation_id, met_on__isnull=True, cancelled_on__isnull=True)
    return rows.order_by("due_on", "pk")

"""What waits for a person in the reserve: receipts at the bank, deposits under way, the town's match, running clocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, TruncDate

from parties.models import User
from parties.permissions import may, own_hands

from ..enums import ContributionStatus, DeadlineKind, EntryStatus, InterestStatus, RefundStatus
from ..models import AccountInterest, Contribution, Deadline, FundingObligation, InterestReversal, Refund

_RELATED = ("account__funder", "programme")


@dataclass(frozen=True, slots=True)
class OnAccount:
    """What the bank's next person has to enter or to confirm on an account (`amount` in yuan).

    `number`: the bank's receipt; of what is to be entered, the voucher of a `receipt`, where to of a refund that is `ordered`.
    """

    kind: str
    pk: int
    programme: int
    funder: str
    amount: Decimal
    day: date
    number: str
    entered_by: str


def on_accounts(user: User) -> list[OnAccount]:
    """On the accounts at the person's bank, oldest first: for who enters, deposits on their way and refunds ordered; for who
    confirms, receipts, interest, its reversals and refunds a colleague entered. One query."""
    parts = [*(_to_enter(user) if may(user, "contribution.receive") else ())]
    parts += _to_confirm(user) if may(user, "contribution.confirm") else ()
    if not parts:
        return []
    first, *others = parts
    return [OnAccount(*row) for row in first.union(*others, all=True).order_by("day", "what", "about")]


def _to_enter(user: User) -> list[QuerySet[Any]]:
    at_bank = {"account__bank": user.organisation_id}
    deposits = Contribution.objects.visible_to(user).filter(**at_bank, status=ContributionStatus.RECORDED)
    refunds = Refund.objects.visible_to(user).filter(**at_bank, status=RefundStatus.INSTRUCTED)
    ordered = refunds.annotate(ordered_on=TruncDate("instructed_at"))
    return [
        _waiting(deposits, Value("receipt"), "", day="transferred_on", by="recorded_by", number="voucher_no"),
        _waiting(ordered, Value("ordered"), "", day="ordered_on", by="instructed_by", number="payee"),
    ]


def _to_confirm(user: User) -> list[QuerySet[Any]]:
    bank = user.organisation_id
    receipts = Contribution.objects.visible_to(user).filter(account__bank=bank, status=ContributionStatus.RECEIVED)
    interests = AccountInterest.objects.visible_to(user).filter(account__bank=bank, status=InterestStatus.ENTERED)
    reversals = InterestReversal.objects.visible_to(user).filter(interest__account__bank=bank, status=EntryStatus.ENTERED)
    reversals = reversals.exclude(own_hands(user, "entered_by"))
    refunds = Refund.objects.visible_to(user).filter(account__bank=bank, status=RefundStatus.EXECUTED)
    return [
        _waiting(receipts.exclude(own_hands(user, "received_by")), Value("contribution"), "", day="arrived_on", by="received_by"),
        _waiting(interests.exclude(own_hands(user, "entered_by")), F("kind"), "", day="booked_on", by="entered_by"),
        _waiting(refunds.exclude(own_hands(user, "executed_by")), Value("refund"), "", day="paid_on", by="executed_by"),
        _waiting(reversals, Value("reversal"), "interest__", day="interest__booked_on", by="entered_by"),
    ]


def _waiting(rows: QuerySet[Any], what: Any, of: str, *, day: str, by: str, number: str = "receipt_no") -> QuerySet[Any]:
    """The columns of `OnAccount`; `of` leads from a row to the one that holds the money, whose page shows both."""
    named = rows.order_by().annotate(what=Cast(what, CharField(max_length=16)), about=F(f"{of}pk"), day=F(day), by=F(f"{by}__name"))
    found: QuerySet[Any] = named.values_list(
        "what", "about", f"{of}programme_id", f"{of}account__funder__short_name", f"{of}amount", "day", f"{of}{number}", "by"
    )
    return found


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

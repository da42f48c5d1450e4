"""What the steps of a claim share: its locks, its trail, its messages, its clocks."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from parties.enums import OrganisationKind as Kind
from parties.models import Organisation, User
from parties.services import audit
from parties.services.notify import notify, people_of
from reserve.enums import DeadlineKind
from reserve.services.deadlines import cancel_deadline, meet_deadline, open_deadline

from ...models import Claim
from ..common import lock

REVIEWERS = (Kind.SCIENCE_BUREAU, Kind.TOWN)
FUNDERS = (Kind.PROVINCIAL_CENTRE, Kind.TOWN)


def lock_claim(claim: Claim) -> Claim:
    """The loan first, then the claim, both read again until the transaction ends."""
    loan = lock(claim.loan)
    claim = lock(claim)
    claim.loan = loan
    return claim


def record(claim: Claim, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    """One line of the claim's trail."""
    audit.record(by=by, now=now, action=action, subject=claim, summary=summary, programme=claim.programme.code, **more)


def tell(claim: Claim, whom: Iterable[Organisation], event: str, subject: str, body: str, now: datetime) -> None:
    """Leave a message with the officers and reviewers of these organisations."""
    notify(
        recipients=people_of(whom),
        key=f"claim:{claim.pk}:{claim.round}:{event}",
        subject=f"{subject}：{claim.loan.enterprise_name}（{claim}）",
        body=body,
        url=claim.get_absolute_url(),
        now=now,
    )


def kinds(claim: Claim, *wanted: str) -> list[Organisation]:
    """The programme's parties of these kinds."""
    return list(claim.programme.organisations(*wanted))


def start_clock(claim: Claim, kind: DeadlineKind, organisation: Organisation, starts_on: date, workdays: int) -> None:
    open_deadline(
        programme=claim.programme,
        kind=kind,
        organisation=organisation,
        subject=claim,
        label=f"{kind.label}：{claim.loan.enterprise_name}（{claim}）",
        url=claim.get_absolute_url(),
        starts_on=starts_on,
        workdays=workdays,
    )


def meet_clock(claim: Claim, kind: DeadlineKind, on: date) -> None:
    meet_deadline(kind=kind, subject=claim, on=on)


def end(claim: Claim, on: date) -> None:
    """Save a claim that came to nothing: its clocks stop, and its loan may be claimed for anew."""
    claim.save()
    claim.loan.claim = None
    claim.loan.save(update_fields=["claim"])
    for kind in (DeadlineKind.CLAIM_PRECHECK, DeadlineKind.CLAIM_DECISION, DeadlineKind.CLAIM_PAYMENT):
        cancel_deadline(kind=kind, subject=claim, on=on)

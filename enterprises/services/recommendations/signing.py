"""An office's signature on one version, or on many recommendations at once; the second one endorses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from common.errors import InvalidInput, Refusal
from common.texts import checked_text
from parties.enums import OrganisationKind
from parties.models import Organisation, User
from parties.permissions import require
from reserve.enums import DeadlineKind
from reserve.selectors.programmes import rules_on
from reserve.services.deadlines import open_deadline

from ... import rules as pure
from ...enums import RECOMMENDATION_LIFECYCLE
from ...errors import NoneSigned
from ...models import Recommendation, Signature
from ...permissions import check_sign, sign_action
from ...selectors import certificates_on, offices_of, printed_identifier
from .checks import check_rules
from .common import locked, record, save, tell

MOST_AT_ONCE = 100
"""Recommendations one person signs in one step."""


@dataclass(frozen=True, slots=True)
class Signing:
    """What became of each: those signed, and those that were not with the reason in words."""

    signed: tuple[Recommendation, ...]
    refused: tuple[tuple[Recommendation, str], ...]


@transaction.atomic
def sign_recommendations(
    *, rows: Sequence[tuple[Recommendation, int]], opinion: str = "同意推荐", by: User, on: date, now: datetime
) -> Signing:
    """Sign many, each in the version that was read, as `sign_recommendation` does.

    Each is a savepoint of its own: one that cannot be signed stays as it was and keeps no other from being signed. What was
    signed is committed together, with the key of the form, so that the same form sent again signs nothing and tells the same.
    Locks and writes as `sign_recommendation`, in the order of primary keys.

    Raises:
        NotAllowed: not a reviewer of an office. InvalidInput: none chosen, or more than `MOST_AT_ONCE`.
        NoneSigned: not one of them could be signed; says why of each.
    """
    require(by, "recommendation.sign")
    if not 0 < len(rows) <= MOST_AT_ONCE:
        sentence = f"请勾选 1 至 {MOST_AT_ONCE} 笔推荐，现为 {len(rows)} 笔。"
        raise InvalidInput(sentence, fields={"rows": [sentence]})
    signed, refused = [], []
    for row, version in sorted(rows, key=lambda pair: pair[0].pk):  # locked in one order, whoever signs at the same time
        try:
            signed.append(sign_recommendation(recommendation=row, version=version, opinion=opinion, by=by, on=on, now=now))
        except Refusal as refusal:
            refused.append((row, refusal.message))
    if not signed:
        raise NoneSigned([(row.enterprise_name, why) for row, why in refused])
    return Signing(tuple(signed), tuple(refused))


@transaction.atomic
def sign_recommendation(
    *,
    recommendation: Recommendation,
    version: int | None = None,
    opinion: str = "同意推荐",
    by: User,
    on: date,
    now: datetime,
) -> Recommendation:
    """An office's reviewer signs the version as it stands; when both have, it is endorsed: its validity runs, and identifier and
    certificates stay as they are now on every paper made of it.

    The rules are checked again as of the day: a certificate may have run out since the draft.
    Locks the recommendation; writes signature, status, audit, expiry deadline, notifications.

    Raises:
        WrongOffice, SamePerson, NotAllowed, NotFound: not this person's to sign.
        VersionChanged: edited since `version` was read. AlreadySigned. WrongState.
        NotEligible, OverCap: the rules are against it now.
    """
    recommendation = locked(recommendation, by)
    office = check_sign(recommendation, user=by, on=on, version=version)
    programme = recommendation.programme
    rules = rules_on(programme, on)
    check_rules(recommendation.enterprise, recommendation.amount, recommendation.term_months, rules, on)
    Signature.objects.create(
        recommendation=recommendation,
        version=recommendation.version,
        organisation=office,
        signed_by=by,
        signed_on=on,
        signed_at=now,
        opinion=checked_text("opinion", "签署意见", opinion, 200, required=False, printed=False) or "同意推荐",
    )
    action = sign_action(recommendation)
    facts: dict[str, Any] = {"status": RECOMMENDATION_LIFECYCLE.target(action, recommendation.status)}
    endorsed = action == "endorse"
    if endorsed:
        facts |= {
            "endorsed_on": on,
            "valid_until": pure.recommendation_expires_on(on, rules.recommendation_valid_days),
            "identifier": printed_identifier(recommendation.enterprise),
            "certificates": certificates_on(recommendation.enterprise, on),
        }
    save(recommendation, facts)
    summary = f"签署第 {recommendation.version} 版" + (f"，双方已签，有效期至 {recommendation.valid_until}" if endorsed else "")
    record(recommendation, by, now, "recommendation.sign", summary)
    offices = offices_of(programme)
    if endorsed:
        _open_expiry(recommendation, offices[0], on)
        senders = list(programme.organisations(OrganisationKind.SCIENCE_BUREAU, OrganisationKind.CITY_CENTRE))
        tell(recommendation, senders, "endorsed", f"双方已签，可编入批次：{recommendation.enterprise_name}", now)
    else:
        others = [other for other in offices if other.pk != office.pk]
        tell(recommendation, others, "signed", f"对方已签，待贵单位签署：{recommendation.enterprise_name}", now)
    return recommendation


def _open_expiry(recommendation: Recommendation, office: Organisation, on: date) -> None:
    open_deadline(
        programme=recommendation.programme,
        kind=DeadlineKind.RECOMMENDATION_EXPIRY,
        organisation=office,
        subject=recommendation,
        label=f"{recommendation.enterprise_name}的推荐有效期",
        url=recommendation.get_absolute_url(),
        starts_on=on,
        due_on=recommendation.valid_until,
    )

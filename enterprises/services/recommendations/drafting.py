"""Intake and draft of a recommendation, and its next versions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Unpack

from django.db import transaction

from common.lifecycle import require_version
from common.money import format_yuan
from parties.models import User
from parties.permissions import require
from parties.services import audit
from reserve.enums import DeadlineKind
from reserve.models import Programme
from reserve.permissions import require_party
from reserve.selectors.programmes import rules_on
from reserve.services.deadlines import cancel_deadline
from reserve.services.guards import require_active

from ...enums import RECOMMENDATION_LIFECYCLE, IntakePaper
from ...models import Enterprise, Recommendation
from ...permissions import check_edit, signatures_on
from ...selectors import offices_of
from .checks import Terms, check_linked, check_renewal, check_rules, checked_terms
from .common import leave_batch, locked, record, save, tell


@transaction.atomic
def draft_recommendation(
    *,
    programme: Programme,
    enterprise: Enterprise,
    renews: Recommendation | None = None,
    by: User,
    on: date,
    now: datetime,
    **terms: Unpack[Terms],
) -> Recommendation:
    """Take in an application and draft its recommendation. 续贷 names the old recommendation and its 借据号.

    Writes the recommendation, audit, notifications to the signing offices.

    Raises:
        NotAllowed, NotFound: not a drafting officer of a party of the programme.
        NotAParty: bank or enterprise is not of the programme.
        NotEligible: region, size or category is against it.
        OverCap: amount above `enterprise_cap`, term above `term_months_max`.
        BadRenewal: the old recommendation is not one to renew, or its 借据号 is missing.
        InvalidInput: another value is wrong.
    """
    require(by, "recommendation.draft")
    require_party(by, programme)
    require_active(programme, on)
    check_linked(enterprise, programme)
    values = checked_terms(terms, programme, on)
    check_renewal(renews, enterprise, programme, values["renewed_note_no"])
    check_rules(enterprise, values["amount"], values["term_months"], rules_on(programme, on), on)
    recommendation = Recommendation.objects.create(
        programme=programme,
        enterprise=enterprise,
        enterprise_name=enterprise.name,
        renews=renews,
        accepted_by=by,
        drafted_by=by,
        drafted_at=now,
        **values,
    )
    record(recommendation, by, now, "recommendation.draft", f"起草对{enterprise.name}的推荐，{format_yuan(recommendation.amount)} 元")
    tell(recommendation, offices_of(programme), "drafted", f"待签署：推荐{enterprise.name}", now)
    return recommendation


@transaction.atomic
def edit_recommendation(
    *,
    recommendation: Recommendation,
    version: int,
    by: User,
    on: date,
    now: datetime,
    **terms: Unpack[Terms],
) -> Recommendation:
    """Make the next version: signatures are void, it leaves its unsent batch, who edits answers for the draft.

    Locks the recommendation, then its batch; writes both, audit, deadline, notifications to those whose signature is void.

    Raises: WrongState, Conflict (another version), and as `draft_recommendation`.
    """
    recommendation = locked(recommendation, by)
    check_edit(recommendation, user=by, on=on)
    require_version(recommendation.version, version)
    before = Recommendation.objects.get(pk=recommendation.pk)
    programme, enterprise = recommendation.programme, recommendation.enterprise
    values = checked_terms(terms, programme, on)
    check_renewal(recommendation.renews, enterprise, programme, values["renewed_note_no"])
    check_rules(enterprise, values["amount"], values["term_months"], rules_on(programme, on), on)
    void = [signature.organisation for signature in signatures_on(recommendation)]
    facts: dict[str, Any] = {
        **values,
        "enterprise_name": enterprise.name,
        "status": RECOMMENDATION_LIFECYCLE.target("edit", recommendation.status),
        "version": version + 1,
        "endorsed_on": None,
        "valid_until": None,
        "identifier": "",
        "certificates": [],
        "drafted_by": by,
        "drafted_at": now,
    }
    save(recommendation, facts)
    leave_batch(recommendation, by, now, "recommendation.draft", "已修改")
    cancel_deadline(kind=DeadlineKind.RECOMMENDATION_EXPIRY, subject=recommendation, on=on)
    changes = audit.changed(before, recommendation, ["enterprise_name", *(name for name in values if name != "papers")])
    if before.papers != recommendation.papers:
        changes["已收材料"] = (_paper_names(before.papers), _paper_names(recommendation.papers))
    void_note = f"，{'、'.join(office.short_name for office in void)}的签署作废" if void else ""
    record(recommendation, by, now, "recommendation.draft", f"修改推荐，成为第 {recommendation.version} 版{void_note}", changes=changes)
    tell(recommendation, void, "edited", f"推荐已修改，请重新签署：{recommendation.enterprise_name}", now)
    return recommendation


def _paper_names(papers: Sequence[str]) -> str:
    return "、".join(str(IntakePaper(paper).label) for paper in papers)

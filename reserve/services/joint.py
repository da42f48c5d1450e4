"""Joint decisions: proposed with grounds by one party, decided when a reviewer of every party has agreed (domain §3.10, §3.12).

What a decision brings about is its caller's: these functions are called inside the action of an upper app, which acts on
the returned status.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import models, transaction

from common.errors import InvalidInput
from common.texts import checked_text
from parties.enums import OrganisationKind as Kind
from parties.models import Organisation, User
from parties.services import audit
from parties.services.notify import notify, people_of

from ..enums import JOINT_LIFECYCLE, JointKind
from ..errors import JointPending
from ..models import JointDecision, JointVoice, Programme
from ..permissions import require_party, require_speak, require_withdraw_joint

PARTIES = (Kind.PROVINCIAL_CENTRE, Kind.SCIENCE_BUREAU, Kind.TOWN)
"""Who has a voice in every joint decision, beside the bank concerned."""


@transaction.atomic
def propose_joint(
    *,
    programme: Programme,
    kind: JointKind,
    subject: models.Model,
    bank: Organisation | None,
    grounds: str,
    by: User,
    on: date,
    now: datetime,
) -> JointDecision:
    """Put `kind` of `subject` to the centre, the bureau, the town and the `bank` (None: every bank); the proposer's own speaks too.

    The caller holds the subject's lock and has checked the permission. Writes JointDecision with its voices, audit, notices.

    Raises:
        NotFound (no party), JointPending, InvalidInput (no grounds).
    """
    require_party(by, programme)
    about = {"kind": kind, "subject_type": subject._meta.label_lower, "subject_id": subject.pk}
    if JointDecision.objects.filter(**about, status="proposed").exists():
        raise JointPending(kind.label)
    grounds = checked_text("grounds", "依据", grounds, 500)
    decision = JointDecision.objects.create(programme=programme, **about, grounds=grounds, proposed_by=by, proposed_at=now)
    parties = [*programme.organisations(*PARTIES), *([bank] if bank else programme.organisations(Kind.BANK))]
    JointVoice.objects.bulk_create(JointVoice(decision=decision, organisation=one) for one in parties)
    _record(decision, subject, f"提请各方决定{kind.label}：{subject}", f"{kind}.propose", by=by, now=now, reason=grounds)
    _tell(decision, subject, parties, "proposed", f"请签署意见：{kind.label} {subject}", grounds, now)
    return decision


@transaction.atomic
def speak(
    *, decision: JointDecision, subject: models.Model, agrees: bool, opinion: str, by: User, on: date, now: datetime
) -> JointDecision:
    """A party's reviewer agrees, or refuses with an opinion; the last to agree makes it AGREED, one refusal REFUSED.

    Locks and writes the JointDecision and the party's JointVoice; audit, notices.

    Raises:
        NotFound (not asked), NotAllowed, SamePerson, WrongState, AlreadySpoken, InvalidInput (refused without an opinion).
    """
    decision = JointDecision.objects.select_for_update(no_key=True).get(pk=decision.pk)
    voice = require_speak(by, decision)
    if not agrees and not opinion.strip():
        raise InvalidInput("不同意的，请填写意见。", fields={"opinion": ["不同意的，请填写意见。"]})
    voice.agrees, voice.spoken_by, voice.spoken_at = agrees, by, now
    voice.opinion = checked_text("opinion", "意见", opinion, 200, required=False)
    voice.save()
    waiting = decision.voices.filter(agrees__isnull=True).exists()
    action = "refuse" if not agrees else "agree" if waiting else "complete"
    decision.status = JOINT_LIFECYCLE.target(action, decision.status)
    decision.decided_on = None if action == "agree" else on
    decision.save(update_fields=["status", "decided_on"])
    label = JointKind(decision.kind).label
    summary = f"{voice.organisation.short_name}{'同意' if agrees else '不同意'}{label}：{subject}"
    _record(decision, subject, summary, "joint.speak", by=by, now=now, reason=voice.opinion)
    if action != "agree":
        said = f"{label}{decision.get_status_display()}：{subject}"
        _tell(decision, subject, [one.organisation for one in decision.voices.all()], action, said, summary, now)
    return decision


@transaction.atomic
def withdraw_joint(*, decision: JointDecision, subject: models.Model, reason: str, by: User, on: date, now: datetime) -> JointDecision:
    """The proposer's organisation takes an undecided proposal back.

    Locks and writes the JointDecision; audit, notices.

    Raises:
        NotFound, NotAllowed, WrongState, InvalidInput (no reason).
    """
    decision = JointDecision.objects.select_for_update(no_key=True).get(pk=decision.pk)
    require_withdraw_joint(by, decision)
    decision.withdraw_reason = checked_text("reason", "理由", reason, 200)
    decision.status = JOINT_LIFECYCLE.target("withdraw", decision.status)
    decision.decided_on = on
    decision.save(update_fields=["withdraw_reason", "status", "decided_on"])
    label = JointKind(decision.kind).label
    _record(decision, subject, f"撤回{label}的提请：{subject}", "joint.withdraw", by=by, now=now, reason=decision.withdraw_reason)
    asked = [one.organisation for one in decision.voices.all()]
    _tell(decision, subject, asked, "withdrawn", f"{label}的提请已撤回：{subject}", decision.withdraw_reason, now)
    return decision


def _record(decision: JointDecision, subject: models.Model, summary: str, let_by: str, *, by: User, now: datetime, reason: str) -> None:
    audit.record(
        by=by,
        now=now,
        action=f"{decision.kind}.joint",
        let_by=(let_by,),
        subject=subject,
        programme=decision.programme.code,
        summary=summary,
        reason=reason,
    )


def _tell(
    decision: JointDecision, subject: models.Model, parties: Iterable[Organisation], event: str, said: str, body: str, now: datetime
) -> None:
    notify(
        recipients=people_of(parties),
        key=f"joint:{decision.pk}:{event}",
        subject=said,
        body=body,
        url=str(subject.get_absolute_url()),  # type: ignore[attr-defined]
        now=now,
    )

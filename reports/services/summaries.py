"""Quarterly summaries: made by the scheduler, checked and submitted by the bank, accepted or returned by the centre."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from common.display import iso
from common.errors import Conflict, InvalidInput
from parties.enums import OrganisationKind
from parties.models import Organisation, User
from parties.permissions import require, require_other_person
from parties.selectors import timeline
from parties.services import audit
from parties.services.notify import notify, people_of
from parties.signers import signing
from reserve.enums import DeadlineKind
from reserve.models import ClosedPeriod, LedgerHead, Programme
from reserve.quarters import Quarter
from reserve.selectors.programmes import rules_on
from reserve.services import ledger
from reserve.services.deadlines import meet_deadline, open_deadline
from reserve.services.guards import lock_programme
from reserve.services.jobs import work_through
from reserve.services.periods import close_period

from .. import rules
from ..enums import SUMMARY_LIFECYCLE
from ..errors import CheckedContentChanged, EarlierQuarterOpen, QuarterNotEnded
from ..models import QuarterlySummary
from ..permissions import require_own_bank
from ..selectors.summaries import compose, current_content, earlier_unsubmitted, last_movement, later_quarter_closed, missing_summaries
from ..selectors.summary_review import review_digest, standing_remarks, told
from .remarks import write_remarks

REMARKS_IN_NOTICE = 5
"""Lines of remarks told in the message; all stand on the page."""


def generate_summaries(*, quarter: Quarter, on: date, now: datetime) -> list[QuarterlySummary]:
    """Make the first version of every summary owed for `quarter` that does not exist yet. Safe to repeat.

    Raises:
        QuarterNotEnded: before the first day after the quarter. SomeFailed: all others are made.
    """
    if on <= quarter.end:
        raise QuarterNotEnded(f"{quarter.label_cn}尚未结束，申报汇总表须在{quarter.next().start:%Y-%m-%d}（含）以后生成。")
    return _generate_all(lambda owed: owed == quarter, on, now)


def generate_missing(*, on: date, now: datetime) -> list[QuarterlySummary]:
    """Make every summary owed by `on` that does not exist yet, oldest first: the scheduler after days it missed.

    Raises:
        SomeFailed: all others are made.
    """
    return _generate_all(lambda owed: True, on, now)


def _generate_all(wanted: Callable[[Quarter], bool], on: date, now: datetime) -> list[QuarterlySummary]:
    made: list[QuarterlySummary] = []

    def of_programme(programme: Programme) -> dict[str, int]:
        def make(owed: tuple[Organisation, Quarter]) -> str:
            made.append(_generate(programme, *owed, on=on, now=now))
            return "summaries_generated"

        missing = [(bank, quarter) for bank, quarter in missing_summaries(programme, on) if wanted(quarter)]
        return work_through(missing, make, lambda owed: f"{programme.code} {owed[0].short_name} {owed[1]}")

    work_through(Programme.objects.order_by("pk"), of_programme, str)
    return made


@transaction.atomic
def _generate(programme: Programme, bank: Organisation, quarter: Quarter, *, on: date, now: datetime) -> QuarterlySummary:
    lock_programme(programme.pk)
    existing: QuarterlySummary | None = QuarterlySummary.objects.filter(
        programme=programme, bank=bank, quarter=str(quarter), version=1
    ).first()
    if existing is not None:
        return existing
    summary = QuarterlySummary.objects.create(programme=programme, bank=bank, quarter=str(quarter), generated_on=on)
    summary.deadline = open_deadline(
        programme=programme,
        kind=DeadlineKind.SUMMARY,
        organisation=bank,
        subject=summary,
        label=f"报送{quarter.label_cn}申报汇总表",
        url=summary.get_absolute_url(),
        starts_on=quarter.end,
        workdays=rules_on(programme, quarter.end).summary_due_workdays,
    )
    summary.save(update_fields=["deadline"])
    _record(summary, None, now, "summary.generate", "生成申报汇总表", facts=summary.facts())
    _tell(summary, [bank], "generated", f"{quarter.label_cn}申报汇总表已生成，请于{summary.clock.due_on:%Y-%m-%d}（含）前核对报送", now)
    return summary


@transaction.atomic
def check_summary(*, summary: QuarterlySummary, digest: str | None = None, by: User, on: date, now: datetime) -> QuarterlySummary:
    """The bank's officer has checked what it declares, as it was shown (`digest`); the digest of exactly that content is kept.

    Raises:
        NotAllowed, NotYourBank, WrongState; CheckedContentChanged.
    """
    summary = _locked(summary)
    require(by, "summary.check")
    require_own_bank(by, summary)
    summary.status = SUMMARY_LIFECYCLE.target("check", summary.status)
    summary.checked_by, summary.checked_at = by, now
    summary.checked_digest = _shown(current_content(summary), digest)
    summary.save(update_fields=["status", "checked_by", "checked_at", "checked_digest"])
    _record(summary, by, now, "summary.check", "核对申报汇总表")
    return summary


@transaction.atomic
def submit_summary(*, summary: QuarterlySummary, digest: str | None = None, by: User, on: date, now: datetime) -> QuarterlySummary:
    """The bank's reviewer submits what was shown (`digest`): the content is frozen with its checksum and the ledger's head, the
    quarter is closed.

    Locks summary and programme. Writes the summary, the closed period, the deadline.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState; EarlierQuarterOpen; CheckedContentChanged.
    """
    summary = _locked(summary)
    lock_programme(summary.programme_id)
    require(by, "summary.submit")
    require_own_bank(by, summary)
    target = SUMMARY_LIFECYCLE.target("submit", summary.status)
    require_other_person(summary.checked_by, by, "申报汇总表", at=summary.checked_at)
    earlier = earlier_unsubmitted(summary)
    if earlier is not None:
        raise EarlierQuarterOpen(f"{earlier.label_cn}申报汇总表尚未报送（或退回后尚未重新报送），请先报送该季度，再报送本季度。")
    ledger.hold(programme=summary.programme)  # what is posted from here on is late
    content = current_content(summary)
    if _shown(content, digest) != summary.checked_digest:
        raise CheckedContentChanged("经办核对之后借据有变动，请经办重新核对后再报送。")
    head = LedgerHead.objects.get(programme=summary.programme)
    summary.status = target
    summary.submitted_by, summary.submitted_at, summary.submitted_on = by, now, on
    summary.loan_count, summary.total_amount = content["loan_count"], Decimal(content["total_amount"])
    summary.ledger_sequence, summary.ledger_head = head.sequence, head.hash
    summary.last_movement = last_movement(summary.programme)
    summary.snapshot = compose(summary, content, signing(by, "summary.submit"))
    summary.checksum = rules.digest(summary.snapshot)
    summary.save()
    quarter = Quarter.parse(summary.quarter)
    close_period(programme=summary.programme, bank=summary.bank, quarter=quarter, now=now)
    if summary.version == 1:  # later versions answer a return; the duty was met, or missed, by the first
        meet_deadline(kind=DeadlineKind.SUMMARY, subject=summary, on=on)
    text = f"报送申报汇总表（{summary.loan_count}笔，校验值{summary.checksum[:12]}）"
    _record(summary, by, now, "summary.submit", text, facts=summary.facts())
    centre = summary.programme.organisation(OrganisationKind.PROVINCIAL_CENTRE)
    _tell(
        summary,
        [centre],
        "submitted",
        f"{summary.bank.short_name}已报送{quarter.label_cn}申报汇总表，请审核",
        now,
        url=summary.get_review_url(),
    )
    return summary


@transaction.atomic
def propose_summary(*, summary: QuarterlySummary, digest: str | None = None, by: User, on: date, now: datetime) -> QuarterlySummary:
    """The provincial centre's officer finds the summary in order, as its review was shown (`digest`); its reviewer decides.

    Raises:
        NotAllowed, WrongState, Conflict.
    """
    summary = _locked(summary)
    require(by, "summary.propose")
    _require_seen(summary, digest)
    summary.status = SUMMARY_LIFECYCLE.target("propose", summary.status)
    summary.proposed_by, summary.proposed_at = by, now
    summary.save(update_fields=["status", "proposed_by", "proposed_at"])
    _record(summary, by, now, "summary.propose", "初审通过申报汇总表")
    return summary


@transaction.atomic
def accept_summary(*, summary: QuarterlySummary, digest: str | None = None, by: User, on: date, now: datetime) -> QuarterlySummary:
    """The provincial centre's reviewer accepts, by the review that was shown (`digest`): remarks on this version stay unread by the bank.

    Raises:
        NotAllowed, SamePerson, WrongState, Conflict.
    """
    summary = _locked(summary)
    require(by, "summary.accept")
    _require_seen(summary, digest)
    target = SUMMARY_LIFECYCLE.target("accept", summary.status)
    require_other_person(summary.proposed_by, by, "申报汇总表审定", at=summary.proposed_at)
    summary.status = target
    summary.accepted_by, summary.accepted_at = by, now
    summary.save(update_fields=["status", "accepted_by", "accepted_at"])
    _record(summary, by, now, "summary.accept", "审定申报汇总表")
    _tell(summary, [summary.bank], "accepted", f"{Quarter.parse(summary.quarter).label_cn}申报汇总表已审定", now)
    return summary


@transaction.atomic
def return_summary(
    *,
    summary: QuarterlySummary,
    reason: str,
    remarks: Mapping[str, str] | None = None,
    digest: str | None = None,
    by: User,
    on: date,
    now: datetime,
) -> QuarterlySummary:
    """The provincial centre returns a version, by the review that was shown (`digest`), with a reason; the bank works on the next
    version, which this makes.

    `remarks` on lines, by 借据号, are written as by `remark_summary`; with those written before they go to the bank.

    The quarter opens again for the bank, so that what was missing can be entered, unless a later quarter is already
    closed: then the new version keeps its old cut-off and late facts go to the next annex. Returns the new draft.

    Raises:
        NotAllowed, WrongState, Conflict; InvalidInput without a reason or with one of more than `LONGEST_REASON` characters; as
        `remark_summary`.
    """
    summary = _locked(summary)
    lock_programme(summary.programme_id)
    require(by, "summary.return")
    _require_seen(summary, digest)
    target = SUMMARY_LIFECYCLE.target("return", summary.status)
    reason = reason.strip()
    if not 0 < len(reason) <= rules.LONGEST_REASON:
        sentence = f"请填写退回理由（不超过 {rules.LONGEST_REASON} 字，现为 {len(reason)} 字），以便银行更正。"
        raise InvalidInput(sentence, fields={"reason": [sentence]})
    write_remarks(summary, remarks or {}, by, now)
    summary.status = target
    summary.returned_by, summary.returned_at, summary.return_reason = by, now, reason
    summary.save(update_fields=["status", "returned_by", "returned_at", "return_reason"])
    quarter = Quarter.parse(summary.quarter)
    if not later_quarter_closed(summary.programme, summary.bank, quarter):
        ClosedPeriod.objects.filter(programme=summary.programme, bank=summary.bank, quarter=str(quarter)).delete()
    draft = QuarterlySummary.objects.create(
        programme=summary.programme,
        bank=summary.bank,
        quarter=summary.quarter,
        version=summary.version + 1,
        deadline=summary.deadline,
        generated_on=on,
    )
    _record(summary, by, now, "summary.return", "退回申报汇总表", reason=reason)
    _record(draft, by, now, "summary.generate", "退回后生成申报汇总表", reason=reason, facts=draft.facts())
    said = told(standing_remarks(summary), summary)
    heading = f"{quarter.label_cn}申报汇总表被退回{f'（批注 {len(said)} 条）' if said else ''}：{reason}"
    _tell(draft, [summary.bank], "returned", heading, now, body="\n".join([heading, *said[:REMARKS_IN_NOTICE]]) if said else "")
    return draft


def _shown(content: dict[str, Any], digest: str | None) -> str:
    """The content's digest. Raises CheckedContentChanged when the person saw another one; None where the caller names none."""
    present = rules.digest(content)
    if digest not in (None, present):
        raise CheckedContentChanged("您看到的内容此后又有变动，请重新核对后再办理。")
    return present


def _require_seen(summary: QuarterlySummary, digest: str | None) -> None:
    """Raise Conflict when the person goes by another state of the review than the present one; None where the caller names none.

    Asked before the status, as the sentence says who did what.
    """
    if digest is None or digest == review_digest(summary, standing_remarks(summary)):
        return
    last = timeline(summary)[0]
    raise Conflict(
        f"您打开以后，本版又有批注或办理（最近一次：{iso(last.at)} {last.person} {last.summary}），本次没有办理；请核对最新内容后重新办理。"
    )


def _locked(summary: QuarterlySummary) -> QuarterlySummary:
    rows = QuarterlySummary.objects.select_for_update(of=("self",))
    locked: QuarterlySummary = rows.select_related("programme", "bank", "deadline", "checked_by", "proposed_by").get(pk=summary.pk)
    return locked


def _record(summary: QuarterlySummary, by: User | None, now: datetime, action: str, text: str, **more: Any) -> None:
    label = Quarter.parse(summary.quarter).label_cn
    audit.record(
        by=by,
        now=now,
        action=action,
        subject=summary,
        programme=summary.programme.code,
        summary=f"{text}：{label}第{summary.version}版",
        **more,
    )


def _tell(
    summary: QuarterlySummary, to: list[Organisation], event: str, subject: str, now: datetime, *, body: str = "", url: str = ""
) -> None:
    notify(
        recipients=people_of(to),
        key=f"summary:{summary.pk}:{event}",
        subject=subject,
        body=body,
        url=url or summary.get_absolute_url(),
        now=now,
    )

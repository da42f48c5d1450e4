"""Recommendations: intake, draft, two signatures on one version, and how each ends (domain §3.5)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Required, TypedDict, Unpack

from django.db import transaction

from common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from common.money import format_yuan, require_amount
from parties.enums import OrganisationKind
from parties.models import Organisation, User
from parties.permissions import require
from parties.services import audit
from parties.services.notify import notify, people_of
from reserve.enums import DeadlineKind
from reserve.models import Programme
from reserve.permissions import require_party
from reserve.rulebook import Rules
from reserve.selectors.programmes import rules_on
from reserve.services.deadlines import cancel_deadline, meet_deadline, open_deadline
from reserve.services.guards import require_active

from .. import rules as pure
from ..enums import BATCH_LIFECYCLE, RECOMMENDATION_LIFECYCLE, IntakePaper, RecommendationStatus
from ..errors import BadRenewal, NotAParty, NotEligible, OverCap
from ..models import Batch, Enterprise, EnterpriseLink, Recommendation, Signature
from ..permissions import (
    check_decline,
    check_edit,
    check_sign,
    check_withdraw,
    sign_action,
    signatures_on,
)
from ..selectors import objections, offices_of


class Terms(TypedDict, total=False):
    """What an application asks for and what its intake found. Every edit gives all of it."""

    bank: Required[Organisation]
    amount: Required[Decimal]
    term_months: Required[int]
    purpose: Required[str]
    accepted_on: Required[date]
    papers: Sequence[str]
    visited_on: date | None
    visit_note: str
    credit_note: str
    renewed_note_no: str


_UNSAID: Final[Terms] = {"papers": (), "visited_on": None, "visit_note": "", "credit_note": "", "renewed_note_no": ""}  # type: ignore[typeddict-item]


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
    _check_linked(enterprise, programme)
    values = _checked(terms, programme, on)
    _check_renewal(renews, enterprise, programme, values["renewed_note_no"])
    _check_rules(enterprise, values["amount"], values["term_months"], rules_on(programme, on), on)
    recommendation = Recommendation.objects.create(
        programme=programme,
        enterprise=enterprise,
        enterprise_name=enterprise.name,
        renews=renews,
        drafted_by=by,
        drafted_at=now,
        **values,
    )
    _record(recommendation, by, now, "recommendation.draft", f"起草对{enterprise.name}的推荐，{format_yuan(recommendation.amount)} 元")
    _tell(recommendation, offices_of(programme), "drafted", f"待签署：推荐{enterprise.name}", now)
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

    Locks the recommendation; writes it, audit, deadline, notifications to those whose signature is void.

    Raises: WrongState, Conflict (another version), and as `draft_recommendation`.
    """
    recommendation = _locked(recommendation, by)
    check_edit(recommendation, user=by, on=on)
    if version != recommendation.version:
        raise Conflict(f"该推荐已被修改（您看到的是第 {version} 版，现为第 {recommendation.version} 版），请刷新后核对再提交。")
    before = Recommendation.objects.get(pk=recommendation.pk)
    programme, enterprise = recommendation.programme, recommendation.enterprise
    values = _checked(terms, programme, on)
    _check_renewal(recommendation.renews, enterprise, programme, values["renewed_note_no"])
    _check_rules(enterprise, values["amount"], values["term_months"], rules_on(programme, on), on)
    void = [signature.organisation for signature in signatures_on(recommendation)]
    facts: dict[str, Any] = {
        **values,
        "enterprise_name": enterprise.name,
        "status": RECOMMENDATION_LIFECYCLE.target("edit", recommendation.status),
        "version": version + 1,
        "batch": None,
        "endorsed_on": None,
        "valid_until": None,
        "drafted_by": by,
        "drafted_at": now,
    }
    _save(recommendation, facts)
    cancel_deadline(kind=DeadlineKind.RECOMMENDATION_EXPIRY, subject=recommendation, on=on)
    changes = audit.changed(before, recommendation, ["enterprise_name", *(name for name in values if name != "papers")])
    if before.papers != recommendation.papers:
        changes["已收材料"] = (_paper_names(before.papers), _paper_names(recommendation.papers))
    void_note = f"，{'、'.join(office.short_name for office in void)}的签署作废" if void else ""
    _record(recommendation, by, now, "recommendation.draft", f"修改推荐，成为第 {recommendation.version} 版{void_note}", changes=changes)
    _tell(recommendation, void, "edited", f"推荐已修改，请重新签署：{recommendation.enterprise_name}", now)
    return recommendation


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
    """An office's reviewer signs the version as it stands; when both offices have, it is endorsed and its validity runs.

    The rules are checked again as of the day: a certificate may have run out since the draft.
    Locks the recommendation; writes signature, status, audit, expiry deadline, notifications.

    Raises:
        WrongOffice, SamePerson, NotAllowed, NotFound: not this person's to sign.
        VersionChanged: edited since `version` was read. AlreadySigned. WrongState.
        NotEligible, OverCap: the rules are against it now.
    """
    recommendation = _locked(recommendation, by)
    office = check_sign(recommendation, user=by, on=on, version=version)
    programme = recommendation.programme
    rules = rules_on(programme, on)
    _check_rules(recommendation.enterprise, recommendation.amount, recommendation.term_months, rules, on)
    if len(opinion.strip()) > 200:
        raise InvalidInput("签署意见不能超过 200 字。", fields={"opinion": ["签署意见不能超过 200 字。"]})
    Signature.objects.create(
        recommendation=recommendation,
        version=recommendation.version,
        organisation=office,
        signed_by=by,
        signed_on=on,
        signed_at=now,
        opinion=opinion.strip() or "同意推荐",
    )
    action = sign_action(recommendation)
    facts: dict[str, Any] = {"status": RECOMMENDATION_LIFECYCLE.target(action, recommendation.status)}
    endorsed = action == "endorse"
    if endorsed:
        facts |= {"endorsed_on": on, "valid_until": pure.recommendation_expires_on(on, rules.recommendation_valid_days)}
    _save(recommendation, facts)
    summary = f"签署第 {recommendation.version} 版" + (f"，双方已签，有效期至 {recommendation.valid_until}" if endorsed else "")
    _record(recommendation, by, now, "recommendation.sign", summary)
    offices = offices_of(programme)
    if endorsed:
        _open_expiry(recommendation, offices[0], on)
        senders = list(programme.organisations(OrganisationKind.SCIENCE_BUREAU, OrganisationKind.CITY_CENTRE))
        _tell(recommendation, senders, "endorsed", f"双方已签，可编入批次：{recommendation.enterprise_name}", now)
    else:
        others = [other for other in offices if other.pk != office.pk]
        _tell(recommendation, others, "signed", f"对方已签，待贵单位签署：{recommendation.enterprise_name}", now)
    return recommendation


@transaction.atomic
def decline_recommendation(*, recommendation: Recommendation, reason: str, by: User, on: date, now: datetime) -> Recommendation:
    """An office's reviewer declines before both have signed.

    Locks the recommendation; writes it, audit, notifications. Raises: NotAllowed, NotFound, WrongState, InvalidInput (no reason).
    """
    recommendation = _locked(recommendation, by)
    check_decline(recommendation, user=by, on=on)
    return _close(recommendation, "decline", reason, by, on, now)


@transaction.atomic
def withdraw_recommendation(*, recommendation: Recommendation, reason: str, by: User, on: date, now: datetime) -> Recommendation:
    """An office withdraws before the bank has answered; out of an unsent batch it is taken, in a sent one it stays as withdrawn.

    Locks the recommendation, then its batch; writes both, deadlines, audit, notifications (the bank's too when it was sent).

    Raises: NotAllowed, NotFound, WrongState, InvalidInput (no reason).
    """
    recommendation = _locked(recommendation, by)
    check_withdraw(recommendation, user=by, on=on)
    sent = recommendation.status == RecommendationStatus.SENT
    _close(recommendation, "withdraw", reason, by, on, now)
    if sent:
        cancel_deadline(kind=DeadlineKind.BANK_DECISION, subject=recommendation, on=on)
        _tell(recommendation, [recommendation.bank], "withdrawn", f"推荐已撤回，请停止审批：{recommendation.enterprise_name}", now)
        _complete_batch(recommendation, on)
    elif recommendation.batch_id is not None:
        _save(recommendation, {"batch": None})
    return recommendation


@transaction.atomic
def mark_answered(*, recommendation: Recommendation, by: User, on: date, now: datetime) -> Recommendation:
    """The bank has decided (called by the loans app, in the transaction of its confirmation). The last one answers the batch.

    Locks the recommendation, then its batch; writes both, deadlines met, audit, notifications to the offices.

    Raises: NotAllowed (another bank), WrongState.
    """
    recommendation = _locked(recommendation, by)
    if by.organisation_id != recommendation.bank_id:
        raise NotAllowed(f"该推荐由{recommendation.bank.short_name}审批答复。")
    _save(recommendation, {"status": RECOMMENDATION_LIFECYCLE.target("answer", recommendation.status)})
    meet_deadline(kind=DeadlineKind.BANK_DECISION, subject=recommendation, on=on)
    _record(recommendation, by, now, "recommendation.answer", "银行已答复")
    _tell(recommendation, offices_of(recommendation.programme), "answered", f"银行已答复：{recommendation.enterprise_name}", now)
    _complete_batch(recommendation, on)
    return recommendation


def _locked(recommendation: Recommendation, by: User) -> Recommendation:
    found = (
        Recommendation.objects.select_for_update(of=("self",))
        .visible_to(by)
        .select_related("programme", "enterprise", "bank", "drafted_by", "batch", "renews")
        .filter(pk=recommendation.pk)
        .first()
    )
    if found is None:
        raise NotFound
    return found  # type: ignore[no-any-return]


def _save(recommendation: Recommendation, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(recommendation, name, value)
    recommendation.save(update_fields=list(facts))


def _close(recommendation: Recommendation, action: str, reason: str, by: User, on: date, now: datetime) -> Recommendation:
    step = RECOMMENDATION_LIFECYCLE.transitions[action]
    text = reason.strip()
    if not text or len(text) > 200:
        sentence = f"请填写{step.label}的理由（不超过 200 字）。"
        raise InvalidInput(sentence, fields={"reason": [sentence]})
    status = RECOMMENDATION_LIFECYCLE.target(action, recommendation.status)
    _save(recommendation, {"status": status, "closed_by": by, "closed_on": on, "close_reason": text})
    cancel_deadline(kind=DeadlineKind.RECOMMENDATION_EXPIRY, subject=recommendation, on=on)
    _record(recommendation, by, now, f"recommendation.{action}", f"{step.label}：{recommendation.enterprise_name}", reason=text)
    drafting = recommendation.drafted_by.organisation
    told = {office.pk: office for office in (*offices_of(recommendation.programme), *([drafting] if drafting else []))}
    _tell(recommendation, list(told.values()), action, f"{step.label}：{recommendation.enterprise_name}（{text}）", now)
    return recommendation


def _complete_batch(recommendation: Recommendation, on: date) -> None:
    """A batch is answered when none of its recommendations waits any longer and the bank has answered at least one."""
    batch = Batch.objects.select_for_update().get(pk=recommendation.batch_id)
    statuses = set(batch.recommendations.values_list("status", flat=True))
    if RecommendationStatus.SENT in statuses or RecommendationStatus.ANSWERED not in statuses:
        return
    batch.status, batch.answered_on = BATCH_LIFECYCLE.target("answer", batch.status), on
    batch.save(update_fields=["status", "answered_on"])


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


def _check_linked(enterprise: Enterprise, programme: Programme) -> None:
    if not EnterpriseLink.objects.filter(programme=programme, enterprise=enterprise).exists():
        raise NotAParty("该企业尚未在本项目登记，请先登记企业。", fields={"enterprise": ["该企业尚未在本项目登记。"]})


def _check_renewal(renews: Recommendation | None, enterprise: Enterprise, programme: Programme, note_no: str) -> None:
    if renews is None:
        if note_no:
            raise BadRenewal(
                "填写了原借据号，却没有指明续贷自哪一笔推荐；请从原推荐办理续贷。", fields={"renewed_note_no": ["未指明原推荐。"]}
            )
        return
    if renews.enterprise_id != enterprise.pk or renews.programme_id != programme.pk:
        raise BadRenewal("续贷只能接续同一项目、同一企业的推荐。", fields={"renews": ["不是同一项目、同一企业的推荐。"]})
    if renews.status != RecommendationStatus.ANSWERED:
        raise BadRenewal("原推荐尚未得到银行答复，不能续贷。", fields={"renews": ["原推荐尚未得到银行答复。"]})
    if not note_no:
        raise BadRenewal("续贷须写明原贷款的借据号。", fields={"renewed_note_no": ["请填写原借据号。"]})


def _check_rules(enterprise: Enterprise, amount: Decimal, term_months: int, rules: Rules, on: date) -> None:
    """The programme's rules as of the day (domain §4). Raises OverCap, NotEligible."""
    if amount > rules.enterprise_cap:
        sentence = f"推荐金额 {format_yuan(amount)} 元超过单户限额 {format_yuan(rules.enterprise_cap)} 元，请减少金额。"
        raise OverCap(sentence, fields={"amount": [sentence]})
    if term_months > rules.term_months_max:
        sentence = f"期限 {term_months} 个月超过最长期限 {rules.term_months_max} 个月，请缩短期限。"
        raise OverCap(sentence, fields={"term_months": [sentence]})
    reasons = objections(enterprise, rules, on)
    if reasons:
        raise NotEligible(f"{enterprise.name}不符合推荐条件：{''.join(reasons)}", fields={"enterprise": reasons})


_TEXTS = (
    ("purpose", "用途", 100),
    ("visit_note", "走访情况", 500),
    ("credit_note", "征信核查", 500),
    ("renewed_note_no", "原借据号", 40),
)


def _checked(terms: Terms, programme: Programme, on: date) -> dict[str, Any]:
    """The row's columns, checked. Raises InvalidInput, NotAParty."""
    values: dict[str, Any] = {**_UNSAID, **terms}
    values["amount"] = require_amount(values["amount"])
    if not programme.organisations(OrganisationKind.BANK).filter(pk=values["bank"].pk).exists():
        raise NotAParty("推荐银行不是本项目的合作银行，请重新选择。", fields={"bank": ["不是本项目的合作银行。"]})
    if values["term_months"] < 1:
        raise _bad("term_months", "期限应为不少于 1 的整月数。")
    _check_texts(values)
    _check_dates(values, on)
    unknown = sorted(set(values["papers"]) - set(IntakePaper.values))
    if unknown:
        raise _bad("papers", f"没有“{unknown[0]}”这种材料，可选：{'、'.join(IntakePaper.labels)}。")
    values["papers"] = [paper for paper in IntakePaper.values if paper in values["papers"]]
    return values


def _check_texts(values: dict[str, Any]) -> None:
    for name, label, length in _TEXTS:
        values[name] = values[name].strip()
        if len(values[name]) > length:
            raise _bad(name, f"{label}不能超过 {length} 字，现为 {len(values[name])} 字。")
    if not values["purpose"]:
        raise _bad("purpose", "请填写贷款用途。")


def _check_dates(values: dict[str, Any], on: date) -> None:
    for name, label in (("accepted_on", "受理日期"), ("visited_on", "走访日期")):
        if values[name] is not None and values[name] > on:
            raise _bad(name, f"{label} {values[name]} 在今天之后，请核对。")


def _paper_names(papers: Sequence[str]) -> str:
    return "、".join(str(IntakePaper(paper).label) for paper in papers)


def _bad(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: [sentence]})


def _record(recommendation: Recommendation, by: User, now: datetime, action: str, summary: str, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=recommendation, summary=summary, programme=recommendation.programme.code, **more)


def _tell(recommendation: Recommendation, organisations: Sequence[Organisation], event: str, subject: str, now: datetime) -> None:
    """Notify the people of these organisations, once for each event of a version."""
    notify(
        recipients=people_of(organisations),
        key=f"recommendation:{recommendation.pk}:{recommendation.version}:{event}",
        subject=subject,
        url=recommendation.get_absolute_url(),
        now=now,
    )

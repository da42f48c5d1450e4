"""Batches: what the science bureau sends to a bank together (domain §3.5)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from common.errors import Conflict, NotFound
from common.lifecycle import require_version
from common.texts import checked_text
from parties.models import Organisation, User
from parties.permissions import require
from parties.services import audit
from parties.services.notify import notify, people_of
from reserve.enums import DeadlineKind
from reserve.models import Programme
from reserve.permissions import require_party
from reserve.selectors.programmes import rules_on
from reserve.services.deadlines import meet_deadline, open_deadline
from reserve.services.guards import lock_programme, require_active

from ..enums import BATCH_LIFECYCLE, RECOMMENDATION_LIFECYCLE, RecommendationStatus
from ..errors import EmptyBatch, NotBatchable
from ..models import Batch, Recommendation
from ..permissions import check_document, check_edit_batch, check_reply, check_send, require_current
from ..selectors import last_batch_number


@transaction.atomic
def create_batch(
    *,
    programme: Programme,
    bank: Organisation,
    recommendations: Sequence[Recommendation],
    document_no: str = "",
    by: User,
    on: date,
    now: datetime,
) -> Batch:
    """Open the programme's next batch with these endorsed recommendations.

    Locks the recommendations, then the programme (its numbers run without a gap); writes the batch, memberships, audit.

    Raises:
        NotAllowed, NotFound: not an officer of the bureau or the city centre.
        EmptyBatch: no recommendation. NotBatchable: another programme, bank or batch, or not signed by both.
        RecommendationLapsed: past its validity.
    """
    require(by, "batch.prepare")
    require_party(by, programme)
    require_active(programme, on)
    document_no = checked_text("document_no", "发文字号", document_no, 60, required=False)
    rows = _lock_rows(recommendations, by)
    _check_rows(rows, programme, bank, None, on)
    lock_programme(programme.pk)
    last = last_batch_number(programme)
    batch = Batch.objects.create(programme=programme, bank=bank, number=last + 1, document_no=document_no, prepared_by=by, prepared_at=now)
    Recommendation.objects.filter(pk__in=[row.pk for row in rows]).update(batch=batch)
    _record(batch, by, now, "batch.prepare", f"编制{batch}，{len(rows)} 笔")
    return batch


@transaction.atomic
def edit_batch(
    *,
    batch: Batch,
    recommendations: Sequence[Recommendation],
    document_no: str = "",
    version: int | None = None,
    by: User,
    on: date,
    now: datetime,
) -> Batch:
    """Say anew what an unsent batch holds, and its 发文字号; `version` is the one that was read.

    Locks the recommendations, old and new, then the batch; writes memberships, audit.

    Raises: WrongState, Conflict, and as `create_batch`.
    """
    before = _lock_members(batch, by, recommendations)
    batch = _locked(batch, by)
    check_edit_batch(batch, user=by, on=on)
    _require_same(batch, version, before)
    batch.document_no = checked_text("document_no", "发文字号", document_no, 60, required=False)
    rows = _lock_rows(recommendations, by)
    _check_rows(rows, batch.programme, batch.bank, batch, on)
    chosen = {row.pk for row in rows}
    Recommendation.objects.filter(batch=batch).exclude(pk__in=chosen).update(batch=None)
    Recommendation.objects.filter(pk__in=chosen).update(batch=batch)
    batch.version += 1
    batch.save(update_fields=["document_no", "version"])
    summary = f"调整{batch}：加入 {len(chosen - before)} 笔，移出 {len(before - chosen)} 笔，现有 {len(chosen)} 笔"
    _record(batch, by, now, "batch.prepare", summary)
    return batch


@transaction.atomic
def send_batch(*, batch: Batch, version: int | None = None, by: User, on: date, now: datetime) -> Batch:
    """The science bureau sends the batch it read (`version`): every recommendation goes to the bank, whose decision clock starts.

    Locks its recommendations, then the batch; writes both, one deadline each, audit, notifications to the bank.

    Raises:
        NotAllowed (the city centre cannot send for the bureau), NotFound, WrongState, Conflict, EmptyBatch, RecommendationLapsed.
    """
    members = _lock_members(batch, by)
    batch = _locked(batch, by)
    check_send(batch, user=by, on=on)
    _require_same(batch, version, members)
    workdays = rules_on(batch.programme, on).bank_decision_workdays
    for row in batch.recommendations.order_by("pk"):
        _send(row, batch, workdays, on)
    batch.status, batch.sent_by, batch.sent_on = BATCH_LIFECYCLE.target("send", batch.status), by, on
    batch.save(update_fields=["status", "sent_by", "sent_on"])
    _record(batch, by, now, "batch.send", f"发送{batch}至{batch.bank.short_name}，{len(members)} 笔")
    notify(
        recipients=people_of([batch.bank]),
        key=f"batch:{batch.pk}:sent",
        subject=f"收到{batch.programme.name}{batch}推荐，{len(members)} 笔待审批",
        url=batch.get_absolute_url(),
        now=now,
    )
    return batch


def _send(row: Recommendation, batch: Batch, workdays: int, on: date) -> None:
    row.status = RECOMMENDATION_LIFECYCLE.target("send", row.status)
    row.save(update_fields=["status"])
    meet_deadline(kind=DeadlineKind.RECOMMENDATION_EXPIRY, subject=row, on=on)
    open_deadline(
        programme=batch.programme,
        kind=DeadlineKind.BANK_DECISION,
        organisation=batch.bank,
        subject=row,
        label=f"{row.enterprise_name}的贷款审批（{batch}）",
        url=row.get_absolute_url(),
        starts_on=on,
        workdays=workdays,
    )


@transaction.atomic
def register_document(*, batch: Batch, document_no: str, by: User, on: date, now: datetime) -> Batch:
    """Note the 发文字号 of the sealed letter, before or after sending. Raises: WrongOffice, NotFound, InvalidInput."""
    batch = _locked(batch, by)
    check_document(batch, user=by, on=on)
    return _note(batch, "document_no", "发文字号", checked_text("document_no", "发文字号", document_no, 60), by, now)


@transaction.atomic
def register_reply(*, batch: Batch, reply_no: str, by: User, on: date, now: datetime) -> Batch:
    """Note the 字号 of the bank's 审批回执. Raises: WrongOffice (not the bank), WrongState (not sent), NotFound, InvalidInput."""
    batch = _locked(batch, by)
    check_reply(batch, user=by, on=on)
    reply_no = checked_text("reply_no", "回执字号", reply_no, 60)
    return _note(batch, "reply_no", "回执字号", reply_no, by, now)


def _locked(batch: Batch, by: User) -> Batch:
    found = Batch.objects.select_for_update(of=("self",)).visible_to(by).select_related("programme", "bank").filter(pk=batch.pk).first()
    if found is None:
        raise NotFound
    return found  # type: ignore[no-any-return]


def _lock_members(batch: Batch, by: User, further: Sequence[Recommendation] = ()) -> set[int]:
    """Lock what the batch holds, with `further`, before the batch itself: so does whoever takes one out of it. Keys of what it holds."""
    members = set(batch.recommendations.values_list("pk", flat=True))
    keys = {*members, *(row.pk for row in further)}
    list(Recommendation.objects.select_for_update(of=("self",)).visible_to(by).filter(pk__in=keys).order_by("pk"))
    return members


def _require_same(batch: Batch, version: int | None, members: set[int]) -> None:
    """Raise Conflict when the batch, now locked, is not what was read or no longer holds the members that were locked before it."""
    require_version(batch.version, version)
    if set(batch.recommendations.values_list("pk", flat=True)) != members:
        raise Conflict(f"{batch}的名单刚刚变动，请核对最新名单后重新办理。")


def _lock_rows(recommendations: Sequence[Recommendation], by: User) -> list[Recommendation]:
    keys = {row.pk for row in recommendations}
    rows = list(
        Recommendation.objects.select_for_update(of=("self",)).visible_to(by).select_related("batch").filter(pk__in=keys).order_by("pk")
    )
    if len(rows) != len(keys):
        raise NotFound
    if not rows:
        raise EmptyBatch("请至少选择一笔双方已签署的推荐。", fields={"recommendations": ["请至少选择一笔推荐。"]})
    return rows


def _check_rows(rows: Sequence[Recommendation], programme: Programme, bank: Organisation, batch: Batch | None, on: date) -> None:
    for row in rows:
        name = row.enterprise_name
        if row.programme_id != programme.pk or row.bank_id != bank.pk:
            raise _unfit(f"{name}的推荐不是本项目推荐给{bank.short_name}的，不能编入本批。")
        if row.batch_id is not None and (batch is None or row.batch_id != batch.pk):
            raise _unfit(f"{name}的推荐已编入{row.batch}，请先从该批移出。")
        if row.status != RecommendationStatus.ENDORSED:
            raise _unfit(f"{name}的推荐状态为“{row.get_status_display()}”，双方签署后才能编入批次。")
        require_current(row, on)


def _unfit(sentence: str) -> NotBatchable:
    return NotBatchable(sentence, fields={"recommendations": [sentence]})


def _note(batch: Batch, field: str, label: str, text: str, by: User, now: datetime) -> Batch:
    before = getattr(batch, field)
    setattr(batch, field, text)
    batch.save(update_fields=[field])
    _record(batch, by, now, "paper.register", f"登记{batch}{label}：{text}", changes={label: (before or None, text)})
    return batch


def _record(batch: Batch, by: User, now: datetime, action: str, summary: str, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=batch, summary=summary, programme=batch.programme.code, **more)

"""A person who is away gives their work to a colleague for some days (A/B岗), and takes it back."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NoReturn

from django.db import transaction
from django.db.models import Q

from common.errors import WrongState
from common.texts import checked_text

from ..enums import BUSINESS
from ..errors import BadDelegation
from ..models import Delegation, Organisation, User
from ..permissions import require
from . import audit
from .notify import notify


def may_stand_in(person: User, absent: User) -> bool:
    """Whether a person is a colleague who may take the place: an active officer or reviewer of the same organisation, no system."""
    return (
        person.pk != absent.pk
        and person.organisation_id == absent.organisation_id
        and person.is_active
        and not person.is_service
        and person.role in BUSINESS
    )


@transaction.atomic
def make_delegation(
    *, absent: User, delegate: User, starts_on: date, ends_on: date, reason: str, by: User, on: date, now: datetime
) -> Delegation:
    """Let `delegate` do what `absent` may by their own role, on the days from `starts_on` to `ends_on`, both included.

    By the absent person themself, or by a security administrator for one who cannot. Locks the organisation; writes
    Delegation, audit, messages to both. Raises: NotAllowed, BadDelegation.
    """
    require(by, "delegation.make" if by.pk == absent.pk else "account.authorise")
    reason = checked_text("reason", "事由", reason, 100)
    if why := reason_against_absence(absent):
        raise BadDelegation(why)
    Organisation.objects.select_for_update(of=("self",)).get(people=absent.pk)
    _check_days(starts_on, ends_on, on)
    people = {person.pk: person for person in User.objects.filter(organisation=absent.organisation_id)}
    deputy = people.get(delegate.pk)
    if deputy is None or not may_stand_in(deputy, absent):
        _refuse("delegate", "代办人须是本单位另一位已启用的经办或复核人员，接口账号除外；请另选一位同事。")
    others = list(Delegation.objects.of_days(starts_on, ends_on).filter(absent__in=people).select_related("absent", "delegate"))
    row = Delegation(
        absent=people[absent.pk], delegate=deputy, starts_on=starts_on, ends_on=ends_on, reason=reason, created_by=by, created_at=now
    )
    _check_overlaps(row, others)
    _check_pairs(row, others, people.values())
    row.save(force_insert=True)
    summary = f"{absent.name}（{absent.get_role_display()}）于 {row.days} 由{deputy.name}代办"
    _record(row, summary, by, now, reason)
    _tell(row, "made", f"离岗委托：{absent.name}由{deputy.name}代办", f"{row.days}，事由：{reason}。{MEANING}", now)
    return row


@transaction.atomic
def end_delegation(*, delegation: Delegation, by: User, on: date, now: datetime) -> Delegation:
    """Take it back before its last day; it gives nothing from this moment on.

    By the absent person or a security administrator. Locks and writes the Delegation; audit, messages to both.
    Raises: NotAllowed, WrongState.
    """
    row: Delegation = Delegation.objects.select_for_update(of=("self",)).select_related("absent", "delegate").get(pk=delegation.pk)
    require(by, "delegation.make" if by.pk == row.absent_id else "account.authorise")
    if reason := reason_against_end(row, on):
        raise WrongState(reason)
    row.ended_by, row.ended_on, row.ended_at = by, on, now
    row.save(update_fields=["ended_by", "ended_on", "ended_at"])
    summary = f"收回{row.absent.name}（{row.days}）由{row.delegate.name}代办的委托"
    _record(row, summary, by, now)
    _tell(row, "ended", f"离岗委托已收回：{row.absent.name}由{row.delegate.name}代办", f"原定 {row.days}，{by.name}收回。", now)
    return row


def tell_of_shut(account: User, on: date, now: datetime) -> None:
    """The account was shut: say so to the other of each delegation that still runs or comes, which gives nothing any more."""
    rows = Delegation.objects.filter(Q(absent=account) | Q(delegate=account), ends_on__gte=on, ended_at__isnull=True)
    for row in rows.select_related("absent", "delegate"):
        other = row.absent if row.delegate_id == account.pk else row.delegate
        next_step = f"{account.name}不能再代您办理；请收回，另行委托。" if other == row.absent else f"您不能再代{account.name}办理。"
        notify(
            recipients=[other],
            key=f"delegation:{row.pk}:shut:{account.session_epoch}",
            subject=f"离岗委托不再生效：{account.name}的账号已停用",
            body=f"{row.days} 的委托：{next_step}",
            url=row.get_absolute_url(),
            now=now,
        )


def reason_against_absence(absent: User) -> str | None:
    """Why nobody can take this person's place at all."""
    if absent.role in BUSINESS and absent.is_active and not absent.is_service:
        return None
    return f"{absent.name}不是已启用的经办或复核人员，没有可以委托的岗位。"


MEANING = "委托期间双方视为同一人，不能互为经办与复核；记录同时载明两人姓名。"


def reason_against_end(row: Delegation, on: date) -> str | None:
    """Why a delegation cannot be taken back any more."""
    if row.ended_on is not None:
        return f"这项委托已于 {row.ended_on} 收回。"
    return f"这项委托已于 {row.ends_on} 期满，不必收回。" if row.ends_on < on else None


def _check_days(starts_on: date, ends_on: date, on: date) -> None:
    if starts_on < on:
        _refuse("starts_on", f"开始日期 {starts_on} 早于今天；委托不能追溯，请从今天或以后开始。")
    if ends_on < starts_on:
        _refuse("ends_on", f"结束日期 {ends_on} 早于开始日期 {starts_on}；请更正。")


def _check_overlaps(row: Delegation, others: Iterable[Delegation]) -> None:
    """One deputy at a time, and no chain: nobody hands on a place they took, nor takes one while away."""
    absent, delegate = row.absent, row.delegate
    for other in others:
        if other.absent_id == absent.pk:
            _refuse("starts_on", f"{absent.name}在 {other.days} 已委托{other.delegate.name}代办；请先收回，或改选其他日期。")
        if other.absent_id == delegate.pk:
            _refuse("delegate", f"{delegate.name}在 {other.days} 已离岗，由{other.delegate.name}代办；请另选一位同事。")
        if other.delegate_id == absent.pk:
            _refuse(
                "starts_on",
                f"{absent.name}在 {other.days} 正代{other.absent.name}办理，代办不能转委托；请先由{other.absent.name}收回，另行委托。",
            )


def _check_pairs(new: Delegation, others: Sequence[Delegation], people: Iterable[User]) -> None:
    """Where both roles come into one pair of hands, a third colleague must hold the delegate's: else nobody could be the other half.

    Asked when a delegation is made, of it and of those it takes the third from. Who shuts or demotes the third later is not held up
    by it: the pair check still refuses, and work waits until the delegation is taken back or another colleague comes.
    """
    away = {row.absent_id for row in (new, *others)}
    present = [person for person in people if person.pk not in away]
    for row in (new, *others):
        absent, delegate, role = row.absent, row.delegate, row.delegate.get_role_display()
        third = [person for person in present if may_stand_in(person, delegate)]
        if absent.role == delegate.role or any(person.role == delegate.role for person in third):
            continue
        if row is not new:
            _refuse(
                "starts_on",
                f"{absent.name}在 {row.days} 已委托{delegate.name}代办，双方视为同一人，经办与复核须由第三人配合；"
                f"{new.absent.name}同期离岗，本单位就没有另一位在岗的{role}人员。请改选日期，或先增设{role}人员。",
            )
        left = "、".join(f"{person.name}（{person.get_role_display()}）" for person in third)
        _refuse(
            "delegate",
            f"委托期间{absent.name}与{delegate.name}视为同一人，经办与复核须由第三人配合：本单位须另有一位在岗的{role}人员，"
            f"现{f'只有{left}' if left else '没有其他人员'}。请由另一位{absent.get_role_display()}人员代办，或先增设{role}人员。",
        )


def _refuse(field: str, message: str) -> NoReturn:
    raise BadDelegation(message, fields={field: [message]})


def _record(row: Delegation, summary: str, by: User, now: datetime, reason: str = "") -> None:
    action = "delegation.make" if by.pk == row.absent_id else "account.authorise"
    audit.record(by=by, now=now, action=action, subject=row, summary=summary, reason=reason)


def _tell(row: Delegation, event: str, subject: str, body: str, now: datetime) -> None:
    notify(
        recipients=[row.absent, row.delegate],
        key=f"delegation:{row.pk}:{event}",
        subject=subject,
        body=body,
        url=row.get_absolute_url(),
        now=now,
    )

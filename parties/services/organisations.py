"""Organisations: made and kept by the system administrator."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from common.texts import checked_text

from ..enums import OrganisationKind
from ..errors import BadOrganisation
from ..models import ApiToken, Organisation, User
from ..permissions import require
from . import audit

FIELDS = ["name", "short_name", "reviewer_title", "contact_name", "contact_phone", "address"]


@transaction.atomic
def create_organisation(
    *,
    kind: str,
    name: str,
    short_name: str,
    by: User,
    on: date,
    now: datetime,
    reviewer_title: str = "科长",
    contact_name: str = "",
    contact_phone: str = "",
    address: str = "",
) -> Organisation:
    """Add an organisation; it takes part in nothing until it is made a party of a programme.

    Writes: Organisation, audit. Raises: NotAllowed, BadOrganisation.
    """
    require(by, "organisation.manage")
    if kind not in OrganisationKind.values:
        raise BadOrganisation(f"没有“{kind}”这种单位类型；请从列表中选择。", fields={"kind": ["请从列表中选择。"]})
    organisation = Organisation(kind=kind)
    _fill(
        organisation,
        name=name,
        short_name=short_name,
        reviewer_title=reviewer_title,
        contact_name=contact_name,
        contact_phone=contact_phone,
        address=address,
    )
    organisation.save(force_insert=True)
    audit.record(by=by, now=now, action="organisation.manage", subject=organisation, summary=f"建立单位“{name}”")
    return organisation


@transaction.atomic
def update_organisation(*, organisation: Organisation, by: User, on: date, now: datetime, **values: Any) -> Organisation:
    """Change the fields in FIELDS; the kind stays, as permissions and programmes hang on it.

    Locks and writes: the organisation; audit. Raises: NotAllowed, BadOrganisation.
    """
    require(by, "organisation.manage")
    before = Organisation.objects.select_for_update().get(pk=organisation.pk)
    after = Organisation.objects.get(pk=organisation.pk)
    _fill(after, **values)
    changes = audit.changed(before, after, FIELDS)
    if changes:
        after.save(update_fields=FIELDS)
        audit.record(by=by, now=now, action="organisation.manage", subject=after, summary=f"修改单位“{after.name}”", changes=changes)
    return after


@transaction.atomic
def set_organisation_active(*, organisation: Organisation, active: bool, by: User, on: date, now: datetime) -> Organisation:
    """Suspend an organisation (its people can no longer sign in, their sessions and tokens end) or let it in again.

    Locks and writes: the organisation, its people and their tokens; audit. Raises: NotAllowed, BadOrganisation (already so).
    """
    require(by, "organisation.manage")
    row: Organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    word = "启用" if active else "停用"
    if row.is_active == active:
        raise BadOrganisation(f"“{row.name}”已经是{word}状态。")
    row.is_active = active
    row.save(update_fields=["is_active"])
    if not active:
        row.people.update(session_epoch=F("session_epoch") + 1)
        ApiToken.objects.filter(user__organisation=row, revoked_at__isnull=True).update(revoked_at=now)
    audit.record(
        by=by,
        now=now,
        action="organisation.manage",
        subject=row,
        summary=f"{word}单位“{row.name}”",
        changes={"启用": ("否", "是") if active else ("是", "否")},
    )
    return row


def _fill(organisation: Organisation, **values: Any) -> None:
    """Set the values, refusing an empty or taken name before the database does."""
    for name, value in values.items():
        if name not in FIELDS:
            raise TypeError(f"not a field of an organisation that may be set: {name}")
        column: Any = Organisation._meta.get_field(name)
        setattr(organisation, name, checked_text(name, column.verbose_name, value, column.max_length, required=False))
    if not organisation.name or not organisation.short_name:
        missing = "short_name" if organisation.name else "name"
        raise BadOrganisation("请填写单位名称和简称。", fields={missing: ["请填写。"]})
    if Organisation.objects.exclude(pk=organisation.pk).filter(name=organisation.name).exists():
        message = f"已有名为“{organisation.name}”的单位；请核对，或换用全称。"
        raise BadOrganisation(message, fields={"name": [message]})

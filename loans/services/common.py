"""What the actions of this app share: locks, messages to colleagues, postings with their dates."""

from datetime import datetime
from typing import TypeVar

from django.db import models
from django.utils import timezone

from common.errors import InvalidInput
from enterprises.models import Enterprise
from parties.enums import OrganisationKind, Role
from parties.models import Organisation
from parties.services.notify import notify, people_of, people_on
from reserve.models import Programme
from reserve.services.guards import lock_programme

from ..rules.concentration import Concentration

Row = TypeVar("Row", bound=models.Model)
OFFICES = (OrganisationKind.SCIENCE_BUREAU, OrganisationKind.TOWN, OrganisationKind.CITY_CENTRE)


def lock(row: Row) -> Row:
    """Read a row again, locked until the transaction ends (rows that only refer to it may still be written)."""
    rows: models.QuerySet[Row] = type(row).objects.all()  # type: ignore[attr-defined]
    return rows.select_for_update(no_key=True).get(pk=row.pk)


def lock_guards(programme_id: int, enterprise_id: int) -> tuple[Programme, Enterprise]:
    """The enterprise's guard, then the programme's: always in this order, after the business row."""
    enterprise = Enterprise.objects.select_for_update(no_key=True).get(pk=enterprise_id)
    return lock_programme(programme_id), enterprise


def require_reason(reason: str) -> str:
    """A reason of 1 to 200 characters."""
    text = reason.strip()
    if not 0 < len(text) <= 200:
        sentence = "请填写理由（不超过 200 字）。"
        raise InvalidInput(sentence, fields={"reason": [sentence]})
    return text


def noted(summary: str, excess: Concentration | None) -> str:
    """What the trail says, with the excess that was only warned of."""
    return f"{summary}；{excess.note}" if excess else summary


def tell_bank(bank: Organisation, role: Role, *, key: str, subject: str, url: str, now: datetime, body: str = "") -> None:
    """Leave a message with the bank's officers or reviewers."""
    people = [person for person in people_on([bank], timezone.localdate(now)) if role in person.roles]
    notify(recipients=people, key=key, subject=subject, body=body, url=url, now=now)


def tell_offices(programme: Programme, *, key: str, subject: str, url: str, now: datetime, body: str = "") -> None:
    """Leave a message with the people of the recommending offices."""
    notify(recipients=people_of(programme.organisations(*OFFICES)), key=key, subject=subject, body=body, url=url, now=now)

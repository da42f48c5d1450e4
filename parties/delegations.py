"""Delegations (A/B岗) of the person who acts, read in the very statement that loads the person.

The permission table and the pair checks have no clock and ask no database: what they need stands on the user as `places`.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import F, Func, JSONField, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from .enums import BUSINESS
from .models import Delegation, User
from .places import Place


class JSONList(Func):
    """The rows of a subquery as one JSON list; null for none on PostgreSQL."""

    function = "JSONB_AGG"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


def delegations_of(person: str) -> Subquery:
    """Every delegation of a person, for `annotate` and then `take_places`; `person` leads from the row to the person's key."""
    row = JSONObject(
        absent=F("absent_id"),
        absent_name=F("absent__name"),
        absent_role=F("absent__role"),
        absent_active=F("absent__is_active"),
        delegate=F("delegate_id"),
        delegate_name=F("delegate__name"),
        delegate_role=F("delegate__role"),
        delegate_active=F("delegate__is_active"),
        first=F("starts_on"),
        last=F("ends_on"),
        ended=F("ended_on"),
        ended_at=F("ended_at"),
    )
    own = Delegation.objects.filter(Q(absent=OuterRef(person)) | Q(delegate=OuterRef(person))).order_by()
    return Subquery(own.annotate(found=JSONList(row)).values("found"), output_field=JSONField())


def take_places(user: User, rows: Iterable[Mapping[str, Any]] | None, on: date, at: datetime | None = None) -> User:
    """Put the delegations on the person, as they stand on a day. `rows`: what `delegations_of` found; `at`: a moment of that day,
    of which what was taken back later counts; without it that day's end."""
    user.places = tuple(_place(user, row, on, at) for row in rows or ())
    return user


def acting(user: User, on: date, at: datetime | None = None) -> User:
    """The person as they act on a day, for who is not loaded by a request: the people of a file that is booked later.

    `at`: the moment they did it, which a delegation taken back later that day does not undo.
    """
    found: Any = User.objects.select_related("organisation").annotate(found=delegations_of("pk")).get(pk=user.pk)
    return take_places(found, found.found, on, at)


def _place(user: User, row: Mapping[str, Any], on: date, at: datetime | None) -> Place:
    taken = row["delegate"] == user.pk
    side = "absent" if taken else "delegate"
    colleague = User(pk=row[side], name=row[f"{side}_name"], role=row[f"{side}_role"], organisation=user.organisation)
    first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
    ended = row["ended"] and date.fromisoformat(row["ended"])
    able = all(row[f"{one}_active"] and row[f"{one}_role"] in BUSINESS for one in ("absent", "delegate"))
    over = bool(ended) and (_moment(row["ended_at"]) <= at if at else ended <= on)
    holds = able and first <= on <= last and not over
    return Place(colleague, taken, first, min(last, ended or last), holds)


def _moment(text: str) -> datetime:
    """As the database writes it into JSON: SQLite without a zone, which is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)

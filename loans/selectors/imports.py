"""Files of rows as they stand: counts by verdict and exception, and what waits for whom."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from parties.models import User
from parties.permissions import may, own_hands
from reserve.models import Programme

from ..import_enums import GRANTS, FileKind, FileStatus, RowState, Verdict
from ..models import ImportFile


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a file; `codes`: how many rows met each exception."""

    total: int
    ok: int
    warning: int
    error: int
    booked: int
    codes: dict[str, int]


def counts_of(file: ImportFile) -> Counts:
    """Two queries, whatever the number of rows."""
    by_verdict = {f"v_{verdict}": Count("pk", filter=Q(verdict=verdict)) for verdict in Verdict.values}
    found = file.rows.aggregate(total=Count("pk"), booked=Count("pk", filter=Q(state=RowState.BOOKED)), **by_verdict)
    codes: Counter[str] = Counter()
    for text, rows in file.rows.exclude(codes="").order_by().values_list("codes").annotate(rows=Count("pk")):
        codes.update(dict.fromkeys(text.split(), rows))
    return Counts(found["total"], found["v_ok"], found["v_warning"], found["v_error"], found["booked"], dict(codes))


def kinds_for(user: User) -> list[tuple[str, str]]:
    """The kinds of files there are in the person's programmes: openings where one starts mid-life. One query."""
    starting = Programme.objects.visible_to(user).filter(started_on__isnull=False).exists()
    return [(kind.value, str(kind.label)) for kind in FileKind if starting or kind != FileKind.OPENING]


def files_waiting(user: User) -> QuerySet[ImportFile]:
    """Files that wait for this person, oldest first: those of their organisation for a confirmation by another, those a bank has
    confirmed (`PASSED_ON`) for an office's."""
    confirmed = [kind for kind, grants in GRANTS.items() if may(user, grants.confirm)]
    countersigned = [kind for kind, grants in GRANTS.items() if grants.countersign and may(user, grants.countersign)]
    own = own_hands(user, "uploaded_by") & Q(kind__in=[kind for kind in confirmed if GRANTS[kind].two_people])
    wanted = Q(status=FileStatus.PREVIEWED, kind__in=confirmed) & ~own | Q(status=FileStatus.PASSED_ON, kind__in=countersigned)
    rows: QuerySet[ImportFile] = ImportFile.objects.visible_to(user).filter(wanted)
    return rows.select_related("organisation", "uploaded_by").order_by("id")

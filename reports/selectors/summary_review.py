"""A summary beside what was declared before, and what the centre remarked on its lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from common.money import ZERO
from loans.enums import FactStatus
from loans.models import Correction
from parties.enums import OrganisationKind
from parties.models import User
from reserve.quarters import Quarter

from ..enums import SummaryStatus
from ..models import QuarterlySummary, SummaryRemark
from ..rules import digest
from .summaries import document

Line = Mapping[str, Any]
READERS = (OrganisationKind.PROVINCIAL_CENTRE, OrganisationKind.AUDITOR)
"""Who reads remarks while the centre is still at work on the version."""


def declared_lines(content: Mapping[str, Any]) -> list[Line]:
    """The lines of new loans, then those of the annex of late ones; each 借据 stands there once."""
    return [*content["lines"], *content["adjustments"]]


def standing_remarks(*summaries: QuarterlySummary) -> list[SummaryRemark]:
    """Remarks on these versions that were not withdrawn, in the order they were written. One query."""
    rows = SummaryRemark.objects.filter(summary__in=summaries, withdrawn_at__isnull=True)
    return list(rows.select_related("written_by", "summary"))


def remarks_on(summary: QuarterlySummary, remarks: Mapping[str, Iterable[SummaryRemark]]) -> list[SummaryRemark]:
    """Of the remarks read (`remarks_read`), those on this version itself."""
    return [remark for rows in remarks.values() for remark in rows if remark.summary_id == summary.pk]


def review_digest(summary: QuarterlySummary, remarks: Iterable[SummaryRemark]) -> str:
    """What a reviewer goes by, as one value: the frozen content, where the review stands, and the standing `remarks` on this version.

    A remark written anew is another row, so keys stand for texts: the bank may be shown the value while it may not read them.
    """
    return digest({"checksum": summary.checksum, "status": summary.status, "remarks": sorted(remark.pk for remark in remarks)})


def may_read(user: User, summary: QuarterlySummary) -> bool:
    """Whether the person reads the remarks on a version: centre and auditors always, everyone else once it was returned."""
    return summary.status == SummaryStatus.RETURNED or user.kind in READERS


def remarks_read(user: User, summary: QuarterlySummary, before: "Before | None" = None) -> dict[str, list[SummaryRemark]]:
    """What this person may read of the remarks on a version and the one before it, by the 借据号 of this one. At most one query."""
    found: dict[str, list[SummaryRemark]] = {}
    wanted = [version for version in (summary, before.version if before else None) if version is not None and may_read(user, version)]
    for remark in standing_remarks(*wanted) if wanted else ():
        note = before.renamed.get(remark.note_no, remark.note_no) if before and remark.summary_id != summary.pk else remark.note_no
        found.setdefault(note, []).append(remark)
    return found


def told(remarks: Iterable[SummaryRemark], summary: QuarterlySummary) -> list[str]:
    """Remarks in one line each, with the number and the enterprise of the line they are on."""
    by_note = {line["note_no"]: line for line in declared_lines(document(summary))}
    where = ((by_note[remark.note_no], remark.text) for remark in remarks)
    return [f"第{line['number']}行 {line['enterprise_name']}（借据 {line['note_no']}）：{text}" for line, text in where]


@dataclass(frozen=True, slots=True)
class Before:
    """The version a summary follows. `renamed`: 借据号 corrected between the two, as declared then → as declared now."""

    version: QuarterlySummary
    renamed: Mapping[str, str]


def version_before(summary: QuarterlySummary) -> Before | None:
    """The version this one follows, None for a first one. At most two queries."""
    rows = QuarterlySummary.objects.filter(programme=summary.programme_id, bank=summary.bank_id, quarter=summary.quarter)
    found = rows.filter(version=summary.version - 1).first() if summary.version > 1 else None
    return Before(found, _renamed(found, summary)) if found is not None else None


def _renamed(before: QuarterlySummary, after: QuarterlySummary) -> dict[str, str]:
    corrections = Correction.objects.filter(
        loan__programme=after.programme_id,
        loan__bank=after.bank_id,
        status=FactStatus.CONFIRMED,
        confirmed_at__gt=before.submitted_at,
        after__has_key="note_no",
    )
    if after.submitted_at is not None:
        corrections = corrections.filter(confirmed_at__lte=after.submitted_at)
    first: dict[str, str] = {}  # a number as it is → as it was at first
    for old, new in corrections.order_by("confirmed_at", "pk").values_list("before__note_no", "after__note_no"):
        first[new] = first.pop(old, old)
    return {old: new for new, old in first.items()}


def quarter_before(summary: QuarterlySummary) -> QuarterlySummary | None:
    """What the bank declared for the quarter before: the version in force, once it is submitted."""
    rows = QuarterlySummary.objects.filter(
        programme=summary.programme_id, bank=summary.bank_id, quarter=str(Quarter.parse(summary.quarter).previous())
    )
    in_force = (SummaryStatus.SUBMITTED, SummaryStatus.PROPOSED, SummaryStatus.ACCEPTED)
    found: QuarterlySummary | None = rows.filter(status__in=in_force).first()
    return found


@dataclass(frozen=True, slots=True)
class Pair:
    """One 借据 in two versions. `before` None: added; `after` None: taken out."""

    before: Line | None
    after: Line | None


def pairs(before: Sequence[Line], after: Sequence[Line], renamed: Mapping[str, str]) -> list[Pair]:
    """The same 借据 of two versions side by side: in the later one's order, what it lacks at the end. `renamed`: see `Before`."""
    old = {renamed.get(line["note_no"], line["note_no"]): line for line in before}
    new = {line["note_no"] for line in after}
    return [*(Pair(old.get(line["note_no"]), line) for line in after), *(Pair(line, None) for note, line in old.items() if note not in new)]


@dataclass(frozen=True, slots=True)
class Borrower:
    """One enterprise in two quarters: loans and yuan of each."""

    name: str
    count_before: int
    amount_before: Decimal
    count: int
    amount: Decimal


def borrowers(before: Sequence[Line], after: Sequence[Line]) -> list[Borrower]:
    """Enterprises of two quarters by the names declared, this quarter's first, each with what it was lent in both."""
    names = dict.fromkeys(line["enterprise_name"] for line in (*after, *before))
    old, new = _by_name(before), _by_name(after)
    return [Borrower(name, *old.get(name, (0, ZERO)), *new.get(name, (0, ZERO))) for name in names]


def _by_name(lines: Iterable[Line]) -> dict[str, tuple[int, Decimal]]:
    found: dict[str, tuple[int, Decimal]] = {}
    for line in lines:
        count, amount = found.get(line["enterprise_name"], (0, ZERO))
        found[line["enterprise_name"]] = (count + 1, amount + Decimal(line["amount"]))
    return found

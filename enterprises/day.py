"""Recommendations side by side: those of a batch, and all of a programme that are on their way to a bank (推荐日)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse

from common.display import yuan
from common.money import ZERO
from common.page import Action, NumberCard
from parties.models import Organisation, User
from parties.permissions import may
from parties.web import Partly
from reserve.models import Programme
from reserve.rulebook import Rules
from reserve.selectors.programmes import rules_on

from .enums import BatchStatus, RecommendationStatus, Size
from .models import Batch, Recommendation, Signature
from .pages import address, send_action
from .permissions import check_sign, reason, signatures_on
from .selectors import certificates_on, checklist, offices_of, size_on, waits_for, with_offices
from .services.recommendations import Signing
from .services.recommendations.checks import check_rules

WAITING = (RecommendationStatus.DRAFT, RecommendationStatus.SIGNED)
UNDER_WAY = (*WAITING, RecommendationStatus.ENDORSED)


@dataclass(frozen=True, slots=True)
class Line:
    """One recommendation as both offices see it: size and certificates of the day (of both signatures once it has them), who has
    signed the present version, and whether it has lapsed."""

    row: Recommendation
    size: str
    certificates: tuple[str, ...]
    signed: tuple[tuple[Organisation, Signature | None], ...]
    lapsed: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """One that lacks a signature. `missing`: papers not handed in; `against`: what the rules say today, "" nothing; `reason`: why
    this person cannot sign it now, None: they can; `note`: the same for who has signed or does not sign, as whose turn it is."""

    line: Line
    missing: tuple[str, ...]
    against: str
    reason: str | None
    note: str

    @property
    def seen(self) -> str:
        """What a tick says: which one, and the version shown."""
        return f"{self.line.row.pk}:{self.line.row.version}"


@dataclass(frozen=True, slots=True)
class Sending:
    """A batch with what may be done with it from here."""

    batch: Batch
    count: int
    total: Decimal
    letter: str
    pdf: str
    send: Action | None


@dataclass(frozen=True, slots=True)
class Day:
    """Everything of one programme under way on a day, as one person sees it. `compose`: (bank, how many, address) of new batches."""

    offices: tuple[Organisation, ...]
    waiting: tuple[Waiting, ...]
    endorsed: tuple[Line, ...]
    batches: tuple[Sending, ...]
    compose: tuple[tuple[Organisation, int, str], ...]

    @property
    def can_sign(self) -> int:
        return sum(one.reason is None for one in self.waiting)


def lines_of(recommendations: QuerySet[Recommendation], on: date) -> list[Line]:
    """Each as it stands beside the others. Six statements whatever their number."""
    rows = with_offices(recommendations).select_related("programme", "bank", "batch", "enterprise", "drafted_by")
    rows = rows.prefetch_related("signatures__signed_by", "enterprise__categories", "enterprise__years")
    return [_line(row, on) for row in rows]


def _line(row: Recommendation, on: date) -> Line:
    size = size_on(row.enterprise, row.endorsed_on or on)
    held = row.certificates if row.endorsed_on else certificates_on(row.enterprise, on)
    signed = {signature.organisation_id: signature for signature in signatures_on(row)}
    return Line(
        row,
        str(Size(size).label) if size else "",
        tuple(f"{one['category']} {one['number']}" for one in held),
        tuple((office, signed.get(office.pk)) for office in offices_of(row.programme)),
        row.lapsed(on),
    )


def recommendation_day(programme: Programme, user: User, on: date) -> Day:
    """What the two offices have before them on a day: unsigned, endorsed, batches not answered yet or sent today. Ten statements."""
    found = Recommendation.objects.visible_to(user).filter(programme=programme, status__in=UNDER_WAY)
    lines = lines_of(found.order_by("accepted_on", "pk"), on)
    rules = rules_on(programme, on)
    endorsed = tuple(line for line in lines if line.row.status == RecommendationStatus.ENDORSED)
    return Day(
        offices=tuple(offices_of(programme)),
        waiting=tuple(_waiting(line, rules, user, on) for line in lines if line.row.status in WAITING),
        endorsed=endorsed,
        batches=tuple(_batches(programme, user, on)),
        compose=tuple(_compose(programme, endorsed)) if may(user, "batch.prepare") else (),
    )


def _waiting(line: Line, rules: Rules, user: User, on: date) -> Waiting:
    row = line.row
    against = reason(lambda: check_rules(row.enterprise, row.amount, row.term_months, rules, on)) or ""
    why = reason(lambda: check_sign(row, user=user, on=on))
    done = any(office.pk == user.organisation_id and signature for office, signature in line.signed)
    return Waiting(
        line,
        tuple(paper.label for paper in checklist(row) if not paper.received),
        against,
        why or against or None,
        f"等待{waits_for(row, on)}" if done or not may(user, "recommendation.sign") else why or "",
    )


def _batches(programme: Programme, user: User, on: date) -> Iterable[Sending]:
    wanted = Q(status__in=(BatchStatus.DRAFT, BatchStatus.SENT)) | Q(sent_on=on) | Q(answered_on=on)
    found = Batch.objects.visible_to(user).filter(wanted, programme=programme)
    for batch in found.select_related("programme", "bank").prefetch_related("recommendations"):
        rows = list(batch.recommendations.all())
        draft = batch.status == BatchStatus.DRAFT
        yield Sending(
            batch,
            len(rows),
            sum((row.amount for row in rows), start=ZERO),
            reverse("enterprises:batch_letter", args=[batch.pk]),
            address("reports:batch_letter_pdf", batch.pk),
            send_action(batch, rows, user, on) if draft and may(user, "batch.send") else None,
        )


def _compose(programme: Programme, endorsed: Iterable[Line]) -> Iterable[tuple[Organisation, int, str]]:
    ready: dict[int, list[Recommendation]] = {}
    for line in endorsed:
        if line.row.batch_id is None and not line.lapsed:
            ready.setdefault(line.row.bank_id, []).append(line.row)
    for key, rows in ready.items():
        query = urlencode({"programme": programme.code, "bank": key})
        yield rows[0].bank, len(rows), f"{reverse('enterprises:batch_create')}?{query}"


def day_numbers(day: Day) -> list[NumberCard]:
    """How many wait for what."""
    lacking = sum(bool(one.missing) for one in day.waiting)
    unfit = sum(bool(one.against) for one in day.waiting)
    to_batch = [line for line in day.endorsed if line.row.batch_id is None]
    drafts = [one for one in day.batches if one.batch.status == BatchStatus.DRAFT]
    return [
        *(_unsigned(day, office) for office in day.offices),
        NumberCard("缺材料", f"{lacking} 笔", hint=f"另有 {unfit} 笔不符合推荐条件" if unfit else "", icon="paperclip"),
        NumberCard("双方已签，待编批", f"{len(to_batch)} 笔", hint=_total(line.row for line in to_batch), icon="package"),
        NumberCard("编制中的批次", f"{len(drafts)} 批", hint=f"{sum(one.count for one in drafts)} 笔待发送", icon="send"),
    ]


def _unsigned(day: Day, office: Organisation) -> NumberCard:
    rows = [one.line.row for one in day.waiting if (office, None) in one.line.signed]
    return NumberCard(f"待{office.short_name}签署", f"{len(rows)} 笔", hint=_total(rows), icon="signature")


def _total(rows: Iterable[Recommendation]) -> str:
    amount = sum((row.amount for row in rows), start=ZERO)
    return f"{yuan(amount)} 元" if amount else ""


def signing_said(signing: Signing) -> str:
    """What became of those chosen, in words: also which were not signed, and why."""
    done = [row.endorsed_on is not None for row in signing.signed]
    said = f"已签署 {len(done)} 笔，{_total(signing.signed)}"
    said += f"；其中 {sum(done)} 笔双方已签，可以编入批次。" if any(done) else "，等待另一方签署。"
    if not signing.refused:
        return said
    names = "".join(f"{row.enterprise_name}——{why}" for row, why in signing.refused)
    return Partly(f"{said}未签署 {len(signing.refused)} 笔：{names}")


def context(day: Day | None, user: User, form: Any, url: str) -> dict[str, Any]:
    """Of `enterprises/day.html`: the day, the form with what is ticked in it, and the question asked once."""
    office = user.organisation.short_name if user.organisation else ""
    return {
        "title": "推荐日",
        "day": day,
        "numbers": day_numbers(day) if day else [],
        "form": form,
        "signs": may(user, "recommendation.sign"),
        "ticked": form.data.getlist("rows") if form.is_bound else [],  # of those changed since, none
        "back": url,
        "confirm": f"将代表{office}签署 {{rows.count}} 笔推荐，合计 {{rows.sum}} 元；每笔签署的是本页所列的版本。\n{{rows}}",
    }

"""Reads of the enterprises app: size and categories on a day, what stands against a recommendation, what it waits for."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from common.money import ZERO, in_words, total
from common.reading import narrow
from parties.enums import OrganisationKind
from parties.models import Organisation, User
from parties.permissions import may, own_hands
from reserve.enums import ProgrammeStatus
from reserve.models import Programme, ProgrammeParty
from reserve.rulebook import Rules
from reserve.selectors.programmes import rules_on

from . import rules as pure
from .enums import BatchStatus, Category, IntakePaper, RecommendationStatus, Size
from .identifiers import format_org_code
from .models import (
    Batch,
    Enterprise,
    EnterpriseBenefit,
    EnterpriseCategory,
    EnterpriseLink,
    EnterpriseYear,
    FormerName,
    Recommendation,
    Signature,
)
from .permissions import signatures_on

SUGGESTED = 10
WIDE = str.maketrans("()", "（）")


def recommendable(user: User) -> QuerySet[Enterprise]:
    """The enterprises of the person's programmes that have not ended."""
    working = EnterpriseLink.objects.filter(programme__in=Programme.objects.visible_to(user).filter(status=ProgrammeStatus.ACTIVE))
    return Enterprise.objects.visible_to(user).filter(pk__in=working.values("enterprise_id"))


def called(enterprises: QuerySet[Enterprise], text: str) -> QuerySet[Enterprise]:
    """Those whose name, with brackets of either width, or code is exactly this."""
    code = narrow(text).replace("-", "").upper()
    names = {text, text.translate(WIDE), narrow(text)}
    return enterprises.filter(Q(name__in=names) | Q(org_code=code) | Q(uscc=code))


def matching(enterprises: QuerySet[Enterprise], text: str) -> QuerySet[Enterprise]:
    """Those in which every word is found."""
    for word in text.split():
        enterprises = enterprises.filter(found_by(word))
    return enterprises


def found_by(word: str) -> Q:
    """A word is found in an enterprise's name, a former one, its initials or a code, with or without hyphen.

    Names as they are written, （full-width brackets） and all; initials and codes in characters of either width.
    """
    former = FormerName.objects.filter(name__icontains=word).values("enterprise_id")
    plain = narrow(word)
    code = plain.replace("-", "")
    names = Q(name__icontains=word) | Q(initials__icontains=plain) | Q(pk__in=former)
    return names | Q(org_code__icontains=code) | Q(uscc__icontains=code) if code else names


def size_on(enterprise: Enterprise, day: date) -> str | None:
    """Size by the latest year recorded up to `day`'s; None when no figures are there. Uses prefetched rows where there are any."""
    return next((row.size for row in enterprise.years.all() if row.year <= day.year), None)  # the latest first


def with_size(enterprises: QuerySet[Enterprise]) -> QuerySet[Enterprise]:
    """Each with `size`: that of its latest year."""
    latest = EnterpriseYear.objects.filter(enterprise=OuterRef("pk")).order_by("-year")
    return enterprises.annotate(size=Subquery(latest.values("size")[:1]))


def with_superseded(benefits: QuerySet[Any]) -> QuerySet[Any]:
    """Each with whether it was entered again: then the later one counts."""
    same = {name: OuterRef(name) for name in ("programme", "enterprise", "year", "half")}
    later = EnterpriseBenefit.objects.filter(entry__gt=OuterRef("entry"), **same)
    marked: QuerySet[Any] = benefits.annotate(superseded=Exists(later))
    return marked


def holding(enterprises: QuerySet[Enterprise], category: str, day: date) -> QuerySet[Enterprise]:
    """Those that hold a valid certificate of `category` on a day."""
    return enterprises.filter(Exists(_valid(day).filter(enterprise=OuterRef("pk"), category=category)))


def _valid(day: date) -> QuerySet[EnterpriseCategory]:
    return EnterpriseCategory.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


Certificate = dict[str, str]


def certificates_on(enterprise: Enterprise, day: date) -> list[Certificate]:
    """The certificates valid on a day, as a recommendation keeps them once both have signed: `category` in words, `number`,
    `valid_until` ("" without end). Uses prefetched rows where there are any.
    """
    return [
        {
            "category": str(Category(row.category).label),
            "number": row.certificate_no,
            "valid_until": row.valid_until.isoformat() if row.valid_until else "",
        }
        for row in enterprise.categories.all()
        if row.valid_on(day)
    ]


def objections(enterprise: Enterprise, rules: Rules, day: date) -> list[str]:
    """What the programme's rules have against an enterprise on a day (domain §4: region, SME only, category), in sentences."""
    found = []
    if not pure.registered_in(enterprise.region, rules.region):
        found.append(f"注册地为{enterprise.region}，不在{rules.region}，不属于本项目支持范围。")
    size = size_on(enterprise, day)
    if rules.sme_only and size is None:
        found.append("尚无年度指标，无法判断是否为中小微企业；请先登记从业人员和营业收入。")
    if rules.sme_only and size == Size.LARGE:
        found.append("按最近年度指标为大型企业，本项目仅支持中小微企业。")
    lacking = pure.category_reason(
        list(enterprise.categories.all()), supported=rules.supported_categories, category_rule=rules.category_rule, on=day
    )
    return [*found, lacking] if lacking else found


@dataclass(frozen=True)
class CheckedPaper:
    code: str
    label: str
    received: bool


def checklist(recommendation: Recommendation) -> list[CheckedPaper]:
    """All papers of the intake, with whether they were handed in."""
    return [CheckedPaper(paper.value, str(paper.label), paper.value in recommendation.papers) for paper in IntakePaper]


def offices_of(programme: Programme) -> list[Organisation]:
    """The two that sign: science bureau (lead) first, then the town. Asks nothing of a programme that `with_offices` loaded."""
    loaded: list[ProgrammeParty] | None = getattr(programme, "signing_parties", None)
    parties = _signing_parties().filter(programme=programme) if loaded is None else loaded
    return [party.organisation for party in sorted(parties, key=lambda party: SIGNING_ORDER.index(party.kind))]


SIGNING_ORDER = (OrganisationKind.SCIENCE_BUREAU, OrganisationKind.TOWN)


def _signing_parties() -> QuerySet[ProgrammeParty]:
    return ProgrammeParty.objects.filter(kind__in=SIGNING_ORDER).select_related("organisation")


def with_offices(recommendations: QuerySet[Recommendation]) -> QuerySet[Recommendation]:
    """Each with its signatures and signing offices, so that `waits_for` asks nothing per row."""
    return recommendations.select_related("programme", "bank", "batch").prefetch_related(
        "signatures", Prefetch("programme__parties", queryset=_signing_parties(), to_attr="signing_parties")
    )


def waits_for(recommendation: Recommendation, on: date) -> str:
    """Whose turn it is, in words; "" when nobody's."""
    status = recommendation.status
    if recommendation.lapsed(on) and status in (RecommendationStatus.ENDORSED, RecommendationStatus.SENT):
        return "推荐已失效"
    if status in (RecommendationStatus.DRAFT, RecommendationStatus.SIGNED):
        signed = {signature.organisation_id for signature in signatures_on(recommendation)}
        missing = [office.short_name for office in offices_of(recommendation.programme) if office.pk not in signed]
        return f"{'、'.join(missing)}签署"
    if status == RecommendationStatus.ENDORSED:
        return "编入批次" if recommendation.batch_id is None else f"{recommendation.batch}发送"
    return f"{recommendation.bank.short_name}审批" if status == RecommendationStatus.SENT else ""


def batchable(user: User, programme: Programme, on: date, bank: Organisation | None = None) -> QuerySet[Recommendation]:
    """Endorsed, still valid, in no batch yet: what a new batch may hold."""
    found = Recommendation.objects.visible_to(user).filter(
        programme=programme, status=RecommendationStatus.ENDORSED, valid_until__gte=on, batch__isnull=True
    )
    return (found if bank is None else found.filter(bank=bank)).order_by("endorsed_on", "pk")


def unsigned(user: User) -> QuerySet[Any]:
    """Recommendations without every signature that wait for this person, oldest first: a signer's that others drafted and their
    office has not signed in the present version (`to_sign`), a drafter's own organisation's that nobody has signed (`own_draft`)."""
    signed = Signature.objects.filter(recommendation=OuterRef("pk"), version=OuterRef("version"), organisation=user.organisation_id)
    theirs = ~own_hands(user, "drafted_by") & ~Exists(signed) if may(user, "recommendation.sign") else Q(pk__in=[])
    ours = Q(status=RecommendationStatus.DRAFT, drafted_by__organisation=user.organisation_id)
    ours = ours if may(user, "recommendation.draft") else Q(pk__in=[])
    rows: QuerySet[Any] = Recommendation.objects.visible_to(user).filter(
        status__in=(RecommendationStatus.DRAFT, RecommendationStatus.SIGNED), programme__status=ProgrammeStatus.ACTIVE
    )
    rows = rows.annotate(to_sign=ExpressionWrapper(theirs, BooleanField()), own_draft=ExpressionWrapper(ours, BooleanField()))
    return rows.filter(Q(to_sign=True) | Q(own_draft=True)).select_related("drafted_by").order_by("accepted_on", "pk")


def to_batch(user: User, on: date) -> QuerySet[Recommendation]:
    """As `batchable`, over all programmes of the person, soonest to lapse first."""
    found = Recommendation.objects.visible_to(user).filter(
        status=RecommendationStatus.ENDORSED, valid_until__gte=on, batch__isnull=True, programme__status=ProgrammeStatus.ACTIVE
    )
    return found.select_related("programme", "bank").order_by("valid_until", "pk")


def standing_recommendations(rows: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Those both offices have signed, the bank has not answered, and that have not lapsed."""
    return rows.filter(status__in=(RecommendationStatus.ENDORSED, RecommendationStatus.SENT), valid_until__gte=on)


def last_batch_number(programme: Programme) -> int:
    """The highest number of a batch, those of the old register (期初) included; 0: none yet. Two queries."""
    here = Batch.objects.filter(programme=programme).aggregate(last=Max("number"))["last"]
    before = Recommendation.objects.filter(programme=programme, is_opening=True).aggregate(last=Max("former_batch"))["last"]
    return max(here or 0, before or 0)


def batches_to_send(user: User) -> QuerySet[Batch]:
    """Composed and not sent, with their totals."""
    return with_totals(Batch.objects.visible_to(user).filter(status=BatchStatus.DRAFT)).select_related("programme", "bank").order_by("pk")


def with_totals(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """Each with `count` and `total` of what its letter lists, and how many of those were `withdrawn` since it was sent."""
    withdrawn = Q(recommendations__status=RecommendationStatus.WITHDRAWN)
    return batches.annotate(
        count=Count("recommendations"), total=total("recommendations__amount"), withdrawn=Count("recommendations", filter=withdrawn)
    )


@dataclass(frozen=True)
class LetterLine:
    """One row of the letter's annex."""

    number: int
    recommendation: Recommendation
    identifier: str
    certificates: tuple[str, ...]


@dataclass(frozen=True)
class Letter:
    """The 联合推荐函 of a batch; `offices` in order of signing off (lead first). What is withdrawn after sending stays in it."""

    batch: Batch
    title: str
    offices: tuple[Organisation, ...]
    dated: date | None
    rules: Rules
    lines: tuple[LetterLine, ...]
    total: Decimal
    words: str
    enterprises: int
    renewals: int


def letter_context(batch: Batch) -> dict[str, Letter]:
    """Context of `enterprises/letter_body.html`, the body of the page and of the PDF. Its lines are what both offices signed."""
    rows = list(batch.recommendations.order_by("pk"))
    offices = tuple(offices_of(batch.programme))
    amount = sum((row.amount for row in rows), start=ZERO)
    return {
        "letter": Letter(
            batch=batch,
            title=f"{'　'.join(office.name for office in offices)}关于推荐{batch}科技贷款项目的函",
            offices=offices,
            dated=batch.sent_on,
            rules=rules_on(batch.programme, batch.sent_on or timezone.localdate(batch.prepared_at)),
            lines=tuple(_letter_line(number, row) for number, row in enumerate(rows, 1)),
            total=amount,
            words=in_words(amount),
            enterprises=len({row.enterprise_id for row in rows}),
            renewals=sum(row.renews_id is not None for row in rows),
        )
    }


def printed_identifier(enterprise: Enterprise) -> str:
    """As on paper: the unified code, or the organisation code with its hyphen."""
    return enterprise.uscc or format_org_code(enterprise.org_code)


def _letter_line(number: int, row: Recommendation) -> LetterLine:
    return LetterLine(number, row, row.identifier, tuple(f"{held['category']}（{held['number']}）" for held in row.certificates))

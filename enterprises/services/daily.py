"""The enterprises' part of the daily job: what lapses soon. It tells people and changes nothing else.

The clocks that are `Deadline` rows (validity until the bureau sends, the bank's decision) are reminded of by the reserve.
Here: validity that runs out for those who have no such row, and certificates of the enterprises on the register.
"""

from datetime import date, datetime

from django.db import transaction

from parties.enums import OrganisationKind
from parties.models import User
from parties.services.notify import notify, people_of
from reserve.calendar import workday_table
from reserve.enums import ProgrammeStatus
from reserve.models import Programme
from reserve.services.jobs import work_through

from ..enums import RecommendationStatus
from ..models import EnterpriseCategory, Recommendation

LAPSE_WORKDAYS = (10, 5, 1)
CERTIFICATE_WORKDAYS = (30, 10, 1)
_TOLD = {
    RecommendationStatus.ENDORSED: (OrganisationKind.CITY_CENTRE, "请尽快编入批次"),
    RecommendationStatus.SENT: (OrganisationKind.BANK, "请尽快审批答复"),
}


def tell_of_recommendations(on: date, now: datetime) -> dict[str, int]:
    """Work through `on`: `recommendations` whose validity runs out soon. Safe to repeat: every notice has its key.

    Raises:
        SomeFailed.
    """
    table = workday_table()
    rows = Recommendation.objects.filter(
        status__in=list(_TOLD), valid_until__gte=on, programme__status=ProgrammeStatus.ACTIVE
    ).select_related("programme", "bank")
    return work_through(
        rows.order_by("pk"),
        lambda row: _tell_of(row, table.workdays_between_provisional(on, row.valid_until)[0], now),
        lambda row: f"{row.programme.code} 推荐 {row.enterprise_name}",
    )


@transaction.atomic
def _tell_of(row: Recommendation, left: int, now: datetime) -> str | None:
    if left not in LAPSE_WORKDAYS:
        return None
    kind, what = _TOLD[RecommendationStatus(row.status)]
    notify(
        recipients=people_of([row.bank] if kind == OrganisationKind.BANK else row.programme.organisations(kind)),
        key=f"recommendation:{row.pk}:{row.version}:lapses:{left}",
        subject=f"推荐剩余 {left} 个工作日失效：{row.enterprise_name}",
        body=f"{row.programme.name}：推荐有效期至 {row.valid_until}，过期不能使用，{what}。",
        url=row.get_absolute_url(),
        now=now,
    )
    return "recommendations"


def tell_of_certificates(on: date, now: datetime) -> dict[str, int]:
    """Work through `on`: `certificates` that run out soon without a later one, told to those who keep the register.

    Raises:
        SomeFailed.
    """
    programmes = Programme.objects.filter(status=ProgrammeStatus.ACTIVE).order_by("pk")
    return work_through(programmes, lambda programme: _certificates(programme, on, now), str)


def _certificates(programme: Programme, on: date, now: datetime) -> dict[str, int]:
    table = workday_table()
    keepers = people_of(programme.organisations(OrganisationKind.CITY_CENTRE, OrganisationKind.SCIENCE_BUREAU))
    rows = EnterpriseCategory.objects.filter(enterprise__links__programme=programme, valid_until__gte=on)
    lasting = {(row.enterprise_id, row.category): row for row in rows.select_related("enterprise").order_by("valid_until", "pk")}
    return work_through(
        lasting.values(),
        lambda row: _tell_keepers(row, keepers, table.workdays_between_provisional(on, row.valid_until)[0], now),  # type: ignore[arg-type]
        lambda row: f"{programme.code} 证书 {row.certificate_no} {row.enterprise.name}",
    )


@transaction.atomic
def _tell_keepers(row: EnterpriseCategory, keepers: list[User], left: int, now: datetime) -> str | None:
    if left not in CERTIFICATE_WORKDAYS or _renewed(row):
        return None
    notify(
        recipients=keepers,
        key=f"certificate:{row.pk}:{row.valid_until}:{left}",
        subject=f"证书剩余 {left} 个工作日到期：{row.enterprise.name}",
        body=f"{row.get_category_display()}证书 {row.certificate_no} 有效期至 {row.valid_until}，请提醒企业续期后登记新证书。",
        url=row.enterprise.get_absolute_url(),
        now=now,
    )
    return "certificates"


def _renewed(row: EnterpriseCategory) -> bool:
    """Whether a certificate without an end stands for the same category."""
    return EnterpriseCategory.objects.filter(enterprise=row.enterprise_id, category=row.category, valid_until__isnull=True).exists()

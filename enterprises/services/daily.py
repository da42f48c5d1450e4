"""The enterprises' part of the daily job: what lapses soon. It tells people and changes nothing else.

The clocks that are `Deadline` rows (validity until the bureau sends, the bank's decision) are reminded of by the reserve.
Here: validity that runs out for those who have no such row, and certificates of the enterprises on the register.
"""

from datetime import date, datetime

from parties.enums import OrganisationKind
from parties.services.notify import notify, people_of
from reserve.calendar import workday_table
from reserve.enums import ProgrammeStatus
from reserve.models import Programme
from reserve.workdays import WorkdayTable

from ..enums import RecommendationStatus
from ..models import EnterpriseCategory, Recommendation

LAPSE_WORKDAYS = (10, 5, 1)
CERTIFICATE_WORKDAYS = (30, 10, 1)
_TOLD = {
    RecommendationStatus.ENDORSED: (OrganisationKind.CITY_CENTRE, "请尽快编入批次"),
    RecommendationStatus.SENT: (OrganisationKind.BANK, "请尽快审批答复"),
}


def run(on: date, now: datetime) -> dict[str, int]:
    """Work through `on`; how many recommendations and certificates were told of. Safe to repeat: every notice has its key."""
    table = workday_table()
    return {"recommendations": _recommendations(table, on, now), "certificates": _certificates(table, on, now)}


def _recommendations(table: WorkdayTable, on: date, now: datetime) -> int:
    told = 0
    rows = Recommendation.objects.filter(
        status__in=list(_TOLD), valid_until__gte=on, programme__status=ProgrammeStatus.ACTIVE
    ).select_related("programme", "bank")
    for row in rows.order_by("pk"):
        left = table.workdays_between_provisional(on, row.valid_until)[0]
        if left in LAPSE_WORKDAYS:
            kind, what = _TOLD[row.status]
            told += 1
            notify(
                recipients=people_of([row.bank] if kind == OrganisationKind.BANK else row.programme.organisations(kind)),
                key=f"recommendation:{row.pk}:{row.version}:lapses:{left}",
                subject=f"推荐剩余 {left} 个工作日失效：{row.enterprise_name}",
                body=f"{row.programme.name}：推荐有效期至 {row.valid_until}，过期不能使用，{what}。",
                url=row.get_absolute_url(),
                now=now,
            )
    return told


def _certificates(table: WorkdayTable, on: date, now: datetime) -> int:
    """Certificates without a later one of the same category, told to those who keep the register."""
    told = 0
    for programme in Programme.objects.filter(status=ProgrammeStatus.ACTIVE).order_by("pk"):
        keepers = people_of(programme.organisations(OrganisationKind.CITY_CENTRE, OrganisationKind.SCIENCE_BUREAU))
        rows = EnterpriseCategory.objects.filter(enterprise__links__programme=programme, valid_until__gte=on)
        lasting = {(row.enterprise_id, row.category): row for row in rows.select_related("enterprise").order_by("valid_until", "pk")}
        for row in lasting.values():
            left = table.workdays_between_provisional(on, row.valid_until)[0]  # type: ignore[arg-type]
            if left in CERTIFICATE_WORKDAYS and not _renewed(row):
                told += 1
                notify(
                    recipients=keepers,
                    key=f"certificate:{row.pk}:{row.valid_until}:{left}",
                    subject=f"证书剩余 {left} 个工作日到期：{row.enterprise.name}",
                    body=f"{row.get_category_display()}证书 {row.certificate_no} 有效期至 {row.valid_until}，请提醒企业续期后登记新证书。",
                    url=row.enterprise.get_absolute_url(),
                    now=now,
                )
    return told


def _renewed(row: EnterpriseCategory) -> bool:
    """Whether a certificate without an end stands for the same category."""
    return EnterpriseCategory.objects.filter(enterprise=row.enterprise_id, category=row.category, valid_until__isnull=True).exists()

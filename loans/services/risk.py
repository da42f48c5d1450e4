"""The nightly count of the rates, and what follows from a line crossed: notices, a suspension (domain §3.12, §4)."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from parties.enums import OrganisationKind as Kind
from parties.services import audit
from parties.services.notify import notify, people_of
from reserve.enums import ProgrammeStatus
from reserve.models import Programme
from reserve.services.guards import lock_programme
from reserve.services.jobs import work_through

from ..enums import SuspensionCause
from ..models import RiskRate, Suspension
from ..rules.risk import STOP_RULES, RiskPoint, figures_said
from ..selectors.risk import Risk, latest_suspensions, recent_risk

LINES: dict[str, tuple[SuspensionCause, str]] = {
    "warns": (SuspensionCause.OVERDUE_RATE, "overdue_rate_warn"),
    "overdue_stops": (SuspensionCause.OVERDUE_RATE, STOP_RULES[SuspensionCause.OVERDUE_RATE]),
    "compensation_stops": (SuspensionCause.COMPENSATION_RATIO, STOP_RULES[SuspensionCause.COMPENSATION_RATIO]),
}
"""What a counted day says of each line: the figure held against it, and its setting."""

FLAGS: dict[str, Callable[[RiskPoint], bool]] = {
    "warns": lambda point: point.rate.warns,
    "overdue_stops": lambda point: point.rate.stops,
    "compensation_stops": lambda point: point.compensation.stops,
}

PARTIES = (Kind.PROVINCIAL_CENTRE, Kind.SCIENCE_BUREAU, Kind.CITY_CENTRE, Kind.TOWN, Kind.BANK)


def count_risk(on: date, now: datetime) -> dict[str, int]:
    """Work through `on`: keep each running programme's rates, tell of lines crossed, suspend new cover past a stop.

    Each programme in a transaction of its own. Safe to run twice; days nobody counted, and the last one counted, which was
    not over then, are counted with it.

    Raises:
        SomeFailed.
    """
    codes = dict(Programme.objects.filter(status=ProgrammeStatus.ACTIVE).order_by("pk").values_list("pk", "code"))
    return work_through(codes, lambda pk: _count(pk, on, now), lambda pk: f"项目 {codes[pk]}")


@transaction.atomic
def _count(programme_id: int, on: date, now: datetime) -> dict[str, int]:
    """Locks the programme's latest suspensions, then the programme; writes RiskRate, Suspension, audit, notices."""
    list(Suspension.objects.select_for_update(no_key=True).filter(programme=programme_id, cleared_on__isnull=True).order_by("pk"))
    programme = lock_programme(programme_id)
    latest, suspended = latest_suspensions(programme), 0
    for risk in recent_risk(programme, on):
        _tell_crossings(programme, risk, now)
        _keep(programme, risk.bank_id, risk.points)
        for cause in risk.causes:
            suspended += _follow(programme, risk, cause, latest.get((risk.bank_id, cause)), now)
    return {"suspended": suspended} if suspended else {}


def _follow(programme: Programme, risk: Risk, cause: SuspensionCause, latest: Suspension | None, now: datetime) -> int:
    """Write down a new suspension (1), or that the figure is back at its line after a resumption (0)."""
    found = risk.crossing(cause, latest)
    if latest is not None and latest.cleared_on != found.cleared_on and latest.resumed_on is not None:
        latest.cleared_on = found.cleared_on
        latest.save(update_fields=["cleared_on"])
    if found.since is None:
        return 0
    point = next(point for point in risk.points if point.day == found.since)
    part, whole = point.figures(cause)
    row = Suspension.objects.create(
        programme=programme,
        bank_id=risk.bank_id,
        cause=cause,
        since=found.since,
        part=part,
        whole=whole,
        line=point.line(STOP_RULES[cause]),
        noted_at=now,
    )
    said = f"{row.scope}{row.said}，自 {row.since} 起暂停新增贷款占用准备金"
    audit.record(by=None, now=now, action="suspension.begin", subject=row, summary=said, programme=programme.code)
    body = f"{said}；已有贷款照常还款。由省中心、市科技局、镇政府或银行经办提请，各方复核人都同意后恢复。"
    _tell(programme, f"suspension:{row.pk}:begun", f"暂停新增贷款：{programme.name}", body, row.get_absolute_url(), now)
    return 1


def _keep(programme: Programme, bank: int | None, points: Sequence[RiskPoint]) -> None:
    for point in points:
        figures: dict[str, Any] = {flag: past(point) for flag, past in FLAGS.items()}
        figures |= {"owed": point.rate.owed, "overdue": point.rate.overdue}
        figures |= {"compensated": point.compensation.compensated, "contributed": point.compensation.contributed}
        RiskRate.objects.update_or_create(programme=programme, bank_id=bank, day=point.day, defaults=figures)


def _tell_crossings(programme: Programme, risk: Risk, now: datetime) -> None:
    """Once for each crossing: of the line that warns, and of one that stops where the rules do not suspend."""
    counted = RiskRate.objects.filter(programme=programme, bank=risk.bank_id, day=risk.points[0].day).first()
    for flag, (cause, key) in LINES.items():
        if cause not in risk.causes:
            continue
        told = counted is not None and getattr(counted, flag)
        for point in risk.points:
            past = FLAGS[flag](point)
            if past and not told and (flag == "warns" or not point.suspends):
                said = f"截至 {point.day}，{risk.scope}{figures_said(key, *point.figures(cause), point.line(key))}。"
                url = f"{reverse('loans:suspension_list')}?programme={programme.code}"
                _tell(
                    programme,
                    f"risk:{programme.pk}:{risk.bank_id or 'all'}:{flag}:{point.day}",
                    f"{cause.label}提示：{programme.name}",
                    said,
                    url,
                    now,
                )
            told = past


def _tell(programme: Programme, key: str, subject: str, body: str, url: str, now: datetime) -> None:
    notify(recipients=people_of(programme.organisations(*PARTIES)), key=key, subject=subject, body=body, url=url, now=now)

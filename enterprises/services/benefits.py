"""成效: what enterprises gained in half a year, as the offices collect it for the report to the province (domain §8)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from common.errors import InvalidInput, NotFound
from common.money import require_amount
from parties.models import User
from parties.permissions import require
from parties.services import audit
from reserve.models import Programme
from reserve.periods import Period, PeriodKind
from reserve.permissions import require_party

from ..models import Enterprise, EnterpriseBenefit

FIGURES = ("output", "tax", "jobs", "patents")
MOST = 10_000_000


@transaction.atomic
def enter_benefit(
    *,
    programme: Programme,
    enterprise: Enterprise,
    period: Period,
    output: Decimal,
    tax: Decimal,
    jobs: int,
    patents: int,
    by: User,
    on: date,
    now: datetime,
) -> EnterpriseBenefit:
    """State what an enterprise gained in half a year (output and tax in yuan); stated again, the last entry counts, the others stay.

    Also of a programme that has ended: its last half year is told after its end. Locks the enterprise; writes EnterpriseBenefit, audit.

    Raises:
        NotAllowed, NotFound: not a drafting officer of a party, or not the person's enterprise.
        InvalidInput: not on the programme's register; no half year, one that is not over or lies before the agreement; a figure.
    """
    require(by, "benefit.enter")
    require_party(by, programme)
    found = Enterprise.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=enterprise.pk).first()
    if found is None:
        raise NotFound
    if not found.links.filter(programme=programme).exists():
        raise _bad("programme", f"{found.name}不在本项目的企业名录中，不能填报成效；请先登记到本项目。")
    _check_period(programme, period, on)
    figures = {
        "output": require_amount(output, field="output", allow_zero=True),
        "tax": require_amount(tax, field="tax", allow_zero=True),
        "jobs": _count("jobs", "新增就业", jobs),
        "patents": _count("patents", "新增专利", patents),
    }
    key: dict[str, Any] = {"programme": programme, "enterprise": found, "year": period.first.year, "half": period.number}
    before = EnterpriseBenefit.objects.filter(**key).order_by("-entry").first()
    row = EnterpriseBenefit.objects.create(**key, **figures, entry=before.entry + 1 if before else 1, entered_by=by, entered_at=now)
    audit.record(
        by=by,
        now=now,
        action="benefit.enter",
        subject=found,
        summary=f"{'更正' if before else '填报'}{period.label_cn}成效：{row.words}",
        changes=audit.changed(before, row, list(FIGURES)) if before else {},
        programme=programme.code,
    )
    return row


def _check_period(programme: Programme, period: Period, on: date) -> None:
    if period.kind != PeriodKind.HALF:
        raise _bad("period", f"成效按半年填报，不能填报{period.label_cn}；请选择上半年或下半年。")
    if period.end >= on:
        raise _bad("period", f"{period.label_cn}尚未结束，{period.end} 以后才能填报其成效。")
    if period.end < programme.agreement_signed_on:
        raise _bad("period", f"{period.label_cn}早于项目协议签订日（{programme.agreement_signed_on}），不必填报。")


def _count(field: str, label: str, value: int) -> int:
    if not 0 <= value < MOST:
        raise _bad(field, f"{label}应为不小于 0 的整数，没有新增或减少的填 0。")
    return value


def _bad(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: [sentence]})

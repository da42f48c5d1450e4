"""Reference rates published after this release, entered by the system administrator (domain §7)."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from parties.models import User
from parties.permissions import require
from parties.services import audit

from ..enums import RateKind
from ..errors import BadRate
from ..models import ReferenceRate
from ..selectors.rates import last_rate

COLUMNS: dict[str, tuple[str, ...]] = {
    RateKind.BENCHMARK: ("up_to_6_months", "up_to_1_year", "up_to_3_years", "up_to_5_years", "over_5_years"),
    RateKind.LPR: ("one_year", "over_five_years"),
}
LPR_FROM = date(2019, 8, 20)
HIGHEST = Decimal(30)


@transaction.atomic
def enter_rate(*, kind: str, effective_on: date, rates: Mapping[str, Decimal], by: User, on: date, now: datetime) -> ReferenceRate:
    """Add one published row, later than all rows of its kind, or the last one again: then this entry counts from now on, and what
    was checked against the one before stays.

    Annual percent, four decimals. Writes ReferenceRate, an audit event.

    Raises:
        NotAllowed; BadRate.
    """
    require(by, "rate.enter")
    label = RateKind(kind).label
    columns = COLUMNS[kind]
    values = {name: rates.get(name) for name in columns}
    for name, value in values.items():
        if value is None or not 0 < value <= HIGHEST or value != round(value, 4):
            _refuse(name, f"{label}“{title(name)}”应大于 0、不超过 {HIGHEST}，最多四位小数（年利率%）。")
    if set(rates) - set(columns):
        _refuse("kind", f"{label}只有这些期限：{'、'.join(map(title, columns))}。")
    if effective_on > on:
        _refuse("effective_on", f"生效日 {effective_on} 晚于今天（{on}）；请在公布生效后录入。")
    if kind == RateKind.BENCHMARK and effective_on >= LPR_FROM:
        _refuse("effective_on", f"自 {LPR_FROM} 起不再使用贷款基准利率，请录入 LPR。")
    last = last_rate(kind)
    if last is not None and effective_on < last.effective_on:
        _refuse("effective_on", f"{label}已有 {last.effective_on} 生效的一行，新的一行须晚于该日（更正该行则填同一天）。")
    before = last if last is not None and last.effective_on == effective_on else None
    if before is not None and values == {name: getattr(before, name) for name in columns}:
        _refuse("effective_on", f"{label}已有 {effective_on} 生效的一行，与填写的相同；无需更正。")
    row = ReferenceRate.objects.create(kind=kind, effective_on=effective_on, entry=before.entry + 1 if before else 1, **values)
    audit.record(
        by=by,
        now=now,
        action="rate.enter",
        subject=row,
        summary=f"{'更正' if before else '录入'}{label}，{effective_on} 起生效",
        changes={title(name): (getattr(before, name, None), values[name]) for name in columns},
    )
    return row


def title(column: str) -> str:
    """The Chinese name of a tenor's column."""
    return str(getattr(ReferenceRate._meta.get_field(column), "verbose_name"))  # noqa: B009


def _refuse(field: str, sentence: str) -> None:
    raise BadRate(sentence, fields={field: [sentence]})

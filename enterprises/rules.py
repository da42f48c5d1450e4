"""Pure rules about enterprises: size, industry, supported categories, validity (domain §3.4, §3.5, §4, §7)."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NoReturn, Protocol

from common.errors import InvalidInput
from common.money import WAN

from .enums import Category, IndustryEdition, Size

_DATA = Path(__file__).resolve().parent / "data"
INDUSTRY = "工业"
OTHER_INDUSTRY = "其他未列明行业"


# Size (工信部联企业〔2011〕300号)


@dataclass(frozen=True, slots=True)
class Floors:
    """What a grade asks for at least; None where the industry does not count the figure. Money in yuan."""

    employees: int | None
    revenue: Decimal | None
    assets: Decimal | None


@lru_cache(maxsize=1)
def size_standards() -> Mapping[str, Mapping[Size, Floors]]:
    """Industry name → grade → floors, in the order of the notice. A "large" floor is the notice's "medium" ceiling."""
    columns = ((Size.LARGE, "medium_cap"), (Size.MEDIUM, "medium"), (Size.SMALL, "small"))
    with (_DATA / "sme_size_thresholds.csv").open(encoding="utf-8", newline="") as file:
        return {row["industry"]: {size: _floors(row, name) for size, name in columns} for row in csv.DictReader(file)}


def _floors(row: Mapping[str, str], name: str) -> Floors:
    employees, revenue, assets = (row[f"employees_{name}"], row[f"revenue_{name}_wan"], row[f"assets_{name}_wan"])
    return Floors(
        int(employees) if employees else None,
        Decimal(revenue) * WAN if revenue else None,
        Decimal(assets) * WAN if assets else None,
    )


def size_industries() -> tuple[str, ...]:
    """The 16 industries of the notice, for choosing."""
    return tuple(size_standards())


def classify_size(industry: str, employees: int | None, revenue: Decimal | None, assets: Decimal | None) -> Size:
    """Size of an enterprise: the highest grade of which it reaches *all* floors, else 微型 (domain §7). Money in yuan.

    Raises:
        InvalidInput: unknown industry, or a figure that the industry counts is missing or negative.
    """
    standards = size_standards().get(industry)
    if standards is None:
        _refuse("size_industry", f"划型行业“{industry}”不在工信部联企业〔2011〕300号所列 16 类之中。")
    for field, label, figure, counted in (
        ("employees", "从业人员", employees, standards[Size.LARGE].employees),
        ("revenue", "营业收入", revenue, standards[Size.LARGE].revenue),
        ("assets", "资产总额", assets, standards[Size.LARGE].assets),
    ):
        if figure is None and counted is not None:
            _refuse(field, f"{industry}按{label}划型，请填写{label}。")
        if figure is not None and figure < 0:
            _refuse(field, f"{label}不能为负数。")
    for size, floors in standards.items():
        pairs = ((employees, floors.employees), (revenue, floors.revenue), (assets, floors.assets))
        if all(floor is None or (figure is not None and figure >= floor) for figure, floor in pairs):
            return size
    return Size.MICRO


# Industries (GB/T 4754)

_SINCE: tuple[tuple[date, IndustryEdition], ...] = (
    (date(2017, 10, 1), IndustryEdition.GB2017),
    (date(2011, 11, 1), IndustryEdition.GB2011),
)


def _codes(first: int, last: int, industry: str) -> dict[str, str]:
    return {f"{number:02d}": industry for number in range(first, last + 1)}


# Divisions, and groups where a division is mixed, by the industry of the notice (its article 3). Rail (53), finance
# (66–69), renting (704), education, health and public administration are in none of its rows.
_BOTH = {
    **_codes(1, 5, "农、林、牧、渔业"),
    **_codes(6, 46, INDUSTRY),
    **_codes(47, 50, "建筑业"),
    "51": "批发业",
    "52": "零售业",
    **_codes(54, 58, "交通运输业"),
    "60": "邮政业",
    "61": "住宿业",
    "62": "餐饮业",
    **_codes(63, 64, "信息传输业"),
    "65": "软件和信息技术服务业",
    "701": "房地产开发经营",
    "702": "物业管理",
    "703": OTHER_INDUSTRY,
    "709": OTHER_INDUSTRY,
    **_codes(71, 72, "租赁和商务服务业"),
}
_INDUSTRIES: Mapping[str, Mapping[str, str]] = {
    IndustryEdition.GB2002: _codes(6, 46, INDUSTRY),
    IndustryEdition.GB2011: {**_BOTH, "59": "仓储业", **_codes(73, 81, OTHER_INDUSTRY), **_codes(84, 89, OTHER_INDUSTRY)},
    IndustryEdition.GB2017: {
        **_BOTH,
        "591": "交通运输业",  # 装卸搬运, a part of 58 before
        **_codes(592, 599, "仓储业"),
        **_codes(73, 82, OTHER_INDUSTRY),
        **_codes(85, 90, OTHER_INDUSTRY),
    },
}


def editions() -> tuple[IndustryEdition, ...]:
    """Editions of GB/T 4754 the register knows, oldest first."""
    return tuple(IndustryEdition)


def edition_on(day: date) -> IndustryEdition:
    """The edition in force: 2011 from 2011-11-01, 2017 from 2017-10-01."""
    return next((edition for since, edition in _SINCE if day >= since), IndustryEdition.GB2002)


@lru_cache(maxsize=4)
def divisions(edition: str) -> Mapping[str, str]:
    """Manufacturing divisions of an edition: code → name.

    Raises:
        InvalidInput: no such edition.
    """
    column = f"name_{_edition(edition)}"
    with (_DATA / "manufacturing_divisions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["code"]: row[column] for row in rows if row[column]}


def industry_name(code: str, edition: str, size_industry: str = "") -> str:
    """The name of an industry's division in its edition: 33 is 金属制品业 in 2011, 有色金属冶炼及压延加工业 in 2002.

    Outside manufacturing the industry of the size notice stands in: `size_industry`, where a person chose it.

    Raises:
        InvalidInput: the edition has no such code, or the code does not decide and nobody chose.
    """
    names = divisions(edition)
    manufacturing = 13 <= int(_division(code)) <= 43
    name = names.get(_division(code)) if manufacturing else size_industry or size_industry_of(code, edition)
    if name is None:
        _refuse("industry_code", f"{IndustryEdition(edition).label} 中没有行业代码“{code}”，请核对代码和版本。")
    return name


def size_industry_of(code: str, edition: str) -> str | None:
    """The industry of the size notice a code falls in; None where the code does not decide and a person must choose.

    Mining, manufacturing and energy (divisions 06–46 in every edition) are 工业. Codes of the 2002 edition outside them
    are not decided: the notice does not follow that edition.

    Raises:
        InvalidInput: no such edition; the code is not two to four digits, after an optional section letter.
    """
    industries, digits = _INDUSTRIES[_edition(edition)], _digits(code)
    return industries.get(digits[:3]) or industries.get(digits[:2])


def _edition(edition: str) -> str:
    if edition not in IndustryEdition.values:
        _refuse("industry_edition", f"没有“{edition}”版的国民经济行业分类。")
    return edition


def _digits(code: str) -> str:
    digits = code[1:] if code[:1].isalpha() else code
    if not (digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 4):
        _refuse("industry_code", f"行业代码“{code}”应为 2 至 4 位数字，如 33 或 3351。")
    return digits


def _division(code: str) -> str:
    return _digits(code)[:2]


# Supported categories (重点支持对象) and region


class Certificate(Protocol):
    """A category an enterprise holds, with its validity; an open end is valid for good."""

    @property
    def category(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...


def valid_categories(certificates: Iterable[Certificate], *, supported: Sequence[str], on: date) -> tuple[str, ...]:
    """Which supported categories the enterprise holds on a day, in the order of `supported`; both ends of validity count."""
    held = {
        certificate.category
        for certificate in certificates
        if certificate.valid_from <= on and (certificate.valid_until is None or on <= certificate.valid_until)
    }
    return tuple(category for category in supported if category in held)


def category_reason(certificates: Iterable[Certificate], *, supported: Sequence[str], category_rule: str, on: date) -> str | None:
    """Why an enterprise may not be supported, or None: `required` asks for one valid category, `priority` for none."""
    if category_rule != "required" or valid_categories(certificates, supported=supported, on=on):
        return None
    names = "、".join(Category(category).label for category in supported)
    return f"该企业在 {on} 没有有效的重点支持类别证书（{names}），请先登记证书或续期。"


def category_supported(certificates: Iterable[Certificate], *, supported: Sequence[str], category_rule: str, on: date) -> bool:
    """Whether the category rule lets the enterprise in on a day."""
    return category_reason(certificates, supported=supported, category_rule=category_rule, on=on) is None


def runs_out_during(certificates: Sequence[Certificate], *, supported: Sequence[str], first: date, last: date) -> date | None:
    """The last day on which the enterprise still holds a supported category, if that is before `last`; else None.

    A category that runs out during a loan warns and does not void its cover (domain §3.4). None where it holds none on
    `first`: nothing can run out.
    """
    day = first
    while valid_categories(certificates, supported=supported, on=day):
        ends = [
            certificate.valid_until or date.max
            for certificate in certificates
            if certificate.category in supported and certificate.valid_from <= day <= (certificate.valid_until or date.max)
        ]
        if max(ends) >= last:
            return None
        day = max(ends) + timedelta(days=1)
    return day - timedelta(days=1) if day > first else None


def registered_in(registered: str, region: str) -> bool:
    """Whether an address of registration (`中山市`, `广东省中山市小榄镇`) lies in the programme's region."""
    return region in registered


# Validity


def recommendation_expires_on(endorsed_on: date, valid_days: int) -> date:
    """The last day a recommendation can be used: endorsement + `recommendation_valid_days` (domain §3.5, §4)."""
    return endorsed_on + timedelta(days=valid_days)


def _refuse(field: str, sentence: str) -> NoReturn:
    raise InvalidInput(sentence, fields={field: [sentence]})

"""The programme of 2012–2014 as plain, deterministic data: 73 invented enterprises and their credit lines.

The totals are the article's (73 enterprises, 7 of them medium, 641,000,000.00 of credit, 12 batches); names, codes and
single figures are invented. What the application publishes is computed from the records these become.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from enterprises.identifiers import make_org_code
from reserve.quarters import Quarter

FIRST_BATCH, LAST_BATCH = Quarter(2012, 1), Quarter(2014, 4)
CREDIT_TOTAL = Decimal("641000000.00")
ENTERPRISES, MEDIUM = 73, 7
WAN = Decimal(10000)
SETTLED_BORROWER = 2  # of the living programme: lent for half a year, repaid, asks again
FAILING_BORROWER = 20  # of the living programme: lent for half a year, pays nothing back, claimed for


@dataclass(frozen=True, slots=True)
class Sector:
    """A division of GB/T 4754-2011 and what its enterprises make and borrow for."""

    code: str
    trade: str
    products: str
    purposes: tuple[str, str]


SECTORS = (
    Sector("33", "锁业", "智能门锁、挂锁、锁芯", ("采购铜材、锌合金等原材料", "智能锁生产线技术改造")),
    Sector("35", "农牧设备", "自动化农用饲养设备", ("采购自动化饲养设备配套部件", "饲养自动控制系统研发")),
    Sector("27", "生物制药", "生物制剂、中成药", ("新药临床前研究", "采购原料药及包装材料")),
    Sector("38", "电器", "家用厨房电器、小家电", ("采购电机、压缩机等零部件", "家用电器新品开模与试产")),
    Sector("39", "电子", "电子元器件、音响设备", ("采购电子元器件", "贴片生产线扩建")),
    Sector("34", "精密机械", "数控机床附件、阀门", ("采购钢材与铸件", "数控加工设备更新")),
    Sector("29", "塑胶", "精密注塑件、密封件", ("采购工程塑料粒子", "注塑车间节能改造")),
    Sector("38", "照明", "半导体照明灯具", ("采购芯片与驱动电源", "半导体照明产品认证与备货")),
)

_FIRST = "恒永宏顺联德信铭卓锦盛力"
_SECOND = "达丰锐源诚和泰晟"

_METHODS = ("quarterly_interest", "monthly_interest", "bullet", "equal_principal", "equal_instalment", "agreed_instalments")
_GUARANTEES = ("surety", "mortgage", "credit", "pledge")
_CATEGORIES = ("high_tech", "private_tech", "innovative", "town_key")
_SMALL_LINES = (500, 800, 1000, 600, 900, 700, 1000, 800, 950, 550, 780)  # 万元, repeated


@dataclass(frozen=True, slots=True)
class Borrower:
    """One enterprise with its figures of the year before and the one credit line it was given. Money in yuan."""

    index: int
    name: str
    org_code: str
    sector: Sector
    employees: int
    revenue: Decimal
    assets: Decimal
    category: str
    certificate_no: str
    batch: Quarter
    amount: Decimal
    term_months: int
    rate_over_benchmark: Decimal
    method: str
    guarantee: str
    purpose: str

    @property
    def drawdowns(self) -> tuple[Decimal, ...]:
        """One 借据 up to 1000万, else two: no single loan passes `loan_cap`."""
        cap = 1000 * WAN
        return (self.amount,) if self.amount <= cap else (cap, self.amount - cap)


def batches() -> list[Quarter]:
    """One batch a quarter, twelve in all."""
    return list(Quarter.range(FIRST_BATCH, LAST_BATCH))


def names() -> Iterator[str]:
    """Invented two-character brands, enough for all and no two alike."""
    for first, second in product(_FIRST, _SECOND):
        yield first + second


def borrowers() -> list[Borrower]:
    """All 73, in the order of their batches."""
    brands = names()
    amounts = _amounts()
    quarters = batches()
    return [_borrower(index, next(brands), amounts[index], quarters[index * len(quarters) // ENTERPRISES]) for index in range(ENTERPRISES)]


def is_medium(index: int) -> bool:
    """Every tenth or so is a medium enterprise: 7 of 73."""
    return index % 10 == 4 and index // 10 < MEDIUM


def _amounts() -> list[Decimal]:
    """Medium enterprises 1800万 each, small ones by a pattern; the last one takes what is left of the published total."""
    small = iter(_SMALL_LINES * ENTERPRISES)
    wan = [1800 if is_medium(index) else next(small) for index in range(ENTERPRISES)]
    amounts = [WAN * amount for amount in wan]
    amounts[-1] += CREDIT_TOTAL - sum(amounts)
    return amounts


def _borrower(index: int, brand: str, amount: Decimal, batch: Quarter) -> Borrower:
    sector = SECTORS[index % len(SECTORS)]
    medium = is_medium(index)
    employees = 320 + 35 * (index % 9) if medium else 45 + 17 * (index % 13)
    revenue = WAN * (9000 + 800 * (index % 7) if medium else 1800 + 260 * (index % 17))
    category = _CATEGORIES[index % len(_CATEGORIES)]
    return Borrower(
        index=index,
        name=f"中山市{brand}{sector.trade}有限公司（演示）",
        org_code=make_org_code(f"{70010000 + index * 137}"),
        sector=sector,
        employees=employees,
        revenue=revenue,
        assets=revenue * Decimal("0.8"),
        category=category,
        certificate_no=f"演示证字2011-{index + 1:03d}",
        batch=batch,
        amount=amount,
        term_months=(12, 12, 9, 12, 6)[index % 5],
        rate_over_benchmark=(Decimal("1.10"), Decimal("1.15"), Decimal("1.20"), Decimal("1.25"), Decimal("1.30"))[index % 5],
        method=_METHODS[index % len(_METHODS)],
        guarantee=_GUARANTEES[index % len(_GUARANTEES)],
        purpose=sector.purposes[index // len(SECTORS) % 2],
    )


def living_borrowers() -> list[Borrower]:
    """Enterprises of the living programme: other brands than the history's, amounts up to one drawdown."""
    brands = list(names())[ENTERPRISES:]
    amounts = (600, 800, 500, 700, 900, 400, 650, 300, 550, 750, 450, 850, 350, 500, 600, 480, 520, 380, 420, 460, 440)
    return [
        replace(
            _borrower(number, brand, WAN * amount, FIRST_BATCH),
            index=number,
            org_code=make_org_code(f"{79010000 + number * 211}"),
            term_months=6 if number in (SETTLED_BORROWER, FAILING_BORROWER) else 12,
            certificate_no=f"演示证字2025-{number + 1:03d}",
        )
        for number, (brand, amount) in enumerate(zip(brands, amounts, strict=False))
    ]

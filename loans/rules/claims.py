"""What a claim comes to, when it may be filed, and how a recovery is shared (domain §3.9, §3.10, §4 formulas). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from common.display import percent
from common.money import ZERO, format_yuan, round_half_up, split

from ..claim_enums import ClaimTrigger
from .earmarks import Earmark
from .terms import add_months


class Share(NamedTuple):
    """An amount of the reserve in yuan: `total` = `provincial` + `town`."""

    total: Decimal
    provincial: Decimal
    town: Decimal


NOTHING = Share(ZERO, ZERO, ZERO)


def share_of(amount: Decimal, match_ratio: Fraction) -> Share:
    """An amount by account, province : town = 1 : match_ratio; the town has the last 分."""
    return Share(amount, *split(amount, 1, 1 + match_ratio))


@dataclass(frozen=True, slots=True)
class Payout:
    """What the reserve bears of a claim base, step by step. `shared`: base × share; `most`: what may be paid; `share`: by account."""

    base: Decimal
    loss_share: Fraction
    cap: Decimal
    shared: Decimal
    most: Decimal
    share: Share

    @property
    def borne_by_bank(self) -> Decimal:
        return self.base - self.share.total

    @property
    def is_capped(self) -> bool:
        return self.shared > self.cap


def payout(base: Decimal, loss_share: Fraction, cap: Decimal, match_ratio: Fraction, limit: Decimal | None = None) -> Payout:
    """min(base × share, cap), and no more than `limit` where less was asked or granted; province : town = 1 : match_ratio.

    3,000,000 × 0.5 → 1,500,000 = 300,000 + 1,200,000; 10,000,000 × 0.5 → capped at 2,500,000 (domain §4).
    """
    shared = round_half_up(Fraction(base) * loss_share)
    most = min(shared, cap)
    total = most if limit is None else min(most, limit)
    return Payout(base, loss_share, cap, shared, most, share_of(total, match_ratio))


class Funding(NamedTuple):
    """Where one account's part comes from, in yuan: the loan's own earmark first, then free money; the rest of the earmark is released."""

    from_earmark: Decimal
    from_free: Decimal
    released: Decimal


def funding(part: Decimal, held: Decimal) -> Funding:
    """How `part` of a claim is taken out of an account in which the loan holds `held`: 300,000 of 80,000 → 80,000 + 220,000."""
    own = min(part, held)
    return Funding(own, part - own, held - own)


def fundings(share: Share, held: Earmark) -> tuple[Funding, Funding]:
    """The province's account, then the town's."""
    return funding(share.provincial, held.provincial), funding(share.town, held.town)


class Step(NamedTuple):
    """One line of the computation as people read it: what, by which rule, how much (yuan)."""

    label: str
    rule: str
    amount: Decimal


def explain(found: Payout, held: Earmark) -> list[Step]:
    """The computation line by line, each with the rule it follows (domain §4)."""
    share = percent(round_half_up(found.loss_share, 4))
    lines = [
        Step("代偿基数", "未还本金，不含利息、罚息和费用（划款日重新核定）", found.base),
        Step("准备金承担部分", f"代偿基数 × 准备金承担比例 {share}", found.shared),
        Step("可代偿金额", f"与单笔代偿上限 {format_yuan(found.cap)} 元比较取低{'（受上限限制）' if found.is_capped else ''}", found.most),
    ]
    if found.share.total != found.most:
        lines.append(Step("代偿金额", "申请或核准的金额较低", found.share.total))
    province, town = fundings(found.share, held)
    return [
        *lines,
        Step("其中：省", "按出资比例拆分", found.share.provincial),
        Step("其中：镇", "代偿金额减省级部分", found.share.town),
        Step("从本笔占用划转", "先用本笔贷款的占用", province.from_earmark + town.from_earmark),
        Step("从可用准备金划转", "占用不足部分", province.from_free + town.from_free),
        Step("释放的占用", "代偿用不到的占用", province.released + town.released),
        Step("银行承担", "代偿基数减代偿金额", found.borne_by_bank),
    ]


class Triggered(NamedTuple):
    """Why and since when a claim may be filed."""

    trigger: ClaimTrigger
    on: date


def triggered(unpaid_since: date | None, graded_since: date | None, trigger_days: int, on: date) -> Triggered | None:
    """The earlier of the two triggers that hold on a day; None where neither does (domain §3.9).

    `unpaid_since`: the payable day of the oldest principal unpaid; `graded_since`: from when the grade in force has been 次级
    or worse without a break.
    """
    found = []
    if unpaid_since is not None and (day := unpaid_since + timedelta(days=trigger_days)) <= on:
        found.append(Triggered(ClaimTrigger.OVERDUE, day))
    if graded_since is not None and graded_since <= on:
        found.append(Triggered(ClaimTrigger.GRADE, graded_since))
    return min(found, key=lambda one: one.on, default=None)


def last_day_to_file(triggered_on: date, window_months: int) -> date:
    """The end of the window (domain §4 `claim_window_months`), itself in time."""
    return add_months(triggered_on, window_months)


def recovered(nets: Sequence[Decimal], base: Decimal, paid: Share) -> list[Share]:
    """The reserve's part of each recovery, in the order they were confirmed: net × (payout ÷ base), cumulatively, never more than paid.

    Each account gets back in proportion to what it paid; the last 分 is absorbed, so that nothing drifts and the whole base
    recovered returns the whole payout. 960,000 of 3,000,000 → 480,000 = 96,000 + 384,000 (domain §4).
    """
    found, before, net = [], NOTHING, ZERO
    for one in nets:
        net += one
        total = min(paid.total, round_half_up(Fraction(net) * Fraction(paid.total) / Fraction(base)))
        provincial = round_half_up(Fraction(total) * Fraction(paid.provincial) / Fraction(paid.total)) if paid.total else ZERO
        after = Share(total, provincial, total - provincial)
        found.append(Share(*(new - old for new, old in zip(after, before, strict=True))))
        before = after
    return found

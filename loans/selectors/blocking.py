"""Why no new loan may be covered: every reason there is, for the service that refuses and the pages that say so (domain §3.3, §3.12)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.urls import reverse

from common.display import iso
from reserve.cover import CoverBlock
from reserve.models import FundingObligation, Programme
from reserve.permissions import match_block
from reserve.rulebook import Rules
from reserve.selectors.programmes import rules_on

from ..claim_enums import ClaimStatus
from ..enums import SuspensionCause, SuspensionStatus
from ..models import Claim, Suspension
from ..rules.risk import STOP_RULES, figures_said
from .risk import OwedNow, Risk, latest_suspensions, owed_now, risk_now

Latest = Mapping[tuple[int | None, str], Suspension]
"""The latest suspension of each scope and cause."""


def cover_blocks(programme: Programme, on: date, *, bank: int | None = None) -> list[CoverBlock]:
    """Every reason why no new loan may be covered today (`on`), of this bank where one is named; none: it may.

    By date and figure alone, whether or not the daily job has run. Five queries; one more while a claim is short.
    """
    rules = rules_on(programme, on)
    obligations = FundingObligation.objects.filter(programme=programme, fulfilled_on__isnull=True).select_related("debtor", "deadline")
    owed = owed_now(programme, on, rules)
    risks = risk_now(programme, on, rules, owed)
    known = (obligations.order_by("deadline__due_on"), risks, latest_suspensions(programme), short_claims(programme, owed))
    found = blocks_from(programme, on, rules, *known)
    return [one for one in found if bank is None or one.bank in (None, bank)]


def short_claims(programme: Programme, owed: Iterable[OwedNow]) -> list[Claim]:
    """Claims approved that the accounts cannot carry (待补足), the oldest first. One query where the running loans have any."""
    if not any(one.short for one in owed):
        return []
    return list(Claim.objects.filter(programme=programme, status=ClaimStatus.SHORT).order_by("pk"))


def blocks_from(
    programme: Programme,
    on: date,
    rules: Rules,
    obligations: Iterable[FundingObligation],
    risks: Sequence[Risk],
    latest: Latest,
    short: Iterable[Claim],
) -> list[CoverBlock]:
    """The same from what has been read already."""
    sentence = match_block(obligations, rules, on)
    url = f"{reverse('reserve:obligation_list')}?programme={programme.code}"
    unmatched = [CoverBlock("配套资金逾期未到位", sentence, url)] if sentence else []
    lacking = [
        CoverBlock("代偿款待补足", f"{claim}已审定而准备金不足（待补足），补足以前不再新增贷款占用准备金。", claim.get_absolute_url())
        for claim in short
    ]
    return [*unmatched, *lacking, *(_suspended(programme, risks, latest) if rules.suspend_when_stop_crossed else [])]


def _suspended(programme: Programme, risks: Sequence[Risk], latest: Latest) -> list[CoverBlock]:
    """Suspensions that stand, then lines crossed that nobody wrote down yet."""
    standing = [row for row in latest.values() if row.status == SuspensionStatus.SUSPENDED]
    found = [_block(SuspensionCause(row.cause), row, f"{row.said}，自 {iso(row.since)} 起", row.get_absolute_url()) for row in standing]
    url = f"{reverse('loans:suspension_list')}?programme={programme.code}"
    for risk in risks:
        for cause in risk.causes:
            if risk.crossing(cause, latest.get((risk.bank_id, cause))).since is not None:
                point, key = risk.points[-1], STOP_RULES[cause]
                found.append(_block(cause, risk, f"{figures_said(key, *point.figures(cause), point.line(key))}，", url))
    return found


def _block(cause: SuspensionCause, of: Suspension | Risk, said: str, url: str) -> CoverBlock:
    bank = of.bank_id
    whose = of.scope if bank is not None else ""
    sentence = f"{whose}{said}暂停新增贷款占用准备金；须由各方联合决定恢复。"
    return CoverBlock(f"{whose}{cause.label}超过暂停线", sentence, url, bank)

"""A claim as it stands: its facts, computation, papers, words, clocks and orders to pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from common.display import iso, wan, yuan
from common.page import Fact, Paper
from parties.models import Attachment
from reserve.calendar import workday_table
from reserve.models import Deadline, LedgerEntry, ReserveAccount

from ...claim_enums import ClaimStatus
from ...models import Claim, PaymentNotice
from ...rules.claims import NOTHING, Share, Step
from ...selectors.claims import computation, granted_share, payout_of, required_papers, worded
from ...selectors.exposure import cover_accounts
from ..parts import worded_facts


def facts(claim: Claim) -> list[Fact]:
    """The loan, why it may be claimed for, what is asked, granted and paid."""
    loan = claim.loan
    found = [
        Fact("企业名称", loan.enterprise_name, url=loan.enterprise.get_absolute_url()),
        Fact("借据号", loan.note_no, url=loan.get_absolute_url(), hint=f"{loan.bank.short_name}，{loan.disbursed_on} 至 {loan.due_on}"),
        Fact("触发条件", claim.get_trigger_display(), hint=f"{claim.triggered_on} 成就"),
        Fact("未还本金（元）", yuan(claim.base or loan.outstanding), numeric=True, hint="划款日核定" if claim.base else "划款日重新核定"),
        Fact("申请代偿金额（元）", yuan(claim.asked), numeric=True, hint=wan(claim.asked)),
        Fact("核准金额（元）", yuan(claim.granted), numeric=True, hint=f"{claim.decided_on} 审定" if claim.decided_on else ""),
    ]
    if claim.paid is not None:
        parts = f"省 {yuan(claim.paid_provincial)}，镇 {yuan(claim.paid_town)}"
        found.append(Fact("代偿金额（元）", yuan(claim.paid), numeric=True, hint=f"{claim.paid_on} 划款；{parts}"))
    found += [Fact("逾期原因", claim.cause), Fact("催收情况", claim.dunning)]
    if claim.round > 1:
        found.append(Fact("报送次数", f"第 {claim.round} 次", hint=f"补正期间审批期限暂停 {claim.paused_workdays} 个工作日"))
    if claim.ended_on is not None:
        found.append(Fact("结束理由", claim.end_reason, hint=iso(claim.ended_on)))
    found += _entries(claim)
    return worded_facts(loan, found)


def _entries(claim: Claim) -> list[Fact]:
    """The ledger entries of the money set aside and paid."""
    moved: list[tuple[str, Any]] = [("核准分录", claim.approval), ("划款分录", claim.movement)]
    entries: list[tuple[str, LedgerEntry]] = [(label, row.entry) for label, row in moved if row is not None and row.entry is not None]
    return [Fact(label, str(entry), url=entry.get_absolute_url()) for label, entry in entries]


def computed(claim: Claim) -> list[Step]:
    """The computation with the programme's word."""
    return [Step(worded(claim.loan, one.label), worded(claim.loan, one.rule), one.amount) for one in computation(claim)]


@dataclass(frozen=True, slots=True)
class ListedPaper:
    """A line of the checklist: a paper that is asked for or was added, with its files."""

    label: str
    required: bool
    files: list[Paper]


def checklist(claim: Claim, attached: Sequence[Attachment]) -> list[ListedPaper]:
    """What is asked for in its order, then what was added."""
    required = required_papers(claim)
    others = dict.fromkeys(paper.kind for paper in attached if paper.kind not in required)
    return [
        ListedPaper(label, label in required, [_file(paper) for paper in attached if paper.kind == label]) for label in (*required, *others)
    ]


def _file(paper: Attachment) -> Paper:
    detail = f"{paper.uploaded_by.name} {iso(paper.uploaded_at)}，{paper.size:,} 字节"
    return Paper(paper.original_name, reverse("parties:paper", args=[paper.pk]), detail)


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline of the claim; `left`: working days to its due day while it runs, `state`: how it ended."""

    deadline: Deadline
    left: int | None
    state: str


def clocks(claim: Claim, on: date) -> list[Clock]:
    """The claim's deadlines in the order of the steps. One query and the calendar."""
    rows = Deadline.objects.filter(subject_type="loans.claim", subject_id=claim.pk).select_related("organisation").order_by("id")
    return [_clock(claim, row, on) for row in rows]


def _clock(claim: Claim, row: Deadline, on: date) -> Clock:
    if row.met_on is not None:
        late = f"，逾期 {row.late_workdays} 个工作日" if row.late_workdays else "，按期"
        return Clock(row, None, f"{row.met_on} 完成{late}")
    if row.cancelled_on is not None:
        paused = claim.status in (ClaimStatus.RETURNED, ClaimStatus.FILED)
        return Clock(row, None, f"{row.cancelled_on} 起暂停，补正核验通过后续计" if paused else f"{row.cancelled_on} 取消")
    return Clock(row, workday_table().workdays_between_provisional(on, row.due_on)[0], "")


@dataclass(frozen=True, slots=True)
class Order:
    """What one account has to pay: ordered by its owner, then paid (yuan)."""

    account: ReserveAccount
    granted: Decimal
    due: Decimal
    notice: PaymentNotice | None


def orders(claim: Claim) -> list[Order]:
    """By account, from the last word on. One query."""
    if not claim.is_decided:
        return []
    granted, due = granted_share(claim), share_now(claim)
    notices = {notice.account_id: notice for notice in claim.notices.all()}
    province, town = cover_accounts(claim.programme_id)
    return [
        Order(province.account, granted.provincial, due.provincial, notices.get(province.account.pk)),
        Order(town.account, granted.town, due.town, notices.get(town.account.pk)),
    ]


def share_now(claim: Claim) -> Share:
    """What is to be paid by the principal unpaid now, or what was paid."""
    if claim.paid is not None and claim.paid_provincial is not None:
        return Share(claim.paid, claim.paid_provincial, claim.paid_town)
    return payout_of(claim.loan, limit=claim.granted).share if claim.loan.is_running else NOTHING

"""全站搜索: every kind of record by name, code or number, found exactly as its own list finds it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Count, F, Model, QuerySet, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from common.display import date_cn, quarter_cn, text, wan
from common.listing import Listing
from common.texts import unsearchable
from enterprises.lists import BatchList, EnterpriseList, EnterpriseListing, RecommendationList
from enterprises.models import Batch, Enterprise, Recommendation
from enterprises.selectors import printed_identifier
from loans.claiming import ClaimList
from loans.enums import LoanStatus
from loans.lists import LineList, LoanList
from loans.models import Claim, CreditLine, Loan, Recovery, Repayment
from loans.recovering import RecoveryList
from parties.models import User
from reserve.lists import ContributionList, InterestList, ProgrammeList
from reserve.models import AccountInterest, Contribution, Programme

from .lists import SummaryList
from .models import QuarterlySummary

SHORTEST = 2
"""Characters of a question."""
SHOWN = 10
SUGGESTED, SUGGESTED_OF_A_KIND = 6, 2
"""While one types: so many, of several kinds."""
CALLED = ("name", "initials", "org_code", "uscc")


@dataclass(frozen=True)
class Kind:
    """One kind of record: the list that finds it, what this person may see of it, and how a hit is told.

    `address`: of the list's page, "" where it has none.
    `related`: what `name` and `detail` touch, for one statement; `detail`: the facts that tell one hit from the next.
    """

    label: str
    icon: str
    address: str
    found_by: type[Listing]
    rows: Callable[[User], QuerySet[Any]]
    name: Callable[[Any], str]
    detail: Callable[[Any], Sequence[str]]
    related: tuple[str, ...] = ()
    status: str = "status"


@dataclass(frozen=True)
class Hit:
    """`matched`: the field the words were found in and its value, where the name does not show it."""

    row: Any
    name: str
    url: str
    detail: str
    matched: str


@dataclass(frozen=True)
class Group:
    kind: Kind
    hits: Sequence[Hit]
    count: int
    url: str

    @property
    def more(self) -> bool:
        return self.count > len(self.hits)


def refused(query: str) -> str:
    """Why nothing is looked for; "" when something is."""
    if not query:
        return "请输入要找的名称或编号。"
    if len(query) < SHORTEST:
        return f"请至少输入 {SHORTEST} 个字，例如“锁业”“2013Q2”“第3批”。"
    return unsearchable(query)


def find(request: HttpRequest, user: User, query: str) -> list[Group]:
    """What there is of each kind for this person, the kinds in their order and none that is empty.

    Statements: one for each word that reads whose it may be, one that counts all, one for each kind that is there, one more for the
    former names of enterprises.
    """
    return list(_groups(request, user, query, SHOWN))


def suggest(request: HttpRequest, user: User, query: str) -> list[tuple[Kind, Hit]]:
    """The first that `find` finds, a few of each kind; kinds that find no place any more are not read."""
    groups = _groups(request, user, query, SUGGESTED_OF_A_KIND)
    return list(islice(((group.kind, hit) for group in groups for hit in group.hits), SUGGESTED))


def _groups(request: HttpRequest, user: User, query: str, most: int) -> Iterator[Group]:
    """`most`: hits of a kind."""
    lists = [kind.found_by(request, kind.rows(user).select_related(*kind.related)) for kind in KINDS]
    counted = [
        found.rows.order_by().annotate(place=Value(place)).values("place").annotate(n=Count("pk")).values_list("place", "n")
        for place, found in enumerate(lists)
    ]
    counts = dict(counted[0].union(*counted[1:], all=True))
    words = [word.lower() for word in query.split()]
    for place, count in sorted((place, count) for place, count in counts.items() if count):
        kind = KINDS[place]
        hits = [_hit(kind, row, words) for row in lists[place].rows[:most]]
        yield Group(kind, hits, count, kind.address and f"{reverse(kind.address)}?{urlencode({'q': query})}")


def _hit(kind: Kind, row: Any, words: Sequence[str]) -> Hit:
    name, detail = kind.name(row), " · ".join(part for part in kind.detail(row) if part)
    shown = f"{name} {detail}".lower()
    unseen = [word for word in words if word not in shown]
    return Hit(row, name, row.get_absolute_url(), detail, _matched(kind, row, unseen) if unseen else "")


def _matched(kind: Kind, row: Any, words: Sequence[str]) -> str:
    """The first field that holds one of the words, of those the list searches and of the enterprise: `组织机构代码：70000123X`."""
    paths = [*kind.found_by.search]
    if issubclass(kind.found_by, EnterpriseListing):
        paths += [f"{kind.found_by.enterprise}__{field}" for field in CALLED]
    if isinstance(row, Enterprise):
        paths += CALLED
    fields = [_value(row, path.split("__")) for path in paths]
    if isinstance(row, Enterprise):
        fields += [("曾用名", old.name) for old in row.former_names.all()]
    return next((f"{label}：{value}" for label, value in fields if any(word in value.lower() for word in words)), "")


def _value(row: Model, steps: Sequence[str]) -> tuple[str, str]:
    """Label and text of what a path leads to from a row."""
    *way, last = steps
    for step in way:
        row = getattr(row, step)
    return str(row._meta.get_field(last).verbose_name), str(getattr(row, last) or "")  # type: ignore[union-attr]


def _loan_of(row: Any) -> Sequence[str]:
    return (f"借据 {row.loan.note_no}", row.loan.enterprise_name)


class ReceiptList(Listing):
    """Repayments have no page of a list; each is shown on its loan's page, to which its receipt leads."""

    search = ("receipt_no",)


KINDS: Sequence[Kind] = (
    Kind(
        "企业",
        "building-factory-2",
        "enterprises:enterprise_list",
        EnterpriseList,
        lambda user: Enterprise.objects.visible_to(user).prefetch_related("former_names"),
        name=str,
        detail=lambda row: (printed_identifier(row), row.region),
        status="",
    ),
    Kind(
        "贷款",
        "coins",
        "loans:loan_list",
        LoanList,
        lambda user: Loan.objects.visible_to(user).exclude(status=LoanStatus.DISCARDED),
        name=lambda row: f"{row}　{row.enterprise_name}",
        detail=lambda row: (f"{wan(row.amount)}元", f"{date_cn(row.disbursed_on)}发放", f"合同 {row.contract_no}"),
        related=("enterprise",),
    ),
    Kind(
        "推荐",
        "file-certificate",
        "enterprises:recommendation_list",
        RecommendationList,
        lambda user: Recommendation.objects.visible_to(user),
        name=str,
        detail=lambda row: (f"{wan(row.amount)}元", f"{date_cn(row.accepted_on)}受理", row.batch_label, row.purpose),
        related=("enterprise", "batch"),
    ),
    Kind(
        "批次",
        "package",
        "enterprises:batch_list",
        BatchList,
        lambda user: Batch.objects.visible_to(user),
        name=lambda row: f"{row}　{row.programme.name}",
        detail=lambda row: (row.document_no, row.sent_on and f"{date_cn(row.sent_on)}发送"),
        related=("programme",),
    ),
    Kind(
        "审批与授信",
        "signature",
        "loans:approval_list",
        LineList,
        lambda user: CreditLine.objects.visible_to(user),
        name=lambda row: f"授信 {row.recommendation.enterprise_name}",
        detail=lambda row: (row.amount and f"{wan(row.amount)}元", row.decided_on and f"{date_cn(row.decided_on)}审批"),
        related=("recommendation", "enterprise"),
    ),
    Kind(
        "申报汇总表",
        "report-analytics",
        "reports:summary_list",
        SummaryList,
        lambda user: QuarterlySummary.objects.visible_to(user).defer("snapshot"),
        name=lambda row: f"{quarter_cn(row.quarter)}申报汇总表　第{row.version}版",
        detail=lambda row: (row.quarter, row.bank.short_name, row.programme.name),
        related=("bank", "programme"),
    ),
    Kind(
        "出资",
        "wallet",
        "reserve:contribution_list",
        ContributionList,
        lambda user: Contribution.objects.visible_to(user),
        name=lambda row: f"凭证 {row.voucher_no}",
        detail=lambda row: (row.account.funder.short_name, f"{wan(row.amount)}元", row.receipt_no and f"回单 {row.receipt_no}"),
        related=("account__funder",),
    ),
    Kind(
        "代偿申请",
        "cash",
        "loans:claim_list",
        ClaimList,
        lambda user: Claim.objects.visible_to(user),
        name=str,
        detail=lambda row: (*_loan_of(row), f"申请 {wan(row.asked)}元"),
        related=("loan__enterprise",),
    ),
    Kind(
        "追偿回款",
        "transfer-in",
        "loans:recovery_list",
        RecoveryList,
        lambda user: Recovery.objects.visible_to(user).annotate(net_amount=F("gross") - F("cost")),
        name=lambda row: f"{date_cn(row.received_on)}追偿回款 {wan(row.gross)}元",
        detail=lambda row: (*_loan_of(row), row.receipt_no and f"回单 {row.receipt_no}"),
        related=("loan__enterprise",),
    ),
    Kind(
        "还款",
        "receipt",
        "",
        ReceiptList,
        lambda user: Repayment.objects.visible_to(user).order_by("-paid_on", "-pk"),
        name=lambda row: f"{date_cn(row.paid_on)}还款 {wan(row.amount)}元",
        detail=lambda row: (*_loan_of(row), f"回单 {row.receipt_no}"),
        related=("loan__enterprise",),
    ),
    Kind(
        "账户利息",
        "receipt",
        "reserve:interest_list",
        InterestList,
        lambda user: AccountInterest.objects.visible_to(user),
        name=lambda row: f"回单 {row.receipt_no}",
        detail=lambda row: (row.account.funder.short_name, f"{wan(row.amount)}元", f"{date_cn(row.booked_on)}入账"),
        related=("account__funder",),
    ),
    Kind(
        "项目",
        "briefcase",
        "reserve:programme_list",
        ProgrammeList,
        lambda user: Programme.objects.visible_to(user),
        name=lambda row: row.name,
        detail=lambda row: (row.code, text(row.agreement_name)),
    ),
)

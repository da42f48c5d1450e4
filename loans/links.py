"""What the loans know of an object's links to others."""

from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from common.display import iso, wan
from common.page import Related
from enterprises.models import Batch, Enterprise, Recommendation
from parties.enums import OrganisationKind
from parties.models import Organisation, User
from reserve.models import JointDecision

from .enums import LoanStatus
from .models import Claim, CreditLine, EarlyWarning, Loan, Recovery
from .selectors.claims import claim_word
from .selectors.write_offs import write_offs


def of_recommendation(row: Recommendation, user: User) -> list[Related]:
    """The bank's decision on it and the loans drawn. Two statements."""
    drawn = Prefetch("loans", Loan.objects.exclude(status=LoanStatus.DISCARDED).order_by("disbursed_on", "pk"))
    lines = CreditLine.objects.visible_to(user).filter(recommendation=row).prefetch_related(drawn)
    return [link for line in lines for link in (_line(line), *(_loan(one) for one in line.loans.all()))]


def of_batch(row: Batch, user: User) -> list[Related]:
    """The bank's decision on each of its recommendations. One statement."""
    lines = CreditLine.objects.visible_to(user).filter(recommendation__batch=row).select_related("recommendation").order_by("pk")
    return [Related("审批", f"{one.recommendation.enterprise_name}，{one.get_status_display()}", one.get_absolute_url()) for one in lines]


def of_line(row: CreditLine, user: User) -> list[Related]:
    """From the enterprise down to it; its loans stand on the page. No statement."""
    return _recommended(row.enterprise, row.recommendation)


def of_loan(row: Any, user: User) -> list[Related]:
    """From the enterprise down to it, its claim, the file it came in (`from_file`, as `visible_loan` annotates it). No statement."""
    file = getattr(row, "from_file", None)
    return [
        *_recommended(row.enterprise, row.credit_line.recommendation),
        _line(row.credit_line),
        *([_claim(row.claim, row)] if row.claim else []),
        *([Related("数据文件", "导入本笔的文件", reverse("loans:import_file", args=[file]))] if file else []),
    ]


def of_claim(row: Claim, user: User) -> list[Related]:
    """From the enterprise down to its loan, and what was recovered or decided after it. Two statements."""
    loan, line = row.loan, row.loan.credit_line
    return [
        *_recommended(loan.enterprise, line.recommendation),
        _line(line),
        _loan(loan),
        *(_recovery(one) for one in row.recoveries.order_by("received_on", "pk")),
        *(_write_off(one) for one in write_offs(user).filter(subject_id=loan.pk).order_by("pk")),
    ]


def of_recovery(row: Recovery, user: User) -> list[Related]:
    """Its loan and claim. No statement."""
    loan = row.loan
    return [_enterprise(loan.enterprise), _loan(loan), _claim(row.claim, loan)]


def of_warning(row: EarlyWarning, user: User) -> list[Related]:
    """Its loan and enterprise. No statement."""
    return [_enterprise(row.loan.enterprise), _loan(row.loan)]


def of_write_off(row: JointDecision, user: User) -> list[Related]:
    """The loan it is about, its claim and what was recovered. Three statements."""
    loan = Loan.objects.visible_to(user).select_related("enterprise", "claim", "credit_line").filter(pk=row.subject_id).first()
    if loan is None or loan.claim is None:
        return []
    recovered = loan.recoveries.order_by("received_on", "pk")
    return [_enterprise(loan.enterprise), _loan(loan), _claim(loan.claim, loan), *(_recovery(one) for one in recovered)]


def of_organisation(row: Organisation, user: User) -> list[Related]:
    """A bank's net capital, for people of a programme. No statement."""
    if row.kind != OrganisationKind.BANK or user.organisation_id is None:
        return []
    return [Related("资本净额", "历次资本净额", f"{reverse('loans:net_capital_list')}?bank={row.pk}")]


def _recommended(enterprise: Enterprise, row: Recommendation) -> list[Related]:
    return [
        _enterprise(enterprise),
        Related("推荐", f"{row.accepted_on} {wan(row.amount)}元", row.get_absolute_url()),
        *([Related("批次", str(row.batch), row.batch.get_absolute_url())] if row.batch else []),
    ]


def _enterprise(row: Enterprise) -> Related:
    return Related("企业", row.name, row.get_absolute_url())


def _line(row: CreditLine) -> Related:
    said = f"{wan(row.amount)}元，" if row.amount else ""
    return Related("审批与授信", f"{said}{row.get_status_display()}", row.get_absolute_url())


def _loan(row: Loan) -> Related:
    return Related("贷款", f"{row.note_no}，{wan(row.amount)}元，{row.get_status_display()}", row.get_absolute_url())


def _claim(row: Claim, loan: Loan) -> Related:
    return Related(claim_word(loan), f"第 {row.number} 号，{row.get_status_display()}", row.get_absolute_url())


def _recovery(row: Recovery) -> Related:
    return Related("追偿回款", f"{iso(row.received_on)} {wan(row.gross)}元", row.get_absolute_url())


def _write_off(row: Any) -> Related:
    return Related("核销", f"{iso(row.proposed_at)} 提请，{row.get_status_display()}", reverse("loans:write_off", args=[row.pk]))

"""Links to the printed papers of claims and recoveries, which reports makes."""

from django.urls import reverse

from common.page import Paper

from ..claim_enums import ClaimStatus
from ..models import Claim, Loan
from ..selectors.claims import claim_word


def claim_papers(claim: Claim) -> list[Paper]:
    """What can be printed of a claim as it stands. One query."""
    word = claim_word(claim.loan)
    notices = [
        Paper(f"划款通知书（{notice.account.funder.short_name}）", reverse("reports:payment_notice_pdf", args=[claim.pk, notice.pk]), *_PDF)
        for notice in claim.notices.select_related("account__funder")
    ]
    applied = claim.filed_on is not None or claim.status == ClaimStatus.DRAFT
    return [
        *(_both(f"{word}申请表", "claim_application", claim.pk) if applied else []),
        *_both(f"{word}审批表", "claim_approval", claim.pk),
        *notices,
        *recovery_papers(claim.loan),
    ]


def recovery_papers(loan: Loan) -> list[Paper]:
    """What can be printed of the recoveries of a loan: nothing before it is compensated."""
    return _both("追偿分配表", "recovery_sharing", loan.pk) if loan.compensated_on else []


_PDF = ("PDF", "file-type-pdf")


def _both(label: str, name: str, pk: int) -> list[Paper]:
    return [
        Paper(label, reverse(f"reports:{name}_pdf", args=[pk]), *_PDF),
        Paper(label, reverse(f"reports:{name}_xlsx", args=[pk]), "Excel", "file-spreadsheet"),
    ]

"""Printed papers of claims and recoveries: the right to see the object is the right to its papers."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from common.errors import NotFound
from common.http import today
from loans.models import Claim, Loan
from parties.web import get_visible, person

from ..renderers import claim_papers as renderers
from ..selectors.claim_papers import application, approval, order
from ..selectors.recovery_papers import sharing
from .papers import XLSX, file_response

TYPES = {"pdf": "application/pdf", "xlsx": XLSX}
APPLICATION = {"pdf": renderers.application_pdf, "xlsx": renderers.application_xlsx}
APPROVAL = {"pdf": renderers.approval_pdf, "xlsx": renderers.approval_xlsx}
SHARING = {"pdf": renderers.sharing_pdf, "xlsx": renderers.sharing_xlsx}


@login_required
def claim_application(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """代偿申请表（函） of a claim."""
    paper = application(get_visible(Claim, person(request), pk), today())
    return _file(APPLICATION[kind](paper), kind, f"{paper.word}申请表_第{paper.claim.number}号")


@login_required
def claim_approval(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """代偿审批表 of a claim."""
    paper = approval(get_visible(Claim, person(request), pk), today())
    return _file(APPROVAL[kind](paper), kind, f"{paper.word}审批表_第{paper.claim.number}号")


@login_required
def payment_notice(request: HttpRequest, pk: int, notice_pk: int) -> HttpResponse:
    """划款通知书 of an account's owner."""
    claim = get_visible(Claim, person(request), pk)
    notice = claim.notices.select_related("account__funder", "account__bank", "issued_by").filter(pk=notice_pk).first()
    if notice is None:
        raise NotFound
    return _file(renderers.order_pdf(order(notice)), "pdf", f"划款通知书_第{claim.number}号_{notice.account.funder.short_name}")


@login_required
def recovery_sharing(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """追偿分配表 of a compensated loan."""
    paper = sharing(get_visible(Loan, person(request), pk))
    return _file(SHARING[kind](paper), kind, f"追偿分配表_{paper.loan.note_no}")


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    return file_response(data, TYPES[kind], f"{name}.{kind}", inline=kind == "pdf")

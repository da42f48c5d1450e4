"""Pages of extensions and corrections."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from common.http import today
from parties.web import act, get_visible, person, submit

from ..forms import ConsentForm, CorrectionForm, ExtensionForm, ReasonForm
from ..models import Correction, Extension, Loan
from ..pages import changes as page
from ..pages.loans import visible_loan
from ..services import corrections, extensions
from ..services.loans import FIELDS

FORM = "components/form_page.html"


@login_required
def apply_extension(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_loan(person(request), pk)
    return submit(
        request,
        ExtensionForm(request.POST or None),
        extensions.apply_extension,
        action="extension.apply",
        values={"loan": row},
        template=FORM,
        context={
            "title": f"申请展期：{row.note_no}",
            "submit": "提交两方签署",
            "back": row.get_absolute_url(),
            "hints": page.extension_hints(row, today()),
        },
        success="展期已申请，等待科技局和镇政府签署意见。",
    )


@login_required
def consent_extension(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Extension, request.user, pk)
    return submit(
        request,
        ConsentForm(request.POST or None),
        extensions.consent_extension,
        action="extension.consent",
        values={"extension": row},
        template=FORM,
        context={
            "title": f"签署展期意见：{row.loan.enterprise_name}",
            "submit": "签署",
            "back": row.get_absolute_url(),
            "hints": page.consent_hints(row),
        },
        success="意见已签署。",
    )


@login_required
@require_POST
def confirm_extension(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Extension, request.user, pk)
    return act(request, row, extensions.confirm_extension, action="extension.confirm", success="展期已复核，还款计划已重排。")


@login_required
def withdraw_extension(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Extension, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        extensions.withdraw_extension,
        action=("extension.apply", "extension.confirm"),
        values={"extension": row},
        template=FORM,
        context={"title": f"撤回展期：{row.loan.note_no}", "submit": "撤回", "back": row.get_absolute_url()},
        success="展期申请已撤回。",
    )


@login_required
def enter_correction(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_loan(person(request), pk)
    return submit(
        request,
        CorrectionForm(request.POST or None, initial=_written(row)),
        corrections.enter_correction,
        action="correction.enter",
        values={"loan": row},
        template=FORM,
        context={
            "title": f"更正数据：{row.note_no}",
            "submit": "提交复核",
            "back": row.get_absolute_url(),
            "hints": page.correction_hints(row),
        },
        success="更正已提出，等待复核；更正前后的内容都会保留。",
    )


@login_required
@require_POST
def confirm_correction(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Correction, request.user, pk)
    return act(request, row, corrections.confirm_correction, action="correction.confirm", success="更正已复核。")


@login_required
def discard_correction(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Correction, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        corrections.discard_correction,
        action=("correction.enter", "correction.confirm"),
        values={"correction": row},
        template=FORM,
        context={"title": f"作废更正：{row.loan.note_no}", "submit": "作废", "back": row.get_absolute_url()},
        success="更正已作废。",
    )


def _written(loan: Loan) -> dict[str, Any]:
    """The loan as it stands: what the form starts from."""
    return {name: getattr(loan, name) for name in (*FIELDS, "guarantee")} | {"agreed": loan.agreed_table}

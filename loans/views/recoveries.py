"""Pages of recoveries and of the progress reports."""

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from common.http import today
from common.related import related_to
from parties.carriers import papers_link
from parties.permissions import require
from parties.selectors import timeline
from parties.web import Service, act, get_visible, person, submit
from reserve.quarters import Quarter

from ..claim_permissions import require_enter_recovery, require_remit_recovery, require_report_recovery
from ..forms import ReasonForm, RecoveryForm, RecoveryReportForm, RemittanceForm
from ..models import Loan, Recovery
from ..pages import recoveries as page
from ..pages.claim_papers import recovery_papers
from ..pages.loans import visible_loan
from ..recovering import RecoveryList, ReportDueList
from ..selectors.recoveries import paid_claim, standing, without_report
from ..services import recoveries as services
from ..services.recovery_reports import report_recovery

FORM = "components/form_page.html"


@login_required
def recovery_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    rows = Recovery.objects.visible_to(person(request)).select_related("loan__bank", "programme")
    return RecoveryList(request, rows.annotate(net_amount=F("gross") - F("cost"))).render()


@login_required
def recovery(request: HttpRequest, pk: int) -> HttpResponse:
    user, row = person(request), get_visible(Recovery, request.user, pk)
    expected = page.expected_share(row)
    context = {
        "row": row,
        "title": f"追偿回款：{row.loan.enterprise_name}",
        "facts": page.facts(row),
        "steps": page.steps(row),
        "parts": page.parts(row, standing(row.claim), expected),
        "actions": page.actions(user, row, expected),
        "deadlines": page.clocks(row, today()),
        "timeline": timeline(row),
        "related": related_to(row, user),
        "papers": [papers_link(row), *recovery_papers(row.loan)],
    }
    return render(request, "loans/recovery.html", context)


@login_required
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    user, row = person(request), visible_loan(person(request), pk)
    claim = paid_claim(row) if row.compensated_on else None
    return submit(
        request,
        RecoveryForm(request.POST or None, initial={"received_on": today()}),
        services.enter_recovery,
        action="recovery.enter",
        check=lambda: require_enter_recovery(user, row),
        values={"loan": row},
        template=FORM,
        context={
            "title": f"登记追偿回款：{row.enterprise_name}",
            "submit": "提交复核",
            "draft": True,
            "back": row.get_absolute_url(),
            "hints": page.hints(row, claim) if claim else [],
        },
        success="追偿回款已登记，等待复核；复核后按代偿比例分配。",
    )


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Recovery, request.user, pk)
    return act(
        request,
        row,
        services.confirm_recovery,
        action="recovery.confirm",
        success=lambda made: "追偿回款已复核分配，请经办人划回准备金账户。" if made.returned else "追偿回款已复核，无须划回。",
    )


@login_required
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _with_reason(request, pk, services.discard_recovery, "作废", ("recovery.enter", "recovery.confirm"), "追偿回款录入已作废。")


@login_required
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    done = "追偿回款已撤销，不再计入分配；正确的请重新登记。"
    return _with_reason(request, pk, services.revoke_recovery, "撤销", "recovery.confirm", done)


@login_required
def unremit(request: HttpRequest, pk: int) -> HttpResponse:
    done = "划回录入已退回，请核对后重新录入。"
    return _with_reason(request, pk, services.unremit_recovery, "退回划回录入", ("recovery.enter", "recovery.confirm"), done)


@login_required
def remit(request: HttpRequest, pk: int) -> HttpResponse:
    user, row = person(request), get_visible(Recovery, request.user, pk)
    return submit(
        request,
        RemittanceForm(request.POST or None, initial={"remitted_on": today()}),
        services.remit_recovery,
        action="recovery.enter",
        check=lambda: require_remit_recovery(user, row),
        values={"recovery": row},
        template=FORM,
        context={
            "title": f"录入追偿款划回：{row.loan.enterprise_name}",
            "submit": "提交复核",
            "back": row.get_absolute_url(),
            "hints": page.remit_hints(row),
        },
        success="划回已录入，等待复核；复核后记入准备金账户。",
    )


@login_required
@require_POST
def confirm_remittance(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Recovery, request.user, pk)
    done = "划回已复核，款项已记入省、镇准备金账户。"
    return act(request, row, services.confirm_remittance, action="recovery.confirm", success=done)


@login_required
def report_due(request: HttpRequest) -> HttpResponseBase:
    """Compensated loans on which nothing was reported for the last quarter that is over."""
    require(person(request), "programme.read")
    rows = without_report(Loan.objects.visible_to(person(request)).select_related("bank", "programme", "claim"), today())
    return ReportDueList(request, rows).render(quarter=Quarter.of(today()).previous())


@login_required
def report(request: HttpRequest, pk: int) -> HttpResponse:
    user, row = person(request), visible_loan(person(request), pk)
    return submit(
        request,
        RecoveryReportForm(request.POST or None, initial={"quarter": page.quarter_to_report(row, today())}),
        report_recovery,
        action="recovery.report",
        check=lambda: require_report_recovery(user, row),
        values={"loan": row},
        template=FORM,
        context={
            "title": f"报告追偿进展：{row.enterprise_name}",
            "submit": "报告",
            "draft": True,
            "back": row.get_absolute_url(),
            "hints": page.report_hints(row),
        },
        success=lambda made: f"{Quarter.parse(made.quarter).label_cn}追偿进展已报告。",
        redirect_to=row.get_absolute_url(),
    )


def _with_reason(request: HttpRequest, pk: int, service: Service, label: str, action: str | tuple[str, ...], success: str) -> HttpResponse:
    row = get_visible(Recovery, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        service,
        action=action,
        values={"recovery": row},
        template=FORM,
        context={
            "title": f"{label}：{row.loan.enterprise_name}",
            "submit": label,
            "back": row.get_absolute_url(),
            "hints": page.facts(row)[:8],
        },
        success=success,
    )

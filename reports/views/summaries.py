"""Pages of the quarterly summaries."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.display import iso, quarter_cn, yuan
from common.page import Action, Fact, Paper, Step
from common.related import related_to
from parties.models import User
from parties.permissions import require
from parties.selectors import timeline
from parties.web import act, get_visible, person

from ..enums import SummaryStatus
from ..lists import SummaryList
from ..models import QuarterlySummary, SummaryRemark
from ..permissions import next_by, reason_against
from ..renderers.summary import CHANGES, Rows, changes, table
from ..rules import digest
from ..selectors.summaries import current_content, document, versions
from ..selectors.summary_review import Line, declared_lines, remarks_on, remarks_read, review_digest, version_before
from ..services import summaries as services

_RELATED = ("programme", "bank", "deadline", "checked_by", "submitted_by", "proposed_by", "accepted_by", "returned_by")


@login_required
def summary_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    rows = QuarterlySummary.objects.visible_to(person(request)).select_related("programme", "bank", "deadline")
    return SummaryList(request, rows).render()


@login_required
def summary(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = person(request), visible_summary(request, pk)
    draft = current_content(found) if found.snapshot is None else None
    content, every = document(found, draft), versions(found)
    remarks = remarks_read(user, found, version_before(found))
    lines, adjustments = table(content), table(content, "adjustments")
    context = {
        "title": f"{quarter_cn(found.quarter)}申报汇总表（第{found.version}版）",
        "summary": found,
        "content": content,
        "lines": lines,
        "line_body": _beside(lines, content["lines"], remarks),
        "adjustments": adjustments,
        "adjustment_body": _beside(adjustments, content["adjustments"], remarks),
        "stray_remarks": _stray(content, remarks),
        "change_columns": CHANGES,
        "changes": changes(content),
        "facts": _facts(found),
        "steps": _steps(found),
        "actions": summary_actions(user, found, remarks, draft),
        "papers": _papers(found),
        "timeline": timeline(found, QuarterlySummary.objects.filter(pk__in=[one.pk for one in every])),
        "related": related_to(found, person(request)),
        "versions": every,
        "returned": _returned(found, every),
    }
    return render(request, "reports/summary.html", context)


@login_required
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    success = "已核对，等待复核人报送。"
    return act(request, visible_summary(request, pk), services.check_summary, action="summary.check", success=success, argument="summary")


@login_required
@require_POST
def submit_(request: HttpRequest, pk: int) -> HttpResponse:
    success = "已报送，内容已冻结，等待省中心审核。"
    return act(request, visible_summary(request, pk), services.submit_summary, action="summary.submit", success=success, argument="summary")


@login_required
@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    success = "初审通过，等待复核人审定。"
    return act(
        request, visible_summary(request, pk), services.propose_summary, action="summary.propose", success=success, argument="summary"
    )


@login_required
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    success = "已审定。"
    return act(request, visible_summary(request, pk), services.accept_summary, action="summary.accept", success=success, argument="summary")


def visible_summary(request: HttpRequest, pk: int) -> QuarterlySummary:
    """With everything a page of it says of people and days."""
    found = get_visible(QuarterlySummary, person(request), pk)
    rows: Any = QuarterlySummary.objects.select_related(*_RELATED)
    return rows.get(pk=found.pk)  # type: ignore[no-any-return]


def _beside(rows: Rows, lines: Sequence[Line], remarks: Mapping[str, Sequence[SummaryRemark]]) -> list[tuple[Any, Any]]:
    """Each printed line with the remarks on it."""
    return [(cells, remarks.get(line["note_no"], ())) for cells, line in zip(rows.rows, lines, strict=True)]


def _stray(content: Mapping[str, Any], remarks: Mapping[str, Sequence[SummaryRemark]]) -> list[SummaryRemark]:
    """Remarks on lines of the version before that this one has no more."""
    known = {line["note_no"] for line in declared_lines(content)}
    return [remark for note, rows in remarks.items() if note not in known for remark in rows]


def _returned(summary: QuarterlySummary, every: list[QuarterlySummary]) -> QuarterlySummary | None:
    """The version that came back, while the next one is still in the bank's hands."""
    if summary.status not in (SummaryStatus.DRAFT, SummaryStatus.CHECKED):
        return None
    return next((one for one in every if one.version == summary.version - 1), None)


def _facts(summary: QuarterlySummary) -> list[Fact]:
    clock = summary.clock
    due = iso(clock.due_on) + ("（暂定）" if clock.provisional else "")
    facts = [
        Fact("项目", summary.programme.name, url=reverse("reserve:programme", args=[summary.programme.code])),
        Fact("填报单位", summary.bank.name),
        Fact("所属期", quarter_cn(summary.quarter)),
        Fact("应报日期", due, hint=f"首次报送迟{clock.late_workdays}个工作日" if clock.late_workdays else ""),
    ]
    if summary.checksum:
        facts += [
            Fact("报送日期", iso(summary.submitted_on)),
            Fact("笔数", summary.loan_count, numeric=True),
            Fact("贷款金额合计", yuan(summary.total_amount), numeric=True),
            Fact("校验值", summary.checksum),
            Fact("账簿头", f"第{summary.ledger_sequence}笔 {summary.ledger_head}"),
        ]
    if summary.return_reason:
        facts.append(Fact("退回理由", summary.return_reason))
    return facts


def _steps(summary: QuarterlySummary) -> list[Step]:
    done = (
        ("生成", None, summary.generated_on),
        ("银行核对", summary.checked_by, summary.checked_at),
        ("银行报送", summary.submitted_by, summary.submitted_at),
        ("省中心初审", summary.proposed_by, summary.proposed_at),
        ("省中心审定", summary.accepted_by, summary.accepted_at),
    )
    steps: list[Step] = []
    for label, who, when in done:
        if when is not None:
            steps.append(Step(label, "done", who=who.name if who else "系统", when=when))
        elif summary.returned_at is None and steps[-1].state == "done":
            steps.append(Step(label, "current", who=next_by(summary)))
        else:
            steps.append(Step(label))
    if summary.returned_by is not None:
        steps = [step for step in steps if step.state == "done"]
        steps.append(Step("退回", "stopped", who=summary.returned_by.name, when=summary.returned_at))
    return steps


_BUTTONS = {
    "check": ("核对无误", "reports:summary_check", "核对后由复核人报送；此后借据有变动须重新核对。"),
    "submit": ("报送省中心", "reports:summary_submit", "报送后内容冻结，该季度关闭，不能再补记其中的事项。"),
    "propose": ("初审通过", "reports:summary_propose", ""),
    "accept": ("审定", "reports:summary_accept", "审定后本期申报办结。"),
}


def summary_actions(
    user: User, summary: QuarterlySummary, remarks: Mapping[str, Sequence[SummaryRemark]], draft: Mapping[str, Any] | None = None
) -> list[Action]:
    """What may be done next with what is shown (`draft`: what it would declare; `remarks`: on its lines), and why not by this person;
    steps long done or far off are left out.

    The bank does not read this version's remarks once it is passed, and the question says so.
    """
    said = remarks_on(summary, remarks)
    shown = digest(draft) if draft else review_digest(summary, said)
    note = f"本版有 {len(said)} 条批注，通过后不再退回银行。" if said else ""
    turn = {"draft": ["check"], "checked": ["submit", "check"], "submitted": ["propose"], "proposed": ["accept"]}
    actions = []
    for name in turn.get(summary.status, []):
        label, url, question = _BUTTONS[name]
        reason = reason_against(user, summary, name)
        address = reverse(url, args=[summary.pk])
        actions.append(Action(label, address, reason=reason, post=True, confirm=note + question, primary=reason is None, digest=shown))
    if summary.status in ("submitted", "proposed"):
        url = reverse("reports:summary_return", args=[summary.pk])  # the page of the review, with its reason
        actions.append(Action("退回银行", url, reason=reason_against(user, summary, "return"), danger=True))
    return actions


def _papers(summary: QuarterlySummary) -> list[Paper]:
    note = "" if summary.checksum else "草稿"
    return [
        Paper(f"申报汇总表 {kind.upper()}", reverse("reports:summary_file", args=[summary.pk, kind]), detail=note)
        for kind in ("pdf", "xlsx", "csv", "json")
    ]

"""Pages of the town's obligations and of every running clock."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from common import display
from common.errors import NotFound
from common.http import today
from common.page import Action, Fact, Step, Todo
from common.related import related_to
from parties.carriers import papers_link
from parties.models import User
from parties.permissions import may, require
from parties.selectors import timeline
from parties.web import person

from ..enums import ContributionStatus, ObligationStatus
from ..lists import DeadlineList, ObligationList
from ..models import Deadline, FundingObligation
from ..selectors.accounts import clock

RELATED = ("deadline", "source__account", "debtor", "programme")


@login_required
def obligation_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    rows = FundingObligation.objects.visible_to(person(request)).select_related(*RELATED)
    return ObligationList(request, rows).render()


@login_required
def obligation(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = FundingObligation.objects.visible_to(user).select_related(*RELATED).filter(pk=pk).first()
    if found is None:
        raise NotFound
    deadline = found.deadline
    now = clock(deadline, today())
    running = Todo(deadline.label, "", due_on=deadline.due_on, workdays_left=now.left, provisional=deadline.provisional)
    contributions = found.contributions.select_related("account__funder", "account__bank", "programme").order_by("id")
    context = {
        "title": f"{found.debtor.short_name}配套 {display.wan(found.amount)}元",
        "obligation": found,
        "facts": _facts(found),
        "steps": _steps(found, list(contributions)),
        "contributions": contributions,
        "deadlines": [running] if now.left is not None else [],
        "actions": _actions(user, found, list(contributions)),
        "timeline": timeline(found, found.contributions.all()),
        "related": related_to(found, user),
        "papers": [papers_link(found)],
    }
    return render(request, "reserve/obligation.html", context)


def _facts(found: FundingObligation) -> list[Fact]:
    deadline = found.deadline
    hint = "该年放假安排尚未录入，录入后重新计算" if deadline.provisional else ""
    facts = [
        Fact("应配套金额", f"{display.yuan(found.amount)} 元", numeric=True),
        Fact("配套单位", found.debtor.name),
        Fact("省级出资", f"{display.yuan(found.source.amount)} 元（{found.source.voucher_no}）", url=found.source.get_absolute_url()),
        Fact("省级资金到账日", display.iso(deadline.starts_on)),
        Fact("期限", f"到账后 {deadline.workdays} 个工作日，到账当日不计"),
        Fact("到位期限", f"{deadline.due_on}{'（暂定）' if deadline.provisional else ''}", hint=hint),
        Fact("到位日", display.iso(found.fulfilled_on)),
    ]
    if deadline.late_workdays:
        facts.append(Fact("逾期", f"{deadline.late_workdays} 个工作日{'（暂定）' if deadline.provisional else ''}"))
    facts.append(Fact("项目", found.programme.name, url=found.programme.get_absolute_url()))
    return facts


def _steps(found: FundingObligation, contributions: list[Any]) -> list[Step]:
    """省级资金到账 → 镇登记出资 → 银行复核到账 → 配套到位."""
    arrived = Step("省级资金到账", "done", when=found.deadline.starts_on)
    if found.fulfilled_on is not None:
        return [arrived, Step("登记配套出资", "done"), Step(found.get_status_display(), "done", when=found.fulfilled_on)]
    live = [one for one in contributions if one.status != ContributionStatus.REJECTED]
    waiting = next((one for one in live if one.status != ContributionStatus.CONFIRMED), None)
    if waiting is None:
        town = Step("登记配套出资", "current", who=f"{found.debtor.short_name}经办", when=found.deadline.due_on)
        return [arrived, town, Step("银行复核到账"), Step("配套到位")]
    recorded = Step("登记配套出资", "done", when=waiting.recorded_at)
    turn = "复核" if waiting.received_by_id else "经办录入"
    bank = Step("银行复核到账", "current", who=f"{waiting.account.bank.short_name}{turn}", when=found.deadline.due_on)
    return [arrived, recorded, bank, Step("配套到位")]


def _actions(user: User, found: FundingObligation, contributions: list[object]) -> list[Action]:
    if not may(user, "contribution.record") or user.organisation_id != found.debtor_id:
        return []
    if found.status not in (ObligationStatus.OPEN, ObligationStatus.OVERDUE):
        return []
    live = [one for one in contributions if getattr(one, "status", "") != ContributionStatus.REJECTED]
    whole = live and not any(getattr(one, "is_part", False) for one in live)
    reason = "已登记出资，等待银行录入并复核到账。" if whole else None
    url = f"{reverse('reserve:contribution_record')}?obligation={found.pk}&amount={found.amount}"
    return [Action("登记配套出资", url, reason=reason, icon="plus", primary=True)]


@login_required
def deadline_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    running = Deadline.objects.visible_to(person(request)).filter(met_on__isnull=True, cancelled_on__isnull=True)
    return DeadlineList(request, running.select_related("organisation", "programme"), on=today()).render()

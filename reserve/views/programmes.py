"""Pages of programmes: list, the programme, its rules, and what the system administrator sets up."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from common import display
from common.errors import NotFound
from common.http import today
from common.page import Action, Fact, NumberCard, Step
from common.related import related_to
from parties.models import User
from parties.permissions import may
from parties.selectors import timeline
from parties.web import get_visible, person, submit

from ..cover import cover_blocks_of
from ..enums import ProgrammeStatus
from ..forms import EndForm, PartyForm, ProgrammeForm, ReserveAccountForm, RuleForm
from ..lists import ProgrammeList
from ..models import Programme
from ..rule_definitions import BASIS_LABELS, SECTIONS
from ..rulebook import RULEBOOK, display_value, format_value, parse_value
from ..selectors.accounts import accounts_of, clock, figures_of
from ..selectors.ledger import Balances
from ..selectors.programmes import rule_history, rules_on
from ..services import programmes as services
from ..services.rates import LPR_FROM

KEY_RULES = ("match_ratio", "match_due_workdays", "leverage", "enterprise_cap", "loan_cap", "term_months_max")
AFTER_THE_END = "不再新增推荐、授信、贷款和出资；已有贷款照常还款，申报汇总表报送到最后一笔贷款结清的季度。"


def visible(user: User) -> QuerySet[Programme]:
    found: QuerySet[Programme] = Programme.objects.visible_to(user)
    return found


@login_required
def programme_list(request: HttpRequest) -> HttpResponseBase:
    return ProgrammeList(request, visible(person(request))).render(
        "reserve/programme_list.html", may_manage=may(person(request), "programme.manage")
    )


@login_required
def programme(request: HttpRequest, code: str) -> HttpResponse:
    """Facts, parties, accounts with their money, what the town owes, the rules that matter most."""
    user = person(request)
    found = get_visible(Programme, user, code=code)
    accounts = accounts_of(found)
    figures = figures_of(accounts, today()) if user.organisation_id else []
    rules = rules_on(found, today())
    obligations = found.obligations.visible_to(user).select_related("deadline", "debtor", "source", "programme")
    whole = sum((line.figures for line in figures), Balances())
    numbers = [
        NumberCard("准备金余额", display.wan(whole.balance), hint=f"{display.yuan(whole.balance)} 元"),
        NumberCard("占用", display.wan(whole.earmarked), hint=f"{display.yuan(whole.earmarked)} 元", term="准备金占用"),
        NumberCard("可用", display.wan(whole.free), hint=f"{display.yuan(whole.free)} 元", tone="good", term="可用准备金"),
    ]
    context = {
        "title": found.name,
        "programme": found,
        "facts": _facts(found),
        "steps": _steps(found),
        "numbers": numbers if figures else [],
        "figures": figures,
        "accounts": accounts,
        "parties": found.parties.select_related("organisation"),
        "clocks": [(obligation, clock(obligation.deadline, today())) for obligation in obligations],
        "rules": [(RULEBOOK[key].label_cn, display_value(key, getattr(rules, key))) for key in _key_rules(found, today())],
        "actions": _actions(user, found),
        "timeline": timeline(found, found.reserve_accounts.all()),
        "related": related_to(found, user),
        "as_of": today(),
        "blocks": cover_blocks_of(found, today()) if found.status == ProgrammeStatus.ACTIVE else [],
    }
    return render(request, "reserve/programme.html", context)


def _key_rules(found: Programme, on: date) -> list[str]:
    """The rules that matter most; of the two caps of a rate that of contracts made now, or at the programme's end."""
    cap = "rate_cap_multiplier" if (found.ended_on or on) < LPR_FROM else "lpr_cap_basis_points"
    return [*KEY_RULES, cap, "loss_share_reserve"]


def _facts(found: Programme) -> list[Fact]:
    facts = [
        Fact("项目代码", found.code),
        Fact("协议", f"《{found.agreement_name}》"),
        Fact("协议签署日", display.date_cn(found.agreement_signed_on)),
        Fact("地区", found.region),
    ]
    if found.started_on:
        facts.append(Fact("启用日", display.date_cn(found.started_on), hint="此前的出资和贷款为期初"))
    if found.ended_on:
        facts += [Fact("终止日", display.date_cn(found.ended_on)), Fact("终止依据", found.end_reason)]
    if found.closed_on:
        facts.append(Fact("清算日", display.date_cn(found.closed_on)))
    return facts


def _steps(found: Programme) -> list[Step]:
    """签署协议 → 运行 → 终止 → 清算."""
    signed = Step("签署协议", "done", when=found.agreement_signed_on)
    if found.ended_on is None:
        return [signed, Step("运行", "current", who="各参与方"), Step("终止"), Step("清算")]
    ended = [signed, Step("运行", "done"), Step("终止", "done", when=found.ended_on)]
    if found.closed_on is None:
        return [*ended, Step("清算", "current", who="省中心复核")]
    return [*ended, Step("清算", "done", when=found.closed_on)]


def _actions(user: User, found: Programme) -> list[Action]:
    """What this person may do with the programme; why not, once it has ended."""
    ended = None if found.status == ProgrammeStatus.ACTIVE else f"项目已于 {found.ended_on} 终止。"
    offers = (
        ("programme.manage", "登记准备金账户", "account_open", "building-bank"),
        ("programme.manage", "增加参与方", "party_add", "users"),
        ("programme.end", "记录项目终止", "programme_end", "ban"),
    )
    shown = [
        Action(label, reverse(f"reserve:{name}", args=[found.code]), reason=ended, icon=icon)
        for action, label, name, icon in offers
        if may(user, action)
    ]
    if ended and may(user, "programme.read"):
        shown.append(Action("清算", reverse("reports:closing", args=[found.code]), icon="checklist"))
    return shown


@login_required
def programme_create(request: HttpRequest) -> HttpResponse:
    return submit(
        request,
        ProgrammeForm(request.POST or None),
        services.create_programme,
        action="programme.manage",
        template="components/form_page.html",
        context={"title": "建立项目", "submit": "建立项目", "back": reverse("reserve:programme_list")},
        success="项目已建立，请登记准备金账户。",
    )


@login_required
def party_add(request: HttpRequest, code: str) -> HttpResponse:
    found = get_visible(Programme, person(request), code=code)
    return submit(
        request,
        PartyForm(request.POST or None, programme=found),
        services.add_party,
        action="programme.manage",
        values={"programme": found},
        template="components/form_page.html",
        context={"title": "增加参与方", "submit": "增加", "back": found.get_absolute_url(), "hints": [Fact("项目", found.name)]},
        success="参与方已增加。",
    )


@login_required
def account_open(request: HttpRequest, code: str) -> HttpResponse:
    found = get_visible(Programme, person(request), code=code)
    return submit(
        request,
        ReserveAccountForm(request.POST or None, programme=found),
        services.open_reserve_account,
        action="programme.manage",
        values={"programme": found},
        template="components/form_page.html",
        context={"title": "登记准备金账户", "submit": "登记", "back": found.get_absolute_url(), "hints": [Fact("项目", found.name)]},
        success="准备金账户已登记。",
        redirect_to=found.get_absolute_url(),
    )


@login_required
def programme_end(request: HttpRequest, code: str) -> HttpResponse:
    found = get_visible(Programme, person(request), code=code)
    return submit(
        request,
        EndForm(request.POST or None),
        services.end_programme,
        action="programme.end",
        values={"programme": found},
        template="components/form_page.html",
        context={
            "title": "记录项目终止",
            "submit": "记录终止",
            "back": found.get_absolute_url(),
            "hints": [Fact("项目", found.name), Fact("终止以后", AFTER_THE_END)],
            "confirm": f"将记录“{found.name}”终止，此后不再新增推荐与贷款，不能撤销。",
        },
        success="项目终止已记录。",
    )


@login_required
def rule_list(request: HttpRequest, code: str) -> HttpResponse:
    """Every setting: its value today, where it comes from, and all its values by date."""
    user = person(request)
    found = get_visible(Programme, user, code=code)
    day = today()
    current, history = rules_on(found, day), rule_history(found)
    sections = [
        (
            title,
            [
                {
                    "definition": definition,
                    "basis": BASIS_LABELS[definition.basis],
                    "value": display_value(definition.key, getattr(current, definition.key)),
                    "history": [(row, display_value(row.key, parse_value(row.key, row.value))) for row in history.get(definition.key, [])],
                }
                for definition in definitions
            ],
        )
        for title, definitions in SECTIONS.items()
    ]
    context = {
        "title": f"项目规则：{found.name}",
        "programme": found,
        "sections": sections,
        "on": day,
        "may_change": may(user, "rule.change") and found.status == ProgrammeStatus.ACTIVE,
    }
    return render(request, "reserve/rules.html", context)


@login_required
def rule_set(request: HttpRequest, code: str, key: str) -> HttpResponse:
    found = get_visible(Programme, person(request), code=code)
    definition = RULEBOOK.get(key)
    if definition is None:
        raise NotFound
    value = getattr(rules_on(found, today()), key)
    initial = {"text": list(value) if isinstance(value, tuple) else format_value(key, value)}
    old = display_value(key, value)
    return submit(
        request,
        RuleForm(request.POST or None, definition=definition, initial=initial),
        services.set_rule,
        action="rule.change",
        values={"programme": found},
        template="components/form_page.html",
        context={
            "title": f"修改规则：{definition.label_cn}",
            "submit": "保存",
            "back": reverse("reserve:rule_list", args=[code]),
            "hints": [
                Fact("项目", found.name),
                Fact("现行取值", old),
                Fact("含义", definition.description),
                Fact("默认值的依据", BASIS_LABELS[definition.basis]),
            ],
            "confirm": f"将把“{definition.label_cn}”由“{old}”改为“{{text}}{definition.unit}”，自 {{effective_on}} 起生效，并通知各参与方。",
        },
        success="规则已修改，各参与方已收到通知。",
    )

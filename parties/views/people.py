"""Accounts and organisations, for the system and the security administrator."""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from common.display import iso
from common.page import Action, Fact
from common.related import related_to

from ..forms import AccountEditForm, AccountForm, OrganisationForm, PasswordResetForm, ReasonForm, RoleForm
from ..lists import OrganisationList, PersonList
from ..models import Organisation, User
from ..permissions import PERMISSIONS, may, reason_against_reset, require, require_not_own
from ..selectors import timeline
from ..services import accounts, organisations
from ..services.delegations import reason_against_absence
from ..web import act, get_visible, submit
from ..web import person as signed_in

FORM = "components/form_page.html"


@login_required
@require_GET
def person_list(request: HttpRequest) -> HttpResponseBase:
    user = signed_in(request)
    require(user, "account.read")
    rows = User.objects.visible_to(user).select_related("organisation")
    return PersonList(request, rows).render("parties/people.html", may_create=may(user, "account.create"))


@login_required
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    require(user, "account.read")
    account = get_visible(User, user, pk)
    facts = [
        Fact("登录名", account.username),
        Fact("姓名", account.name),
        Fact("单位", account.organisation or "不属于任何单位", url=account.organisation.get_absolute_url() if account.organisation else ""),
        Fact("角色", account.get_role_display()),
        Fact("状态", "启用" if account.is_active else "停用（不能登录）"),
        Fact("接口账号", "是" if account.is_service else "否"),
        Fact("须修改密码", "是" if account.must_change_password else "否"),
        Fact("电子邮箱", account.email),
        Fact("联系电话", account.phone),
        Fact("最近登录", iso(account.last_login)),
        Fact("建立时间", iso(account.created_at)),
    ]
    context = {"title": account.name, "account": account, "facts": facts, "actions": _actions(user, account), "timeline": timeline(account)}
    return render(request, "parties/person.html", context)


def _actions(user: User, account: User) -> list[Action]:
    """What may be done to an account and by whom; the reason where this person may not."""
    own = "不能对本人账号办理。" if account.pk == user.pk else None

    def reason(action: str) -> str | None:
        return own if may(user, action) else f"由{_holder(action)}办理。"

    create, authorise = reason("account.create"), reason("account.authorise")
    toggle = (
        Action("停用账号", _url("person_deactivate", account), authorise, icon="ban", danger=True)
        if account.is_active
        else Action(
            "启用账号",
            _url("person_activate", account),
            authorise,
            post=True,
            icon="user-check",
            primary=True,
            confirm=f"将允许 {account.name}（{account.get_role_display()}）登录。",
        )
    )
    return [
        Action("修改资料", _url("person_edit", account), None if may(user, "account.create") else create, icon="edit"),
        Action("重置密码", _url("person_password", account), create or reason_against_reset(account), icon="key"),
        Action("授予角色", _url("person_role", account), authorise, icon="shield-check"),
        Action("设立离岗委托", _url("delegation_for", account), authorise or reason_against_absence(account), icon="calendar-event"),
        toggle,
        Action(
            "解除登录锁定",
            _url("person_unlock", account),
            authorise,
            post=True,
            icon="lock",
            confirm=f"将清除 {account.name} 的登录失败记录，立即可以再次登录。",
        ),
    ]


def _holder(action: str) -> str:
    return "、".join(sorted(role.label for role in PERMISSIONS[action].roles))


def _url(name: str, row: User | Organisation) -> str:
    return reverse(f"parties:{name}", args=[row.pk])


@login_required
def person_create(request: HttpRequest) -> HttpResponse:
    context = {"title": "建立账号", "submit": "建立", "back": reverse("parties:people")}
    return submit(
        request,
        AccountForm(request.POST or None),
        accounts.create_account,
        action="account.create",
        template=FORM,
        context=context,
        success="账号已建立，待安全管理员授予角色并启用。",
    )


@login_required
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_visible(User, request.user, pk)
    initial = {"name": account.name, "email": account.email, "phone": account.phone}
    return submit(
        request,
        AccountEditForm(request.POST or None, initial=initial),
        accounts.update_account,
        action="account.create",
        values={"account": account},
        template=FORM,
        context={"title": f"修改资料：{account.name}", "back": account.get_absolute_url()},
        success="资料已保存。",
    )


@login_required
def person_password(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_visible(User, request.user, pk)
    return submit(
        request,
        PasswordResetForm(request.POST or None),
        accounts.reset_password,
        action="account.create",
        check=partial(require_not_own, account, signed_in(request)),
        values={"account": account},
        template=FORM,
        context={"title": f"重置密码：{account.name}", "submit": "重置密码", "back": account.get_absolute_url()},
        success="密码已重置，原有登录与令牌已失效，账号停用，待安全管理员核实后启用；请把新密码当面告诉本人。",
    )


@login_required
def person_role(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_visible(User, request.user, pk)
    return submit(
        request,
        RoleForm(request.POST or None, account=account, initial={"role": account.role}),
        accounts.grant_role,
        action="account.authorise",
        check=partial(require_not_own, account, signed_in(request)),
        values={"account": account},
        template=FORM,
        context={"title": f"授予角色：{account.name}", "submit": "授予", "back": account.get_absolute_url()},
        success="角色已授予。",
    )


@login_required
@require_POST
def person_activate(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_visible(User, request.user, pk)
    return act(
        request,
        account,
        accounts.set_account_active,
        action="account.authorise",
        argument="account",
        values={"active": True},
        success="账号已启用。",
    )


@login_required
def person_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_visible(User, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        accounts.set_account_active,
        action="account.authorise",
        check=partial(require_not_own, account, signed_in(request)),
        values={"account": account, "active": False},
        template=FORM,
        context={"title": f"停用账号：{account.name}", "submit": "停用", "back": account.get_absolute_url()},
        success="账号已停用，其登录与令牌已失效。",
    )


@login_required
@require_POST
def person_unlock(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_visible(User, request.user, pk)
    return act(request, account, accounts.unlock_account, action="account.authorise", argument="account", success="登录锁定已解除。")


# --- organisations -----------------------------------------------------------------------------------------------


@login_required
@require_GET
def organisation_list(request: HttpRequest) -> HttpResponseBase:
    user = signed_in(request)
    rows = Organisation.objects.visible_to(user)
    return OrganisationList(request, rows).render("parties/organisations.html", may_create=may(user, "organisation.manage"))


@login_required
@require_GET
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    row = get_visible(Organisation, user, pk)
    facts = [
        Fact("单位名称", row.name),
        Fact("简称", row.short_name),
        Fact("单位类型", row.get_kind_display()),
        Fact("复核人职务", row.reviewer_title),
        Fact("联系人", row.contact_name),
        Fact("联系电话", row.contact_phone),
        Fact("地址", row.address),
        Fact("状态", "启用" if row.is_active else "停用（其人员不能登录）"),
    ]
    context = {
        "title": row.name,
        "facts": facts,
        "people": row.people.all() if may(user, "account.read") else None,
        "actions": _organisation_actions(row) if may(user, "organisation.manage") else None,
        "timeline": timeline(row) if may(user, "account.read") else None,
        "related": related_to(row, user),
    }
    return render(request, "parties/organisation.html", context)


def _organisation_actions(row: Organisation) -> list[Action]:
    word = "停用" if row.is_active else "启用"
    then = "其人员将立即不能登录，已有登录与令牌失效。" if row.is_active else "其启用的人员可以重新登录。"
    return [
        Action("修改", _url("organisation_edit", row), icon="edit"),
        Action(f"{word}单位", _url("organisation_toggle", row), post=True, danger=row.is_active, confirm=f"将{word}“{row.name}”：{then}"),
    ]


@login_required
def organisation_create(request: HttpRequest) -> HttpResponse:
    return submit(
        request,
        OrganisationForm(request.POST or None),
        organisations.create_organisation,
        action="organisation.manage",
        template=FORM,
        context={"title": "建立单位", "submit": "建立", "back": reverse("parties:organisations")},
        success="单位已建立；在项目中登记为参与方后，其人员即可看到该项目。",
    )


@login_required
def organisation_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Organisation, request.user, pk)
    initial = {name: getattr(row, name) for name in organisations.FIELDS}
    return submit(
        request,
        OrganisationForm(request.POST or None, initial=initial, fixed_kind=True),
        organisations.update_organisation,
        action="organisation.manage",
        values={"organisation": row},
        template=FORM,
        context={"title": f"修改单位：{row.short_name}", "back": row.get_absolute_url()},
        success="单位资料已保存。",
    )


@login_required
@require_POST
def organisation_toggle(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Organisation, request.user, pk)
    return act(
        request,
        row,
        organisations.set_organisation_active,
        action="organisation.manage",
        values={"active": not row.is_active},
        success=lambda result: f"单位已{'启用' if result.is_active else '停用'}。",
    )

"""Signing in and out, and what is one's own: password, contact, sessions, tokens, notifications."""

from collections.abc import Callable
from typing import Any

from axes.models import AccessLog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from common.display import iso
from common.errors import Refusal
from common.http import now, today
from common.page import Action, Fact

from .. import selectors
from ..forms import ContactForm, OwnPasswordForm, PreferenceForm, SignInForm
from ..lists import NotificationList
from ..models import ApiToken, Notification
from ..permissions import may
from ..services import accounts, notifications, preferences, tokens
from ..web import act, get_visible, person, submit


class SignIn(LoginView):
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        accounts.note_visit(by=form.get_user(), on=today(), now=now())
        return super().form_valid(form)


@login_required
def password_change(request: HttpRequest) -> HttpResponse:
    """Also where everyone is sent who must change a first or reset password."""
    user = person(request)
    form = OwnPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            changed = accounts.change_own_password(password=form.cleaned_data["new_password1"], by=user, on=today(), now=now())
        except Refusal as refusal:
            form.add_error("new_password1", refusal.message)
        else:
            update_session_auth_hash(request, changed)
            messages.success(request, "密码已修改，其他地方的登录已退出。")
            return redirect("parties:account")
    context = {"form": form, "forced": user.must_change_password}
    return render(request, "registration/password_change_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: who one is here, the last sign-ins, living tokens."""
    user = person(request)
    sign_ins = AccessLog.objects.filter(username=user.username).order_by("-attempt_time")[:5]
    context = {
        "title": "我的账号",
        "facts": [
            Fact("姓名", user.name),
            Fact("登录名", user.username),
            Fact("单位", user.organisation.name if user.organisation else "系统管理（不属于任何单位）"),
            Fact("角色", user.get_role_display()),
            Fact("电子邮箱", user.email),
            Fact("联系电话", user.phone),
            Fact("本次登录", iso(user.last_login)),
            Fact("上次登录", iso(user.previous_login)),
        ],
        "actions": [
            Action("修改联系方式", _url("account_edit"), icon="edit"),
            Action("修改密码", _url("password_change"), icon="key"),
            Action(
                "退出其他登录",
                _url("sign_out_others"),
                post=True,
                icon="logout",
                confirm="将退出您在其他电脑和浏览器上的登录，并吊销您的全部接口令牌。本页的登录保留。",
            ),
        ],
        "sign_ins": sign_ins,
        "tokens": selectors.living_tokens(user, now()),
        "delegations": [(row, row.state(today())) for row in selectors.own_delegations(user)] if may(user, "delegation.make") else None,
    }
    return render(request, "parties/account.html", context)


@login_required
def account_edit(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = ContactForm(request.POST or None, initial={"email": user.email, "phone": user.phone})
    context = {"title": "修改联系方式", "back": _url("account")}
    return submit(
        request,
        form,
        accounts.update_own_contact,
        template="components/form_page.html",
        context=context,
        success="联系方式已保存。",
        redirect_to=_url("account"),
    )


@login_required
@require_POST
def sign_out_others(request: HttpRequest) -> HttpResponse:
    user = accounts.sign_out_everywhere(by=person(request), on=today(), now=now())
    update_session_auth_hash(request, user)
    messages.success(request, "已退出其他登录，接口令牌已吊销。")
    return redirect("parties:account")


@login_required
@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_visible(ApiToken, request.user, pk)
    return act(request, token, tokens.revoke_token, argument="token", success="令牌已吊销。", redirect_to=_url("account"))


# --- notifications -----------------------------------------------------------------------------------------------


@login_required
@require_GET
def notification_list(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    rows = Notification.objects.visible_to(user)
    return NotificationList(request, rows).render("parties/notifications.html")


@login_required
@require_GET
def notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Opening a message is reading it: it is marked, and leads on to what it is about."""
    message = get_visible(Notification, request.user, pk)
    notifications.mark_read(notification=message, by=person(request), on=today(), now=now())
    if message.url.startswith("/") and not message.url.startswith("//"):
        return redirect(message.url)
    return render(request, "parties/notification.html", {"title": message.subject, "message": message})


@login_required
@require_POST
def notifications_read(request: HttpRequest) -> HttpResponse:
    count = notifications.mark_all_read(by=person(request), on=today(), now=now())
    messages.success(request, f"已将 {count} 条通知标为已读。" if count else "没有未读通知。")
    return redirect("parties:notifications")


@login_required
@require_POST
def notification_read(request: HttpRequest, pk: int) -> HttpResponse:
    return _mark(request, pk, notifications.mark_read, "已标为已读。")


@login_required
@require_POST
def notification_unread(request: HttpRequest, pk: int) -> HttpResponse:
    return _mark(request, pk, notifications.mark_unread, "已标为未读。")


def _mark(request: HttpRequest, pk: int, service: Callable[..., Notification], success: str) -> HttpResponse:
    message = get_visible(Notification, request.user, pk)
    return act(request, message, service, success=success, redirect_to=_url("notifications"))


@login_required
def notification_preferences(request: HttpRequest) -> HttpResponse:
    """By category: shown in the application, mailed."""
    form = PreferenceForm(request.POST or None, chosen=selectors.chosen_ways(person(request)))
    context = {"title": "通知设置", "back": _url("notifications"), "mail": settings.EMAIL_ENABLED}
    return submit(
        request,
        form,
        preferences.set_preferences,
        template="parties/notification_preferences.html",
        context=context,
        success="通知设置已保存，自下一条通知起生效。",
        redirect_to=_url("notifications"),
    )


def _url(name: str) -> str:
    return reverse(f"parties:{name}")

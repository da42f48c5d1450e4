"""The one shape of a page that writes: load what is visible → form → one service call → message and redirect.

    @login_required
    def contribution_record(request):
        form = ContributionForm(request.POST or None, user=request.user)
        return submit(request, form, services.record_contribution, action="contribution.record",
                      template="reserve/contribution_form.html", success="出资已登记，等待银行录入到账。")

    @login_required
    @require_POST
    def contribution_confirm(request, pk):
        contribution = get_visible(Contribution, request.user, pk)
        return act(request, contribution, services.confirm_contribution, action="contribution.confirm",
                   success="到账已复核，资金已入账。")

`action` (one name of the permission table, or several of which one suffices) is checked before anything is shown or
read, so that who may not do it gets 403 on the empty form already; the service checks again.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from common.errors import Conflict, IdempotencyMismatch, InvalidInput, NotFound, Refusal
from common.forms import READ, Form
from common.http import now, today

from .idempotency import Answer, answer_once, form_hash
from .models import AuditEvent, User
from .permissions import require_any
from .selectors import since

Row = TypeVar("Row", bound=models.Model)
Service = Callable[..., Any]
Words = str | Callable[[Any], str]

SHORT = 4  # fields of a form that is typed again without regret; what is longer is kept as a draft


class Partly(str):
    """What was done, and what of it was not: told as something to mind, not as a success."""

    __slots__ = ()


def person(request: HttpRequest) -> User:
    """The signed-in person, typed. For views behind `login_required`."""
    if not isinstance(request.user, User):
        raise TypeError("the view lacks login_required")
    return request.user


def get_visible(model: type[Row], user: Any, pk: int | str | None = None, **lookup: Any) -> Row:
    """The one row this person may see, by primary key or another lookup (`code=…`).

    Raises: NotFound, when it does not exist or not for this person.
    """
    wanted = lookup if pk is None else {"pk": pk, **lookup}
    try:
        row = model.objects.visible_to(user).filter(**wanted).first()  # type: ignore[attr-defined]
    except ValueError:  # a primary key that is no number
        row = None
    if row is None:
        raise NotFound
    return row  # type: ignore[no-any-return]


def submit(
    request: HttpRequest,
    form: Form,
    service: Service,
    *,
    template: str,
    success: Words,
    action: str | tuple[str, ...] = (),
    check: Callable[[], object] | None = None,
    values: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    redirect_to: Words | None = None,
) -> HttpResponse:
    """GET: show the form, or at once why it cannot be sent: `check` raises what the service would; `context["back"]` then says so.
    POST: check it, call the service once for each form handed out, go to the object's page.

    The service gets `form.values()`, `values`, the form's `version` or `digest` when both have one, and by, on, now. A refusal is
    shown in the form with everything typed still there (403 and 404 become their page); where another changed the object
    meanwhile, with who changed what. A form of more than four fields is kept as a draft. `success` and `redirect_to`
    may be functions of the returned object; without `redirect_to` its `get_absolute_url()` is next.
    """
    require_any(person(request), action)
    status = 200
    if request.method != "POST" and check is not None and (refusal := _refusal(check)):
        messages.error(request, refusal.message)
        return redirect((context or {})["back"])
    if request.method == "POST":
        if form.is_valid():
            seen = _taken(service, **{name: form.cleaned_data.get(name) for name in READ})
            given = {**form.values(), **(values or {}), **seen}
            try:
                return _call(request, service, given, form.key, success, redirect_to)
            except Refusal as refusal:
                if refusal.status in (403, 404):
                    raise
                form.refuse(refusal)
                if isinstance(refusal, Conflict):
                    form.meanwhile = _meanwhile(form, values or {}, person(request))
                status = refusal.status
        else:
            status = 422
    return render(request, template, {"form": form, "draft": len(form.visible_fields()) > SHORT, **(context or {})}, status=status)


def _meanwhile(form: Form, values: Mapping[str, Any], user: User) -> list[AuditEvent]:
    """What others did to the versioned object of the form since it was opened."""
    versioned = next((one for one in values.values() if isinstance(one, models.Model) and hasattr(one, "version")), None)
    opened = form.cleaned_data.get("opened")
    return since(versioned, opened, user) if versioned and opened else []


def act(
    request: HttpRequest,
    obj: models.Model,
    service: Service,
    *,
    success: Words,
    action: str | tuple[str, ...] = (),
    values: Mapping[str, Any] | None = None,
    argument: str | None = None,
    redirect_to: Words | None = None,
) -> HttpResponse:
    """A button on an object's page: one POST, one service call with `argument=obj` (default: the model's name in snake_case).

    A refusal becomes a message on the object's page (for htmx, and for 403 and 404, its own page). What was seen, as the page
    posts it (a `version` or a `digest`), is handed on to a service that takes it.
    """
    require_any(person(request), action)
    seen = _taken(service, version=_posted_version(request), digest=request.POST.get("digest") or None)
    given = {argument or snake_case(type(obj).__name__): obj, **(values or {}), **seen}
    try:
        return _call(request, service, given, request.POST.get("form_key", ""), success, redirect_to)
    except Refusal as refusal:
        if refusal.status in (403, 404) or getattr(request, "htmx", False):
            raise
        messages.error(request, refusal.message)
        return redirect(_words(redirect_to, obj) or _address(obj))


def _call(
    request: HttpRequest, service: Service, values: Mapping[str, Any], key: str, success: Words, redirect_to: Words | None
) -> HttpResponse:
    """Run the service, once for `key`, and remember where its answer led."""
    user, moment = person(request), now()

    def run() -> Answer:
        result = service(**values, by=user, on=today(), now=moment)
        said = _words(success, result)
        return Answer(302, {"url": _words(redirect_to, result) or _address(result), "message": said, "partly": isinstance(said, Partly)})

    try:
        answer = answer_once(user=user, key=key, request_hash=form_hash(request), now=moment, run=run) if key else run()
    except IdempotencyMismatch as error:
        raise IdempotencyMismatch("这张表单已经提交过，改动后不能再次提交；请重新打开页面填写。") from error
    if answer.body["message"]:
        tell = messages.warning if answer.body.get("partly") else messages.success
        tell(request, answer.body["message"])
    url = answer.body["url"]
    return HttpResponseClientRedirect(url) if getattr(request, "htmx", False) else redirect(url)


def _refusal(check: Callable[[], object]) -> Refusal | None:
    """What `check` refuses; 403 and 404 become their page."""
    try:
        check()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return refusal
    return None


def _words(words: Words | None, result: Any) -> str:
    return words(result) if callable(words) else (words or "")


def _address(obj: Any) -> str:
    return str(obj.get_absolute_url())


def _posted_version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput("版本号无效；请返回该事项的页面，核对后重新办理。")
    return int(text) if text else None


def _taken(service: Service, **seen: Any) -> dict[str, Any]:
    """Of what was seen, that which is known and the service asks for."""
    asked = inspect.signature(service).parameters
    return {name: value for name, value in seen.items() if value is not None and name in asked}


def snake_case(name: str) -> str:
    """CreditLine → credit_line"""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()

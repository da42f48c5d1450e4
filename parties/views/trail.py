"""Reading what happened: the audit trail, sign-ins, the permission table."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from common.display import iso
from common.page import Fact

from .. import selectors
from ..enums import OrganisationKind, Role
from ..lists import AuditList, FailureList, LockList, SignInList
from ..models import AuditEvent
from ..permissions import PERMISSIONS, require, require_any
from ..web import get_visible, person

READ_TRAIL = ("programme.read", "audit.read_all")


@login_required
@require_GET
def audit_list(request: HttpRequest) -> HttpResponseBase:
    """Business people read the trail of their programmes, the audit administrator all of it."""
    user = person(request)
    require_any(user, READ_TRAIL)
    events = selectors.with_programme_names(AuditEvent.objects.visible_to(user))
    return AuditList(request, events.select_related("organisation")).render()


@login_required
@require_GET
def audit_event(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    require_any(user, READ_TRAIL)
    event: Any = selectors.with_programme_names(AuditEvent.objects.filter(pk=get_visible(AuditEvent, user, pk).pk)).get()
    subject = selectors.subject_of(event.object_type, event.object_id, user)
    facts = [
        Fact("时间", iso(event.at)),
        Fact("人员", event.person),
        Fact("单位", event.organisation or ""),
        Fact("动作", selectors.action_label(event.action)),
        Fact("对象", event.object_label, url=selectors.address_of(subject)),
        Fact("项目", event.programme_name),
        Fact("说明", event.summary),
        Fact("理由", event.reason),
    ]
    return render(request, "parties/audit_event.html", {"title": f"审计记录 {event.pk}", "facts": facts, "event": event})


@login_required
@require_GET
def sign_in_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "sign_in.read")
    return SignInList(request, AccessLog.objects.all()).render("parties/sign_ins.html")


@login_required
@require_GET
def failure_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "sign_in.read")
    return FailureList(request, AccessFailureLog.objects.all()).render("parties/sign_ins.html")


@login_required
@require_GET
def lock_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "sign_in.read")
    return LockList(request, AccessAttempt.objects.all()).render("parties/sign_ins.html")


@login_required
@require_GET
def permission_table(request: HttpRequest) -> HttpResponse:
    """The table itself, as the program asks it: who may do what."""
    require(person(request), "permission.read")
    rows = [
        {
            "name": name,
            "label": grant.label,
            "kinds": [kind in grant.kinds for kind in OrganisationKind],
            "roles": [Role(role).label for role in Role.values if role in grant.roles],
        }
        for name, grant in PERMISSIONS.items()
    ]
    context = {"title": "权限表", "kinds": [kind.label for kind in OrganisationKind], "rows": rows}
    return render(request, "parties/permissions.html", context)

"""审批回执 by batch: the printable page. Its number is registered on the batch."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from common.http import today
from common.money import in_words
from common.page import Action
from enterprises.models import Batch
from enterprises.permissions import check_reply
from enterprises.selectors import offices_of
from parties.web import get_visible, person

from ..pages.parts import of_the_bank
from ..permissions import why_not
from ..selectors.replies import reply_of


@login_required
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    batch = get_visible(Batch, request.user, pk)
    found = reply_of(batch, tuple(offices_of(batch.programme)))
    actions = []
    if of_the_bank(person(request)):
        reason = why_not(lambda: check_reply(batch, user=person(request), on=today()))
        actions.append(Action("登记回执字号", reverse("enterprises:batch_reply", args=[pk]), reason=reason, icon="edit"))
    context = {"title": f"审批回执：{batch}", "reply": found, "approved_words": in_words(found.approved), "actions": actions}
    return render(request, "loans/reply.html", context)

"""推荐日: everything of a programme that is on its way to a bank on one page, signed there one by one or many at once."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.http import today
from parties.permissions import require
from parties.web import person, submit
from reserve.choice import Choice, choose

from .. import day as pages
from ..forms import SignManyForm
from ..models import Recommendation
from ..services.recommendations import sign_recommendations

TEMPLATE = "enterprises/day.html"


@login_required
def recommendation_day(request: HttpRequest) -> HttpResponse:
    require(person(request), "programme.read")
    choice = _choice(request)
    return render(request, TEMPLATE, _context(request, choice, _form(request, choice)))


@login_required
@require_POST
def recommendation_day_sign(request: HttpRequest) -> HttpResponse:
    require(person(request), "recommendation.sign")
    choice = _choice(request)
    form = _form(request, choice)
    return submit(
        request,
        form,
        sign_recommendations,
        action="recommendation.sign",
        template=TEMPLATE,
        success=pages.signing_said,
        redirect_to=_address(choice),
        context=_context(request, choice, form),
    )


def _choice(request: HttpRequest) -> Choice:
    return choose(request, reverse("enterprises:recommendation_day"))


def _address(choice: Choice) -> str:
    return next((link.url for link in choice.links if link.current), reverse("enterprises:recommendation_day"))


def _form(request: HttpRequest, choice: Choice) -> SignManyForm:
    """Of the programme shown: what is visible there may be ticked."""
    rows = Recommendation.objects.visible_to(person(request)).filter(programme=choice.programme)
    return SignManyForm(request.POST or None, rows=rows)


def _context(request: HttpRequest, choice: Choice, form: SignManyForm) -> dict[str, object]:
    user, programme = person(request), choice.programme
    day = pages.recommendation_day(programme, user, today()) if programme else None
    shown = pages.context(day, user, form, _address(choice))
    return {**shown, "programme": programme, "programmes": choice.links}

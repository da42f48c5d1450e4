"""What holds for every page of a signed-in person: a first password is changed before all else, and no cache keeps a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from common.errors import NotAllowed
from common.http import API_PREFIX, refusal_page

SENTENCE = "首次登录或密码重置后须先修改密码，然后才能办理业务。"
ALLOWED = ("parties:password_change", "parties:logout")


class PrivateMiddleware:
    """No browser and no proxy keeps what a signed-in person sees: Back after signing out shows nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated and not request.path.startswith(API_PREFIX):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class PasswordChangeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if getattr(request.user, "must_change_password", False) and request.path not in {reverse(name) for name in ALLOWED}:
            if request.path.startswith(API_PREFIX):
                return refusal_page(request, NotAllowed(SENTENCE))
            return redirect("parties:password_change")
        return self.get_response(request)

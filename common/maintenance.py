"""Closed for work on the system: everyone is told so and when to come back, probes are answered all the same."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from .http import API_PREFIX, PROBLEM, problem

RETRY_AFTER: Final = 600
"""Seconds after which a machine may ask again."""


class MaintenanceMiddleware:
    """503 for everything but static files and probes while `MAINTENANCE` is set; needs neither database nor session.

    It stands behind those two and before the rest.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return _closed(request) if settings.MAINTENANCE else self.get_response(request)


def _closed(request: HttpRequest) -> HttpResponse:
    until = settings.MAINTENANCE_UNTIL
    answer: HttpResponse
    if request.path.startswith(API_PREFIX):
        said = f"系统正在维护，{f'预计{until}恢复' if until else '稍后恢复'}；本次请求没有办理，请届时重试。"
        answer = JsonResponse(
            problem(503, "maintenance", said), status=503, content_type=PROBLEM, json_dumps_params={"ensure_ascii": False}
        )
    else:
        answer = HttpResponse(render_to_string("errors/503.html", {"until": until}), status=503)
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    answer.headers["Cache-Control"] = "no-store"
    return answer

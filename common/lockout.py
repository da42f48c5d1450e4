"""The page of a sign-in that is locked after too many failures (django-axes calls it)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string

SENTENCE = "登录失败次数过多，该账号已在本机地址暂时锁定。请{minutes}分钟后再试，或请安全管理员解除锁定。"


def locked_out(request: HttpRequest, original_response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """429 with a Chinese sentence: a problem document for the API, a page for people."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    message = SENTENCE.format(minutes=seconds // 60)
    response: HttpResponse
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": "已锁定", "status": 429, "code": "locked_out", "detail": message}
        response = JsonResponse(body, status=429, content_type="application/problem+json")
    else:
        response = HttpResponse(_page(request, message), status=429)
    response["Retry-After"] = str(seconds)
    return response


def _page(request: HttpRequest, message: str) -> str:
    try:
        return render_to_string("registration/locked.html", {"message": message}, request)
    except TemplateDoesNotExist:
        return f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>已锁定</title><p>{message}</p></html>'

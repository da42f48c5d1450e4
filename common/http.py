"""Between HTTP and the application: the clock, refusals as pages and as RFC 9457 problems, pages of lists.

Nothing else reads the clock for views, endpoints and tasks; nothing else turns an error into an answer.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from .errors import InvalidInput, NotAllowed, NotFound, Refusal

PROBLEM = "application/problem+json"
TITLES = {
    400: "输入有误",
    401: "尚未登录",
    403: "无权办理",
    404: "没有找到",
    405: "不支持这种请求方法",
    406: "不支持这种应答格式",
    409: "不能办理",
    413: "请求过大",
    415: "不支持这种请求格式",
    429: "请求过于频繁",
    500: "系统出错",
    503: "系统维护",
}
API_PREFIX = "/api/"
CSRF_SENTENCE = "来源无法确认（缺少 CSRF 令牌），本次请求没有生效；接口客户请使用令牌（Authorization: Token …）。"
PAGES = frozenset({400, 403, 404, 409})


# --- the clock ---------------------------------------------------------------------------------------------------


def today() -> date:
    """The business date: today in Asia/Shanghai."""
    return timezone.localdate()


def now() -> datetime:
    """This moment, aware."""
    return timezone.now()


# --- refusals as pages -------------------------------------------------------------------------------------------


class PageCompression(GZipMiddleware):
    """Compresses what people read: pages and text files. Papers are compressed already, and the API's ETag stays a strong one."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith(API_PREFIX) or not response.get("Content-Type", "").startswith("text/"):
            return response
        return super().process_response(request, response)


class RefusalMiddleware:
    """A refusal no view has caught becomes a page that says what is wrong and how to mend it, with its HTTP status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal_page(request, exception) if isinstance(exception, Refusal) else None


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as a problem for the API, else as the page of its status."""
    if request.path.startswith(API_PREFIX):
        return problem_response(refusal)
    template = f"errors/{refusal.status if refusal.status in PAGES else 409}.html"
    return render(request, template, {"refusal": refusal}, status=refusal.status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400"""
    return refusal_page(request, InvalidInput("请求的内容无法读取；请返回上一页核对后重新提交。"))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403"""
    return refusal_page(request, NotAllowed("您无权查看或办理此项内容；如有需要，请联系安全管理员。"))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404"""
    return refusal_page(request, NotFound())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW"""
    if request.path.startswith(API_PREFIX):
        return problem_response(NotAllowed(CSRF_SENTENCE))
    return render(request, "errors/csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: needs neither database nor session, which may be what failed."""
    if request.path.startswith(API_PREFIX):
        message = "系统出错，本次请求没有生效；请稍后再试，仍不行时请联系系统管理员。"
        return JsonResponse(problem(500, "server_error", message), status=500, content_type=PROBLEM)
    return HttpResponse(render_to_string("errors/500.html"), status=500)


# --- refusals as problems ----------------------------------------------------------------------------------------


def problem(status: int, code: str, detail: str, errors: Mapping[str, list[str]] | None = None) -> dict[str, Any]:
    """An RFC 9457 document. `code` is stable for machines, `detail` a Chinese sentence, `errors` by input name."""
    return {
        "type": "about:blank",
        "title": TITLES.get(status, "不能办理"),
        "status": status,
        "code": code,
        "detail": detail,
        "errors": dict(errors or {}),
    }


def problem_response(refusal: Refusal) -> JsonResponse:
    body = problem(refusal.status, refusal.code, refusal.message, refusal.fields)
    return JsonResponse(body, status=refusal.status, content_type=PROBLEM, json_dumps_params={"ensure_ascii": False})


_SENTENCES: dict[type[exceptions.APIException], tuple[str, str]] = {
    exceptions.ParseError: ("parse_error", "请求正文不是有效的 JSON；请核对格式与编码（UTF-8）。"),
    exceptions.NotAuthenticated: ("not_authenticated", "请先登录，或在请求头 Authorization 中附上令牌（Token …）。"),
    exceptions.AuthenticationFailed: ("authentication_failed", "令牌无效或已过期；请重新取得令牌。"),
    exceptions.PermissionDenied: ("not_allowed", "您无权办理此项业务。"),
    exceptions.NotFound: ("not_found", str(NotFound())),
    exceptions.MethodNotAllowed: ("method_not_allowed", "此地址不支持这种请求方法；请查看接口文档。"),
    exceptions.NotAcceptable: ("not_acceptable", "接口只应答 JSON；请修改请求头 Accept。"),
    exceptions.UnsupportedMediaType: ("unsupported_media_type", "请求正文须为 JSON；请把请求头 Content-Type 设为 application/json。"),
    exceptions.Throttled: ("throttled", "请求过于频繁；请稍后再试。"),
}


def problem_details(exc: Exception, context: Mapping[str, Any]) -> HttpResponseBase | None:
    """DRF's exception handler: every error of the API is a problem document with a code and a Chinese sentence."""
    body = _problem_of(exc)
    if body is None:
        return None
    headers: dict[str, str] = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    if getattr(exc, "wait", None):
        headers["Retry-After"] = f"{exc.wait:.0f}"  # type: ignore[attr-defined]
    return Response(body, status=body["status"], headers=headers, content_type=PROBLEM)


def _problem_of(exc: Exception) -> dict[str, Any] | None:
    if isinstance(exc, Http404):
        exc = NotFound()
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if isinstance(exc, Refusal):
        return problem(exc.status, exc.code, exc.message, exc.fields)
    if isinstance(exc, exceptions.ValidationError):
        errors = dict(flat_errors(exc.detail))
        lines = [f"{name}：{line}" if name else line for name, found in errors.items() for line in found]
        return problem(400, "invalid_input", "输入有误。" + "；".join(lines), errors)
    if isinstance(exc, exceptions.APIException):
        if str(exc.detail).startswith("CSRF Failed"):
            return problem(403, "csrf_failed", CSRF_SENTENCE)
        own = exc.get_codes()
        general = own == exc.default_code and type(exc) in _SENTENCES
        code, sentence = _SENTENCES[type(exc)] if general else (str(own), str(exc.detail))
        return problem(exc.status_code, code, sentence)
    return None


def flat_errors(detail: Any, name: str = "") -> Iterator[tuple[str, list[str]]]:
    """DRF's nested errors as (dotted name, sentences): `lines.0.amount`; those of the whole input under ""."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            own = "" if key == "non_field_errors" else str(key)
            yield from flat_errors(value, ".".join(part for part in (name, own) if part))
    elif isinstance(detail, list) and any(isinstance(item, (Mapping, list)) for item in detail):
        for index, item in enumerate(detail):
            yield from flat_errors(item, f"{name}.{index}" if name else str(index))
    elif detail:
        yield name, [str(line) for line in detail] if isinstance(detail, list) else [str(detail)]


# --- bodies ------------------------------------------------------------------------------------------------------


class StrictJSONParser(JSONParser):
    """JSON that can be kept and answered: nesting beyond reason and half a surrogate pair are errors of the caller."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError) as error:
            raise exceptions.ParseError from error
        return data


# --- pages of lists ----------------------------------------------------------------------------------------------


class Pagination(PageNumberPagination):
    """`{count, next, previous, results}`. A page or size that is not there is an error, never silently another one."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    page_query_description = "页码，从 1 开始。"
    page_size_query_description = "每页条数，1 到 500，默认 50。"
    NUMBER_MAX: ClassVar[int] = 1_000_000_000

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get("page_size", str(self.page_size))
        size = _positive(text, self.max_page_size)
        if size is None:
            raise InvalidInput(
                f"每页条数 page_size=“{text}”无效；请填 1 到 {self.max_page_size} 的整数。",
                fields={"page_size": [f"请填 1 到 {self.max_page_size} 的整数。"]},
            )
        return size

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        text = request.query_params.get("page", "1")
        if _positive(text, self.NUMBER_MAX) is None:
            raise InvalidInput(f"页码 page=“{text}”无效；请填从 1 开始的整数。", fields={"page": ["请填从 1 开始的整数。"]})
        try:
            return super().paginate_queryset(queryset, request, view)
        except exceptions.NotFound as error:
            raise InvalidInput(f"没有第 {text} 页；请核对总条数 count。", fields={"page": ["超出最后一页。"]}) from error

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            limit = self.max_page_size if parameter["name"] == "page_size" else self.NUMBER_MAX
            parameter["schema"] |= {"minimum": 1, "maximum": limit}
        return parameters


def _positive(text: str, highest: int) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    return number if 1 <= number <= highest else None

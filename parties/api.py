"""The one shape of a REST resource: load what is visible → input serializer → one service call → output serializer."""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db import models
from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import ParseError
from rest_framework.filters import OrderingFilter
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import InvalidInput, NotFound
from common.http import now, today

from .idempotency import Answer, answer_once, json_hash
from .models import User
from .permissions import may, require_any
from .web import Service, get_visible, snake_case

PAGE_PARAMETERS = frozenset({"page", "page_size", "ordering"})


def caller(request: Request) -> User:
    """The person or service account behind the request, typed."""
    if not isinstance(request.user, User):
        raise TypeError("the endpoint lacks IsAuthenticated")
    return request.user


def first_half(request: Request, enter: str, confirm: str, *, entered: bool) -> bool:
    """Of an address that serves both halves of a pair, whether the caller means the first.

    Who may do one only means that one; who may do both, standing in for a colleague, the one that is due (`entered`: the
    first half is done).
    """
    user = caller(request)
    return may(user, enter) and not (entered and may(user, confirm))


class StrictFilterBackend(DjangoFilterBackend):
    """Filters by the view's `filterset_class`. A parameter or value it does not know is a 400, never ignored."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        refuse_unknown(request, known_parameters(filterset))
        return super().filter_queryset(request, queryset, view)


def known_parameters(filterset: Any) -> set[str]:
    """Every query parameter a filter set understands, range widgets' suffixes included."""
    names: set[str] = set()
    if filterset is not None:
        for name, field in filterset.form.fields.items():
            suffixes = getattr(field.widget, "suffixes", ())
            names |= {f"{name}_{suffix}" for suffix in suffixes} or {name}
    return names


def refuse_unknown(request: Request, known: set[str]) -> None:
    """Raise InvalidInput for query parameters that are neither `known` nor those of paging and ordering."""
    unknown = sorted(set(request.query_params) - known - PAGE_PARAMETERS)
    if unknown:
        allowed = "、".join(sorted(known | PAGE_PARAMETERS))
        raise InvalidInput(
            f"不认识的查询参数：{'、'.join(unknown)}；可用的有：{allowed}。",
            fields={name: ["不认识的查询参数。"] for name in unknown},
        )


class StrictOrderingFilter(OrderingFilter):
    """Orders by the view's `ordering_fields`, then by primary key, so that pages never overlap."""

    ordering_param = "ordering"
    ordering_description = "排序字段，前加 - 为倒序。"

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> list[str] | None:
        text = request.query_params.get(self.ordering_param, "")
        if not text:
            return None if queryset.ordered else ["pk"]
        valid = [name for name, _ in self.get_valid_fields(queryset, view, {"request": request})]
        asked = [term.strip() for term in text.split(",")]
        unknown = [term for term in asked if term.removeprefix("-") not in valid]
        if unknown:
            message = f"不能按 {'、'.join(unknown)} 排序；可用的有：{'、'.join(valid) or '无'}。"
            raise InvalidInput(message, fields={self.ordering_param: [message]})
        return [*asked, "pk"]

    def get_default_valid_fields(self, queryset: Any, view: Any, context: Any = None) -> list[tuple[str, str]]:
        return []  # only what the view names

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = list(getattr(view, "ordering_fields", None) or ())
        if not names:
            return []
        [parameter] = super().get_schema_operation_parameters(view)
        parameter["schema"]["enum"] = [sign + name for name in names for sign in ("", "-")]
        return [parameter]


class HoldsAction(BasePermission):
    """Asks the permission table for the view's `actions`, before any object or input is looked at."""

    def has_permission(self, request: Request, view: Any) -> bool:
        require_any(caller(request), getattr(view, "actions", {}).get(view.action, ()))
        return True


class ServiceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Base of all resources: list and retrieve what the caller may see; write through `perform`.

        class ContributionViewSet(ServiceViewSet):
            queryset_model = Contribution
            serializer_class = ContributionOutput          # output, always
            filterset_class = ContributionFilter
            ordering_fields = ("amount", "transferred_on")
            related = ("account__funder",)                 # select_related
            actions = {"create": "contribution.record", "confirm": ("contribution.receive", "contribution.confirm")}

            @extend_schema(request=ContributionInput, responses={201: ContributionOutput})
            def create(self, request):
                return self.perform(request, services.record_contribution, ContributionInput, status=201)

    `actions` maps every view method that writes to its permission (or several, of which one suffices): checked first,
    403. A view without a model (a report) leaves `queryset_model` out and overrides `get_queryset`.
    """

    queryset_model: ClassVar[type[models.Model] | None] = None
    filterset_class: ClassVar[Any] = None
    ordering_fields: ClassVar[tuple[str, ...]] = ()
    related: ClassVar[tuple[str, ...]] = ()
    prefetched: ClassVar[tuple[Any, ...]] = ()
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {}
    permission_classes = (IsAuthenticated, HoldsAction)
    filter_backends = (StrictFilterBackend, StrictOrderingFilter)

    def get_queryset(self) -> models.QuerySet[Any]:
        if self.queryset_model is None:
            raise NotImplementedError(f"{type(self).__name__} needs queryset_model or get_queryset")
        manager: Any = self.queryset_model._default_manager
        if getattr(self, "swagger_fake_view", False):  # the schema generator has no caller
            return manager.none()  # type: ignore[no-any-return]
        rows = manager.visible_to(caller(self.request))
        if self.related:
            rows = rows.select_related(*self.related)
        return rows.prefetch_related(*self.prefetched) if self.prefetched else rows  # type: ignore[no-any-return]

    def get_object(self) -> Any:
        """The visible row the address names. Raises: NotFound."""
        return self._fetch(**{self.lookup_field: self.kwargs[self.lookup_url_kwarg or self.lookup_field]})

    def _fetch(self, **lookup: Any) -> Any:
        try:
            row = self.get_queryset().filter(**lookup).first()
        except ValueError:  # a primary key that is no number
            row = None
        if row is None:
            raise NotFound
        return row

    def perform(
        self,
        request: Request,
        service: Service,
        input_class: type[serializers.BaseSerializer[Any]] | None = None,
        *,
        obj: models.Model | None = None,
        argument: str | None = None,
        values: Mapping[str, Any] | None = None,
        status: int = 200,
        output: Callable[[Any], Any] | None = None,
    ) -> Response:
        """Validate the body by `input_class`, call `service(**values, by, on, now)` once for an Idempotency-Key, show the result.

        `obj` goes to the service as `argument` (default: its model's name in snake_case). The result is read again as
        the caller sees it, so that the answer equals a later GET; `output` replaces that with a function of the result.
        """
        given: dict[str, Any] = dict(values or {})
        if obj is not None:
            given[argument or snake_case(type(obj).__name__)] = obj
        given |= self._validated(request, input_class)
        moment = now()

        def run() -> Answer:
            result = service(**given, by=caller(request), on=today(), now=moment)
            return Answer(status, plain(output(result) if output else self.represent(result)))

        key = request.headers.get("Idempotency-Key")
        if key is None:
            answer = run()
        else:
            request_hash = json_hash(request.method or "", request.path, request.data)
            answer = answer_once(user=caller(request), key=key, request_hash=request_hash, now=moment, run=run)
        headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
        return Response(answer.body, status=answer.status, headers=headers)

    def represent(self, result: Any) -> Any:
        """The row as this view shows it."""
        if self.queryset_model is not None and isinstance(result, self.queryset_model):
            result = self._fetch(pk=result.pk)
        return self.get_serializer(result).data

    def _validated(self, request: Request, input_class: type[serializers.BaseSerializer[Any]] | None) -> dict[str, Any]:
        if not isinstance(request.data, Mapping):
            raise ParseError
        if input_class is None:
            return {}
        serializer = input_class(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class VersionInput(serializers.Serializer[Any]):
    """The body of a step on what was read; it may be empty."""

    version = serializers.IntegerField(required=False, min_value=1, help_text="所读到的版本；已被修改的返回 409。缺省不核对")


class ReasonInput(serializers.Serializer[Any]):
    """The body of every step that must say why."""

    reason = serializers.CharField(label="理由", max_length=200)


class VersionedReasonInput(VersionInput, ReasonInput):
    """The same where others may change the object meanwhile."""


def visible_or_error(model: type[models.Model], user: User, name: str, value: Any, **lookup: Any) -> Any:
    """An object named in a body or query (`programme` by code): not visible is a 400 about that input, not a 404."""
    try:
        return get_visible(model, user, **(lookup or {"pk": value}))
    except NotFound as error:
        message = f"没有“{value}”，或者您所在的单位无权查看。"
        raise InvalidInput(message, fields={name: [message]}) from error


def plain(data: Any) -> Any:
    """Serializer data as it will stand in JSON, for keeping."""
    return json.loads(JSONRenderer().render(data))


def with_etag(request: Request, tag: str, build: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """A report with its ETag (the snapshot's checksum): 304 when the caller has it already, built only when not."""
    etag = quote_etag(tag)
    unchanged = get_conditional_response(request._request, etag=etag)
    response = unchanged if unchanged is not None else build()
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response

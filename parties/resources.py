"""REST resources of this app: tokens, the caller, organisations, the trail, notifications; the schema and its page."""

import logging
from typing import Any

import django_filters
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer, OpenApiYamlRenderer2
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from redis.exceptions import RedisError
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from common.errors import InvalidInput
from common.http import StrictJSONParser, now, today

from . import selectors
from .api import ServiceViewSet, caller
from .enums import OrganisationKind
from .models import ApiToken, AuditEvent, Notification, Organisation, User
from .services import notifications, tokens

logger = logging.getLogger(__name__)

# --- tokens ------------------------------------------------------------------------------------------------------


class TokenThrottle(AnonRateThrottle):
    """Sign-ins by one address; the lock-out of a name after wrong passwords is django-axes' business, in the database."""

    scope = "tokens"
    rate = "120/min"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Let everyone through while the cache cannot be asked: a lost Redis must not shut out the other systems."""
        try:
            return super().allow_request(request, view)
        except RedisError as error:
            logger.warning("sign-ins are not counted: %s", error)
            return True


class TokenInput(serializers.Serializer[Any]):
    username = serializers.CharField(label="登录名", max_length=40)
    password = serializers.CharField(label="密码", max_length=128, trim_whitespace=False)


class TokenOutput(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="只在此处给出一次；请求头写 Authorization: Token …")
    expires_at = serializers.DateTimeField()


class WrongCredentials(AuthenticationFailed):
    default_detail = "登录名或密码不正确，或者账号未启用。"
    default_code = "wrong_credentials"


class TokenView(APIView):
    """Takes name and password, gives a token that expires."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (StrictJSONParser, FormParser)  # what `curl -d` sends is a form
    throttle_classes = (TokenThrottle,)

    @extend_schema(operation_id="token_create", request=TokenInput, responses={201: TokenOutput}, auth=[], tags=["tokens"])
    def post(self, request: Request) -> Response:
        data = TokenInput(data=request.data)
        data.is_valid(raise_exception=True)
        user = authenticate(request._request, **data.validated_data)
        if not isinstance(user, User):
            raise WrongCredentials
        issued = tokens.issue_token(by=user, on=today(), now=now())
        user_logged_in.send(sender=User, request=request._request, user=user)
        return Response(TokenOutput(issued).data, status=status.HTTP_201_CREATED)

    def get_authenticate_header(self, request: Request) -> str:
        return 'Token realm="api"'


class CurrentTokenView(APIView):
    @extend_schema(operation_id="token_revoke", request=None, responses={204: None}, tags=["tokens"])
    def delete(self, request: Request) -> Response:
        """End the token this request came with."""
        if not isinstance(request.auth, ApiToken):
            raise InvalidInput("本次请求没有使用令牌，没有可吊销的令牌。")
        tokens.revoke_token(token=request.auth, by=caller(request), on=today(), now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


# --- reads -------------------------------------------------------------------------------------------------------


class OrganisationBrief(serializers.ModelSerializer[Organisation]):
    class Meta:
        model = Organisation
        fields = ("id", "kind", "name", "short_name")


class OrganisationOutput(serializers.ModelSerializer[Organisation]):
    class Meta:
        model = Organisation
        fields = ("id", "kind", "name", "short_name", "reviewer_title", "contact_name", "contact_phone", "address", "is_active")


class OrganisationApiFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=OrganisationKind.choices)

    class Meta:
        model = Organisation
        fields = ("kind",)


class OrganisationViewSet(ServiceViewSet):
    """The parties of the caller's programmes."""

    queryset_model = Organisation
    serializer_class = OrganisationOutput
    filterset_class = OrganisationApiFilter
    ordering_fields = ("name", "kind")


class MeOutput(serializers.ModelSerializer[User]):
    organisation = OrganisationBrief(read_only=True, allow_null=True)
    actions = serializers.SerializerMethodField(help_text="权限表中此人可办理的事项。")

    class Meta:
        model = User
        fields = ("username", "name", "role", "is_service", "email", "phone", "organisation", "actions")

    def get_actions(self, user: User) -> list[str]:
        return selectors.actions_of(user)


class MeView(APIView):
    @extend_schema(operation_id="me_retrieve", responses=MeOutput, tags=["me"])
    def get(self, request: Request) -> Response:
        """Who is asking, and what the permission table gives them."""
        return Response(MeOutput(caller(request)).data)


class AuditEventOutput(serializers.ModelSerializer[AuditEvent]):
    organisation = OrganisationBrief(read_only=True, allow_null=True)
    changes = serializers.DictField(child=serializers.ListField(child=serializers.CharField(allow_null=True)))

    class Meta:
        model = AuditEvent
        fields = (
            "id", "at", "actor_name", "on_behalf_of_name", "organisation", "action", "object_type", "object_id", "object_label",
            "programme_code", "summary", "changes", "reason",
        )  # fmt: skip


class AuditEventApiFilter(django_filters.FilterSet):
    programme = django_filters.CharFilter(method="of_programme")
    action = django_filters.CharFilter()
    object_type = django_filters.CharFilter()
    object_id = django_filters.CharFilter()

    class Meta:
        model = AuditEvent
        fields = ("programme", "action", "object_type", "object_id")

    def of_programme(self, rows: Any, name: str, value: str) -> Any:
        if value not in dict(selectors.programme_choices(caller(self.request))):
            message = f"没有项目“{value}”，或者您所在的单位无权查看。"
            raise InvalidInput(message, fields={name: [message]})
        return rows.filter(programme_code=value)


class AuditEventViewSet(ServiceViewSet):
    """The audit trail: of the caller's programmes, or all of it for the audit administrator."""

    queryset_model = AuditEvent
    serializer_class = AuditEventOutput
    filterset_class = AuditEventApiFilter
    ordering_fields = ("at",)
    related = ("organisation",)


class NotificationOutput(serializers.ModelSerializer[Notification]):
    class Meta:
        model = Notification
        fields = ("id", "subject", "body", "url", "created_at", "read_at")


class NotificationApiFilter(django_filters.FilterSet):
    unread = django_filters.TypedChoiceFilter(  # the library's boolean filter ignores what it cannot read
        method="not_read", choices=(("true", "是"), ("false", "否")), coerce=lambda text: text == "true"
    )

    class Meta:
        model = Notification
        fields = ("unread",)

    def not_read(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(read_at__isnull=value)


class NotificationViewSet(ServiceViewSet):
    """One's own notifications."""

    queryset_model = Notification
    serializer_class = NotificationOutput
    filterset_class = NotificationApiFilter
    ordering_fields = ("created_at",)

    @extend_schema(request=None, responses=NotificationOutput)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        return self.perform(request, notifications.mark_read, obj=self.get_object())


# --- the schema --------------------------------------------------------------------------------------------------


class SchemaView(SpectacularAPIView):
    """JSON unless YAML is asked for."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer, OpenApiYamlRenderer2]  # noqa: RUF012

"""REST tokens: `Authorization: Token …`. Only the SHA-256 digest of a token is kept."""

import hashlib
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from common.http import now, today

from .delegations import delegations_of, take_places
from .models import ApiToken, User
from .selectors import programme_keys_of

KEYWORD = "Token"


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class TokenAuthentication(BaseAuthentication):
    """One statement a request: the token with its person, organisation, delegations and the keys of the programmes."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != KEYWORD.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed
        token: Any = (
            ApiToken.objects.select_related("user__organisation")
            .annotate(found=delegations_of("user_id"), programme_keys=programme_keys_of("user__organisation"))
            .filter(digest=digest_of(words[1].decode("latin-1")), revoked_at__isnull=True, expires_at__gt=now())
            .first()
        )
        if token is None or not token.user.may_sign_in:
            raise AuthenticationFailed
        token.user.programme_keys = token.programme_keys
        return take_places(token.user, token.found, today()), token

    def authenticate_header(self, request: Request) -> str:
        return f'{KEYWORD} realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "“Token ”加令牌。令牌由 POST /api/v1/tokens/ 取得，到期失效。",
        }

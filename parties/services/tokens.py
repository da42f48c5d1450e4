"""REST tokens: shown once, kept as a digest, gone after some hours."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from ..authentication import digest_of
from ..errors import PasswordChangeDue
from ..models import ApiToken, User
from . import audit

KEEP_EXPIRED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class NewToken:
    """`token` is the secret itself: it exists nowhere else."""

    token: str
    expires_at: datetime


@transaction.atomic
def issue_token(*, by: User, on: date, now: datetime) -> NewToken:
    """A token for a person whose password has just been checked, for `API_TOKEN_HOURS`; long expired ones are dropped.

    Writes: ApiToken, audit. Raises: PasswordChangeDue.
    """
    if by.must_change_password:
        raise PasswordChangeDue
    secret = secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=by, digest=digest_of(secret), created_at=now, expires_at=now + timedelta(hours=settings.API_TOKEN_HOURS)
    )
    ApiToken.objects.filter(user=by, expires_at__lt=now - KEEP_EXPIRED).delete()
    audit.record(by=by, now=now, action="account.own", subject=row, summary="取得接口令牌")
    return NewToken(secret, row.expires_at)


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User, on: date, now: datetime) -> ApiToken:
    """End a token of one's own; ending it twice is the same. Locks and writes: ApiToken; audit."""
    row: ApiToken = ApiToken.objects.visible_to(by).select_for_update().get(pk=token.pk)
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        audit.record(by=by, now=now, action="account.own", subject=row, summary="吊销接口令牌")
    return row

"""Who may have a session: asked at sign-in and again at every request."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from common.http import today

from .delegations import delegations_of, take_places
from .models import User
from .selectors import unread_of


class PartiesBackend(ModelBackend):
    """Name and password; the person and their organisation must be active. Loads both, the delegations and how many messages are
    unread, in one statement."""

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and user.may_sign_in

    def get_user(self, user_id: int) -> User | None:
        rows: Any = User.objects.select_related("organisation").annotate(found=delegations_of("pk"), unread=unread_of("pk"))
        user = rows.filter(pk=user_id).first()
        return take_places(user, user.found, today()) if user is not None and user.may_sign_in else None

"""Who may have a session: asked at sign-in and again at every request."""

from functools import cache
from typing import Any

from django.contrib.auth.backends import ModelBackend

from common.http import today

from .delegations import delegations_of, take_places
from .models import User
from .selectors import programme_keys_of, unread_of


class PartiesBackend(ModelBackend):
    """Name and password; the person and their organisation must be active. Loads both, the delegations, the keys of the programmes
    and how many messages are unread, in one statement."""

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and user.may_sign_in

    def get_user(self, user_id: int) -> User | None:
        user = _people().filter(pk=user_id).first()
        return take_places(user, user.found, today()) if user is not None and user.may_sign_in else None


@cache
def _people() -> Any:
    """The statement every page begins with, put together once."""
    read = {"found": delegations_of("pk"), "unread": unread_of("pk"), "programme_keys": programme_keys_of("organisation")}
    return User.objects.select_related("organisation").annotate(**read)

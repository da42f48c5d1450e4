"""Who may have a session: asked at sign-in and again at every request."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from .models import User


class PartiesBackend(ModelBackend):
    """Name and password; the person and their organisation must be active. Loads both in one statement."""

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and user.may_sign_in

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("organisation").filter(pk=user_id).first()
        return user if user is not None and user.may_sign_in else None

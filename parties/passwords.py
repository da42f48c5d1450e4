"""What a password may not be beyond Django's own rules; `settings.AUTH_PASSWORD_VALIDATORS` names it."""

from typing import Any

from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError

SHORTEST = 3  # a shorter name stands in too many words by chance


class UnlikeThePerson(UserAttributeSimilarityValidator):
    """Neither similar to the person's names nor with one of them in it, as `bank3bank3` is for bank3."""

    def validate(self, password: str, user: Any = None) -> None:
        super().validate(password, user)
        for attribute in self.user_attributes:
            name = getattr(user, attribute, "").lower()
            if len(name) >= SHORTEST and name in password.lower():
                label = str(user._meta.get_field(attribute).verbose_name)
                raise ValidationError(self.get_error_message(), code="password_too_similar", params={"verbose_name": label})

    def get_error_message(self) -> str:
        return "密码与%(verbose_name)s太相近，请换一个。"

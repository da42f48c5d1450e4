"""The application's own settings, made quick and unforgiving for tests."""

from config.settings import *  # noqa: F403
from config.settings import LOGGING, TEMPLATES
from tests.support.templates import UndefinedVariable

DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedVariable()
LOGGING = LOGGING | {"root": {"handlers": ["stderr"], "level": "WARNING"}}
AXES_ENABLED = False  # the tests of the lock-out turn it on
WHITENOISE_AUTOREFRESH = True  # looks files up when asked, where each test client would otherwise list them all

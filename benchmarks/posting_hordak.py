"""The django-hordak client of `posting.py`; runs in an environment of its own, without this application."""

import os
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import django
from django.conf import settings

url = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="benchmark",  # noqa: S106
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path[1:],
            "HOST": url.hostname or "",
            "PORT": url.port or "",
            "USER": url.username or "",
            "PASSWORD": url.password or "",
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    HORDAK_INTERNAL_CURRENCY="CNY",
    DEFAULT_CURRENCY="CNY",
    CURRENCIES=["CNY"],
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from hordak.models import Account  # noqa: E402
from moneyed import Money  # noqa: E402


def setup() -> None:
    call_command("migrate", verbosity=0)
    for name, code in (("free", "1"), ("earmarked", "2")):
        Account.objects.create(name=name, code=code, type="LI", currencies=["CNY"])


def transfers() -> Callable[[], object]:
    free, earmarked = Account.objects.order_by("code")
    amount = Money("0.01", "CNY")

    @transaction.atomic
    def transfer() -> object:
        return free.transfer_to(earmarked, amount)

    return transfer


def run(transfer: Callable[[], object], seconds: float) -> int:
    for _ in range(20):
        transfer()
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.perf_counter() + seconds
    count = 0
    while time.perf_counter() < end:
        transfer()
        count += 1
    return count


if __name__ == "__main__":
    if sys.argv[1] == "setup":
        setup()
    else:
        print(run(transfers(), float(sys.argv[2])))

"""`manage.py reset_administrator secadmin`: a new password for an administrator who lost theirs."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import Refusal
from common.http import now
from parties.services.administrators import reset_administrator


class Command(BaseCommand):
    help = "Give an administrator a new first password and print it once; their sessions and tokens end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="登录名")

    def handle(self, *args: Any, **options: Any) -> None:
        password = secrets.token_urlsafe(12)
        try:
            person = reset_administrator(username=options["username"], password=password, now=now())
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"{person.get_role_display()}  {person.name}  登录名 {person.username}  初始密码 {password}")
        self.stdout.write("密码只显示这一次，登录后须修改；本人和安全管理员已收到通知。")

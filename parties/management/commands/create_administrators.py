"""`manage.py create_administrators`: the first three people of a new installation."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import Refusal
from common.http import now
from parties.enums import Role
from parties.services.administrators import create_first_administrators

OPTIONS = {Role.SYSTEM_ADMIN: "system", Role.SECURITY_ADMIN: "security", Role.AUDIT_ADMIN: "audit"}


class Command(BaseCommand):
    help = "Make the system, security and audit administrator (three different people) and print their first passwords once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for role, option in OPTIONS.items():
            parser.add_argument(f"--{option}", required=True, metavar="NAME", help=f"{role.label}的姓名")

    def handle(self, *args: Any, **options: Any) -> None:
        passwords = {role: secrets.token_urlsafe(12) for role in OPTIONS}
        names = {role: options[option] for role, option in OPTIONS.items()}
        try:
            people = create_first_administrators(names=names, passwords=passwords, now=now())
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        for person in people:
            role = Role(person.role)
            self.stdout.write(f"{role.label}  {person.name}  登录名 {person.username}  初始密码 {passwords[role]}")
        self.stdout.write("初始密码只显示这一次，首次登录须修改。")

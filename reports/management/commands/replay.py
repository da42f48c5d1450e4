"""`manage.py replay [--today DATE]`: fill an empty database with the demonstration."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.http import now, today
from parties.models import Organisation, User
from reports.demonstration import replay
from reports.demonstration.cast import PASSWORD


class Command(BaseCommand):
    help = "在空数据库中重演 2012–2014 年的项目（xiaolan），并建立一个在办演示项目（demo）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, default=None, metavar="DATE", help="在办演示项目所围绕的日期；默认今天")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("生产环境不允许重演演示数据。")
        if User.objects.exists() or Organisation.objects.exists():
            raise CommandError("数据库不是空的：重演只在空数据库中进行，未改动任何数据。")
        cast = replay(today=options["today"] or today(), now=now())
        self.stdout.write("已重演项目 xiaolan（2011–2015，已终止）与 demo（在办）。演示人员（口令均为 " + PASSWORD + "）：")
        for person in cast.people.values():
            self.stdout.write(f"  {person.username:<12}{person.name}　{person.organisation or '—'}　{person.get_role_display()}")

"""`manage.py run_daily --on 2013-06-28`: what the scheduler runs every day, by hand."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.http import now, today
from reports.services.daily import run_daily


class Command(BaseCommand):
    help = "执行每日任务（补做漏跑的日子），直到指定日期。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, default=None, metavar="DATE", help="日期，如 2013-06-28；默认今天")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or today()
        if on > today():
            raise CommandError(f"{on} 还没有到；每日任务最多做到今天（{today()}）。")
        runs = run_daily(on=on, now=now())
        for run in runs:
            counts = "，".join(f"{name}={count}" for name, count in run.counts.items() if count) or "无事项"
            self.stdout.write(f"{run.on} {counts}")
        failed = [f"{run.on} {failure}" for run in runs for failure in run.failures]
        if failed:
            raise CommandError("有步骤失败：\n" + "\n".join(failed))
        if not runs:
            self.stdout.write("没有需要补做的日子。")

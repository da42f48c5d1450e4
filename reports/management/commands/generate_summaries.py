"""`manage.py generate_summaries --quarter 2013Q2`: the quarter job by hand."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import Refusal
from common.http import now, today
from reports.services.summaries import generate_summaries
from reserve.quarters import Quarter
from reserve.services.jobs import SomeFailed


def _quarter(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except Refusal as refusal:
        raise ArgumentTypeError(refusal.message) from refusal


class Command(BaseCommand):
    help = "生成某一季度应报的申报汇总表（已有的不重复生成）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quarter", type=_quarter, required=True, metavar="2013Q2", help="季度")

    def handle(self, *args: Any, **options: Any) -> None:
        quarter: Quarter = options["quarter"]
        try:
            made = generate_summaries(quarter=quarter, on=today(), now=now())
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        except SomeFailed as partly:
            raise CommandError(f"新生成 {sum(partly.counts.values())} 份，以下未能生成：\n" + "\n".join(partly.failures)) from partly
        for summary in made:
            self.stdout.write(f"{summary.programme.code} {summary.bank.short_name} {summary}")
        self.stdout.write(f"{quarter.label_cn}：新生成 {len(made)} 份。")

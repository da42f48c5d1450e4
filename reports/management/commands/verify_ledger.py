"""`manage.py verify_ledger`: recompute every programme's ledger, hold the records against it, name the first row that fails."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reserve import triggers
from reserve.models.programmes import Programme
from reserve.services.verify import Anchor, Verification

from ...selectors.reconciliation.proof import prove


class Command(BaseCommand):
    """Exit status 1 when anything fails: a chain, a balance, a record that says otherwise, a missing trigger."""

    help = "核对账簿：重算校验链、余额和链头，指出第一处不符 (recompute every ledger; exit 1 at a fault)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--programme", metavar="CODE", help="项目代码；不填则核对全部项目")
        parser.add_argument(
            "--anchor",
            metavar="SEQUENCE:HASH",
            action="append",
            default=[],
            help="已印出的链头，如申报汇总表页脚所印；可重复，须同时指定 --programme",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        code = options["programme"]
        programmes = Programme.objects.filter(code=code) if code else Programme.objects.all()
        if code and not programmes:
            raise CommandError(f"没有代码为“{code}”的项目 (no such programme)。")
        anchors = tuple(_anchor(text) for text in options["anchor"])
        if anchors and not code:
            raise CommandError("--anchor 须与 --programme 同用。")
        results = [prove(programme, anchors) for programme in programmes.order_by("code")]
        for result in results:
            self._report(result)
        missing = triggers.missing()
        for name in missing:
            self.stderr.write(f"FAIL 只增触发器缺失或失效 (append-only trigger missing or disarmed): {name}")
        if missing or any(result.fault for result in results):
            raise CommandError("账簿核对未通过 (ledger verification failed)。")

    def _report(self, result: Verification) -> None:
        code = result.programme.code
        if result.fault:
            self.stderr.write(f"FAIL {code}: {result.fault}")
        else:
            counts = f"{result.entries} entries, {result.transfers} transfers"
            self.stdout.write(f"OK   {code}: {counts}, head {result.head_sequence}:{result.head_hash or '-'}")


def _anchor(text: str) -> Anchor:
    sequence, _, digest = text.partition(":")
    if not sequence.isdigit() or not digest:
        raise CommandError(f"链头“{text}”写法不对，应为 序号:校验值，如 42:9f2c…")
    return Anchor(int(sequence), digest.lower())

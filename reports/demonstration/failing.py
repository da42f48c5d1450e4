"""A loan that fails: overdue, claimed for, compensated, partly recovered, in the end written off; each step by the person whose it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile

from loans.models import Claim, Loan
from loans.selectors.exposure import cover_accounts
from loans.services.claims import deciding, drafting, paying, reviewing
from loans.services.daily import assess_loans
from loans.services.recoveries import confirm_recovery, confirm_remittance, enter_recovery, remit_recovery
from loans.services.recovery_reports import report_recovery
from loans.services.write_offs import propose_write_off, speak_on_write_off
from reserve.quarters import Quarter

from .desk import Desk
from .timeline import Timeline, workday

CAUSE = "主要客户拖欠货款，企业资金链断裂，已停产（演示）"
DUNNING = "已书面催收三次并送达，保证人未履行，抵押物已申请法院查封（演示）"
WAN = Decimal(10000)


@dataclass(slots=True)
class Failing:
    """Plans what follows on a loan nobody repays."""

    desk: Desk
    timeline: Timeline

    def follow(self, loan: Loan, written_off_on: date) -> None:
        """Claimed for a week after 90 days overdue, paid a month later, a fifth recovered, written off on `written_off_on`."""
        self.timeline.at(workday(loan.due_on, 1), lambda on, now: assess_loans(on, now))
        filed = workday(loan.due_on + timedelta(days=90), 5)
        steps: tuple[tuple[int, Callable[[Loan, date, datetime], object]], ...] = (
            (0, self.file),
            (3, self.check),
            (8, partial(self.review, "science")),
            (13, partial(self.review, "town")),
            (18, self._decide),
            (20, self._instruct),
            (24, self._pay),
            (80, self._recover),
            (84, self._remit),
        )
        for days, step in steps:
            self.timeline.at(workday(filed, days), partial(step, loan))
        paid = workday(filed, 24)
        for quarter in Quarter.range(Quarter.of(paid), Quarter.of(written_off_on).previous()):
            self.timeline.at(workday(quarter.end, 3), partial(self._report, loan, quarter))
        self.timeline.at(workday(written_off_on, 0), partial(self._write_off, loan))

    def file(self, loan: Loan, on: date, now: datetime) -> None:
        bank, bank2 = self.desk.cast["bank"], self.desk.cast["bank2"]
        claim = drafting.draft_claim(loan=loan, cause=CAUSE, dunning=DUNNING, by=bank, on=on, now=now)
        for kind in loan.credit_line.rules.claim_papers:
            file = SimpleUploadedFile(f"{kind}.pdf", blank_pdf(f"Demonstration: {kind}"))
            drafting.add_claim_paper(claim=claim, kind=kind, file=file, by=bank, on=on, now=now)
        drafting.file_claim(claim=claim, by=bank2, on=on, now=now + timedelta(seconds=20))

    def check(self, loan: Loan, on: date, now: datetime) -> None:
        reviewing.check_claim(claim=_claim(loan), opinion="材料齐备", by=self.desk.cast["province"], on=on, now=now)

    def review(self, office: str, loan: Loan, on: date, now: datetime) -> None:
        claim, cast = _claim(loan), self.desk.cast
        opinion = "企业确已停产，同意按规则代偿"
        reviewing.review_claim(claim=claim, verdict="agree", opinion=opinion, by=cast[office], on=on, now=now)
        reviewing.sign_claim(claim=claim, by=cast[f"{office}2"], on=on, now=now + timedelta(seconds=20))

    def _decide(self, loan: Loan, on: date, now: datetime) -> None:
        claim, cast = _claim(loan), self.desk.cast
        deciding.propose_claim(claim=claim, verdict="agree", opinion="同意两方意见", by=cast["province"], on=on, now=now)
        deciding.decide_claim(claim=claim, by=cast["province2"], on=on, now=now + timedelta(seconds=20))

    def _instruct(self, loan: Loan, on: date, now: datetime) -> None:
        claim = _claim(loan)
        for one, owner, number in zip(cover_accounts(loan.programme_id), ("province2", "town2"), ("粤生促划", "榄府划"), strict=True):
            number = f"{number}〔{on.year}〕1号"
            paying.issue_notice(claim=claim, account=one.account, number=number, by=self.desk.cast[owner], on=on, now=now)

    def _pay(self, loan: Loan, on: date, now: datetime) -> None:
        claim, cast = _claim(loan), self.desk.cast
        receipts = {
            one.account.pk: f"回单代偿{on:%Y%m%d}{'省' if one.is_provincial else '镇'}" for one in cover_accounts(loan.programme_id)
        }
        paying.pay_claim(claim=claim, paid_on=on, receipts=receipts, by=cast["bank"], on=on, now=now)
        paying.confirm_payment(claim=claim, by=cast["bank2"], on=on, now=now + timedelta(seconds=20))

    def _recover(self, loan: Loan, on: date, now: datetime) -> None:
        cast = self.desk.cast
        note = "抵押设备拍卖成交（演示）"
        recovery = enter_recovery(
            loan=loan, received_on=on, source="collateral", gross=100 * WAN, cost=4 * WAN, note=note, by=cast["bank"], on=on, now=now
        )
        confirm_recovery(recovery=recovery, by=cast["bank2"], on=on, now=now + timedelta(seconds=20))

    def _remit(self, loan: Loan, on: date, now: datetime) -> None:
        cast, recovery = self.desk.cast, loan.recoveries.get()
        number = f"ZC{on:%Y%m%d}"
        recovery = remit_recovery(recovery=recovery, remitted_on=on, receipt_no=number, by=cast["bank"], on=on, now=now)
        confirm_remittance(recovery=recovery, by=cast["bank2"], on=on, now=now + timedelta(seconds=20))

    def _report(self, loan: Loan, quarter: Quarter, on: date, now: datetime) -> None:
        report_recovery(
            loan=loan,
            quarter=quarter,
            measures="继续执行抵押物，向保证人追索（演示）",
            prospects="企业已无经营，预计仅能由抵押物受偿（演示）",
            by=self.desk.cast["bank"],
            on=on,
            now=now,
        )

    def _write_off(self, loan: Loan, on: date, now: datetime) -> None:
        cast = self.desk.cast
        grounds = "法院裁定终结本次执行程序，借款人和保证人无可供执行的财产（演示）"
        decision = propose_write_off(loan=loan, grounds=grounds, by=cast["bank"], on=on, now=now)
        for seconds, name in enumerate(("bank2", "science2", "town2", "province2"), 1):
            later = now + timedelta(seconds=10 * seconds)
            decision = speak_on_write_off(decision=decision, agrees=True, opinion="同意核销", by=cast[name], on=on, now=later)


def _claim(loan: Loan) -> Claim:
    loan.refresh_from_db()
    claim: Claim = loan.claims.latest("pk")
    return claim


def blank_pdf(text: str) -> bytes:
    """One A4 page with a line of ASCII: what stands for a scanned paper in the demonstration."""
    stream = f"BT /F1 18 Tf 72 760 Td ({text}) Tj ET".encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        count,
        table,
        count,
        len(out),
    )

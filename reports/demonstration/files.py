"""A file of repayments in the living programme: checked row by row, one of them wrong, waiting for the bank's reviewer."""

import csv
import io
from datetime import date, datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from loans.import_enums import FileKind
from loans.models import Loan
from loans.services import imports
from parties.models import User
from reserve.models import Programme

PRINCIPAL = "100000.00"
ROWS = 3


def send_repayments(programme: Programme, by: User, on: date, now: datetime) -> None:
    """What the bank's own system gives out: GBK, a total line, and a 借据号 mistyped."""
    loans = Loan.objects.running().filter(programme=programme, repayments__isnull=False).exclude(repayments__status="entered")
    notes = [*loans.order_by("note_no").distinct().values_list("note_no", flat=True)[:ROWS], "JJ2O250001"]
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["借据号", "还款日期", "归还本金", "支付利息", "回单号"])
    writer.writerows([note, f"{on:%Y/%m/%d}", PRINCIPAL, "", f"HD{on:%m%d}{number:03d}"] for number, note in enumerate(notes, 1))
    writer.writerow(["合计", "", f"{len(notes)}00000.00", "", ""])
    file = SimpleUploadedFile(f"还款明细{on:%Y%m%d}.csv", target.getvalue().encode("gbk"))
    imports.upload_file(programme=programme, kind=FileKind.REPAYMENTS, file=file, declared_count=len(notes), by=by, on=on, now=now)
    imports.work_next(on=on, now=now)

"""What is asked for on running loans and waits: an extension for the other office, a correction and a reversal for the bank's reviewer."""

from datetime import date, datetime, timedelta

from loans.enums import LoanStatus, RepaymentStatus
from loans.models import Repayment
from loans.rules.terms import add_months
from loans.services.corrections import enter_correction
from loans.services.extensions import apply_extension, consent_extension
from loans.services.reversals import enter_reversal

from .desk import Desk
from .timeline import on_or_before


def ask_for_changes(desk: Desk, on: date, now: datetime) -> None:
    """Ask for one of each, on three loans: those in good order by maturity, the first of them to mature."""
    bank, running = desk.cast["bank"], desk.programme.loans.filter(status=LoanStatus.ACTIVE).order_by("due_on", "pk")
    maturing = running.filter(due_on__gt=on + timedelta(days=7), repayments__status=RepaymentStatus.CONFIRMED).distinct()[0]
    later = on_or_before(add_months(maturing.due_on, 3))
    extension = apply_extension(loan=maturing, due_on=later, reason="下游货款延期支付，三个月内可回笼", by=bank, on=on, now=now)
    consent_extension(extension=extension, agrees=True, opinion="企业经营正常", by=desk.cast["science2"], on=on, now=now)
    repayment = Repayment.objects.filter(loan__in=running.exclude(pk=maturing.pk), status=RepaymentStatus.CONFIRMED).latest("paid_on", "pk")
    enter_reversal(repayment=repayment, reason="回单串户，此笔为另一企业归还", by=bank, on=on, now=now)
    wrong = running.exclude(pk__in=(maturing.pk, repayment.loan_id)).latest("due_on", "pk")
    enter_correction(loan=wrong, reason="抄录合同时用途写错", purpose="购买原材料及支付货款", by=bank, on=on, now=now)

"""One object of each kind, and the outsiders for whom none of them exists."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from common.shown import Shown
from loans.models import Claim, ImportFile, PaymentNotice, RiskRate, Suspension
from loans.services import imports
from loans.services.bank_schedules import enter_bank_schedule
from loans.services.corrections import enter_correction
from loans.services.extensions import apply_extension
from loans.services.grades import enter_grade
from loans.services.recovery_reports import report_recovery
from loans.services.reversals import enter_reversal
from loans.services.suspensions import propose_resumption
from loans.services.write_offs import propose_write_off
from parties.enums import OrganisationKind, Role
from parties.models import ApiToken, AuditEvent, Notification, User
from parties.services.attachments import store_attachment
from parties.services.delegations import make_delegation
from parties.services.filters import save_filter
from parties.services.notify import notify
from parties.services.tokens import issue_token
from reports.services.summaries import generate_summaries
from reserve.models import Deadline, FundingObligation, LedgerEntry, Programme, Refund
from reserve.quarters import Quarter
from reserve.services import programmes
from reserve.services.interest_reversals import enter_interest_reversal
from reserve.services.statements import explain_difference
from tests import factories
from tests.factories import World, on
from tests.support.claims import failed, make_claim, make_recovery

DAY = date(2012, 4, 5)
SHARED = frozenset({"year", "rate", "import_kind"})  # everyone's, of no programme
OF_ACCOUNTS = frozenset({"person", "delegation"})  # administrators see every account and delegation, others their own at most


def subjects(world: World) -> dict[str, dict[str, Any]]:
    """Subject name → the kwargs of its addresses. Each is visible to the people of `world`; messages and tokens are the bank's."""
    factories.fund(world)
    loan = factories.make_loan(world)
    repayment = factories.make_repayment(world, loan, "1000000", paid_on=DAY)
    reversal = enter_reversal(repayment=repayment, reason="回单作废", by=world.bank, **on(DAY))
    extension = apply_extension(loan=loan, due_on=date(2013, 6, 1), reason="回款推迟", by=world.bank, **on(DAY))
    correction = enter_correction(loan=loan, reason="抄录有误", purpose="购置设备", by=world.bank, **on(DAY))
    rows = [(loan.due_on, repayment.loan.outstanding, Decimal("100000"))]
    bank_schedule = enter_bank_schedule(loan=loan, received_on=DAY, rows=rows, by=world.bank, **on(DAY))
    paper = store_attachment(
        subject=loan.credit_line.recommendation, kind="申请书", file=SimpleUploadedFile("a.pdf", b"%PDF-1.7"), by=world.centre, **on(DAY)
    )
    notify(recipients=[world.bank], key="matrix", subject="通知", now=timezone.now())
    issue_token(by=world.bank, **on(DAY))
    [summary, *_] = generate_summaries(quarter=Quarter.parse("2012Q1"), **on(DAY))
    wrong = factories.make_interest(world, booked_on=DAY)
    statement = factories.make_statement(world, (DAY, "1", "D1"), (DAY, "2", "D2"), last=DAY)
    line, _ = statement.lines.all()
    explained = explain_difference(bank_statement=statement, kind="only_bank", line=line.pk, text="待查", by=world.bank, **on(DAY))
    refund = Refund.objects.create(
        programme=world.programme,
        account=world.provincial_account,
        amount=Decimal("1"),
        payee="专户",
        instructed_by=world.province2,
        instructed_at=factories.moment(DAY),
    )
    delegation = make_delegation(
        absent=world.bank2, delegate=world.bank3, starts_on=DAY, ends_on=DAY, reason="出差", by=world.bank2, **on(DAY)
    )
    pk = {
        "delegation": delegation,
        "refund": refund,
        "bank_statement": statement,
        "explanation": explained,
        "interest": factories.make_interest(world, booked_on=DAY, confirmed=False),
        "interest_reversal": enter_interest_reversal(account_interest=wrong, reason="回单作废", by=world.bank, **on(DAY)),
        "reversed_interest": wrong,
        "organisation": world.bank_organisation,
        "person": world.bank,
        "audit_event": AuditEvent.objects.filter(programme_code=world.programme.code).first(),
        "notification": Notification.objects.get(recipient=world.bank, key="matrix"),
        "saved_filter": save_filter(shown=Shown("贷款台账", "/loans/", "q=1"), name="常用", by=world.bank, **on(DAY)),
        "token": ApiToken.objects.get(user=world.bank),
        "paper": paper,
        "account": world.provincial_account,
        "entry": LedgerEntry.objects.first(),
        "contribution": world.provincial_account.contributions.first(),
        "deadline": Deadline.objects.filter(programme=world.programme).first(),
        "obligation": FundingObligation.objects.first(),
        "enterprise": loan.enterprise,
        "benefit": factories.make_benefit(world, loan.enterprise),
        "recommendation": loan.credit_line.recommendation,
        "batch": loan.credit_line.recommendation.batch,
        "line": loan.credit_line,
        "loan": loan,
        "inspection": factories.make_inspection(world, loan, day=DAY),
        "warning": factories.make_warning(world, loan, day=DAY),
        "net_capital": factories.make_net_capital(world, confirmed=False),
        "import_file": _import_file(world),
        "opening_file": _opening_file(world),
        "summary": summary,
        "claim": _claim(world),
        **_recovered(world),
        **_suspension(world),  # the last, as nothing new is covered from here on
    }
    found: dict[str, dict[str, Any]] = {name: {"pk": row.pk} for name, row in pk.items()}
    notice = PaymentNotice.objects.all()[0]
    return found | {
        "programme": {"code": world.programme.code},
        "rule": {"code": world.programme.code, "key": "match_ratio"},
        "repayment": {"pk": repayment.pk},
        "reversal": {"pk": reversal.pk},
        "extension": {"pk": extension.pk},
        "loan_extension": {"pk": loan.pk, "extension_pk": extension.pk},
        "correction": {"pk": correction.pk},
        "bank_schedule": {"pk": bank_schedule.pk},
        "loan_bank_schedule": {"pk": loan.pk, "schedule_pk": bank_schedule.pk},
        "loan_correction": {"pk": loan.pk, "correction_pk": correction.pk},
        "loan_repayment": {"pk": loan.pk, "repayment_pk": repayment.pk},
        "summary_file": {"pk": summary.pk, "kind": "json"},
        "year": {"year": 2012},
        "rate": {"kind": "benchmark"},
        "import_kind": {"kind": "repayments"},
        "loan_papers": {"label": "loans.loan", "pk": loan.pk},
        "payment_notice": {"pk": notice.claim_id, "notice_pk": notice.pk},
    }


def _suspension(world: World) -> dict[str, Any]:
    """New cover suspended, its resumption put to the parties by the bank."""
    lines = {"warns": True, "overdue_stops": True, "compensation_stops": False}
    rate = RiskRate.objects.create(programme=world.programme, day=DAY, owed=1, overdue=1, compensated=0, contributed=0, **lines)
    row = Suspension.objects.create(
        programme=world.programme, cause="overdue_rate", since=DAY, part=1, whole=1, line="0.05", noted_at=factories.moment(DAY)
    )
    propose_resumption(suspension=row, grounds="已落实处置方案", by=world.bank, **on(DAY))
    return {"suspension": row, "risk_rate": rate}


def _claim(world: World) -> Claim:
    """A claim that was filed, on a loan graded down."""
    loan = factories.make_loan(world, factories.make_line(world, factories.make_enterprise(world, 2), day=DAY), day=DAY)
    enter_grade(loan=loan, grade="substandard", from_on=DAY, reason="停产", by=world.bank, **on(DAY))
    return make_claim(world, loan, until="filed", day=DAY)


def _recovered(world: World) -> dict[str, Any]:
    """A compensated loan, money recovered on it, a progress report, and the proposal to write it off. The ledger's last days."""
    day = date(2013, 7, 1)
    loan = failed(world, day=date(2012, 4, 6))
    make_claim(world, loan, day=day)
    decision = propose_write_off(loan=loan, grounds="无财产可供执行", by=world.bank, **on(day))
    told: dict[str, Any] = {"measures": "已申请执行", "prospects": "暂无"}
    return {
        "compensated_loan": loan,
        "write_off": decision,
        "recovery": make_recovery(world, loan, "1000", day=day, until="entered"),
        "recovery_report": report_recovery(loan=loan, quarter=Quarter.of(day), **told, by=world.bank, **on(day)),
    }


def _import_file(world: World) -> ImportFile:
    """A file of the bank's, waiting for its confirmation."""
    rows = "借据号,还款日期,归还本金\nJJ1,2012-04-05,1\n".encode()
    imports.upload_file(programme=world.programme, kind="repayments", file=SimpleUploadedFile("还款.csv", rows), by=world.bank, **on(DAY))
    imports.work_next(**on(DAY))
    return ImportFile.objects.get()


def _opening_file(world: World) -> ImportFile:
    """A file the offices may see and countersign."""
    Programme.objects.filter(pk=world.programme.pk).update(started_on=factories.AGREEMENT_DAY)
    world.programme.refresh_from_db()
    file = SimpleUploadedFile("期初.csv", "借据号\nQC1\n".encode())
    return imports.upload_file(programme=world.programme, kind="opening", file=file, by=world.bank, **on(DAY))


def outsiders(world: World) -> list[User]:
    """An officer, a reviewer and a viewer of every kind of organisation, in a programme of their own."""
    found, parties = [], []
    for kind in OrganisationKind:
        organisation = factories.make_organisation(kind, f"外地{kind.label}", f"外地{kind.label}"[:30])
        parties.append(organisation)
        found += [
            factories.make_person(f"out-{kind.value[:20]}-{role.value}", organisation, role)
            for role in (Role.OFFICER, Role.REVIEWER, Role.VIEWER)
        ]
    programmes.create_programme(
        code="elsewhere",
        name="外地项目",
        agreement_name="外地协议",
        agreement_signed_on=factories.AGREEMENT_DAY,
        region="外地市",
        parties=parties,
        by=world.sysadmin,
        **on(factories.AGREEMENT_DAY),
    )
    return found

"""What a programme that starts mid-life reports: its past counts in the figures, and nothing of it is owed or declared again."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.test import Client

from common.money import yuan
from loans.models import CreditLine, Loan, PrincipalMovement
from parties.models import AuditEvent, Notification, User
from parties.services.audit import text
from reports.enums import Step
from reports.models import QuarterlySummary
from reports.selectors.arrears import ageing
from reports.selectors.overdue import overdue_rates
from reports.selectors.reconciliation.records import record_fault, summary_fault
from reports.selectors.statistics import statistics
from reports.selectors.summaries import current_content, owed_quarters
from reports.services.daily import run_daily
from reserve import triggers
from reserve.models import Contribution, Deadline
from reserve.selectors.accounts import accounts_of
from reserve.services.verify import verify_ledger
from tests.factories import World, make_repayment, make_summary, moment
from tests.support.openings import STARTED, make_started, open_loans

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def opened(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The story's programme with its loans, made once; what a test does to it is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = make_started()
        open_loans(world)
        with django_db_blocker.block():
            yield world
        transaction.set_rollback(True)


class TestFigures:
    def test_the_past_is_counted_by_its_own_days(self, opened: World) -> None:
        found = statistics(opened.programme, STARTED)
        assert (found.batches, found.enterprises, found.approvals, found.loans) == (2, 2, 2, 3)
        assert (found.credit_amount, found.loan_amount) == (Decimal("9000000"), Decimal("9000000"))
        assert (found.declared_reserve, found.declared_reserve_provincial) == (Decimal("1200000.00"), Decimal("240000.00"))
        assert [row.quarter for row in found.by_quarter] == ["2012Q1", "2012Q2", "2012Q3"]
        early = statistics(opened.programme, date(2012, 3, 31))
        assert (early.batches, early.approvals, early.loans) == (1, 1, 0)

    def test_nothing_was_owed_here_before_and_what_was_late_is_late_from_that_day(self, opened: World) -> None:
        assert sum(bucket.owed for bucket in ageing(opened.programme, date(2013, 6, 30))[0].buckets) == 0
        [every] = ageing(opened.programme, STARTED)
        assert {bucket.code: bucket.owed for bucket in every.buckets if bucket.owed} == {
            "0": Decimal("2000000"),
            "180": Decimal("1000000"),
        }
        [series] = overdue_rates(opened.programme, date(2013, 7, 31), Step.MONTH)
        assert [(point.day, point.owed, point.overdue) for point in series.points] == [
            (date(2013, 7, 31), Decimal("3000000"), Decimal("1000000"))
        ]

    def test_the_daily_job_chases_nothing_of_days_before(self, opened: World) -> None:
        runs = run_daily(on=date(2013, 7, 10), now=moment(date(2013, 7, 10)))
        assert [run.failures for run in runs] == [[]]
        assert not QuarterlySummary.objects.exists()
        told = (
            Notification.objects.exclude(subject__contains="数据文件").exclude(subject__contains="到账").exclude(subject__contains="到位")
        )
        # What is overdue today, and how much of it, is told today; a milestone of before is not told again.
        assert {note.subject.split("：")[0] for note in told} <= {"贷款逾期 103 天", "逾期率提示"}
        assert Deadline.objects.count() == 1


class TestSummaries:
    def test_they_are_owed_from_the_quarter_of_the_start(self, opened: World) -> None:
        assert owed_quarters(opened.programme, date(2013, 9, 30)) == []
        assert [str(quarter) for quarter in owed_quarters(opened.programme, date(2014, 1, 5))] == ["2013Q3", "2013Q4"]

    def test_openings_are_neither_lines_nor_late(self, opened: World) -> None:
        content = current_content(make_summary(opened, "2013Q3", until="submitted"))
        assert (content["lines"], content["adjustments"], content["loan_count"]) == ([], [], 0)
        assert summary_fault(opened.programme) is None

    def test_a_repayment_of_one_told_late_is_told_in_the_annex(self, opened: World) -> None:
        make_summary(opened, "2013Q3", until="submitted")
        loan = Loan.objects.get(note_no="QC2")
        make_repayment(opened, loan, "400000", paid_on=date(2013, 9, 20), day=date(2013, 10, 20))
        content = current_content(make_summary(opened, "2013Q4"))
        assert [change["note_no"] for change in content["changes"]] == ["QC2"]
        assert content["adjustments"] == []
        assert record_fault(opened.programme) is None


EDITS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "what it owed": (lambda: Loan.objects.get(note_no="QC1"), {"opening_principal": F("opening_principal") - yuan(1)}),
    "since when it is here": (lambda: Loan.objects.get(note_no="QC1"), {"opening_on": date(2013, 6, 30)}),
    "that it is one": (lambda: Loan.objects.get(note_no="QC1"), {"opening_on": None, "opening_principal": None}),
    "what was lent": (lambda: Loan.objects.get(note_no="QC1"), {"amount": F("amount") + yuan(1)}),
    "when it was lent": (lambda: Loan.objects.get(note_no="QC1"), {"disbursed_on": date(2012, 9, 16)}),
    "what it owes": (lambda: Loan.objects.get(note_no="QC1"), {"outstanding": F("outstanding") - yuan(1)}),
    "what was declared": (lambda: Loan.objects.get(note_no="QC1"), {"declared_reserve": F("declared_reserve") - yuan(1)}),
    "when it was settled": (lambda: Loan.objects.get(note_no="QC3"), {"settled_on": date(2013, 5, 21)}),
    "the line's amount": (lambda: CreditLine.objects.get(amount=Decimal("5000000")), {"amount": F("amount") + yuan(1)}),
    "the line's day": (lambda: CreditLine.objects.get(amount=Decimal("5000000")), {"decided_on": date(2012, 8, 21)}),
    "when the money came": (lambda: Contribution.objects.get(voucher_no="QCtown"), {"arrived_on": date(2012, 4, 21)}),
}


class TestReconciliation:
    def test_untouched_all_agrees(self, opened: World) -> None:
        assert verify_ledger(programme=opened.programme).fault is None
        assert (record_fault(opened.programme), summary_fault(opened.programme)) == (None, None)

    @pytest.mark.parametrize("what", EDITS)
    def test_an_edit_is_named(self, opened: World, what: str) -> None:
        find, values = EDITS[what]
        row = find()
        type(row)._base_manager.filter(pk=row.pk).update(**values)
        fault = record_fault(opened.programme)
        assert fault is not None
        assert (fault.table, fault.pk) == (row._meta.db_table, row.pk)

    @pytest.mark.parametrize(
        "values", [{"amount": Decimal("3000000.75")}, {"opening_principal": Decimal("2000000.01")}, {"opening_on": date(2013, 6, 30)}]
    )
    def test_an_edit_is_found_although_the_trail_was_edited_with_it(self, opened: World, values: dict[str, Any]) -> None:
        """Against what was declared, what the movement moved, and the day it moved."""
        loan = Loan.objects.get(note_no="QC1")
        events = AuditEvent.objects.filter(object_type="loans.loan", object_id=str(loan.pk))
        event = events.exclude(facts={}).latest("id")
        connection.check_constraints()
        triggers.drop()
        facts = event.facts | {name: text(value) for name, value in values.items()}
        QuerySet(AuditEvent).filter(pk=event.pk).update(facts=facts)
        triggers.install()
        Loan.objects.filter(pk=loan.pk).update(**values)
        fault = record_fault(opened.programme)
        assert fault is not None
        assert fault.pk in (loan.pk, loan.movement_id)


@pytest.mark.parametrize("name", ["bank", "bank2", "science2", "town2", "province", "auditor"])
def test_every_page_about_them_opens_and_says_so(opened: World, name: str) -> None:
    client = Client()
    client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
    loans = list(Loan.objects.select_related("credit_line__recommendation", "enterprise"))
    for loan in loans:
        for page in (loan, loan.credit_line, loan.credit_line.recommendation):
            assert "期初" in client.get(page.get_absolute_url()).content.decode(), page
        assert client.get(loan.enterprise.get_absolute_url()).status_code == 200
    for address in ("/", "/loans/", "/loans/?opening=true", "/approvals/", "/recommendations/", "/statistics/", "/ageing/", "/dashboard/"):
        assert client.get(address, follow=True).status_code in (200, 403, 404), address
    register = client.get("/loans/", {"opening": "true"}).content.decode()
    assert all(loan.note_no in register for loan in loans)
    assert not any(loan.note_no in client.get("/loans/", {"opening": "false"}).content.decode() for loan in loans)
    for account in accounts_of(opened.programme):
        assert "期初余额" in client.get(account.get_absolute_url()).content.decode()
    assert PrincipalMovement.objects.filter(kind="opening").count() == 3

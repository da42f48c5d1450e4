"""The replayed programme gives the article's figures, owes nothing, and leaves open work for everyone in the living one."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from loans.enums import LoanStatus, WatchReason
from loans.models import EarlyWarning, ImportFile, Loan
from loans.pages import changes, decisions
from loans.pages import loans as loan_pages
from loans.selectors.watch import reasons, watched
from loans.services.loans import confirm_loan
from parties.delegations import acting
from parties.models import AuditEvent, User
from reports.demonstration.cast import Cast
from reports.demonstration.timeline import moment as at_moment
from reports.enums import Step
from reports.models import QuarterlySummary
from reports.selectors.home import todos
from reports.selectors.overdue import overdue_rates
from reports.selectors.papers import receipt
from reports.selectors.summaries import document, missing_summaries, owed_quarters
from reports.services.daily import run_daily
from reports.services.summaries import check_summary, submit_summary
from reserve.calendar import workday_table
from reserve.models import Contribution, JobRun, Programme
from reserve.selectors.ledger import current_balances
from tests.factories import moment
from tests.support.demonstration import TODAY, replayed


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    with replayed(django_db_blocker, tmp_path_factory) as (people, _):
        yield people


pytestmark = pytest.mark.django_db


@pytest.fixture
def history(cast: Cast, db: None) -> Programme:
    found: Programme = Programme.objects.get(code="xiaolan")
    return found


def get(path: str, **query: str) -> Any:
    client = APIClient()
    client.force_authenticate(User.objects.get(username="client"))
    answer = client.get(f"/api/v1/{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_figures_are_those_of_the_article(history: Programme) -> None:
    found = get("programmes/xiaolan/statistics/", as_of="2014-12-31")
    assert (found["batches"], found["enterprises"], found["credit_amount"]) == (12, 73, "641000000.00")
    assert abs(Decimal(found["declared_reserve"]) - Decimal("85466666.67")) < 1
    assert abs(Decimal(found["declared_reserve_provincial"]) - Decimal("17093333.33")) < 1
    assert {row["size"]: (row["enterprises"], row["share"]) for row in found["by_size"]} == {
        "medium": (7, "0.0959"),
        "small": (66, "0.9041"),
    }
    assert [row["quarter"] for row in found["by_quarter"]] == [f"{year}Q{number}" for year in (2012, 2013, 2014) for number in (1, 2, 3, 4)]
    assert all(13 <= int(row["code"]) <= 43 for row in found["by_industry"]), "all of them manufacturing"
    assert {"27", "33", "35", "38", "39"} <= {row["code"] for row in found["by_industry"]}, "the article's five sectors"


def test_every_summary_owed_is_accepted_one_late_one_returned(history: Programme) -> None:
    rows = get("quarterly-summaries/", programme="xiaolan", ordering="quarter")["results"]
    accepted = [row for row in rows if row["status"] == "accepted"]
    assert [row["quarter"] for row in accepted] == [str(quarter) for quarter in owed_quarters(history, date(2030, 1, 1))]
    assert (accepted[0]["quarter"], accepted[-1]["quarter"], len(accepted)) == ("2011Q4", "2015Q4", 17)
    assert [row["quarter"] for row in accepted if row["late_workdays"]] == ["2013Q1"]
    assert [(row["quarter"], row["version"]) for row in rows if row["status"] == "returned"] == [("2012Q3", 1)]
    assert any(row["loan_count"] == 0 for row in accepted)


def test_the_summaries_declare_every_loan_once_and_add_up_to_the_statistics(history: Programme) -> None:
    rows = get("quarterly-summaries/", programme="xiaolan", status="accepted")["results"]
    notes = [line["note_no"] for row in rows for line in (*row["lines"], *row["adjustments"])]
    assert sorted(notes) == sorted(history.loans.exclude(status=LoanStatus.DISCARDED).values_list("note_no", flat=True))
    total = sum(Decimal(row["declared_reserve"]) for row in rows)
    assert f"{total:.2f}" == get("programmes/xiaolan/statistics/", as_of="2015-12-31")["declared_reserve"]


def test_every_loan_is_repaid_but_one_and_the_accounts_bear_what_it_lost(history: Programme) -> None:
    """500万 failed: 250万 paid (50 + 200), 96万 of 500万 recovered, 48万 of it back (9.6 + 38.4); the rest is written off."""
    failed = Loan.objects.filter(programme=history).exclude(status=LoanStatus.SETTLED).get()
    assert (failed.status, failed.amount, failed.disbursed_on.year) == (LoanStatus.WRITTEN_OFF, 5_000_000, 2013)
    claim = failed.claims.get()
    assert (claim.paid, claim.paid_provincial, claim.paid_on.year) == (2_500_000, 500_000, 2014)
    recovery = failed.recoveries.get()
    assert (recovery.returned, recovery.returned_provincial) == (480_000, 96_000)
    assert (history.status, history.ended_on) == ("ended", date(2015, 12, 31))
    found = current_balances(history.reserve_accounts.all())
    assert sorted((figures.balance, figures.free, figures.earmarked) for figures in found.values()) == [
        (Decimal(9_596_000), Decimal(9_596_000), Decimal(0)),
        (Decimal(38_384_000), Decimal(38_384_000), Decimal(0)),
    ]
    obligation = history.obligations.get()
    assert (obligation.status, obligation.amount) == ("fulfilled", Decimal(40_000_000))


def test_the_failed_loan_trips_no_stop(history: Programme) -> None:
    points = overdue_rates(history, date(2015, 12, 31), Step.MONTH)[0].points
    assert max(point.rate or 0 for point in points) > 0
    assert not any(point.stops for point in points)


def test_the_ledger_is_whole(cast: Cast, db: None) -> None:
    call_command("verify_ledger", stdout=StringIO())


def test_nothing_is_owed_later_and_the_daily_job_does_not_walk_from_2012(history: Programme, cast: Cast) -> None:
    assert missing_summaries(history, date(2040, 1, 1)) == []
    assert list(JobRun.objects.values_list("on", flat=True)) == [TODAY]
    assert run_daily(on=TODAY, now=moment(TODAY, 12)) == []
    assert not history.deadlines.filter(met_on__isnull=True, cancelled_on__isnull=True).exists()


@pytest.mark.parametrize(
    "name, work",
    [
        ("province", ("初审", "跟进出资到账")),
        ("province2", ("审定",)),
        ("science", ("推荐草稿待签署", "编制批次", "发送")),
        ("science2", ("签署推荐",)),
        ("centre", ("编制批次",)),
        ("town", ("拨付配套资金",)),
        ("town2", ("签署推荐", "签署展期意见")),
        ("bank", ("提出审批意见", "录入到账", "授信用款期限", "贷款到期", "核对")),
        ("bank2", ("复核审批", "复核放款", "复核还款", "复核到账", "复核资本净额", "复核数据更正", "复核还款冲正", "复核还款文件", "报送")),
    ],
)
def test_everyone_finds_open_work_in_the_living_programme(cast: Cast, db: None, name: str, work: tuple[str, ...]) -> None:
    user, table = cast[name], workday_table()
    found = [*decisions.todos(user, TODAY, table), *loan_pages.todos(user), *changes.todos(user), *todos(user, TODAY, table)]
    labels = [todo.label for todo in found]
    assert [kind for kind in work if not any(label.startswith(kind) for label in labels)] == []


def test_money_came_in_while_the_bank_s_officer_was_away_and_paper_and_trail_name_both(cast: Cast, db: None) -> None:
    [entered] = AuditEvent.objects.filter(on_behalf_of__isnull=False)
    both = f"{cast['bank3'].name}（代{cast['bank'].name}）"
    assert (entered.action, entered.programme_code, entered.person) == ("contribution.receive", "demo", both)
    paper = receipt(Contribution.objects.get(pk=entered.object_id))
    assert (paper["officer"], paper["reviewer"]) == (both, cast["bank2"].name)
    assert not acting(cast["bank3"], TODAY).places_today, "over by now"


def test_the_bank_s_file_waits_with_good_rows_and_a_mistyped_one(cast: Cast, db: None) -> None:
    file = ImportFile.objects.get()
    assert (file.status, [one["code"] for one in file.findings]) == ("previewed", ["W015"])
    assert [row.codes.split() for row in file.rows.order_by("number")] == [[], [], [], ["E311"]]


def test_only_the_living_programme_has_work(cast: Cast, db: None) -> None:
    waiting = QuarterlySummary.objects.exclude(status__in=("accepted", "returned")).values_list("programme__code", flat=True)
    assert set(waiting) == {"demo"}


def test_the_living_programme_shows_a_warning_a_missing_inspection_and_arrears(cast: Cast, db: None) -> None:
    rows = [set(reasons(row, TODAY)) for row in watched(Loan.objects.filter(programme__code="demo"), TODAY)]
    apart = {WatchReason.WARNING, WatchReason.UNINSPECTED, WatchReason.OVERDUE}
    expected = [{one} for one in apart] + [{WatchReason.OVERDUE}]  # one in arrears, and one that failed
    assert sorted(map(str, (found & apart for found in rows if found & apart))) == sorted(map(str, expected))
    assert EarlyWarning.objects.filter(status="lifted").exists()


def test_the_returned_summary_is_mended_by_what_its_reason_asks_for(cast: Cast, db: None) -> None:
    returned = QuarterlySummary.objects.get(programme__code="demo", status="returned")
    loan = Loan.objects.get(programme__code="demo", status="entered", note_no__in=re.findall(r"JJ\d+", returned.return_reason))
    confirm_loan(loan=loan, by=cast["bank2"], on=TODAY, now=moment(TODAY, 12))
    draft = QuarterlySummary.objects.get(programme__code="demo", quarter=returned.quarter, status="draft")
    check_summary(summary=draft, by=cast["bank"], on=TODAY, now=moment(TODAY, 13))
    sent = submit_summary(summary=draft, by=cast["bank2"], on=TODAY, now=moment(TODAY, 14))
    assert loan.note_no in [line["note_no"] for line in document(sent)["lines"]]
    latest = QuarterlySummary.objects.get(programme__code="demo", status="checked")
    assert submit_summary(summary=latest, by=cast["bank2"], on=TODAY, now=moment(TODAY, 15)).status == "submitted"


@pytest.mark.parametrize("day, minutes, latest, expected", [(TODAY, 5, None, (9, 5)), (TODAY, 5, 7, (7, 0)), (TODAY, 5, 12, (9, 5))])
def test_nothing_of_the_day_happens_after_the_moment_the_demonstration_is_made(
    day: date, minutes: int, latest: int | None, expected: tuple[int, int]
) -> None:
    happened = at_moment(day, minutes, moment(TODAY, latest) if latest else None)
    assert (happened.hour, happened.minute) == expected
    assert at_moment(TODAY - timedelta(days=1), minutes, moment(TODAY, 7)).hour == 9, "the day before keeps its hours"


def test_replay_refuses_a_database_that_is_not_empty(cast: Cast, db: None) -> None:
    before = Loan.objects.count()
    with pytest.raises(CommandError, match="不是空的"):
        call_command("replay", stdout=StringIO())
    assert Loan.objects.count() == before


def test_replay_refuses_production(db: None, settings: Any) -> None:
    settings.DEMONSTRATION = False
    with pytest.raises(CommandError, match="生产环境"):
        call_command("replay", stdout=StringIO())

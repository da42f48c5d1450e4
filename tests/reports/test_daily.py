"""The daily job: each day once, missed days caught up, one failing step stops no other; the commands that run it by hand."""

import re
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reports.models import QuarterlySummary
from reports.services.daily import JOB, run_daily
from reports.tasks import generate_summaries as quarter_task
from reserve.enums import DeadlineKind
from reserve.models import Deadline, JobRun
from tests.factories import World, moment
from tests.support.faults import refuse_rows
from tests.support.rows import all_rows

pytestmark = pytest.mark.django_db


def test_the_first_run_takes_its_day_alone(world: World) -> None:
    assert [run.on for run in run_daily(on=date(2012, 1, 10), now=moment(date(2012, 1, 10)))] == [date(2012, 1, 10)]


def test_missed_days_are_caught_up_in_order(world: World) -> None:
    run_daily(on=date(2011, 12, 29), now=moment(date(2011, 12, 29)))
    runs = run_daily(on=date(2012, 1, 2), now=moment(date(2012, 1, 2)))
    assert [run.on for run in runs] == [date(2011, 12, 30), date(2011, 12, 31), date(2012, 1, 1), date(2012, 1, 2)]
    assert QuarterlySummary.objects.get().generated_on == date(2012, 1, 1)


def test_a_day_is_worked_once(world: World) -> None:
    day = date(2012, 1, 10)
    run_daily(on=day, now=moment(day))
    before = all_rows()
    assert run_daily(on=day, now=moment(day, 12)) == []
    assert all_rows() == before


def test_summaries_missed_for_long_are_made_oldest_first(world: World) -> None:
    run_daily(on=date(2012, 7, 1), now=moment(date(2012, 7, 1)))
    assert list(QuarterlySummary.objects.order_by("pk").values_list("quarter", flat=True)) == ["2011Q4", "2012Q1", "2012Q2"]


def orphan(world: World) -> Deadline:
    """A clock whose credit line does not exist: working on it fails."""
    return Deadline.objects.create(
        programme=world.programme,
        kind=DeadlineKind.APPROVAL_EXPIRY,
        organisation=world.bank_organisation,
        subject_type="loans.creditline",
        subject_id=999_999,
        label="授信用款期限",
        starts_on=date(2011, 12, 1),
        due_on=date(2011, 12, 30),
    )


def test_a_failing_step_is_recorded_and_stops_no_other(world: World) -> None:
    orphan(world)
    (run,) = run_daily(on=date(2012, 1, 4), now=moment(date(2012, 1, 4)))
    (failure,) = run.failures
    assert re.match(r"授信 \d+: DoesNotExist", failure)
    assert run.finished_at is not None
    assert run.counts["summaries_generated"] == 1


def test_a_day_with_failures_is_worked_again(world: World) -> None:
    clock = orphan(world)
    run_daily(on=date(2012, 1, 3), now=moment(date(2012, 1, 3)))
    run_daily(on=date(2012, 1, 4), now=moment(date(2012, 1, 4)))
    clock.delete()
    runs = run_daily(on=date(2012, 1, 4), now=moment(date(2012, 1, 4), 12))
    assert [(run.on.day, run.failures) for run in runs] == [(3, []), (4, [])]
    assert JobRun.objects.filter(job=JOB, failures=[]).count() == 2


def worked(day: date, *, failures: tuple[str, ...] = (), finished: bool = True) -> None:
    """A day as an earlier run left it."""
    at = moment(day)
    JobRun.objects.create(job=JOB, on=day, started_at=at, finished_at=at if finished else None, failures=list(failures))


def test_an_older_day_that_failed_or_stopped_midway_is_worked_again_before_the_new_ones(world: World) -> None:
    worked(date(2012, 3, 1), finished=False)
    worked(date(2012, 3, 2), failures=("reserve: OperationalError: database is locked",))
    for number in (3, 4, 5):
        worked(date(2012, 3, number))
    runs = run_daily(on=date(2012, 3, 7), now=moment(date(2012, 3, 7)))
    assert [run.on.day for run in runs] == [1, 2, 6, 7]
    assert all(run.failures == [] and run.finished_at is not None for run in JobRun.objects.filter(job=JOB))
    before = all_rows()
    assert run_daily(on=date(2012, 3, 7), now=moment(date(2012, 3, 7), 12)) == []
    assert all_rows() == before


def test_a_day_that_failed_more_than_a_month_ago_is_worked_again_only_when_it_is_named(world: World) -> None:
    failed = date(2012, 2, 1)
    worked(failed, failures=("loans: DoesNotExist",))
    worked(date(2012, 3, 1))
    assert [run.on for run in run_daily(on=date(2012, 3, 2), now=moment(date(2012, 3, 2)))] == [failed, date(2012, 3, 2)]
    JobRun.objects.filter(on=failed).update(failures=["loans: DoesNotExist"])
    assert [run.on for run in run_daily(on=date(2012, 3, 3), now=moment(date(2012, 3, 3)))] == [date(2012, 3, 3)]
    assert [run.on for run in run_daily(on=failed, now=moment(date(2012, 3, 3), 12))] == [failed]


def test_run_daily_says_what_it_did(world: World) -> None:
    out = StringIO()
    call_command("run_daily", "--on", "2012-01-04", stdout=out)
    assert "2012-01-04" in out.getvalue()
    assert "summaries_generated=1" in out.getvalue()
    out = StringIO()
    call_command("run_daily", "--on", "2012-01-04", stdout=out)
    assert "没有需要补做的日子" in out.getvalue()


def test_run_daily_refuses_a_day_that_has_not_come(world: World) -> None:
    with pytest.raises(CommandError, match="还没有到"):
        call_command("run_daily", "--on", "2999-01-04", stdout=StringIO())
    assert not JobRun.objects.exists()


def test_run_daily_fails_when_a_step_did(world: World) -> None:
    orphan(world)
    with pytest.raises(CommandError, match=r"授信 \d+: DoesNotExist"):
        call_command("run_daily", "--on", "2012-01-04", stdout=StringIO())


def test_generate_summaries_makes_the_quarter_asked_for_once(world: World) -> None:
    out = StringIO()
    call_command("generate_summaries", "--quarter", "2011Q4", stdout=out)
    assert "2011年第四季度：新生成 1 份" in out.getvalue()
    out = StringIO()
    call_command("generate_summaries", "--quarter", "2011Q4", stdout=out)
    assert "新生成 0 份" in out.getvalue()


def test_generate_summaries_names_those_that_failed(world: World) -> None:
    refuse_rows(QuarterlySummary, "NEW.quarter = '2011Q4'")
    with pytest.raises(CommandError, match=r"新生成 0 份，以下未能生成：\nxiaolan 村镇银行 2011Q4: "):
        call_command("generate_summaries", "--quarter", "2011Q4", stdout=StringIO())


@pytest.mark.parametrize("quarter, words", [("2012-Q1", "写法不对"), ("2012Q5", "写法不对"), ("2090Q1", "尚未结束")])
def test_generate_summaries_refuses_in_words(world: World, quarter: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("generate_summaries", "--quarter", quarter, stdout=StringIO())


def test_the_quarter_task_makes_what_is_owed_for_the_quarter_before(world: World) -> None:
    assert quarter_task("2012-01-01") == 1
    assert quarter_task("2012-01-02") == 0

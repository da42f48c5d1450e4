"""Quarterly summaries from generation to acceptance (domain §3.11): order, versions, refusals that change nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from common.errors import InvalidInput, NotAllowed, WrongState
from enterprises.services import enterprises as enterprise_services
from loans.errors import NotYourBank
from loans.services.loans import confirm_loan
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification, User
from parties.selectors import timeline
from reports.enums import SUMMARY_LIFECYCLE, SummaryStatus
from reports.errors import CheckedContentChanged, EarlierQuarterOpen, QuarterNotEnded
from reports.models import QuarterlySummary
from reports.permissions import reason_against
from reports.rules import digest
from reports.selectors.summaries import current_content, current_contents, document, missing_summaries, owed_quarters, owed_summaries
from reports.services.summaries import (
    accept_summary,
    check_summary,
    generate_missing,
    generate_summaries,
    propose_summary,
    return_summary,
    submit_summary,
)
from reserve.enums import DeadlineKind
from reserve.models import ClosedPeriod, Deadline
from reserve.quarters import Quarter
from reserve.services.jobs import SomeFailed
from reserve.services.programmes import add_party, end_programme, open_reserve_account
from tests.factories import (
    STAGES,
    World,
    advance,
    at,
    deposit,
    elsewhere,
    enterprise_data,
    make_correction,
    make_entered,
    make_enterprise,
    make_extension,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_reversal,
    make_summary,
    make_world,
    match,
    moment,
    on,
)
from tests.support.faults import refuse_rows
from tests.support.rows import refused

pytestmark = pytest.mark.django_db

Q4, Q1, Q2 = Quarter(2011, 4), Quarter(2012, 1), Quarter(2012, 2)

STEPS: dict[str, tuple[Callable[..., Any], str, dict[str, Any]]] = {
    "check": (check_summary, "bank", {}),
    "submit": (submit_summary, "bank2", {}),
    "propose": (propose_summary, "province", {}),
    "accept": (accept_summary, "province2", {}),
    "return": (return_summary, "province", {"reason": "第1行用途有误。"}),
}


def lend(world: World, number: int, day: date, **changes: Any) -> Any:
    """A loan of 500万 to the n-th enterprise, disbursed on a day."""
    return make_loan(world, make_line(world, make_enterprise(world, number), day=day - timedelta(days=10)), day=day, **changes)


# which are owed


def test_no_summary_is_owed_before_the_first_deposit(db: None) -> None:
    world = make_world()
    assert owed_quarters(world.programme, date(2013, 1, 1)) == []


def test_summaries_are_owed_from_the_quarter_of_the_first_deposit_to_the_last_one_ended(world: World) -> None:
    assert owed_quarters(world.programme, date(2011, 12, 31)) == []
    assert owed_quarters(world.programme, date(2012, 1, 1)) == [Q4]
    assert owed_quarters(world.programme, date(2012, 7, 1)) == [Q4, Q1, Q2]


def test_an_ended_programme_owes_until_its_last_loan_is_settled(world: World) -> None:
    loan = lend(world, 1, date(2012, 3, 1))
    end(world, date(2012, 6, 30))
    assert owed_quarters(world.programme, date(2013, 4, 1))[-1] == Quarter(2013, 1)
    make_repayment(world, loan, loan.amount, paid_on=date(2012, 11, 5))
    assert owed_quarters(world.programme, date(2030, 1, 1))[-1] == Quarter(2012, 4)


def test_an_ended_programme_without_loans_owes_nothing_after_its_end(world: World) -> None:
    end(world, date(2012, 6, 30))
    assert owed_quarters(world.programme, date(2030, 1, 1)) == [Q4, Q1, Q2]
    generate_missing(**at(2030, 1, 1))
    assert missing_summaries(world.programme, date(2031, 1, 1)) == []


def end(world: World, day: date) -> None:
    end_programme(programme=world.programme, ended_on=day, reason="期满。", by=world.province2, **on(day))
    world.programme.refresh_from_db()


# generation


def test_a_summary_is_not_made_before_its_quarter_has_ended(world: World) -> None:
    with refused(QuarterNotEnded, "2012-04-01"):
        generate_summaries(quarter=Q1, **at(2012, 3, 31))


def test_a_summary_is_made_once_with_its_clock(world: World) -> None:
    (summary,) = generate_summaries(quarter=Q4, **at(2012, 1, 1))
    assert generate_summaries(quarter=Q4, **at(2012, 1, 2)) == []
    assert (summary.status, summary.version, summary.generated_on) == ("draft", 1, date(2012, 1, 1))
    clock = Deadline.objects.get(kind=DeadlineKind.SUMMARY)
    assert (clock.organisation, clock.due_on, clock.provisional) == (world.bank_organisation, date(2012, 1, 17), False)
    assert set(Notification.objects.filter(key__startswith="summary:").values_list("recipient__username", flat=True)) == {
        "bank",
        "bank2",
        "bank3",
    }


def test_a_summary_that_fails_is_named_and_keeps_no_other_from_being_made(world: World) -> None:
    refuse_rows(QuarterlySummary, "NEW.quarter = '2012Q1'")
    for _ in range(2):  # and again: it stays owed
        with pytest.raises(SomeFailed) as some:
            generate_missing(**at(2012, 7, 1))
        [failure] = some.value.failures
        assert failure.startswith("xiaolan 村镇银行 2012Q1: ")
    assert list(QuarterlySummary.objects.order_by("pk").values_list("quarter", flat=True)) == ["2011Q4", "2012Q2"]


def test_a_programme_that_fails_keeps_no_other_from_its_summaries(world: World) -> None:
    other = elsewhere(world)
    account = open_reserve_account(
        programme=other.programme,
        funder=world.province_organisation,
        bank=world.bank_organisation,
        name="第二项目专户",
        number="80020000000000033",
        opened_on=date(2011, 10, 28),
        by=world.sysadmin,
        **at(2011, 10, 28),
    )
    deposit(replace(other, provincial_account=account))
    refuse_rows(QuarterlySummary, f"NEW.programme_id = {world.programme.pk}")
    with pytest.raises(SomeFailed) as some:
        generate_summaries(quarter=Q4, **at(2012, 1, 1))
    assert (len(some.value.failures), some.value.counts) == (1, {"summaries_generated": 1})
    assert QuarterlySummary.objects.get().programme == other.programme


@pytest.mark.parametrize("ended, due", [(date(2012, 9, 30), date(2012, 10, 19)), (date(2012, 12, 31), date(2013, 1, 15))])
def test_the_due_day_is_the_tenth_working_day_after_the_quarter(world: World, ended: date, due: date) -> None:
    (summary,) = generate_summaries(quarter=Quarter.of(ended), **on(Quarter.of(ended).next().start))
    assert summary.clock.due_on == due


def test_a_due_day_in_a_year_without_a_notice_is_provisional(db: None) -> None:
    world = make_world(agreement_signed_on=date(2049, 1, 4))
    deposit(world, arrived_on=date(2049, 2, 1))
    (summary,) = generate_summaries(quarter=Quarter(2049, 1), **at(2049, 4, 1))
    assert summary.clock.provisional


def test_a_quarter_without_loans_is_a_nil_return(world: World) -> None:
    content = document(make_summary(world, "2011Q4", until="submitted"))
    assert (content["lines"], content["loan_count"], content["total_amount"]) == ([], 0, "0.00")


def test_lines_are_the_loans_disbursed_in_the_quarter_in_order(world: World) -> None:
    lend(world, 2, date(2012, 2, 1), note_no="JJ2")
    lend(world, 3, date(2012, 2, 1), note_no="JJ1")
    make_entered(world, make_line(world, make_enterprise(world, 5)), day=date(2012, 3, 5))
    lend(world, 1, date(2012, 3, 31), note_no="JJ9")
    lend(world, 4, date(2012, 4, 1))
    content = document(make_summary(world, "2012Q1"))
    assert [(line["number"], line["note_no"], line["disbursed_on"]) for line in content["lines"]] == [
        (1, "JJ1", "2012-02-01"),
        (2, "JJ2", "2012-02-01"),
        (3, "JJ9", "2012-03-31"),
    ]
    assert (content["loan_count"], content["total_amount"]) == (3, "15000000.00")
    assert (content["declared_reserve"], content["declared_provincial"]) == ("2000000.01", "399999.99")


# the way to acceptance


def test_a_summary_goes_from_draft_to_accepted(world: World) -> None:
    lend(world, 1, date(2012, 3, 1))
    summary = make_summary(world, "2012Q1", until="accepted", day=date(2012, 4, 12))
    assert summary.status == "accepted"
    assert [
        person.username for person in (summary.checked_by, summary.submitted_by, summary.proposed_by, summary.accepted_by) if person
    ] == [
        "bank",
        "bank2",
        "province",
        "province2",
    ]
    assert (summary.submitted_on, summary.loan_count, str(summary.total_amount)) == (date(2012, 4, 12), 1, "5000000.00")
    assert summary.ledger_head == world.programme.ledger_head.hash
    assert summary.checksum == digest(summary.snapshot)
    assert (summary.clock.met_on, summary.clock.late_workdays) == (date(2012, 4, 12), 0)
    trail = AuditEvent.objects.filter(object_type="reports.quarterlysummary", object_id=str(summary.pk)).order_by("id")
    assert [event.action for event in trail] == [
        "summary.generate",
        "summary.check",
        "summary.submit",
        "summary.propose",
        "summary.accept",
    ]


def test_lateness_is_recorded_in_working_days(world: World) -> None:
    summary = make_summary(world, "2011Q4", until="submitted", day=date(2012, 1, 19))
    summary.clock.refresh_from_db()
    assert (summary.clock.met_on, summary.clock.late_workdays) == (date(2012, 1, 19), 2)


def test_what_was_seen_is_checked_and_submitted_or_nothing(world: World) -> None:
    entered = make_entered(world, make_line(world, make_enterprise(world, 1)), day=date(2012, 3, 30))
    summary = make_summary(world, "2012Q1", day=date(2012, 4, 5))
    seen = digest(current_content(summary))
    confirm_loan(loan=entered, by=world.bank2, **at(2012, 4, 5))
    with refused(CheckedContentChanged, "您看到的内容"):
        check_summary(summary=summary, digest=seen, by=world.bank, **at(2012, 4, 6))
    now = digest(current_content(summary))
    checked = check_summary(summary=summary, digest=now, by=world.bank, **at(2012, 4, 6))
    with refused(CheckedContentChanged, "您看到的内容"):
        submit_summary(summary=checked, digest=seen, by=world.bank2, **at(2012, 4, 6))
    assert submit_summary(summary=checked, digest=now, by=world.bank2, **at(2012, 4, 6)).loan_count == 1


def test_the_buttons_post_what_the_page_shows(world: World, sign_in: Callable[[User], Client]) -> None:
    entered = make_entered(world, make_line(world, make_enterprise(world, 1)), day=date(2012, 3, 30))
    summary = make_summary(world, "2012Q1", day=date(2012, 4, 5))
    seen = digest(current_content(summary))
    client = sign_in(world.bank)
    assert f'name="digest" value="{seen}"' in client.get(summary.get_absolute_url()).content.decode()
    confirm_loan(loan=entered, by=world.bank2, **at(2012, 4, 5))
    page = client.post(reverse("reports:summary_check", args=[summary.pk]), {"digest": seen}, follow=True)
    assert "您看到的内容" in page.content.decode()
    summary.refresh_from_db()
    assert summary.status == "draft"


def test_an_earlier_quarter_must_be_submitted_first(world: World) -> None:
    generate_summaries(quarter=Q4, **at(2012, 1, 1))
    (summary,) = generate_summaries(quarter=Q1, **at(2012, 4, 1))
    check_summary(summary=summary, by=world.bank, **at(2012, 4, 5))
    with refused(EarlierQuarterOpen, "2011年第四季度"):
        submit_summary(summary=summary, by=world.bank2, **at(2012, 4, 5))


def test_an_earlier_quarter_nobody_has_made_yet_must_be_submitted_first(world: World) -> None:
    (summary,) = generate_summaries(quarter=Q1, **at(2012, 4, 1))
    check_summary(summary=summary, by=world.bank, **at(2012, 4, 5))
    with refused(EarlierQuarterOpen, "2011年第四季度"):
        submit_summary(summary=summary, by=world.bank2, **at(2012, 4, 5))


def test_a_returned_quarter_must_be_submitted_again_before_a_later_one(world: World) -> None:
    """Else what is confirmed in between would be a line of the one and stand in the annex of the other."""
    first = make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9))
    second = return_summary(summary=first, reason="缺一笔。", by=world.province2, **at(2012, 4, 10))
    (later,) = generate_summaries(quarter=Q2, **at(2012, 7, 1))
    check_summary(summary=later, by=world.bank, **at(2012, 7, 5))
    with refused(EarlierQuarterOpen, "2012年第一季度"):
        submit_summary(summary=later, by=world.bank2, **at(2012, 7, 6))
    advance(world, second, until="submitted", day=date(2012, 7, 6))
    assert submit_summary(summary=later, by=world.bank2, **at(2012, 7, 6)).status == "submitted"


def test_a_bank_handles_its_own_summaries_alone(world: World) -> None:
    other = make_organisation(OrganisationKind.BANK, "第二村镇银行", "第二银行")
    add_party(programme=world.programme, organisation=other, by=world.sysadmin, **at(2011, 12, 1))
    officer, reviewer = make_person("other", other, Role.OFFICER), make_person("other2", other, Role.REVIEWER)
    draft = make_summary(world, "2011Q4")
    with refused(NotYourBank, "小榄村镇银行"):
        check_summary(summary=draft, by=officer, **at(2012, 1, 6))
    checked = advance(world, draft, until="checked", day=date(2012, 1, 6))
    with refused(NotYourBank, "小榄村镇银行"):
        submit_summary(summary=checked, by=reviewer, **at(2012, 1, 6))
    assert reason_against(reviewer, checked, "submit") == "须由小榄村镇银行办理"
    assert reason_against(world.bank2, checked, "submit") is None


def test_a_bank_that_joins_later_owes_from_the_quarter_it_joined_in(world: World) -> None:
    other = make_organisation(OrganisationKind.BANK, "第二村镇银行", "第二银行")
    add_party(programme=world.programme, organisation=other, by=world.sysadmin, **at(2012, 2, 1))
    owed = owed_summaries(world.programme, date(2012, 7, 1))
    assert [(bank.short_name, str(quarter)) for bank, quarter in owed] == [
        ("村镇银行", "2011Q4"),
        ("村镇银行", "2012Q1"),
        ("第二银行", "2012Q1"),
        ("村镇银行", "2012Q2"),
        ("第二银行", "2012Q2"),
    ]


def test_content_that_changed_after_the_check_is_not_submitted(world: World) -> None:
    entered = make_entered(world, make_line(world, make_enterprise(world, 1)), day=date(2012, 3, 30))
    summary = make_summary(world, "2012Q1", until="checked", day=date(2012, 4, 5))
    confirm_loan(loan=entered, by=world.bank2, **at(2012, 4, 5))
    with refused(CheckedContentChanged, "重新核对"):
        submit_summary(summary=summary, by=world.bank2, **at(2012, 4, 6))
    check_summary(summary=summary, by=world.bank, **at(2012, 4, 6))
    assert submit_summary(summary=summary, by=world.bank2, **at(2012, 4, 6)).loan_count == 1


def test_one_person_is_never_both_halves(world: World) -> None:
    """Even one who has changed from officer to reviewer in between."""
    summary = make_summary(world, "2011Q4", until="checked")
    world.bank.role = Role.REVIEWER
    world.bank.save()
    with refused(SamePerson):
        submit_summary(summary=summary, by=world.bank, **at(2012, 1, 6))
    summary = advance(world, summary, until="proposed", day=date(2012, 1, 6))
    world.province.role = Role.REVIEWER
    world.province.save()
    with refused(SamePerson):
        accept_summary(summary=summary, by=world.province, **at(2012, 1, 6))


@pytest.mark.parametrize("action", STEPS)
def test_only_those_whose_step_it_is_may_take_it(world: World, action: str) -> None:
    service, holder, values = STEPS[action]
    before = {"check": "draft", "submit": "checked", "propose": "submitted", "accept": "proposed", "return": "submitted"}[action]
    summary = make_summary(world, "2011Q4", until=before)
    holders = {holder, "bank3"} if action == "submit" else {holder, "province2"} if action == "return" else {holder}
    for name in sorted({user.username for user in User.objects.all()} - holders):
        with refused(NotAllowed):
            service(summary=summary, by=getattr(world, name), **values, **at(2012, 1, 6))


@pytest.mark.parametrize("status", STAGES)
@pytest.mark.parametrize("action", STEPS)
def test_a_step_is_refused_in_any_state_that_is_not_its_own(world: World, action: str, status: str) -> None:
    service, holder, values = STEPS[action]
    summary = make_summary(world, "2011Q4", until=status)
    if SUMMARY_LIFECYCLE.allows(action, status):
        service(summary=summary, by=getattr(world, holder), **values, **at(2012, 1, 9))
        return
    with refused(WrongState):
        service(summary=summary, by=getattr(world, holder), **values, **at(2012, 1, 9))


# returned


def test_a_returned_version_is_followed_by_the_next_and_its_quarter_opens_again(world: World) -> None:
    first = make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9))
    second = return_summary(summary=first, reason="缺一笔。", by=world.province2, **at(2012, 4, 10))
    first.refresh_from_db()
    assert (first.status, first.return_reason) == ("returned", "缺一笔。")
    assert (second.status, second.version, second.clock) == ("draft", 2, first.clock)
    [made] = timeline(second)
    assert (made.action, made.actor, made.reason) == ("summary.generate", world.province2, "缺一笔。")
    assert not ClosedPeriod.objects.filter(quarter="2012Q1").exists()
    lend(world, 1, date(2012, 3, 30))
    second = advance(world, second, until="accepted", day=date(2012, 4, 20))
    assert [line["disbursed_on"] for line in document(second)["lines"]] == ["2012-03-30"]
    assert second.clock.met_on == date(2012, 4, 9), "the duty was met by the first version"
    assert document(first)["lines"] == []


def test_a_return_needs_a_reason_of_at_most_three_hundred_characters(world: World) -> None:
    summary = make_summary(world, "2011Q4", until="submitted")
    for reason in ("  ", "长" * 301):
        with refused(InvalidInput, "不超过 300 字", field="reason"):
            return_summary(summary=summary, reason=reason, by=world.province, **at(2012, 1, 9))
    return_summary(summary=summary, reason=f" {'长' * 300} ", by=world.province, **at(2012, 1, 9))
    summary.refresh_from_db()
    assert summary.return_reason == "长" * 300


def test_a_returned_version_stays_returned(world: World) -> None:
    summary = make_summary(world, "2011Q4", until="submitted")
    return_summary(summary=summary, reason="有误。", by=world.province, **at(2012, 1, 9))
    for service, holder, values in STEPS.values():
        with refused(WrongState):
            service(summary=summary, by=getattr(world, holder), **values, **at(2012, 1, 9))


def test_a_version_returned_after_a_later_quarter_closed_keeps_its_cut_off(world: World) -> None:
    first = make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9))
    make_summary(world, "2012Q2", until="submitted", day=date(2012, 7, 9))
    second = return_summary(summary=first, reason="请复核。", by=world.province, **at(2012, 7, 10))
    assert ClosedPeriod.objects.filter(quarter="2012Q1").exists()
    lend(world, 1, date(2012, 7, 11))
    late = lend(world, 2, date(2012, 7, 12))
    assert late.confirmed_at == moment(date(2012, 7, 12))
    assert document(advance(world, second, until="submitted", day=date(2012, 7, 13)))["lines"] == []


# late confirmations


def late_loan(world: World, number: int, *, disbursed_on: date, confirmed_on: date) -> Any:
    """Disbursed on one day, entered and confirmed by the bank only later."""
    line = make_line(world, make_enterprise(world, number), day=disbursed_on - timedelta(days=10))
    entered = make_entered(world, line, day=disbursed_on)
    return confirm_loan(loan=entered, by=world.bank2, **on(confirmed_on))


def test_a_late_confirmation_stands_in_the_annex_of_the_next_summary_and_in_no_total(world: World) -> None:
    make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9))
    late = late_loan(world, 1, disbursed_on=date(2012, 3, 20), confirmed_on=date(2012, 4, 12))
    lend(world, 2, date(2012, 5, 2))
    content = document(make_summary(world, "2012Q2", until="submitted"))
    assert [line["disbursed_on"] for line in content["lines"]] == ["2012-05-02"]
    assert (content["loan_count"], content["total_amount"]) == (1, "5000000.00")
    (adjustment,) = content["adjustments"]
    assert (adjustment["note_no"], adjustment["disbursed_on"], adjustment["recorded_on"], adjustment["kind"]) == (
        late.note_no,
        "2012-03-20",
        "2012-04-12",
        "late_confirmation",
    )
    assert (content["adjustment_loan_count"], content["adjustment_total_amount"]) == (1, "5000000.00")
    assert document(make_summary(world, "2012Q3"))["adjustments"] == [], "told once"


def test_a_confirmation_overtaken_by_the_submission_stands_in_the_next_annex_whatever_the_clock_said(world: World) -> None:
    """Its request came a second before the submission's, its transaction after: one of the two papers must name it."""
    line = make_line(world, make_enterprise(world, 1), day=date(2012, 3, 10))
    entered = make_entered(world, line, day=date(2012, 3, 20))
    first = make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9))
    assert first.submitted_at is not None
    confirm_loan(loan=entered, by=world.bank2, on=date(2012, 4, 9), now=first.submitted_at - timedelta(seconds=1))
    content = document(make_summary(world, "2012Q2", until="submitted"))
    assert document(first)["lines"] == []
    assert [line["note_no"] for line in content["adjustments"]] == [entered.note_no]


def test_what_is_confirmed_before_the_quarter_closes_is_an_ordinary_line(world: World) -> None:
    late_loan(world, 1, disbursed_on=date(2012, 3, 30), confirmed_on=date(2012, 4, 5))
    content = document(make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9)))
    assert (content["loan_count"], content["adjustment_loan_count"]) == (1, 0)


def test_a_fact_two_quarters_late_stands_in_the_annex_of_the_first_summary_still_open(world: World) -> None:
    make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9))
    make_summary(world, "2012Q2", until="submitted", day=date(2012, 7, 9))
    late = late_loan(world, 1, disbursed_on=date(2012, 3, 20), confirmed_on=date(2012, 7, 20))
    content = document(make_summary(world, "2012Q3", until="submitted"))
    assert [line["note_no"] for line in content["adjustments"]] == [late.note_no]


def test_a_loan_from_before_the_first_deposit_stands_in_the_annex_of_the_first_summary() -> None:
    world = make_world()
    deposit(world, arrived_on=date(2012, 1, 5))
    match(world, arrived_on=date(2012, 1, 6))
    late = late_loan(world, 1, disbursed_on=date(2011, 12, 20), confirmed_on=date(2012, 1, 10))
    content = document(make_summary(world, "2012Q1", until="submitted"))
    assert (content["lines"], [line["note_no"] for line in content["adjustments"]]) == ([], [late.note_no])
    assert document(make_summary(world, "2012Q2"))["adjustments"] == []


def test_every_loan_is_declared_exactly_once(world: World) -> None:
    """Whatever the order of disbursing, confirming, submitting: each 借据 is a line or an adjustment of one summary."""
    for number, (disbursed_on, confirmed_on) in enumerate(
        [
            (date(2012, 2, 1), date(2012, 2, 1)),
            (date(2012, 3, 31), date(2012, 4, 9)),
            (date(2012, 3, 31), date(2012, 4, 10)),
            (date(2012, 6, 30), date(2012, 7, 9)),
            (date(2012, 4, 1), date(2012, 7, 10)),
        ],
        1,
    ):
        for quarter, day in (("2012Q1", date(2012, 4, 9)), ("2012Q2", date(2012, 7, 9))):
            if confirmed_on > day:
                make_summary(world, quarter, until="submitted", day=day)
        late_loan(world, number, disbursed_on=disbursed_on, confirmed_on=confirmed_on)
    make_summary(world, "2012Q3", until="submitted")
    told = [line["note_no"] for row in QuarterlySummary.objects.all() for line in (*document(row)["lines"], *document(row)["adjustments"])]
    assert sorted(told) == sorted(world.programme.loans.values_list("note_no", flat=True))


# what became of earlier quarters' loans


def test_a_repayment_told_late_stands_among_the_changes_with_both_days(world: World) -> None:
    loan = lend(world, 1, date(2012, 2, 1))
    make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9))
    make_repayment(world, loan, "1000000", paid_on=date(2012, 3, 20), day=date(2012, 4, 12))
    make_repayment(world, loan, "1000000", paid_on=date(2012, 4, 13))
    (change,) = document(make_summary(world, "2012Q2", until="submitted"))["changes"]
    assert change == {
        "number": 1,
        "kind": "late_repayment",
        "kind_label": "补记还款",
        "enterprise_name": loan.enterprise_name,
        "note_no": loan.note_no,
        "fact_on": "2012-03-20",
        "recorded_on": "2012-04-12",
        "principal_change": "-1000000.00",
        "detail": "归还本金 1,000,000.00 元",
    }
    assert document(make_summary(world, "2012Q3"))["changes"] == [], "told once"


def test_a_reversal_is_told_when_the_repayment_was_of_a_closed_quarter(world: World) -> None:
    loan = lend(world, 1, date(2012, 2, 1))
    row = make_repayment(world, loan, "1000000", paid_on=date(2012, 3, 20))
    make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9))
    make_reversal(world, row, day=date(2012, 4, 12), reason="回单是别家的")
    again = make_repayment(world, loan, "500000", paid_on=date(2012, 4, 13))
    make_reversal(world, again, day=date(2012, 4, 16))
    (change,) = document(make_summary(world, "2012Q2", until="submitted"))["changes"]
    assert (change["kind"], change["fact_on"], change["principal_change"]) == ("reversal", "2012-03-20", "1000000.00")
    assert "回单是别家的" in change["detail"]


def test_corrections_and_extensions_of_declared_loans_are_told_with_what_was_and_is(world: World) -> None:
    loan = lend(world, 1, date(2012, 2, 1))
    before = document(make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9)))
    make_correction(world, loan, day=date(2012, 4, 12), amount=Decimal("4900000"), purpose="购置设备")
    make_extension(world, loan, due_on=date(2013, 6, 1), day=date(2012, 5, 14))
    fresh = lend(world, 2, date(2012, 5, 2))
    make_correction(world, fresh, day=date(2012, 5, 15), purpose="购置设备")
    second = document(make_summary(world, "2012Q2", until="submitted"))
    assert [(one["kind"], one["principal_change"]) for one in second["changes"]] == [("correction", "-100000.00"), ("extension", "0.00")]
    assert "用途：购买原材料→购置设备" in second["changes"][0]["detail"]
    assert "到期日 2013-01-01→2013-06-01" in second["changes"][1]["detail"]
    assert [line["purpose"] for line in second["lines"]] == ["购置设备"], "corrected before it was declared"
    first = QuarterlySummary.objects.get(quarter="2012Q1")
    assert document(first) == before


# frozen


def test_a_submitted_paper_does_not_change_with_its_loans_and_enterprises(world: World) -> None:
    loan = lend(world, 1, date(2012, 3, 1))
    summary = make_summary(world, "2012Q1", until="submitted")
    before = document(summary)
    make_repayment(world, loan, loan.amount, paid_on=date(2012, 5, 2))
    enterprise = loan.enterprise
    renamed = enterprise_data(1, name="中山市演示改名后有限公司")
    enterprise_services.update_enterprise(
        enterprise=enterprise, data=renamed, version=enterprise.version, by=world.centre, **at(2012, 5, 3)
    )
    summary.refresh_from_db()
    assert document(summary) == before
    assert digest(document(summary)) == summary.checksum
    assert before["lines"][0]["enterprise_name"] != renamed.name


def test_drafts_are_computed_together_in_four_queries(world: World, django_assert_num_queries: Callable[..., Any]) -> None:
    lend(world, 1, date(2012, 2, 1))
    lend(world, 2, date(2012, 5, 2))
    generate_missing(**at(2012, 10, 1))
    drafts = list(QuarterlySummary.objects.order_by("quarter"))
    with django_assert_num_queries(4):
        contents = current_contents(drafts)
    assert [contents[draft.pk]["loan_count"] for draft in drafts] == [0, 1, 1, 0]


def test_statuses_of_the_table_are_those_of_the_model() -> None:
    ends = {str(step.target) for step in SUMMARY_LIFECYCLE.transitions.values()}
    assert ends | {"draft"} == set(SummaryStatus.values)

"""Programmes: parties, accounts, dated rules, the end; closed quarters; reference rates."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from common.errors import InvalidInput, NotAllowed, NotFound, Refusal, WrongState
from common.http import now, today
from loans.selectors.rates import reference_rate
from parties.authentication import TokenAuthentication
from parties.backends import PartiesBackend
from parties.enums import OrganisationKind, Role
from parties.models import AuditEvent, Notification, Organisation, User
from parties.services.tokens import issue_token
from reserve.enums import RateKind
from reserve.errors import (
    BadProgramme,
    BadRate,
    ProgrammeNotActive,
    QuarterNotOver,
    RuleInPast,
    RuleUnchanged,
)
from reserve.models import ClosedPeriod, LedgerAccount, Programme, ProgrammeRule, ReferenceRate, ReserveAccount
from reserve.quarters import Quarter
from reserve.reference import load
from reserve.rulebook import RULEBOOK
from reserve.selectors.programmes import rule_history, rules_on, with_superseded
from reserve.selectors.rates import last_rate
from reserve.services import periods, programmes
from reserve.services.rates import enter_rate
from tests.factories import AGREEMENT_DAY, World, at, elsewhere, make_organisation, make_person, make_world, moment, on

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def counts() -> tuple[int, ...]:
    models = (Programme, ProgrammeRule, ReserveAccount, LedgerAccount, AuditEvent, Notification, ReferenceRate)
    return tuple(model.objects.count() for model in models)


def refused(error: type[Refusal], action: Callable[[], object]) -> Refusal:
    before = counts()
    with pytest.raises(error) as caught:
        action()
    assert counts() == before
    return caught.value


# --- setting up ----------------------------------------------------------------------------------------------------


def create(world: World, **values: Any) -> Programme:
    given: dict[str, Any] = {
        "code": "shiqi",
        "name": "石岐联合风险准备金",
        "agreement_name": "操作细则",
        "agreement_signed_on": date(2012, 5, 1),
        "region": "中山市",
        "parties": [world.province_organisation, world.science_organisation, world.town_organisation, world.bank_organisation],
        "by": world.sysadmin,
        **at(2012, 6, 1),
    }
    return programmes.create_programme(**{**given, **values})


def test_a_programme_starts_with_a_row_for_every_rule_from_its_agreement(world: World) -> None:
    made = create(world, rules={"leverage": "8", "match_ratio": "20/3"})
    history = rule_history(made)
    assert set(history) == set(RULEBOOK)
    assert {row.effective_on for rows in history.values() for row in rows} == {date(2012, 5, 1)}
    rules = rules_on(made, date(2012, 6, 1))
    assert (rules.leverage, rules.match_ratio, rules.region) == (Fraction(8), Fraction(20, 3), "中山市")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "xiaolan"}, "code"),
        ({"code": "小榄"}, "code"),
        ({"code": "-a"}, "code"),
        ({"code": "a" * 33}, "code"),
        ({"agreement_signed_on": date(2012, 6, 2)}, "agreement_signed_on"),
        ({"name": " "}, "name"),
        ({"region": ""}, "region"),
        ({"rules": {"leverage": "0"}}, "leverage"),
        ({"rules": {"nonsense": "1"}}, "key"),
        ({"rules": {"overdue_rate_warn": "0.9"}}, "overdue_rate_warn"),
    ],
)
def test_a_programme_with_wrong_facts_is_refused(world: World, values: dict[str, Any], field: str) -> None:
    assert field in refused(InvalidInput, lambda: create(world, **values)).fields


def test_the_agreements_name_is_kept_without_the_brackets_papers_put_around_it(world: World) -> None:
    assert create(world, agreement_name=" 《操作细则》").agreement_name == "操作细则"


def test_a_programme_has_one_centre_bureau_and_town_and_a_bank(world: World) -> None:
    whole = [world.province_organisation, world.science_organisation, world.town_organisation, world.bank_organisation]
    second = make_organisation(OrganisationKind.TOWN, "古镇镇人民政府")
    for parties in (*([one for one in whole if one != left] for left in whole), [*whole, second], [*whole, whole[0]]):
        assert "parties" in refused(BadProgramme, lambda parties=parties: create(world, parties=parties)).fields  # type: ignore[misc]


@pytest.mark.parametrize("who", ["province2", "bank", "secadmin", "auditadmin"])
def test_only_the_system_administrator_sets_up(world: World, who: str) -> None:
    refused(NotAllowed, lambda: create(world, by=getattr(world, who)))


def open_account(world: World, programme: Programme, **values: Any) -> ReserveAccount:
    given: dict[str, Any] = {
        "programme": programme,
        "funder": world.town_organisation,
        "bank": world.bank_organisation,
        "name": "专户",
        "number": "123",
        "opened_on": date(2012, 6, 1),
        "by": world.sysadmin,
        **at(2012, 6, 1),
    }
    return programmes.open_reserve_account(**{**given, **values})


def test_an_account_has_its_ledger_from_the_start(world: World) -> None:
    account = open_account(world, create(world))
    assert account.ledger_accounts.count() == 4


def test_an_account_with_wrong_facts_is_refused(world: World) -> None:
    made = create(world)
    open_account(world, made, funder=world.province_organisation, number="1")
    outsider = make_organisation(OrganisationKind.BANK, "外行")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"funder": world.science_organisation}, "funder"),
        ({"funder": world.province_organisation}, "funder"),
        ({"bank": outsider}, "bank"),
        ({"bank": world.province_organisation}, "bank"),
        ({"opened_on": date(2012, 6, 2)}, "opened_on"),
        ({"number": "1"}, "number"),
        ({"number": " "}, "number"),
    ]
    for values, field in cases:
        assert field in refused(InvalidInput, lambda values=values: open_account(world, made, **values)).fields  # type: ignore[misc]


def test_an_account_number_of_a_bank_stands_for_one_account_in_all_programmes(world: World) -> None:
    made, number = create(world), world.town_account.number
    refusal = refused(InvalidInput, lambda: open_account(world, made, number=number))
    assert world.programme.name in refusal.fields["number"][0]
    bank = make_organisation(OrganisationKind.BANK, "第二合作银行")
    programmes.add_party(programme=made, organisation=bank, by=world.sysadmin, **at(2012, 6, 1))
    assert open_account(world, made, number=number, bank=bank).number == number


def test_parties_may_join_later_but_not_twice(world: World) -> None:
    bank = make_organisation(OrganisationKind.BANK, "第二合作银行")
    town = make_organisation(OrganisationKind.TOWN, "古镇镇人民政府")

    def add(organisation: Organisation) -> Programme:
        return programmes.add_party(programme=world.programme, organisation=organisation, by=world.sysadmin, **at(2012, 6, 1))

    assert bank in add(bank).organisations()
    refused(BadProgramme, lambda: add(bank))
    refused(BadProgramme, lambda: add(town))


# --- rules ---------------------------------------------------------------------------------------------------------


def set_rule(world: World, **values: Any) -> ProgrammeRule:
    given: dict[str, Any] = {
        "programme": world.programme,
        "key": "leverage",
        "text": "8",
        "effective_on": date(2012, 7, 1),
        "reason": "联席会议纪要2012-3",
        "by": world.sysadmin,
        **at(2012, 6, 1),
    }
    return programmes.set_rule(**{**given, **values})


def test_a_rule_changes_from_its_day_on_and_history_stays(world: World) -> None:
    set_rule(world)
    assert rules_on(world.programme, date(2012, 6, 30)).leverage == Fraction(15, 2)
    assert rules_on(world.programme, date(2012, 7, 1)).leverage == Fraction(8)
    event = AuditEvent.objects.get(action="rule.change")
    assert (event.changes["放大倍数"], event.reason) == (["7.5倍", "8倍"], "联席会议纪要2012-3")
    assert Notification.objects.filter(recipient=world.bank, subject=f"规则“放大倍数”变更：{world.programme.name}").exists()


def test_an_earlier_change_may_be_entered_after_a_later_one(world: World) -> None:
    set_rule(world)
    set_rule(world, text="6", effective_on=date(2012, 6, 15))
    days = (date(2012, 6, 14), date(2012, 6, 15), date(2012, 7, 1))
    assert [rules_on(world.programme, day).leverage for day in days] == [Fraction(15, 2), 6, 8]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"effective_on": date(2012, 5, 31)}, RuleInPast),
        ({"text": "7.50"}, RuleUnchanged),
        ({"text": "0.5"}, InvalidInput),
        ({"text": "很多"}, InvalidInput),
        ({"key": "nonsense"}, InvalidInput),
        ({"reason": ""}, InvalidInput),
        ({"key": "overdue_rate_warn", "text": "6%"}, InvalidInput),
    ],
)
def test_a_change_that_may_not_be_is_refused(world: World, values: dict[str, Any], error: type[Refusal]) -> None:
    refused(error, lambda: set_rule(world, **values))


@pytest.mark.parametrize("day", [date(2012, 7, 1), date(2012, 6, 1)])
def test_a_mistyped_value_is_entered_again_for_its_day_until_that_day_is_past(world: World, day: date) -> None:
    set_rule(world, text="80", effective_on=day)
    set_rule(world, text="8", effective_on=day)
    assert rules_on(world.programme, day).leverage == 8
    entries = [(row.value, row.entry, row.superseded) for row in rule_history(world.programme)["leverage"] if row.effective_on == day]
    assert entries == [("8", 2, False), ("80", 1, True)]
    assert AuditEvent.objects.filter(action="rule.change").latest("pk").changes["放大倍数"] == ["80倍", "8倍"]
    refused(RuleUnchanged, lambda: set_rule(world, effective_on=day))
    after = on(day + timedelta(days=1))
    refused(RuleInPast, lambda: set_rule(world, text="9", effective_on=day, **after))


def test_a_change_to_come_is_taken_back_by_entering_the_old_value_for_its_day(world: World) -> None:
    set_rule(world, text="80")
    set_rule(world, text="7.5")
    assert rules_on(world.programme, date(2012, 7, 1)).leverage == Fraction(15, 2)


def test_a_change_may_not_contradict_a_later_one(world: World) -> None:
    set_rule(world, key="overdue_rate_stop", text="8%", effective_on=date(2012, 6, 10))
    set_rule(world, key="overdue_rate_warn", text="7%", effective_on=date(2012, 8, 1))
    refused(InvalidInput, lambda: set_rule(world, key="overdue_rate_stop", text="6%", effective_on=date(2012, 7, 1)))


def test_only_the_system_administrator_changes_a_rule(world: World) -> None:
    refused(NotAllowed, lambda: set_rule(world, by=world.province2))


def test_rules_are_read_with_one_statement(world: World, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        rules_on(world.programme, AGREEMENT_DAY)


# --- the end -------------------------------------------------------------------------------------------------------


def end(world: World, **values: Any) -> Programme:
    given: dict[str, Any] = {
        "programme": world.programme,
        "ended_on": date(2015, 12, 30),
        "reason": "协议期满",
        "by": world.province2,
        **at(2015, 12, 31),
    }
    return programmes.end_programme(**{**given, **values})


def test_the_end_is_recorded_once_with_its_reason(world: World) -> None:
    ended = end(world)
    assert (ended.status, ended.ended_on, ended.ended_by, ended.end_reason) == ("ended", date(2015, 12, 30), world.province2, "协议期满")
    refused(WrongState, lambda: end(world))
    refused(ProgrammeNotActive, lambda: set_rule(world, effective_on=date(2016, 1, 1), **at(2016, 1, 1)))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"ended_on": date(2016, 1, 1)}, BadProgramme),
        ({"ended_on": date(2011, 10, 27)}, BadProgramme),
        ({"reason": " "}, InvalidInput),
    ],
)
def test_an_end_with_wrong_facts_is_refused(world: World, values: dict[str, Any], error: type[Refusal]) -> None:
    refused(error, lambda: end(world, **values))


def test_only_the_programmes_own_centre_ends_it(world: World) -> None:
    for person in (world.province, world.town2, world.sysadmin):
        refused(NotAllowed, lambda person=person: end(world, by=person))  # type: ignore[misc]
    stranger = make_person("stranger", make_organisation(OrganisationKind.PROVINCIAL_CENTRE, "另一中心"), Role.REVIEWER)
    refused(NotFound, lambda: end(world, by=stranger))


# --- closed quarters -----------------------------------------------------------------------------------------------


def close(world: World, day: date) -> ClosedPeriod:
    return periods.close_period(programme=world.programme, bank=world.bank_organisation, quarter=Quarter(2012, 1), now=moment(day))


def test_a_quarter_is_closed_after_its_last_day_and_once(world: World) -> None:
    refused(QuarterNotOver, lambda: close(world, date(2012, 3, 31)))
    first, again = close(world, date(2012, 4, 1)), close(world, date(2012, 5, 1))
    assert first == again
    assert first.closed_at == moment(date(2012, 4, 1))


def test_a_fact_keeps_its_day_while_its_quarter_is_open(world: World) -> None:
    given = (world.programme, world.bank_organisation, date(2012, 3, 30), date(2012, 4, 20))
    assert periods.value_date_for(*given) == date(2012, 3, 30)
    close(world, date(2012, 4, 10))
    assert periods.value_date_for(*given) == date(2012, 4, 20)
    assert not periods.is_closed(world.programme, world.bank_organisation, date(2012, 4, 1))


# --- reference rates -----------------------------------------------------------------------------------------------


def test_the_published_rates_are_there(world: World) -> None:
    assert ReferenceRate.objects.get(kind=RateKind.BENCHMARK, effective_on=date(2012, 7, 6)).up_to_1_year == Decimal("6.00")
    assert ReferenceRate.objects.filter(kind=RateKind.LPR).earliest("effective_on").effective_on == date(2019, 8, 20)


def test_an_administrator_enters_the_next_row(world: World) -> None:
    last = ReferenceRate.objects.filter(kind=RateKind.LPR).latest("effective_on").effective_on
    day = date(last.year + 1, 1, 20)
    lpr = {"one_year": Decimal("2.9"), "over_five_years": Decimal("3.4")}

    def enter(**values: Any) -> ReferenceRate:
        given: dict[str, Any] = {"kind": RateKind.LPR, "effective_on": day, "rates": lpr, "by": world.sysadmin, **on(day)}
        return enter_rate(**{**given, **values})

    cases: list[dict[str, Any]] = [
        {"effective_on": last - timedelta(days=1)},
        {"effective_on": date(day.year, day.month, 21)},
        {"rates": {"one_year": Decimal("2.9")}},
        {"rates": lpr | {"one_year": Decimal(0)}},
        {"rates": lpr | {"one_year": Decimal("2.90001")}},
        {"rates": lpr | {"up_to_1_year": Decimal(3)}},
        {
            "kind": RateKind.BENCHMARK,
            "rates": dict.fromkeys(("up_to_6_months", "up_to_1_year", "up_to_3_years", "up_to_5_years", "over_5_years"), Decimal(4)),
        },
    ]
    for values in cases:
        refused(BadRate, lambda values=values: enter(**values))  # type: ignore[misc]
    refused(NotAllowed, lambda: enter(by=world.bank2))
    assert enter().one_year == Decimal("2.9")
    refused(BadRate, enter)  # the same again is nothing new


def test_the_last_row_is_corrected_by_entering_it_again(world: World) -> None:
    day = ReferenceRate.objects.filter(kind=RateKind.LPR).latest("effective_on").effective_on
    terms = {"contract_on": day, "starts_on": day, "due_on": day + timedelta(days=300)}
    right = {"one_year": Decimal("2.9"), "over_five_years": Decimal("3.4")}
    row = enter_rate(kind=RateKind.LPR, effective_on=day, rates=right, by=world.sysadmin, **on(day))
    assert row.entry == 2
    assert reference_rate(**terms) == ("LPR", Decimal("2.9"))
    published = with_superseded(ReferenceRate.objects.filter(kind=RateKind.LPR, effective_on=day), "kind", "effective_on")
    assert [(one.entry, one.superseded) for one in published] == [(1, True), (2, False)]
    assert AuditEvent.objects.filter(action="rate.enter").latest("pk").summary.startswith("更正")
    load()  # what every migrate does leaves both
    assert last_rate(RateKind.LPR) == row


def test_a_session_and_a_token_know_the_programmes_of_the_organisation_as_they_are_now(world: World) -> None:
    newcomer = make_person("newcomer", make_organisation(OrganisationKind.BANK, "新来银行"), Role.OFFICER)
    token = issue_token(by=world.town, on=today(), now=now()).token

    def seen(user: User) -> set[str]:
        return {programme.code for programme in Programme.objects.visible_to(user)}

    def found() -> list[set[str]]:
        of_token, _ = TokenAuthentication().authenticate(Request(RequestFactory().get("/", HTTP_AUTHORIZATION=f"Token {token}")))
        loaded = [PartiesBackend().get_user(user.pk) for user in (world.town, world.bank, newcomer)]
        codes = [seen(user) for user in (of_token, *loaded)]
        assert codes == [seen(user) for user in (world.town, world.town, world.bank, newcomer)]  # who were loaded without, and are asked
        return codes

    assert found() == [{"xiaolan"}, {"xiaolan"}, {"xiaolan"}, set()]
    elsewhere(world, bank_organisation=newcomer.organisation)
    assert found() == [{"xiaolan", "second"}, {"xiaolan", "second"}, {"xiaolan"}, {"second"}]
    administrator = PartiesBackend().get_user(world.sysadmin.pk)
    assert (seen(administrator), set(ReserveAccount.objects.visible_to(administrator))) == ({"xiaolan", "second"}, set())

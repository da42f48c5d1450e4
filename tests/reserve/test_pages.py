"""Every page of the reserve: who sees it, how many statements it takes, what it refuses."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parties.models import User
from reserve.models import Contribution, FundingObligation, LedgerEntry
from reserve.services import contributions
from reserve.services import statements as statement_services
from reserve.services.programmes import end_programme
from reserve.workdays import library_notices
from tests.factories import World, at, deposit, fund, make_contribution, make_statement, make_world, match, on, receive
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return fund(make_world())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def addresses(world: World) -> dict[str, str]:
    """Every page an outside reader may open, by name."""
    code, account = world.programme.code, world.town_account.pk
    contribution, obligation = Contribution.objects.order_by("id").first(), FundingObligation.objects.order_by("id").first()
    entry = LedgerEntry.objects.order_by("id").first()
    assert contribution
    assert obligation
    assert entry
    named: dict[str, list[Any]] = {
        "programme_list": [],
        "programme": [code],
        "rule_list": [code],
        "account": [account],
        "statement": [account],
        "ledger_list": [],
        "ledger_entry": [entry.pk],
        "contribution_list": [],
        "contribution": [contribution.pk],
        "obligation_list": [],
        "obligation": [obligation.pk],
        "deadline_list": [],
        "calendar_year": [2012],
        "rate_list": [],
    }
    return {name: reverse(f"reserve:{name}", args=args) for name, args in named.items()}


@pytest.mark.parametrize(
    "ended_on, cap, other", [(None, "LPR 加点上限", "利率上浮上限"), (date(2015, 12, 31), "利率上浮上限", "LPR 加点上限")]
)
def test_the_programme_shows_the_cap_of_rates_that_is_in_force(world: World, ended_on: date | None, cap: str, other: str) -> None:
    if ended_on:
        end_programme(programme=world.programme, ended_on=ended_on, reason="期满", by=world.province2, **at(2016, 1, 4))
    page = signed_in(world.province).get(world.programme.get_absolute_url()).content.decode()
    assert (cap in page, other in page) == (True, False)


def test_the_total_of_deposits_is_what_has_arrived(world: World) -> None:
    make_contribution(world, amount="999", transferred_on=date(2012, 1, 9), voucher_no="在途-1")
    page = signed_in(world.province).get(reverse("reserve:contribution_list")).content.decode()
    assert "在途-1" in page
    assert "合计（已到位）" in page
    assert "50,000,000.00" in page


def statements(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return len(captured)


def test_every_page_takes_the_same_number_of_statements_with_one_and_three_rows(world: World) -> None:
    client = signed_in(world.auditor)
    urls = addresses(world)
    before = {name: statements(client, url) for name, url in urls.items()}
    for year in (2012, 2013):
        deposit(world, amount="1000000", arrived_on=date(year, 3, 1))
        match(world, amount="4000000", arrived_on=date(year, 4, 5))
    after = {name: statements(client, url) for name, url in urls.items()}
    assert after == before
    assert max(after.values()) <= 20, after


@pytest.mark.parametrize("who", ["province", "town2", "bank", "centre", "science2", "auditor"])
def test_every_party_reads_every_page(world: World, who: str) -> None:
    client = signed_in(getattr(world, who))
    for name, url in addresses(world).items():
        assert client.get(url).status_code == 200, name


def test_a_foreign_programme_and_its_objects_do_not_exist(world: World) -> None:
    from parties.enums import OrganisationKind, Role
    from tests.factories import make_organisation, make_person

    foreign = make_person("foreign", make_organisation(OrganisationKind.BANK, "外地银行"), Role.OFFICER)
    client = signed_in(foreign)
    urls = addresses(world)
    for name in ("programme", "rule_list", "account", "statement", "ledger_entry", "contribution", "obligation"):
        assert client.get(urls[name]).status_code == 404, name
    for name in ("programme_list", "ledger_list", "contribution_list", "obligation_list", "deadline_list"):
        assert world.programme.name not in client.get(urls[name]).content.decode(), name


def test_pages_ask_for_a_sign_in(world: World) -> None:
    for name, url in addresses(world).items():
        assert Client().get(url).status_code == 302, name


def test_the_ledger_is_narrowed_by_day_and_purpose_and_a_bad_day_is_an_error(world: World) -> None:
    client, url = signed_in(world.auditor), reverse("reserve:ledger_list")
    text = client.get(f"{url}?from=2011年12月1日&to=20111231&purpose=contribution&backdated=false").content.decode()
    assert "小榄镇出资" in text
    assert "省中心出资" not in text
    assert "小榄镇出资" not in client.get(f"{url}?from=40909").content.decode()
    assert "小榄镇出资" not in client.get(f"{url}?backdated=perhaps").content.decode()


def test_after_a_provisional_day_no_page_speaks_of_lateness(monkeypatch: pytest.MonkeyPatch) -> None:
    world, last_known = make_world(), max(library_notices())
    owed = deposit(world, arrived_on=date(last_known, 12, 10))
    Clock(monkeypatch, owed.deadline.due_on + timedelta(days=7))
    client = signed_in(world.town)
    for address in (reverse("reserve:deadline_list"), owed.get_absolute_url(), world.programme.get_absolute_url(), "/"):
        page = client.get(address).content.decode()
        assert "期限暂定，待放假安排公布后重新计算" in page, address
        assert "逾期 " not in page, address
    [clock] = client.get("/api/v1/deadlines/").json()["results"]
    assert (clock["provisional"], clock["workdays_left"]) == (True, None)


def test_a_year_of_the_calendar_is_marked_for_the_date_fields_and_sent_once(world: World) -> None:
    client, url = signed_in(world.bank), reverse("reserve:calendar_days", args=[2012])
    answer = client.get(url)
    marks = answer.json()
    assert (marks["known"], marks["off"]["2012-10-01"], "2012-10-13" in marks["off"]) == (True, "国庆节", False)
    assert "2012-09-29" in marks["work"]
    assert client.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert client.get(reverse("reserve:calendar_days", args=[2099])).json() == {
        "known": False,
        "off": dict.fromkeys(("2099-01-01", "2099-05-01", "2099-10-01", "2099-10-02"), ""),
        "work": [],
    }
    assert client.get(reverse("reserve:calendar_days", args=[9999])).status_code == 404


def test_a_long_form_is_kept_as_a_draft_and_shows_what_the_account_holds(world: World) -> None:
    page = signed_in(world.town).get(reverse("reserve:contribution_record")).content.decode()
    assert f'data-draft="{world.town.pk}"' in page
    assert f"{world.programme.name}账户余额（元）" in page
    assert "data-draft=" not in signed_in(world.bank).get(reverse("parties:account_edit")).content.decode()


def current(client: Client, url: str) -> list[str]:
    """What is to be done next on an object's page, and by whom."""
    return [f"{step.label}：{step.who}" for step in client.get(url).context["steps"] if step.state == "current"]


def test_the_match_says_whose_turn_it_is_until_it_is_met(world: World) -> None:
    other = deposit(world, amount="1000000", arrived_on=date(2012, 5, 7))
    client, url = signed_in(world.auditor), other.get_absolute_url()
    assert current(client, url) == [f"登记配套出资：{world.town_organisation.short_name}经办"]
    made = make_contribution(world, by=world.town, amount="4000000", transferred_on=date(2012, 5, 8), voucher_no="榄财9")
    assert current(client, url) == [f"银行复核到账：{world.bank_organisation.short_name}经办录入"]
    receive(world, made, arrived_on=date(2012, 5, 8))
    assert current(client, url) == [f"银行复核到账：{world.bank_organisation.short_name}复核"]
    contributions.confirm_contribution(contribution=made, by=world.bank2, **on(date(2012, 5, 8)))
    assert current(client, url) == []


def test_a_statement_says_who_explains_and_who_confirms_its_differences(world: World) -> None:
    statement = make_statement(world, (date(2012, 3, 5), "150", "X1"))
    client, url = signed_in(world.auditor), statement.get_absolute_url()
    assert current(client, url) == [f"说明差异：{world.bank_organisation.short_name}经办"]
    explanation = statement_services.explain_difference(
        bank_statement=statement, kind="only_bank", line=statement.lines.get().pk, text="次月入账", by=world.bank, **on(date(2012, 4, 3))
    )
    assert current(client, url) == [f"确认说明：{world.province_organisation.short_name}复核"]
    statement_services.accept_explanation(statement_explanation=explanation, by=world.province2, **on(date(2012, 4, 4)))
    assert current(client, url) == []


def test_a_programme_says_what_is_left_after_its_end(world: World) -> None:
    client, url = signed_in(world.auditor), world.programme.get_absolute_url()
    assert current(client, url) == ["运行：各参与方"]
    end_programme(programme=world.programme, ended_on=date(2013, 1, 1), reason="期满", by=world.province2, **on(date(2013, 1, 1)))
    assert current(client, url) == ["清算：省中心复核"]

"""成效: entered by the drafting offices for half a year that is over; entered again, the last entry counts."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from common.errors import InvalidInput, NotAllowed, NotFound
from enterprises.models import Enterprise, EnterpriseBenefit
from enterprises.selectors import with_superseded
from parties.models import AuditEvent, User
from reserve.periods import halves_between
from reserve.services.programmes import end_programme
from tests.factories import World, elsewhere, make_benefit, make_enterprise, make_world, on

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
DAY = date(2012, 7, 2)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def enterprise(world: World) -> Enterprise:
    return make_enterprise(world)


@pytest.fixture
def sign_in() -> SignIn:
    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="parties.backends.PartiesBackend")
        return client

    return client_of


@pytest.fixture
def api() -> Callable[[User], APIClient]:
    def client_of(user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return client_of


class TestEnter:
    @pytest.mark.parametrize("name", ["science", "centre", "town"])
    def test_each_drafting_office_enters_it_and_the_trail_keeps_it(self, world: World, enterprise: Enterprise, name: str) -> None:
        row = make_benefit(world, enterprise, period="2012H1", day=DAY, by=getattr(world, name))
        assert (row.period_cn, row.entry, row.output, row.tax, row.jobs, row.patents) == ("2012年上半年", 1, 2_000_000, 150_000, 12, 2)
        event = AuditEvent.objects.filter(action="benefit.enter").get()
        said = "新增产值 2,000,000.00 元，税收 150,000.00 元，就业 12 人，专利 2 件"
        assert (event.summary, event.programme_code) == (f"填报2012年上半年成效：{said}", "xiaolan")

    def test_entered_again_the_last_counts_and_the_first_stays(self, world: World, enterprise: Enterprise) -> None:
        first = make_benefit(world, enterprise, period="2012H1", day=DAY)
        second = make_benefit(world, enterprise, period="2012H1", day=DAY, by=world.town, output=Decimal("1800000"))
        make_benefit(world, enterprise, period="2011H2", day=DAY)
        found = with_superseded(EnterpriseBenefit.objects.all())
        assert {row.pk: row.superseded for row in found} | {first.pk: True, second.pk: False} == {row.pk: row.superseded for row in found}
        event = AuditEvent.objects.filter(summary__startswith="更正2012年上半年成效").get()
        assert event.changes == {"新增产值": ["2,000,000.00", "1,800,000.00"]}

    def test_nothing_gained_is_zero(self, world: World, enterprise: Enterprise) -> None:
        row = make_benefit(world, enterprise, period="2012H1", day=DAY, output=Decimal(0), tax=Decimal(0), jobs=0, patents=0)
        row.refresh_from_db()
        assert (row.output, row.tax, row.jobs, row.patents) == (0, 0, 0, 0)

    @pytest.mark.parametrize("name", ["province", "bank", "auditor", "science2", "town2", "sysadmin"])
    def test_nobody_else_does(self, world: World, enterprise: Enterprise, name: str) -> None:
        with pytest.raises(NotAllowed):
            make_benefit(world, enterprise, period="2012H1", day=DAY, by=getattr(world, name))
        assert not EnterpriseBenefit.objects.exists()

    @pytest.mark.parametrize(
        ("period", "day", "said"),
        [
            ("2012H1", date(2012, 6, 30), "2012年上半年尚未结束"),
            ("2012H2", DAY, "2012年下半年尚未结束"),
            ("2011H1", DAY, "早于项目协议签订日"),
        ],
    )
    def test_only_of_a_half_year_that_is_over_and_of_the_programme(
        self, world: World, enterprise: Enterprise, period: str, day: date, said: str
    ) -> None:
        with pytest.raises(InvalidInput, match=said) as refusal:
            make_benefit(world, enterprise, period=period, day=day)
        assert refusal.value.fields.keys() == {"period"}
        assert not EnterpriseBenefit.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("output", Decimal("-1")),
            ("tax", Decimal("0.001")),
            ("jobs", -1),
            ("patents", 10_000_000),
        ],
    )
    def test_a_figure_that_cannot_be_is_refused_beside_its_field(
        self, world: World, enterprise: Enterprise, field: str, value: Any
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            make_benefit(world, enterprise, period="2012H1", day=DAY, **{field: value})
        assert refusal.value.fields.keys() == {field}
        assert not EnterpriseBenefit.objects.exists()

    def test_an_enterprise_that_is_not_on_the_register_of_the_programme(self, world: World) -> None:
        second, other = make_enterprise(world, 2), make_enterprise(world, 1)
        there = elsewhere(world)
        with pytest.raises(InvalidInput, match="不在本项目的企业名录"):
            make_benefit(there, second, period="2012H1", day=DAY)
        make_benefit(there, other, period="2012H1", day=DAY)

    def test_a_foreign_programme_does_not_exist(self, world: World, enterprise: Enterprise) -> None:
        world.programme.parties.filter(organisation=world.centre_organisation).delete()
        with pytest.raises(NotFound):
            make_benefit(world, enterprise, period="2012H1", day=DAY)

    def test_the_last_half_year_is_told_after_the_end(self, world: World, enterprise: Enterprise) -> None:
        end_programme(programme=world.programme, ended_on=date(2012, 6, 30), reason="期满", by=world.province2, **on(date(2012, 6, 30)))
        world.programme.refresh_from_db()
        assert make_benefit(world, enterprise, period="2012H1", day=DAY).entry == 1


def test_half_years_that_are_over_can_be_chosen() -> None:
    assert [str(half) for half in halves_between(date(2011, 10, 28), date(2012, 7, 1))] == ["2012H1", "2011H2"]
    assert halves_between(date(2012, 1, 1), date(2012, 6, 30)) == []


class TestPages:
    FORM = {"period": "2012H1", "output": "200万", "tax": "15.5万", "jobs": "3", "patents": "0"}  # noqa: RUF012

    def test_the_form_leads_to_the_enterprises_page_and_the_list(self, world: World, enterprise: Enterprise, sign_in: SignIn) -> None:
        client, url = sign_in(world.centre), reverse("enterprises:benefit_enter", args=[enterprise.pk])
        form = client.get(url)
        assert "2012年上半年" in form.content.decode()
        answer = client.post(url, {"programme": world.programme.pk, **self.FORM})
        assert answer.url == enterprise.get_absolute_url()
        page = client.get(answer.url).content.decode()
        assert "2,000,000.00" in page
        assert "155,000.00" in page
        listed = client.get(reverse("enterprises:benefit_list"), {"period": "2012", "superseded": "false"})
        assert [row.jobs for row in listed.context["listing"].page.object_list] == [3]

    def test_what_is_wrong_keeps_what_was_typed(self, world: World, enterprise: Enterprise, sign_in: SignIn) -> None:
        url = reverse("enterprises:benefit_enter", args=[enterprise.pk])
        answer = sign_in(world.town).post(url, {"programme": world.programme.pk, **self.FORM, "jobs": "-3", "period": "2012H9"})
        assert answer.status_code == 422
        assert 'value="15.5万"' in answer.content.decode()
        assert not EnterpriseBenefit.objects.exists()

    def test_superseded_rows_are_marked_and_not_summed(self, world: World, enterprise: Enterprise, sign_in: SignIn) -> None:
        make_benefit(world, enterprise, period="2012H1", day=DAY)
        make_benefit(world, enterprise, period="2012H1", day=DAY, output=Decimal("1800000"))
        page = sign_in(world.auditor).get(reverse("enterprises:benefit_list")).content.decode()
        assert page.count("已被更正") >= 1
        assert "1,800,000.00" in page
        assert "3,800,000.00" not in page
        assert "已被更正" in sign_in(world.auditor).get(enterprise.get_absolute_url()).content.decode()

    def test_the_empty_list_says_who_enters_it(self, world: World, sign_in: SignIn) -> None:
        assert "由市科技局、市生产力促进中心或镇政府" in sign_in(world.bank).get(reverse("enterprises:benefit_list")).content.decode()

    @pytest.mark.parametrize("query", [{"period": "2012Q1"}, {"superseded": "maybe"}, {"programme": "foreign"}])
    def test_a_filter_it_cannot_read_shows_no_row(
        self, world: World, enterprise: Enterprise, sign_in: SignIn, query: dict[str, str]
    ) -> None:
        make_benefit(world, enterprise, period="2012H1", day=DAY)
        answer = sign_in(world.bank).get(reverse("enterprises:benefit_list"), query)
        assert not list(answer.context["listing"].page.object_list)

    def test_another_programmes_figures_are_not_shown(self, world: World, enterprise: Enterprise, sign_in: SignIn) -> None:
        there = elsewhere(world)
        make_benefit(there, enterprise, period="2012H1", day=DAY, output=Decimal("7654321"))
        there.programme.parties.filter(organisation=world.auditor_organisation).delete()
        there.programme.parties.filter(organisation=world.bank_organisation).delete()
        assert "7,654,321.00" not in sign_in(world.bank).get(enterprise.get_absolute_url()).content.decode()


class TestApi:
    def given(self, enterprise: Enterprise, **changes: Any) -> dict[str, Any]:
        figures = {"output": "2000000.00", "tax": "150000.00", "jobs": 12, "patents": 2}
        return {"programme": "xiaolan", "enterprise": enterprise.pk, "period": "2012H1", **figures, **changes}

    def test_entered_listed_and_superseded(self, world: World, enterprise: Enterprise, api: Callable[[User], APIClient]) -> None:
        client = api(world.centre)
        first = client.post("/api/v1/enterprise-benefits/", self.given(enterprise), format="json")
        assert first.status_code == 201, first.content
        assert first.json()["period"] == "2012H1"
        client.post("/api/v1/enterprise-benefits/", self.given(enterprise, jobs=11), format="json")
        rows = client.get("/api/v1/enterprise-benefits/", {"period": "2012H1"}).json()["results"]
        assert {(row["jobs"], row["superseded"]) for row in rows} == {(12, True), (11, False)}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"period": "2012"}, "period"),
            ({"period": "2011H1"}, "period"),
            ({"jobs": -1}, "jobs"),
            ({"output": 5}, "output"),
            ({"programme": "x"}, "programme"),
        ],
    )
    def test_what_is_wrong_is_named(
        self, world: World, enterprise: Enterprise, api: Callable[[User], APIClient], changes: dict[str, Any], field: str
    ) -> None:
        answer = api(world.centre).post("/api/v1/enterprise-benefits/", self.given(enterprise, **changes), format="json")
        assert answer.status_code == 400
        assert answer.json()["errors"].keys() == {field}
        assert not EnterpriseBenefit.objects.exists()

    def test_a_period_that_cannot_be_read_is_an_error_of_the_filter(self, world: World, api: Callable[[User], APIClient]) -> None:
        assert api(world.bank).get("/api/v1/enterprise-benefits/", {"period": "2012Q1"}).status_code == 400

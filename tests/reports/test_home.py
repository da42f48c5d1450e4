"""The first page of every role: what is to be done, where, until when; the programme's picture; few queries."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from common.http import today
from common.page import Todo
from enterprises.models import Enterprise
from parties.enums import OrganisationKind, Role
from parties.models import Delegation, User
from parties.services.delegations import make_delegation
from reports.services.summaries import generate_missing
from reports.todo_list import LATE, LATER, NEAR, SHORT_LIST, UNDATED, grouped, with_workdays
from reserve.calendar import workday_table
from reserve.models import JobRun
from reserve.services.programmes import add_party
from tests.factories import (
    World,
    deposit,
    make_batch,
    make_contribution,
    make_draft,
    make_endorsed,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_net_capital,
    make_organisation,
    make_person,
    make_proposal,
    make_repayment,
    make_sent,
    make_world,
    match,
    moment,
    on,
    receive,
)
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db

RATE = Decimal("3.2")  # within any cap of these years
SignIn = Callable[[User], Client]


def ago(days: int) -> date:
    return today() - timedelta(days=days)


@pytest.fixture
def living(db: None) -> World:
    """A programme of this year, funded and matched."""
    world = make_world(code="demo", agreement_signed_on=ago(400))
    deposit(world, arrived_on=ago(380))
    match(world, arrived_on=ago(370))
    return world


def enterprise(world: World, number: int) -> Enterprise:
    return make_enterprise(world, number, day=ago(300))


def open_work(world: World, first: int, count: int) -> None:
    """`count` open cases of each kind, from enterprise `first` on; the ledger's dates run forward."""
    numbers = iter(range(first, first + 10 * count))
    for _ in range(count):
        day, number = ago(20), next(numbers)
        make_draft(world, enterprise(world, number), day=day)
        make_endorsed(world, enterprise(world, next(numbers)), day=day)
        make_batch(world, [make_endorsed(world, enterprise(world, next(numbers)), day=day)], day=day)
        make_sent(world, enterprise(world, next(numbers)), day=day)
        make_proposal(world, make_sent(world, enterprise(world, next(numbers)), day=day), day=day, annual_rate=RATE)
        make_line(world, enterprise(world, next(numbers)), day=day, amount="1000000", annual_rate=RATE)
        make_entered(
            world,
            make_line(world, enterprise(world, next(numbers)), day=day, amount="1000000", annual_rate=RATE),
            day=today(),
            due_on=today() + timedelta(days=90),
        )
        loan = make_loan(
            world,
            make_line(world, enterprise(world, next(numbers)), day=day, amount="1000000", annual_rate=RATE),
            day=today(),
            due_on=today() + timedelta(days=20),
        )
        make_repayment(world, loan, "500000", paid_on=today(), confirmed=False)
        make_contribution(world, transferred_on=ago(2), voucher_no=f"A{number}")
        receive(world, make_contribution(world, transferred_on=ago(2), voucher_no=f"B{number}"), arrived_on=ago(1))
        make_net_capital(world, effective_on=ago(number), day=today(), confirmed=False)


def labels(page: Any) -> list[str]:
    return [todo.label.partition("：")[0] for todo in page.context["todos"]]


def test_each_role_finds_its_own_work(living: World, sign_in: SignIn) -> None:
    open_work(living, 1, 1)
    deposit(living, amount="2000000", arrived_on=today(), voucher_no="省2")
    generate_missing(**on(today()))
    found = {
        name: set(labels(sign_in(getattr(living, name)).get("/")))
        for name in ("province", "science", "science2", "centre", "town", "town2", "bank", "bank2")
    }
    assert found["province"] == {"跟进出资到账"}
    assert {"完善推荐草稿", "编制批次"} <= found["centre"]
    assert "编制批次" in found["science"]
    assert any(label.startswith("发送第") for label in found["science"])
    assert "签署推荐" in found["science2"] & found["town2"]
    assert found["town"] == {"拨付配套资金 800万元"}
    assert {"提出审批意见", "录入到账", "授信用款期限", "贷款到期"} <= found["bank"]
    assert any(label.startswith("核对") for label in found["bank"])
    assert {"复核审批", "复核放款", "复核还款", "复核到账", "复核资本净额"} == found["bank2"]


def test_every_line_leads_to_a_page_the_person_may_see(living: World, sign_in: SignIn) -> None:
    open_work(living, 1, 1)
    for name in ("province", "science", "science2", "centre", "town", "town2", "bank", "bank2"):
        client = sign_in(getattr(living, name))
        for todo in client.get("/").context["todos"]:
            assert client.get(todo.url).status_code == 200, (name, todo)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["province", "province2", "science", "science2", "centre", "town", "town2", "bank", "bank2", "auditor"])
def test_home_asks_no_more_for_more_rows(
    living: World, sign_in: SignIn, django_assert_max_num_queries: Callable[..., object], name: str
) -> None:
    client = sign_in(visited(getattr(living, name), ago(30)))
    open_work(living, 1, 1)
    generate_missing(**on(today()))
    with django_assert_max_num_queries(20) as one:
        client.get("/")
    open_work(living, 20, 2)
    with django_assert_max_num_queries(20) as three:
        client.get("/")
    assert len(one) == len(three)  # type: ignore[arg-type]


def test_home_of_who_stands_in_for_the_other_role_asks_no_more_than_any(
    living: World, sign_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    open_work(living, 1, 1)
    generate_missing(**on(today()))
    for name in ("province", "science", "town", "bank"):
        officer, reviewer = visited(getattr(living, name), ago(30)), visited(getattr(living, f"{name}2"), ago(30))
        for absent, delegate in ((officer, reviewer), (reviewer, officer)):
            Delegation.objects.all().delete()
            Delegation.objects.create(
                absent=absent, delegate=delegate, starts_on=today(), ends_on=today(), created_by=absent, created_at=moment(today())
            )
            client = sign_in(delegate)
            client.get("/")
            with django_assert_max_num_queries(20):
                page = client.get("/")
            assert f"代{absent.name}" in page.content.decode()


def test_who_stands_in_finds_the_work_of_both_roles_and_no_pair_of_their_own(living: World, sign_in: SignIn) -> None:
    open_work(living, 1, 1)
    generate_missing(**on(today()))
    own = set(labels(sign_in(living.bank3).get("/")))
    day = today()
    make_delegation(
        absent=living.bank, delegate=living.bank3, starts_on=day, ends_on=day, reason="出差", by=living.bank, on=day, now=moment(day)
    )
    both = set(labels(sign_in(living.bank3).get("/")))
    assert own == {"复核审批", "复核放款", "复核还款", "复核到账", "复核资本净额"}
    assert {"提出审批意见", "录入到账", "授信用款期限", "贷款到期"} <= both
    assert any(label.startswith("核对") for label in both)
    assert not both & own, "what the absent colleague entered is left to another"


def test_todos_stand_in_groups_by_what_is_left_the_nearest_day_first(db: None) -> None:
    days = {
        "far": date(2012, 9, 18),
        "near": date(2012, 9, 17),
        "soon": date(2012, 9, 4),
        "today": date(2012, 9, 3),
        "late": date(2012, 8, 31),
    }
    todos = [Todo("undated", "/"), *(Todo(label, "/", due_on=day) for label, day in days.items())]
    found = grouped(with_workdays(todos, date(2012, 9, 3), workday_table()))
    assert [(group.title, [(todo.label, todo.workdays_left) for todo in group.items]) for group in found] == [
        (LATE, [("late", -1), ("today", 0)]),
        (NEAR, [("soon", 1), ("near", 10)]),
        (UNDATED, [("undated", None)]),
        (LATER, [("far", 11)]),
    ]
    assert grouped([]) == []


def test_a_long_list_can_be_narrowed_to_one_kind_of_work(living: World, sign_in: SignIn) -> None:
    client = sign_in(living.bank2)
    for number in range(SHORT_LIST):
        make_proposal(living, make_sent(living, enterprise(living, number + 1), day=ago(20)), day=ago(20), annual_rate=RATE)
    assert client.get("/").context["kinds"] == []
    make_net_capital(living, effective_on=ago(1), day=today(), confirmed=False)
    page = client.get("/?programme=demo")
    assert [(one.label, one.count, one.current) for one in page.context["kinds"]] == [
        ("全部", SHORT_LIST + 1, True),
        ("复核审批", SHORT_LIST, False),
        ("复核资本净额", 1, False),
    ]
    narrowed = client.get(page.context["kinds"][2].url)
    assert [todo.kind for group in narrowed.context["groups"] for todo in group.items] == ["复核资本净额"]
    assert len(narrowed.context["todos"]) == SHORT_LIST + 1, "the number above stays that of all"
    assert narrowed.context["programme"].code == "demo"
    gone = client.get("/?kind=核销")
    assert sum(len(group.items) for group in gone.context["groups"]) == SHORT_LIST + 1, "a kind of which nothing waits any more"


def test_the_numbers_are_those_of_the_ledger(living: World, sign_in: SignIn) -> None:
    make_loan(living, make_line(living, enterprise(living, 1), day=ago(20), amount="6000000", annual_rate=RATE), day=ago(10))
    cards = {card.label: card for card in sign_in(living.auditor).get("/").context["numbers"]}
    assert (cards["准备金余额"].value, cards["已占用"].value, cards["可用"].value) == ("5,000万", "80万", "4,920万")
    assert cards["可用"].hint == "省中心 984万，小榄镇 3,936万"
    assert cards["还可新增贷款"].value == "36,900万"
    assert cards["配套（省:镇 = 1:4）"].value == "已全部配套"
    assert cards["贷款余额"].value == "600万"


NUMBERS = {
    "bank": {"将失效的可用授信": "100万"},
    "province": {"待初审汇总表": "0 份", "待审定汇总表": "0 份", "本季申报准备金（推算）": "80万"},
    "science2": {"有效推荐": "1 笔", "本季放款": "600万", "成效未填报": "1 家"},
    "centre": {"有效推荐": "1 笔", "本季放款": "600万", "成效未填报": "1 家"},
    "auditor": {"账簿核对": "现在核对", "最近关闭的季度": "—"},
}
LISTED = {
    "将失效的可用授信": ("usable", Decimal(1_000_000)),
    "本季申报准备金（推算）": ("declared_reserve", Decimal(800_000)),
    "本季放款": ("amount", Decimal(6_000_000)),
    "有效推荐": ("count", 1),
    "待初审汇总表": ("count", 0),
    "待审定汇总表": ("count", 0),
    "贷款余额": ("outstanding", Decimal(11_000_000)),
    "逾期贷款余额": ("outstanding", Decimal(0)),
}


def test_each_kind_of_organisation_watches_its_own_numbers_and_each_leads_to_its_rows(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lent 500万 in March and 600万 in July, 100万 to be drawn by mid August; another recommendation is with the bank."""
    spring, summer = date(2013, 3, 1), date(2013, 7, 19)
    make_loan(world, make_line(world, make_enterprise(world, 1), day=spring), day=spring)
    make_line(world, make_enterprise(world, 2), day=date(2013, 5, 20), amount="1000000")
    make_loan(world, make_line(world, make_enterprise(world, 3), day=summer, amount="6000000"), day=summer)
    make_sent(world, make_enterprise(world, 4), day=summer)
    Clock(monkeypatch, date(2013, 7, 22))
    for name, expected in NUMBERS.items():
        client = sign_in(getattr(world, name))
        cards = cards_of(client.get("/"))
        assert {label: cards[label].value for label in expected} == expected, name
        for card in cards.values():
            page = client.get(card.url) if card.url else None
            assert page is None or page.status_code == 200, card
            if page and card.label in LISTED:
                column, amount = LISTED[card.label]
                assert listed(page, column) == amount, (name, card.label)
        if "成效未填报" in cards:
            assert "未填报" in client.get(cards["成效未填报"].url).content.decode()


def cards_of(page: Any) -> dict[str, Any]:
    return {card.label: card for card in page.context["numbers"]}


def listed(page: Any, column: str) -> Decimal | int:
    """What a list has in all under one of its columns."""
    rows = page.context["listing"]
    place = next((place for place, one in enumerate(rows.columns) if one.key == column), None)
    return int(rows.count) if place is None else Decimal(rows.totals[f"t{place}"] or 0)


def visited(user: User, day: date) -> User:
    """As if they had signed in on a day before."""
    User.objects.filter(pk=user.pk).update(previous_login=moment(day))
    return user


def test_what_others_did_since_the_last_visit_is_told_with_a_way_to_all_of_it(living: World, sign_in: SignIn) -> None:
    client = sign_in(visited(living.province, ago(3)))
    assert client.get("/").context["visit"].count == 0, "everything is older"
    for number in range(12):
        receive(living, make_contribution(living, transferred_on=ago(2), voucher_no=f"A{number}"), arrived_on=ago(2))
    page = client.get("/")
    visit = page.context["visit"]
    assert {event.actor_name for event in visit.events} == {living.bank.name}, "one's own work is known"
    assert (len(visit.events), visit.count) == (10, 12)
    assert [event.pk for event in visit.events] == sorted((event.pk for event in visit.events), reverse=True)
    assert "全部 12 条" in page.content.decode()
    assert client.get(f"{reverse('parties:audit')}?since=last_visit").context["listing"].count == 12
    stranger = make_person("stranger", make_organisation(OrganisationKind.BANK, "另一家银行"), Role.OFFICER)
    assert sign_in(visited(stranger, ago(3))).get("/").context["visit"].count == 0, "of one's own programmes alone"


def test_a_first_sign_in_is_told_what_will_stand_there(living: World, sign_in: SignIn) -> None:
    client = sign_in(living.province)
    assert "这是您第一次登录" in client.get("/").content.decode()
    assert client.get(f"{reverse('parties:audit')}?since=last_visit").context["listing"].count == 0


def test_an_overdue_match_says_that_nothing_more_is_lent(living: World, sign_in: SignIn) -> None:
    deposit(living, amount="2000000", arrived_on=ago(90), voucher_no="省2")
    cards = {card.label: card for card in sign_in(living.town).get("/").context["numbers"]}
    assert cards["还可新增贷款"].value == "—"
    assert "暂停新增贷款" in cards["还可新增贷款"].hint
    assert cards["配套（省:镇 = 1:4）"].tone == "bad"
    assert "逾期" in cards["配套（省:镇 = 1:4）"].hint


def test_work_of_another_programme_says_which(living: World, sign_in: SignIn) -> None:
    make_world(code="older", agreement_signed_on=ago(900))
    make_contribution(living, transferred_on=ago(2), voucher_no="在途-1")
    details = {
        code: [todo.detail for todo in sign_in(living.province).get(f"/?programme={code}").context["todos"]] for code in ("demo", "older")
    }
    assert all(living.programme.name in detail for detail in details["older"])
    assert details["older"]
    assert not any(living.programme.name in detail for detail in details["demo"])


def test_the_address_turns_to_another_programme(living: World, sign_in: SignIn) -> None:
    make_world(code="older", agreement_signed_on=ago(900))
    client = sign_in(living.auditor)
    assert client.get("/").context["programme"].code == "demo", "the newest active one"
    page = client.get("/?programme=older")
    assert page.context["programme"].code == "older"
    assert [(link.url, link.current) for link in page.context["programmes"]] == [("/?programme=demo", False), ("/?programme=older", True)]
    assert client.get("/?programme=none").status_code == 404


def test_a_person_without_a_programme_still_has_a_page(db: None, sign_in: SignIn) -> None:
    lonely = make_person("lonely", make_organisation(OrganisationKind.BANK, "新银行"), Role.OFFICER)
    page = sign_in(lonely).get("/")
    assert (page.status_code, page.context["todos"], page.context["numbers"]) == (200, [], [])


def test_work_of_another_bank_is_not_shown(living: World, sign_in: SignIn) -> None:
    open_work(living, 1, 1)
    other = make_organisation(OrganisationKind.BANK, "另一家银行")
    add_party(programme=living.programme, organisation=other, by=living.sysadmin, on=today(), now=moment(today()))
    for role in (Role.OFFICER, Role.REVIEWER):
        assert labels(sign_in(make_person(f"other-{role}", other, role)).get("/")) == []


def test_the_system_administrator_is_told_of_failures_and_of_a_missing_year(living: World, sign_in: SignIn) -> None:
    JobRun.objects.create(job="daily", on=today(), started_at=moment(today()), finished_at=moment(today()), failures=["loans: ValueError"])
    client = sign_in(living.sysadmin)
    page = client.get("/")
    assert "定时任务有步骤失败" in labels(page)
    assert {card.label for card in page.context["numbers"]} == {"项目", "单位", "账号", "工作日历", "每日任务"}
    for item in (*page.context["todos"], *page.context["numbers"]):
        assert client.get(item.url, follow=True).status_code == 200, item


@pytest.mark.parametrize("name", ["secadmin", "auditadmin"])
def test_the_other_administrators_find_their_pages(living: World, sign_in: SignIn, name: str) -> None:
    client = sign_in(getattr(living, name))
    page = client.get(reverse("reports:home"))
    assert len(page.context["numbers"]) == 5
    for card in page.context["numbers"]:
        found = client.get(card.url)
        assert (found.status_code, "notice-bad" in found.content.decode()) == (200, False), card


def test_a_new_account_waits_for_the_security_administrator(living: World, sign_in: SignIn) -> None:
    new = User.objects.create_user("newcomer", "Demo-2012-2014", name="新人", organisation=living.bank_organisation, role="viewer")
    new.is_active = False
    new.save()
    assert labels(sign_in(living.secadmin).get("/")) == ["授权新账号"]

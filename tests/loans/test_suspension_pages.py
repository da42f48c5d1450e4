"""暂停与恢复 on pages and in the API: where it is said, what may be done, by whom."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from common.http import today
from loans.models import CreditLine, Loan, RiskRate, Suspension
from loans.selectors.risk import owed_now, rates_at
from loans.services.risk import count_risk
from parties.models import User
from reserve.models import JointDecision
from reserve.selectors.programmes import rules_on
from reserve.services.programmes import set_rule
from tests.factories import (
    World,
    deposit,
    fund,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_sent,
    make_world,
    match,
    moment,
    on,
)
from tests.support.histories import lend_at_random

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
Api = Callable[[User], APIClient]
LENT = today() - timedelta(days=150)
REVIEWERS = ("province2", "science2", "town2", "bank2")


@pytest.fixture
def late() -> World:
    """A living programme: 300万 lent 150 days ago on which nothing was paid, past the stop today."""
    rules = {"overdue_rate_min_outstanding": "100万", "overdue_rate_stop": "5%"}
    world = make_world(code="demo", agreement_signed_on=LENT - timedelta(days=100), rules=rules)
    deposit(world, arrived_on=LENT - timedelta(days=90))
    match(world, arrived_on=LENT - timedelta(days=80))
    given = {"amount": "3000000", "day": LENT, "annual_rate": Decimal("3.2")}
    make_loan(world, make_line(world, make_enterprise(world, 1, day=LENT), **given), day=LENT)
    make_line(world, make_enterprise(world, 2, day=LENT), amount="1000000", day=today(), annual_rate=Decimal("3.2"))
    return world


@pytest.fixture
def row(late: World) -> Suspension:
    count_risk(today(), moment(today()))
    return Suspension.objects.get()


@pytest.fixture
def sign_in() -> SignIn:
    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="parties.backends.PartiesBackend")
        return client

    return client_of


@pytest.fixture
def api() -> Api:
    def client_of(user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return client_of


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def labels(client: Client) -> list[str]:
    return [todo.label for todo in client.get("/").context["todos"]]


@pytest.mark.parametrize("counted", [False, True])
def test_it_is_said_wherever_it_matters_whether_or_not_the_job_has_run(late: World, sign_in: SignIn, counted: bool) -> None:
    if counted:
        count_risk(today(), moment(today()))
    line = CreditLine.objects.latest("pk")
    bank, said = sign_in(late.bank), "逾期率 100.00%（计入逾期的本金 3,000,000.00 元 ÷ 未还本金 3,000,000.00 元）超过暂停线 5%"
    sent = make_sent(late, make_enterprise(late, 3, day=today()), day=today())
    pages = (
        line.get_absolute_url(),
        reverse("loans:loan_enter", args=[line.pk]),
        reverse("loans:approval_propose", args=[sent.pk]),
        late.programme.get_absolute_url(),
        reverse("reports:overdue_rate"),
    )
    for url in pages:
        assert said in text(bank, url), url
    [card] = [card for card in bank.get("/").context["numbers"] if card.label == "还可新增贷款"]
    assert (card.value, card.hint, card.tone) == ("—", "逾期率超过暂停线，暂停新增贷款", "bad")
    [draw] = [action for action in bank.get(line.get_absolute_url()).context["actions"] if action.label == "录入放款"]
    assert said in (draw.reason or "")


def test_the_rate_page_shows_the_days_that_were_kept(late: World, row: Suspension, sign_in: SignIn) -> None:
    client = sign_in(late.auditor)
    page = client.get(reverse("reports:overdue_rate"))
    assert [chart.title for chart in page.context["charts"]] == ["逾期率", "每日逾期率与代偿率：全部银行"]
    query = {"export": "csv", "table": "daily-all"}
    rows = b"".join(client.get(reverse("reports:overdue_rate"), query).streaming_content).decode("utf-8-sig")
    assert f"{today()},3000000.00,3000000.00,1.0000,0.00,50000000.00,0.0000,逾期率超过暂停线" in rows


def test_the_way_through_the_pages(late: World, row: Suspension, sign_in: SignIn) -> None:
    url, propose = row.get_absolute_url(), reverse("loans:resumption_propose", args=[row.pk])
    assert "还没有提请恢复。" in text(sign_in(late.auditor), url)
    assert "暂停新增贷款：全部银行" in labels(sign_in(late.town))
    assert not any("恢复" in label for label in labels(sign_in(late.town2)))
    assert sign_in(late.town).post(propose, {"grounds": ""}).status_code == 422
    assert sign_in(late.town).post(propose, {"grounds": "逾期贷款已落实处置方案"}).url == url
    assert "暂停新增贷款：全部银行" not in labels(sign_in(late.town))
    again = sign_in(late.bank).get(propose, follow=True)
    assert "待各方签署" in again.content.decode()
    for name in REVIEWERS:
        client = sign_in(getattr(late, name))
        assert "签署恢复新增的意见：全部银行" in labels(client)
        speak = reverse("loans:resumption_speak", args=[row.pk])
        assert "逾期贷款已落实处置方案" in text(client, speak)
        assert client.post(speak, {"agrees": "yes", "opinion": ""}).url == url
        assert not any("恢复" in label for label in labels(client))
    page = text(sign_in(late.auditor), url)
    assert "已恢复" in page
    assert page.count("同意") >= 4
    assert "新增贷款占用准备金" not in text(sign_in(late.bank), late.programme.get_absolute_url())
    assert text(sign_in(late.auditor), reverse("loans:suspension_list")).count(url) >= 1


def test_taken_back_and_refused_on_the_page(late: World, row: Suspension, sign_in: SignIn) -> None:
    propose, speak, withdraw = (reverse(f"loans:resumption_{step}", args=[row.pk]) for step in ("propose", "speak", "withdraw"))
    assert sign_in(late.town2).get(speak).status_code == 302  # nothing proposed yet
    sign_in(late.bank).post(propose, {"grounds": "已处置"})
    assert sign_in(late.town).get(withdraw).status_code == 404
    sign_in(late.bank).post(withdraw, {"reason": "补充材料"})
    sign_in(late.bank).post(propose, {"grounds": "已处置"})
    assert sign_in(late.town2).post(speak, {"agrees": "no", "opinion": ""}).status_code == 400
    sign_in(late.town2).post(speak, {"agrees": "no", "opinion": "尚未处置"})
    assert list(JointDecision.objects.values_list("status", flat=True)) == ["withdrawn", "refused"]
    page = text(sign_in(late.bank), row.get_absolute_url())
    assert "补充材料" in page
    assert "尚未处置" in page


def test_the_api_takes_the_same_steps(late: World, row: Suspension, api: Api) -> None:
    url = f"/api/v1/suspensions/{row.pk}/"
    assert api(late.town2).post(f"{url}propose-resumption/", {"grounds": "x"}).status_code == 403
    assert api(late.town).post(f"{url}propose-resumption/", {}).status_code == 400
    assert api(late.bank2).post(f"{url}speak/", {"agrees": True}).json()["code"] == "nothing_proposed"
    assert api(late.town).post(f"{url}propose-resumption/", {"grounds": "已处置"}).json()["decisions"][0]["status"] == "proposed"
    assert api(late.bank).post(f"{url}propose-resumption/", {"grounds": "已处置"}).json()["code"] == "joint_pending"
    assert api(late.town).post(f"{url}withdraw/", {"reason": "补充"}).json()["decisions"][0]["status"] == "withdrawn"
    api(late.town).post(f"{url}propose-resumption/", {"grounds": "已处置"})
    assert api(late.bank2).post(f"{url}speak/", {"agrees": False}).status_code == 400
    for name in REVIEWERS:
        answer: Any = api(getattr(late, name)).post(f"{url}speak/", {"agrees": True}).json()
    assert (answer["status"], answer["resumed_on"], answer["cleared_on"]) == ("resumed", str(today()), None)
    assert (answer["rate"], answer["part"], answer["line"], answer["bank"]) == ("1.0000", "3000000.00", "0.05", None)
    assert [voice["agrees"] for voice in answer["decisions"][0]["voices"]] == [True] * 4
    listed: Any = api(late.auditor).get("/api/v1/suspensions/", {"status": "resumed", "programme": "demo"}).json()
    assert listed["count"] == 1
    assert api(late.auditor).get("/api/v1/suspensions/", {"status": "x"}).status_code == 400


def test_the_api_lists_the_rates_day_by_day(late: World, row: Suspension, api: Api) -> None:
    [rate] = api(late.auditor).get("/api/v1/risk-rates/", {"day_from": str(today())}).json()["results"]
    assert (rate["overdue_rate"], rate["compensation_ratio"], rate["overdue_stops"]) == ("1.0000", "0.0000", True)


def test_a_drawdown_waiting_for_its_confirmation_says_why_not(late: World, sign_in: SignIn) -> None:
    given = {"programme": late.programme, "reason": "商定", "by": late.sysadmin, **on(today())}
    set_rule(key="suspend_when_stop_crossed", text="否", effective_on=today(), **given)
    line = CreditLine.objects.latest("pk")
    waiting = make_entered(late, line, day=today())
    set_rule(key="suspend_when_stop_crossed", text="是", effective_on=today(), **given)
    [confirm] = [one for one in sign_in(late.bank2).get(waiting.get_absolute_url()).context["actions"] if one.label == "复核放款"]
    assert "超过暂停线" in (confirm.reason or "")
    sign_in(late.bank2).post(reverse("loans:loan_confirm", args=[waiting.pk]))
    assert Loan.objects.get(pk=waiting.pk).status == "entered"


@pytest.mark.parametrize("seed", range(3))
def test_what_loans_owe_now_is_what_their_movements_add_up_to(seed: int) -> None:
    world = fund(make_world())
    lend_at_random(world, seed)
    loans = Loan.objects.all()
    day = max(loan.assessed_on for loan in loans if loan.assessed_on)
    rules = rules_on(world.programme, day)
    [series] = rates_at(world.programme, [day])
    [point] = series.points
    now = owed_now(world.programme, day, rules)
    assert (sum(one.owed for one in now), sum(one.overdue for one in now)) == (point.owed, point.overdue)
    assert not RiskRate.objects.exists()

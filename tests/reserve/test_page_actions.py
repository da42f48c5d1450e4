"""The forms and buttons of the reserve, by hand of the people they are for."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.http import today
from parties.models import User
from reserve.enums import ContributionStatus, ObligationStatus
from reserve.models import CalendarNotice, Contribution, FundingObligation, JobRun, Programme, ReferenceRate, ReserveAccount
from reserve.selectors.programmes import rules_on
from reserve.workdays import library_notices
from tests.factories import World, deposit, make_contribution, make_world

pytestmark = pytest.mark.django_db

UNKNOWN = max(library_notices()) + 1


@pytest.fixture
def world() -> World:
    return make_world()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def text_of(client: Client, url: str) -> str:
    response = client.get(url, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_deposit_and_its_match_by_hand(world: World) -> None:
    province, bank, bank2, town = (signed_in(person) for person in (world.province, world.bank, world.bank2, world.town))
    day = today() - timedelta(days=2)
    record = reverse("reserve:contribution_record")
    assert world.provincial_account.number in text_of(province, record)
    form = {
        "account": world.provincial_account.pk,
        "amount": "１０００万元",
        "transferred_on": f"{day.year}年{day.month}月{day.day}日",
        "voucher_no": "粤财1",
        "form_key": "0b0f3d3a-7c63-4d0c-9b3a-0d8f0c0a9f01",
    }
    first = province.post(record, form)
    again = province.post(record, form)
    made = Contribution.objects.get()
    assert first.url == again.url == made.get_absolute_url()  # type: ignore[attr-defined]
    assert made.amount == Decimal("10000000.00")

    assert "录入到账" in text_of(bank, made.get_absolute_url())
    receive = reverse("reserve:contribution_receive", args=[made.pk])
    wrong = bank.post(receive, {"arrived_on": str(today()), "amount": "1000", "receipt_no": "HD1"})
    assert wrong.status_code == 400
    assert "不一致" in wrong.content.decode()
    bank.post(receive, {"arrived_on": str(today()), "amount": "1000万", "receipt_no": "HD1"})
    confirm = reverse("reserve:contribution_confirm", args=[made.pk])
    assert bank.post(confirm).status_code == 403
    assert "复核到账" in text_of(bank2, made.get_absolute_url())
    assert bank2.post(confirm).status_code == 302
    made.refresh_from_db()
    assert made.status == ContributionStatus.CONFIRMED

    owed = FundingObligation.objects.get()
    assert "登记配套出资" in text_of(town, owed.get_absolute_url())
    assert "剩余" in text_of(town, reverse("reserve:deadline_list"))
    given = {"account": world.town_account.pk, "obligation": owed.pk, "transferred_on": str(today()), "voucher_no": "榄财1"}
    short = town.post(record, {**given, "amount": "3999万"})
    assert short.status_code == 400
    assert "40,000,000.00" in short.content.decode()
    assert "榄财1" in short.content.decode()  # nothing typed is lost
    assert town.post(record, {**given, "amount": "4000万"}).status_code == 302
    assert "已登记出资" in text_of(town, owed.get_absolute_url())


def test_the_buttons_say_who_may(world: World) -> None:
    made = make_contribution(world)
    url = made.get_absolute_url()
    assert "可办事项" in text_of(signed_in(world.town), url)
    assert "目前没有需要您办理的事项" in text_of(signed_in(world.province2), url)
    assert "只有状态为" in text_of(signed_in(world.bank2), url)  # not received yet


def test_a_rejection_by_hand(world: World) -> None:
    made = make_contribution(world)
    client = signed_in(world.bank2)
    url = reverse("reserve:contribution_reject", args=[made.pk])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "查无此款"}).status_code == 302
    assert "查无此款" in text_of(signed_in(world.province), made.get_absolute_url())


@pytest.mark.parametrize("who", ["province2", "science", "auditor", "sysadmin", "bank"])
def test_who_may_not_record_does_not_see_the_form(world: World, who: str) -> None:
    assert signed_in(getattr(world, who)).get(reverse("reserve:contribution_record")).status_code == 403


def test_the_system_administrator_sets_up_a_programme(world: World) -> None:
    client = signed_in(world.sysadmin)
    parties = [world.province_organisation, world.science_organisation, world.town_organisation, world.bank_organisation]
    form = {
        "name": "试点二期",
        "code": "second",
        "region": "中山市",
        "agreement_name": "二期细则",
        "agreement_signed_on": str(today()),
        "parties": [party.pk for party in parties],
    }
    assert client.post(reverse("reserve:programme_create"), {**form, "code": "xiaolan"}).status_code == 400
    assert client.post(reverse("reserve:programme_create"), form).status_code == 302
    made = Programme.objects.get(code="second")
    url = reverse("reserve:account_open", args=["second"])
    account = {
        "funder": world.town_organisation.pk,
        "bank": world.bank_organisation.pk,
        "name": "专户",
        "number": "1",
        "opened_on": str(today()),
    }
    assert client.post(url, account).status_code == 302
    assert ReserveAccount.objects.filter(programme=made).count() == 1
    party = {"organisation": world.auditor_organisation.pk}
    assert client.post(reverse("reserve:party_add", args=["second"]), party).status_code == 302
    assert "专户" in text_of(client, made.get_absolute_url())


def test_the_system_administrator_changes_rules_of_every_type(world: World) -> None:
    client = signed_in(world.sysadmin)
    common = {"effective_on": str(today()), "reason": "会议纪要"}
    for key, text in {
        "leverage": "8",
        "match_in_one_payment": "false",
        "category_rule": "priority",
        "supported_categories": ["high_tech", "innovative"],
        "enterprise_cap": "1500万",
    }.items():
        url = reverse("reserve:rule_set", args=["xiaolan", key])
        assert client.get(url).status_code == 200
        assert client.post(url, {"text": text, **common}).status_code == 302, key
    rules = rules_on(world.programme, today())
    assert (rules.leverage, rules.match_in_one_payment, rules.category_rule) == (Fraction(8), False, "priority")
    assert rules.supported_categories == ("high_tech", "innovative")
    assert rules.enterprise_cap == Decimal(15_000_000)
    form = client.get(reverse("reserve:rule_set", args=["xiaolan", "leverage"]))
    assert form.context["confirm"].startswith("将把“放大倍数”由“8倍”改为“{text}倍”，自 {effective_on} 起生效")
    assert client.post(reverse("reserve:rule_set", args=["xiaolan", "leverage"]), {"text": "9", **common}).status_code == 302
    assert "已被更正" in text_of(client, reverse("reserve:rule_list", args=["xiaolan"]))
    bad = client.post(reverse("reserve:rule_set", args=["xiaolan", "loan_cap"]), {"text": "很多", **common})
    assert bad.status_code == 400
    assert "会议纪要" in text_of(client, reverse("reserve:rule_list", args=["xiaolan"]))
    assert client.get(reverse("reserve:rule_set", args=["xiaolan", "nonsense"])).status_code == 404
    assert signed_in(world.province2).get(reverse("reserve:rule_set", args=["xiaolan", "loan_cap"])).status_code == 403


def test_the_system_administrator_enters_a_years_notice_as_it_is_written(world: World) -> None:
    deposit(world, arrived_on=date(UNKNOWN - 1, 12, 20)) if today() >= date(UNKNOWN - 1, 12, 20) else None
    client = signed_in(world.sysadmin)
    url = reverse("reserve:calendar_enter")
    lines = [
        f"{UNKNOWN}-1-1 至 {UNKNOWN}年1月3日 元旦",
        f"{UNKNOWN}-02-05—{UNKNOWN}-02-11 春节",
        "",
        f"{UNKNOWN}0501 劳动节",
        f"{UNKNOWN}-10-01 到 {UNKNOWN}-10-07，国庆节",
    ]
    form = {"year": str(UNKNOWN), "notice_number": "国办发明电1号", "holidays": "\n".join(lines), "makeup_days": ""}
    for change, words in (
        ({"holidays": "春节放七天"}, "看不懂"),
        ({"holidays": f"{UNKNOWN}-02-30 春节"}, "没有"),
        ({"holidays": lines[0]}, "缺少法定节假日"),
        ({"makeup_days": f"{UNKNOWN}-13-01"}, "第 1 行"),
    ):
        response = client.post(url, {**form, **change})
        assert response.status_code in (400, 422)
        assert words in response.content.decode()
    assert "暂定" in text_of(client, reverse("reserve:calendar_year", args=[UNKNOWN]))
    assert client.post(url, form).status_code == 302
    assert CalendarNotice.objects.get().days.count() == 3 + 7 + 1 + 7
    assert "国办发明电1号" in text_of(client, reverse("reserve:calendar_year", args=[UNKNOWN]))
    assert f"{UNKNOWN}-02-05 至 {UNKNOWN}-02-11 春节" in text_of(client, f"{url}?year={UNKNOWN}")
    assert "2012-01-22 至 2012-01-28 春节" in text_of(client, f"{url}?year=2012")
    assert signed_in(world.bank2).get(url).status_code == 403


def test_rates_and_jobs(world: World) -> None:
    client = signed_in(world.sysadmin)
    url = reverse("reserve:rate_enter", args=["lpr"])
    form = {"effective_on": str(today()), "one_year": "2.95", "over_five_years": "3.45"}
    assert "自 {effective_on} 起：一年期 LPR由 " in client.get(url).context["confirm"]
    assert client.post(url, form).status_code == 302
    assert client.post(url, form).status_code == 400
    assert client.post(url, form | {"one_year": "2.9"}).status_code == 302
    assert "已被更正" in text_of(client, reverse("reserve:rate_list"))
    assert ReferenceRate.objects.filter(effective_on=today(), one_year=Decimal("2.95")).exists()
    assert client.get(reverse("reserve:rate_enter", args=["gold"])).status_code == 404
    counts = {"reminded": 2, "overdue": 0, "calendar": 1, "recommendations": 3, "certificates": 0, "lapsed": 4}
    counts |= {"fell_overdue": 5, "cured": 6, "summaries_generated": 1}
    JobRun.objects.create(job="daily", on=today(), started_at=timezone.now(), counts=counts)
    jobs = text_of(client, reverse("reserve:job_list"))
    assert "每日任务" in jobs
    assert (
        "提醒 2，逾期 0，催录放假安排 1，推荐将到期提醒 3，证书将到期提醒 0，授信用款期满 4，贷款转为逾期 5，贷款转为正常 6，生成汇总表 1"
        in jobs
    )
    assert signed_in(world.bank).get(reverse("reserve:job_list")).status_code == 403
    assert signed_in(world.bank).get(url).status_code == 403


def test_the_centre_records_the_end(world: World) -> None:
    client = signed_in(world.province2)
    url = reverse("reserve:programme_end", args=["xiaolan"])
    assert client.post(url, {"ended_on": str(today() + timedelta(days=1)), "reason": "期满"}).status_code == 400
    assert client.post(url, {"ended_on": str(today()), "reason": "期满"}).status_code == 302
    assert "已终止" in text_of(client, world.programme.get_absolute_url())
    assert signed_in(world.sysadmin).get(reverse("reserve:account_open", args=["xiaolan"])).status_code == 200
    assert ObligationStatus.OPEN not in {one.status for one in FundingObligation.objects.all()}

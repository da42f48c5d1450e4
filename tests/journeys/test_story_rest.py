"""The whole programme through REST alone, on days of every kind: from the first deposit to an accepted summary."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from enterprises.identifiers import make_identifier, make_org_code
from loans.rules.terms import add_months
from reserve.calendar import workday_table
from reserve.errors import CalendarUnknown
from reserve.quarters import Quarter
from tests.factories import World, make_world
from tests.support.caller import Callers
from tests.support.clock import Clock

REAL_TODAY = timezone.localdate()

STARTS = {
    "of the domain's own table": date(2012, 4, 20),
    "on the last day of a year, into the next year's first quarter": date(2012, 12, 31),
    "on the day LPR replaced the benchmark": date(2019, 8, 20),
    "on a Saturday": date(2024, 2, 3),
    "on 29 February": date(2024, 2, 29),
    "before years without a calendar notice": date(2031, 11, 20),
    "today": REAL_TODAY,
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS.keys())
def test_from_the_first_deposit_to_an_accepted_summary(db: None, api: Callers, clock: Clock, start: date) -> None:
    world = make_world(agreement_signed_on=start - timedelta(days=30))
    clock.go_to(start)

    money_arrives(api, clock, world, start)
    recommended = recommended_by_both_offices(api, clock, world)
    loan = lent(api, clock, recommended)
    repaid_in_part(api, clock, loan)
    summaries = summaries_accepted(api, clock, start)
    assert [line["enterprise_name"] for one in summaries for line in one["lines"]] == ["中山市演示精密锁业有限公司"]
    figures_published(api, clock)
    repaid_in_full(api, clock, loan)
    call_command("verify_ledger")


def money_arrives(api: Callers, clock: Clock, world: World, start: date) -> None:
    """Province, bank's officer, bank's reviewer; the town owes four times as much, and pays within a week."""
    deposit = api.post(
        "province",
        "contributions/",
        {"programme": "xiaolan", "amount": "1000万", "transferred_on": start.isoformat(), "voucher_no": "粤财-001"},
        status=201,
    )
    assert (deposit["status"], deposit["amount"]) == ("recorded", "10000000.00")
    assert figures(api) == {"province": ("0.00", "0.00", "0.00"), "town": ("0.00", "0.00", "0.00")}
    received = api.post("bank", f"contributions/{deposit['id']}/confirm/", {"arrived_on": start.isoformat(), "receipt_no": "HD-001"})
    assert received["status"] == "received"
    confirmed = api.post("bank2", f"contributions/{deposit['id']}/confirm/")
    assert (confirmed["status"], confirmed["confirmed_by"]) == ("confirmed", "bank2")

    obligation = api.only("town", "funding-obligations/", programme="xiaolan")
    assert (obligation["amount"], obligation["status"], obligation["workdays"]) == ("40000000.00", "open", 30)
    assert_due(obligation, start, 30)

    day = clock.pass_days(7).isoformat()
    match = api.post(
        "town",
        "contributions/",
        {"programme": "xiaolan", "obligation": obligation["id"], "amount": "40000000.00", "transferred_on": day, "voucher_no": "榄财-001"},
        status=201,
    )
    api.post("bank", f"contributions/{match['id']}/confirm/", {"arrived_on": day, "receipt_no": "HD-002"})
    api.post("bank2", f"contributions/{match['id']}/confirm/")
    fulfilled = api.get("province", f"funding-obligations/{obligation['id']}/")
    assert (fulfilled["status"], fulfilled["fulfilled_on"], fulfilled["late_workdays"]) == ("fulfilled", day, 0)
    assert figures(api) == {
        "province": ("10000000.00", "10000000.00", "0.00"),
        "town": ("40000000.00", "40000000.00", "0.00"),
    }


def recommended_by_both_offices(api: Callers, clock: Clock, world: World) -> dict[str, Any]:
    """The city centre registers and drafts, the heads of both offices sign, the bureau sends the batch."""
    today = clock.pass_days(1)
    enterprise = api.post(
        "centre",
        "enterprises/",
        {
            "programme": "xiaolan",
            "name": "中山市演示精密锁业有限公司",
            "identifier": make_identifier(make_org_code("72123401"), today),
            "region": "中山市小榄镇",
            "industry_code": "3351",
            "industry_edition": "2011",
        },
        status=201,
    )
    row = f"enterprises/{enterprise['id']}/"
    sized = api.post("centre", f"{row}years/", {"year": today.year - 1, "employees": 120, "revenue": "6000万"})
    assert sized["size"] == "small"
    since = today - timedelta(days=200)
    api.post(
        "centre",
        f"{row}categories/",
        {"category": "high_tech", "certificate_no": "GR0001", "valid_from": since.isoformat(), "valid_until": None},
    )
    bank = next(one for one in api.get("centre", "programmes/xiaolan/")["parties"] if one["kind"] == "bank")
    draft = api.post(
        "centre",
        "recommendations/",
        {
            "programme": "xiaolan",
            "enterprise": enterprise["id"],
            "bank": bank["id"],
            "amount": "3000000.00",
            "term_months": 12,
            "purpose": "购买原材料",
            "accepted_on": today.isoformat(),
            "papers": ["application", "licence", "certificate"],
        },
        status=201,
    )
    path = f"recommendations/{draft['id']}/"
    once = api.post("science2", f"{path}sign/", {"version": draft["version"]})
    assert (once["status"], len(once["signatures"]), once["endorsed_on"]) == ("signed", 1, None)
    both = api.post("town2", f"{path}sign/", {"version": draft["version"]})
    assert (both["status"], both["endorsed_on"]) == ("endorsed", today.isoformat())
    assert both["valid_until"] == (today + timedelta(days=180)).isoformat()

    batch = api.post("centre", "batches/", {"programme": "xiaolan", "bank": bank["id"], "recommendations": [draft["id"]]}, status=201)
    assert (batch["number"], batch["count"], batch["total"], batch["status"]) == (1, 1, "3000000.00", "draft")
    sent = api.post("science", f"batches/{batch['id']}/send/")
    assert (sent["status"], sent["sent_on"]) == ("sent", today.isoformat())
    return api.get("bank", path)


def lent(api: Callers, clock: Clock, recommended: dict[str, Any]) -> dict[str, Any]:
    """Proposed and confirmed, drawn and confirmed: the reserve carries the loan at 7.5, one to four."""
    day = clock.pass_days(3)
    line = api.post(
        "bank",
        "approvals/",
        {
            "recommendation": recommended["id"],
            "decision": "approve",
            "amount": "3000000.00",
            "term_months": 12,
            "annual_rate": "4.35",
            "repayment_method": "quarterly_interest",
            "guarantee": "surety",
        },
        status=201,
    )
    assert (line["status"], line["annual_rate"]) == ("proposed", "4.3500")
    line = api.post("bank2", f"approvals/{line['id']}/confirm/")
    assert (line["status"], line["size"], line["decided_on"]) == ("approved", "small", day.isoformat())
    assert line["valid_until"] == (day + timedelta(days=90)).isoformat()
    assert api.get("science", f"recommendations/{recommended['id']}/")["status"] == "answered"

    due_on = add_months(day, 11)
    entered = api.post(
        "bank",
        "loans/",
        {
            "credit_line": line["id"],
            "contract_no": "榄银借字第001号",
            "contract_on": day.isoformat(),
            "note_no": "JJ-0001",
            "amount": "3000000.00",
            "disbursed_on": day.isoformat(),
            "due_on": due_on.isoformat(),
        },
        status=201,
    )
    assert figures(api)["province"] == ("10000000.00", "10000000.00", "0.00"), "an entry alone occupies nothing"
    loan = api.post("bank2", f"loans/{entered['id']}/confirm/")
    assert loan["status"] == "active"
    assert (loan["earmarked"], loan["earmarked_provincial"]) == ("400000.00", "80000.00")
    assert (loan["declared_reserve"], loan["declared_provincial"]) == ("400000.00", "80000.00")
    assert (loan["purpose"], loan["repayment_method"], loan["annual_rate"]) == ("购买原材料", "quarterly_interest", "4.3500")
    assert figures(api) == {
        "province": ("10000000.00", "9920000.00", "80000.00"),
        "town": ("40000000.00", "39680000.00", "320000.00"),
    }
    return loan


def repaid_in_part(api: Callers, clock: Clock, loan: dict[str, Any]) -> None:
    """A million comes back: two remain, and so does 2,000,000 ÷ 7.5 of the reserve, to the 分."""
    pay(api, loan, clock.pass_days(2), "1000000.00", "还-001")
    left = api.get("bank", f"loans/{loan['id']}/")
    assert (left["outstanding"], left["earmarked"], left["earmarked_provincial"]) == ("2000000.00", "266666.67", "53333.33")
    assert figures(api) == {
        "province": ("10000000.00", "9946666.67", "53333.33"),
        "town": ("40000000.00", "39786666.66", "213333.34"),
    }


def repaid_in_full(api: Callers, clock: Clock, loan: dict[str, Any]) -> None:
    """The last release empties the earmark exactly."""
    pay(api, loan, clock.pass_days(1), "2000000.00", "还-002")
    settled = api.get("province", f"loans/{loan['id']}/")
    assert (settled["status"], settled["outstanding"], settled["earmarked"]) == ("settled", "0.00", "0.00")
    assert figures(api)["town"] == ("40000000.00", "40000000.00", "0.00")
    entries = api.rows("province", "ledger-entries/", programme="xiaolan", ordering="sequence")
    assert [one["purpose"] for one in entries] == ["contribution", "contribution", "earmark", "release", "release"]
    assert [one["sequence"] for one in entries] == [1, 2, 3, 4, 5]
    assert [one["previous_hash"] for one in entries[1:]] == [one["hash"] for one in entries[:-1]]


def pay(api: Callers, loan: dict[str, Any], day: date, principal: str, receipt: str) -> None:
    path = f"loans/{loan['id']}/repayments/"
    paid = api.post("bank", path, {"paid_on": day.isoformat(), "principal": principal, "receipt_no": receipt}, status=201)
    assert paid["status"] == "entered"
    assert api.post("bank2", f"{path}{paid['id']}/confirm/")["status"] == "confirmed"


def summaries_accepted(api: Callers, clock: Clock, start: date) -> list[dict[str, Any]]:
    """On the first day after the quarter the summaries are there, are checked, submitted, and accepted by the centre."""
    last = Quarter.of(clock.day)
    clock.go_to(last.end + timedelta(days=1))
    quarter, accepted = Quarter.of(start), []
    while quarter <= last:
        call_command("generate_summaries", "--quarter", str(quarter))
        accepted.append(accept(api, clock, quarter))
        quarter = quarter.next()
    return accepted


def accept(api: Callers, clock: Clock, quarter: Quarter) -> dict[str, Any]:
    summary = api.only("bank", "quarterly-summaries/", programme="xiaolan", quarter=str(quarter))
    assert (summary["status"], summary["version"]) == ("draft", 1)
    assert_due(summary, quarter.end, 10)
    path = f"quarterly-summaries/{summary['id']}/"
    assert api.post("bank", f"{path}submit/")["status"] == "checked"
    submitted = api.post("bank2", f"{path}submit/")
    assert submitted["status"] == "submitted"
    assert len(submitted["checksum"]) == 64
    head = api.rows("province", "ledger-entries/", programme="xiaolan", ordering="-sequence")[0]["hash"]
    assert submitted["ledger_head"] == head
    assert submitted["loan_count"] == len(submitted["lines"])
    assert sum(Decimal(line["amount"]) for line in submitted["lines"]) == Decimal(submitted["total_amount"])
    assert api.post("province", f"{path}accept/")["status"] == "proposed"
    done = api.post("province2", f"{path}accept/")
    assert done["status"] == "accepted"
    assert (done["checksum"], done["lines"]) == (submitted["checksum"], submitted["lines"])
    for kind in ("csv", "xlsx"):
        assert api.client("province").get(f"/api/v1/{path}{kind}/").status_code == 200
    return done


def figures_published(api: Callers, clock: Clock) -> None:
    found = api.get("province", "programmes/xiaolan/statistics/", as_of=clock.day.isoformat())
    assert (found["batches"], found["enterprises"], found["credit_amount"]) == (1, 1, "3000000.00")
    assert (found["declared_reserve"], found["declared_reserve_provincial"]) == ("400000.00", "80000.00")
    assert [(one["size"], one["enterprises"], one["share"]) for one in found["by_size"] if one["enterprises"]] == [("small", 1, "1.0000")]


def figures(api: Callers) -> dict[str, tuple[str, str, str]]:
    """Balance, free, earmarked of both reserves."""
    rows = api.rows("province", "reserve-accounts/", programme="xiaolan")
    short = {"provincial_centre": "province", "town": "town"}
    return {short[row["funder_kind"]]: (row["balance"], row["free"], row["earmarked"]) for row in rows}


def assert_due(clocked: dict[str, Any], starts_on: date, workdays: int) -> None:
    """The n-th working day after, or a provisional day where a year's notice is not known."""
    try:
        due_on = workday_table().add_workdays(starts_on, workdays)
    except CalendarUnknown:
        assert clocked["provisional"] is True
        assert date.fromisoformat(clocked["due_on"]) > starts_on + timedelta(days=workdays)
    else:
        assert clocked["due_on"] == due_on.isoformat()
        assert not clocked.get("provisional")
    if starts_on == date(2012, 4, 20):
        assert clocked["due_on"] == "2012-06-04"

"""Sent twice, done once: the same key or the same form; another body under a used key is refused."""

import re
from datetime import date
from uuid import uuid4

from django.test import Client

from loans.models import Repayment
from reserve.models import Contribution, LedgerEntry
from tests import factories as make
from tests.factories import World
from tests.support.caller import Callers
from tests.support.clock import Clock

DAY = date(2012, 3, 1)
DEPOSIT = {"programme": "xiaolan", "amount": "10000000.00", "transferred_on": "2012-02-29", "voucher_no": "粤财-1"}


def test_a_deposit_sent_twice_with_one_key_is_recorded_once_and_answered_alike(world: World, api: Callers, clock: Clock) -> None:
    clock.go_to(DAY)
    first = api.send("province", "contributions/", DEPOSIT, key="k-1")
    clock.pass_days(1)
    again = api.send("province", "contributions/", DEPOSIT, key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Contribution.objects.count() == 1


def test_another_body_under_a_used_key_is_a_409_and_changes_nothing(world: World, api: Callers, clock: Clock) -> None:
    clock.go_to(DAY)
    api.post("province", "contributions/", DEPOSIT, status=201, key="k-1")
    problem = api.post("province", "contributions/", DEPOSIT | {"amount": "20000000.00"}, status=409, key="k-1")
    assert problem["code"] == "idempotency_mismatch"
    assert "幂等键" in problem["detail"]
    assert [str(one.amount) for one in Contribution.objects.all()] == ["10000000.00"]


def test_a_key_is_its_sender_s_own(world: World, api: Callers, clock: Clock) -> None:
    loan = make.make_entered(make.fund(world))
    clock.go_to(DAY)
    api.post("province", "contributions/", DEPOSIT, status=201, key="shared")
    assert api.post("bank2", f"loans/{loan.pk}/confirm/", key="shared")["status"] == "active"


def test_a_refused_request_may_be_mended_under_its_key(world: World, api: Callers, clock: Clock) -> None:
    clock.go_to(DAY)
    api.post("province", "contributions/", DEPOSIT | {"transferred_on": "2012-03-02"}, status=400, key="k-1")
    api.post("province", "contributions/", DEPOSIT, status=201, key="k-1")


def test_a_disbursement_confirmed_twice_with_one_key_occupies_the_reserve_once(world: World, api: Callers, clock: Clock) -> None:
    loan = make.make_entered(make.fund(world))
    clock.go_to(DAY)
    first = api.post("bank2", f"loans/{loan.pk}/confirm/", key="k-2")
    assert api.post("bank2", f"loans/{loan.pk}/confirm/", key="k-2") == first
    assert LedgerEntry.objects.filter(purpose="earmark").count() == 1
    problem = api.post("bank2", f"loans/{loan.pk}/confirm/", key="k-3", status=409)
    assert problem["code"] == "wrong_state"


def test_a_form_sent_twice_is_one_repayment_and_a_changed_one_is_refused(world: World, clock: Clock) -> None:
    loan = make.make_loan(make.fund(world))
    clock.go_to(DAY)
    client = Client()
    client.force_login(world.bank, backend="parties.backends.PartiesBackend")
    url = f"/loans/{loan.pk}/repayments/new/"
    key = re.search(r'name="form_key" value="([0-9a-f-]{36})"', client.get(url).content.decode())
    assert key, "the form hands out a one-time key"
    form = {"paid_on": "2012-03-01", "principal": "100万", "receipt_no": "H-1", "form_key": key[1]}
    assert [client.post(url, form).status_code for _ in range(2)] == [302, 302]
    assert Repayment.objects.count() == 1
    changed = client.post(url, form | {"principal": "200万"})
    assert changed.status_code == 409
    assert "已经提交过" in changed.content.decode()
    assert client.post(url, form | {"receipt_no": "H-2", "form_key": str(uuid4())}).status_code == 302
    assert Repayment.objects.count() == 2


def test_a_button_pressed_twice_acts_once(world: World, clock: Clock) -> None:
    loan = make.make_entered(make.fund(world))
    clock.go_to(DAY)
    client = Client()
    client.force_login(world.bank2, backend="parties.backends.PartiesBackend")
    form = {"form_key": str(uuid4())}
    answers = [client.post(f"/loans/{loan.pk}/confirm/", form, follow=True).content.decode() for _ in range(2)]
    assert all("准备金已占用" in text for text in answers)
    assert LedgerEntry.objects.filter(purpose="earmark").count() == 1

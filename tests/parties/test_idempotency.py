"""The same request twice is one; through pages and the API alike."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from common.errors import IdempotencyMismatch, InvalidInput, Refusal
from parties.idempotency import Answer, answer_once, json_hash
from parties.models import AuditEvent, Notification, Organisation, RequestKey, User
from parties.services.notify import notify
from tests.factories import World

FORM = {
    "kind": "bank",
    "name": "某银行",
    "short_name": "某行",
    "reviewer_title": "行长",
    "form_key": "6f9619ff-8b86-4011-b42d-00cf4fc964ff",
}


def ask(user: User, run: Callable[[], Answer], *, key: str = "k-1", body: object = None) -> Answer:
    return answer_once(user=user, key=key, request_hash=json_hash("POST", "/x/", body), now=timezone.now(), run=run)


def test_action_runs_once_and_the_answer_is_kept(world: World) -> None:
    ran: list[int] = []

    def run() -> Answer:
        ran.append(1)
        return Answer(201, {"金额": "10.00"})

    first, second = ask(world.town, run), ask(world.town, run)
    assert (first.status, first.body, first.replayed) == (201, {"金额": "10.00"}, False)
    assert (second.status, second.body, second.replayed) == (201, {"金额": "10.00"}, True)
    assert ran == [1]


def test_the_answer_kept_is_the_same_bytes(world: World) -> None:
    notify(recipients=[world.town], key="k", subject="通知", now=timezone.now())
    client = APIClient()
    client.force_authenticate(world.town)
    url = f"/api/v1/notifications/{Notification.objects.get().pk}/read/"
    first, again = (client.post(url, headers={"Idempotency-Key": "k-1"}) for _ in range(2))
    assert again["Idempotent-Replayed"] == "true"
    assert again.content == first.content


def test_same_key_for_another_request_is_refused(world: World) -> None:
    ask(world.town, lambda: Answer(200, 1), body={"a": 1})
    with pytest.raises(IdempotencyMismatch):
        ask(world.town, lambda: Answer(200, 2), body={"a": 2})


def test_order_of_names_does_not_make_another_request() -> None:
    assert json_hash("POST", "/x/", {"a": 1, "b": 2}) == json_hash("POST", "/x/", {"b": 2, "a": 1})
    assert json_hash("POST", "/x/", {"a": 1}) != json_hash("POST", "/y/", {"a": 1})


def test_keys_of_two_people_do_not_meet(world: World) -> None:
    assert not ask(world.town, lambda: Answer(200, 1)).replayed
    assert not ask(world.bank, lambda: Answer(200, 2)).replayed


def test_refused_request_leaves_no_key_and_may_be_tried_again(world: World) -> None:
    def refuse() -> Answer:
        Organisation.objects.create(kind="bank", name="半途", short_name="半途")
        raise Refusal("不行")

    with pytest.raises(Refusal):
        ask(world.town, refuse)
    assert not RequestKey.objects.exists()
    assert not Organisation.objects.filter(name="半途").exists()
    assert not ask(world.town, lambda: Answer(200, 1)).replayed


@pytest.mark.parametrize("key", ["", "x" * 121, "a\x00b"])
def test_unusable_key_is_refused(world: World, key: str) -> None:
    with pytest.raises(InvalidInput):
        ask(world.town, lambda: Answer(200, 1), key=key)


def test_page_form_sent_twice_makes_one(world: World, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(world.sysadmin)
    first, second = client.post("/organisations/new/", FORM), client.post("/organisations/new/", FORM)
    assert first.status_code == second.status_code == 302
    assert first.url == second.url
    assert Organisation.objects.filter(name="某银行").count() == 1


def test_page_form_sent_again_with_other_content_says_to_reopen_it(world: World, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(world.sysadmin)
    client.post("/organisations/new/", FORM)
    answer = client.post("/organisations/new/", {**FORM, "name": "另一银行"})
    assert answer.status_code == 409
    assert "重新打开" in answer.content.decode()
    assert not Organisation.objects.filter(name="另一银行").exists()


def test_button_pressed_twice_acts_once(world: World, sign_in: Callable[[User], Client]) -> None:
    client, data = sign_in(world.sysadmin), {"form_key": FORM["form_key"]}
    for _ in range(2):
        client.post(f"/organisations/{world.town_organisation.pk}/toggle/", data)
    assert not Organisation.objects.get(pk=world.town_organisation.pk).is_active


def message_for(user: User) -> Notification:
    notify(recipients=[user], key=str(timezone.now()), subject="请配套", now=timezone.now())
    return Notification.objects.latest("id")


def test_api_replays_its_answer(world: World, api: Callable[[User], APIClient]) -> None:
    url = f"/api/v1/notifications/{message_for(world.town).pk}/read/"
    client, headers = api(world.town), {"Idempotency-Key": "k-1"}
    first, second = client.post(url, {}, headers=headers), client.post(url, {}, headers=headers)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert RequestKey.objects.count() == 1


def test_api_refuses_the_key_for_another_body_or_address(world: World, api: Callable[[User], APIClient]) -> None:
    one, two = (f"/api/v1/notifications/{message_for(world.town).pk}/read/" for _ in range(2))
    client, headers = api(world.town), {"Idempotency-Key": "k-1"}
    client.post(one, {}, headers=headers)
    for url, body in ((one, {"x": 1}), (two, {})):
        answer = client.post(url, body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_mismatch")


def test_body_that_is_no_object_is_refused(world: World, api: Callable[[User], APIClient]) -> None:
    url = f"/api/v1/notifications/{message_for(world.town).pk}/read/"
    answer = api(world.town).post(url, data="[1]", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_at_once_act_once_and_both_get_the_answer() -> None:
    user = User.objects.create_user("sysadmin", "x", name="甲", role="system_admin")
    barrier, answers = threading.Barrier(2), []

    def work() -> None:
        def run() -> Answer:
            Organisation.objects.create(kind="bank", name=f"银行{Organisation.objects.count()}", short_name="行")
            return Answer(201, {"count": Organisation.objects.count()})

        try:
            barrier.wait(10)
            answers.append(ask(user, run))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.body for answer in answers] == [{"count": 1}, {"count": 1}]
    assert sorted(answer.replayed for answer in answers) == [False, True]
    assert Organisation.objects.count() == 1
    assert not AuditEvent.objects.exists()

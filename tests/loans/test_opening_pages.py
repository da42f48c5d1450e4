"""期初贷款 at the screen and through the REST interface: the three people, and whom else it concerns."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from loans.models import ImportFile, Loan
from parties.models import User
from tests.factories import World, make_world
from tests.support.clock import Clock
from tests.support.imports import work
from tests.support.openings import DAY, HEADS, make_started, open_loans, pass_on, preview_openings, register, row
from tests.support.workbooks import workbook

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, DAY)


@pytest.fixture
def signed_in() -> Callable[[str], Client]:
    def enter(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
        return client

    return enter


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


class TestPages:
    def test_from_the_old_register_to_the_new_one_by_three_people(self, signed_in: Callable[[str], Client]) -> None:
        world = make_started()
        file = SimpleUploadedFile("期初.xlsx", workbook([HEADS, *register(world)]))
        body = {"programme": world.programme.pk, "kind": "opening", "declared_total": "300万", "file": file}
        answer = signed_in("bank").post(reverse("loans:import_upload"), body, follow=True)
        assert "文件已上传，正在逐行核对" in text(answer)
        work(DAY)
        found = ImportFile.objects.get()
        page = text(signed_in("bank2").get(found.get_absolute_url()))
        assert "先采纳无误" not in page
        assert "将提交市科技局或镇政府会签" in signed_in("bank2").get(found.get_absolute_url()).content.decode()
        url = reverse("loans:import_confirm_all", args=[found.pk])
        assert "等待市科技局或镇政府会签" in text(signed_in("bank2").post(url, {"version": found.version}, follow=True))
        found.refresh_from_db()
        assert f"会签期初贷款文件：{found.name}" in text(signed_in("science2").get("/"))
        assert "会签" not in text(signed_in("science").get("/"))
        assert "QC2" in text(signed_in("science").get(found.get_absolute_url()))
        url = reverse("loans:import_countersign", args=[found.pk])
        assert "内容已被他人修改" in text(signed_in("science2").post(url, {"version": "1"}, follow=True))
        assert "文件已会签，正在逐行办理" in text(signed_in("science2").post(url, {"version": found.version}, follow=True))
        work(DAY)
        page = text(signed_in("town").get(found.get_absolute_url()))
        assert "已全部采纳" in page
        assert "市科技局 science2" in page
        assert Loan.objects.count() == 3

    def test_an_office_gives_it_back_with_its_reason(self, signed_in: Callable[[str], Client]) -> None:
        world = make_started()
        file = pass_on(world, preview_openings(world, register(world)))
        url = reverse("loans:import_refuse", args=[file.pk])
        client = signed_in("town2")
        assert "退回数据文件" in text(client.get(url))
        assert client.post(url, {"reason": "", "version": file.version}).status_code == 422
        assert "数据文件已退回银行" in text(client.post(url, {"reason": "余额不符", "version": file.version}, follow=True))
        assert "不予会签：余额不符" in text(signed_in("bank").get(file.get_absolute_url()))

    def test_it_is_offered_only_where_a_programme_starts_mid_life(self, signed_in: Callable[[str], Client]) -> None:
        make_world()
        client = signed_in("bank")
        assert "期初贷款" not in client.get(reverse("loans:import_upload")).content.decode().replace("（期初）", "")
        assert reverse("loans:import_template_xlsx", args=["opening"]) not in client.get(reverse("loans:import_list")).content.decode()

    def test_pages_cost_few_statements_however_many_rows(self, signed_in: Callable[[str], Client]) -> None:
        world = make_started()
        counts = []
        for number in (1, 12):
            rows = [row(world, 借据号=f"N{number}-{n}", 贷款金额=1000, 期初本金余额=1000) for n in range(number)]
            open_loans(world, rows)
            waiting = pass_on(world, preview_openings(world, [row(world, 借据号=f"W{number}", 贷款金额=1, 期初本金余额=1)]))
            taken = ImportFile.objects.filter(status="booked").latest("pk")
            for name in ("bank2", "town2", "auditor"):
                for url in (taken.get_absolute_url(), waiting.get_absolute_url(), reverse("loans:import_list"), reverse("loans:loan_list")):
                    client = signed_in(name)
                    client.get(url)
                    with CaptureQueriesContext(connection) as captured:
                        assert client.get(url).status_code == 200
                    counts.append(len(captured))
        half = len(counts) // 2
        assert counts[:half] == counts[half:]
        assert max(counts) <= 20


def client_of(user: User) -> APIClient:
    found = APIClient()
    found.force_authenticate(user)
    return found


class TestApi:
    def send(self, world: World) -> str:
        file = SimpleUploadedFile("期初.xlsx", workbook([HEADS, *register(world)]))
        body = {"programme": "xiaolan", "kind": "opening", "file": file}
        answer = client_of(world.bank).post("/api/v1/import-files/", body, format="multipart")
        assert answer.status_code == 201
        work(DAY)
        return f"/api/v1/import-files/{answer.json()['id']}/"

    def test_sent_confirmed_countersigned_and_booked(self) -> None:
        world = make_started()
        url = self.send(world)
        good = client_of(world.bank2).post(f"{url}confirm/", {"mode": "good"}, format="json")
        assert (good.status_code, "mode" in good.json()["errors"]) == (400, True)
        taken = client_of(world.bank2).post(f"{url}confirm/", {"mode": "all"}, format="json")
        assert (taken.status_code, taken.json()["status"]) == (200, "passed_on")
        signed = client_of(world.town2).post(f"{url}countersign/", {"version": taken.json()["version"]}, format="json")
        assert (signed.json()["status"], signed.json()["countersigned_by"]) == ("booking", "town2")
        work(DAY)
        loans = client_of(world.province).get("/api/v1/loans/", {"opening": "true", "ordering": "due_on"}).json()["results"]
        assert [(loan["note_no"], loan["opening_on"], loan["opening_principal"]) for loan in loans] == [
            ("QC2", "2013-07-01", "1000000.00"),
            ("QC3", "2013-07-01", "0.00"),
            ("QC1", "2013-07-01", "2000000.00"),
        ]
        assert client_of(world.province).get("/api/v1/programmes/xiaolan/").json()["started_on"] == "2013-07-01"
        money = client_of(world.province).get("/api/v1/contributions/").json()["results"]
        assert [one["is_opening"] for one in money] == [True, True]

    def test_refused_by_an_office(self) -> None:
        world = make_started()
        url = self.send(world)
        assert client_of(world.town2).post(f"{url}refuse/", {"reason": "不符"}, format="json").status_code == 409
        client_of(world.bank2).post(f"{url}confirm/", {"mode": "all"}, format="json")
        given_back = client_of(world.town2).post(f"{url}refuse/", {"reason": "余额不符"}, format="json")
        assert (given_back.status_code, given_back.json()["status"]) == (200, "previewed")
        assert client_of(world.province2).get(url).status_code == 404
        assert client_of(world.centre).post(f"{url}countersign/", {}, format="json").status_code in (403, 404)

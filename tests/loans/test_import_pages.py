"""Pages of files of rows: what they show, what a clerk can do there, templates and reports, how many statements they cost."""

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from loans.import_enums import FileKind
from loans.models import ImportFile, Loan, Repayment
from loans.rules.imports.columns import COLUMNS
from loans.services import imports
from parties.models import User
from tests.factories import World, fund, make_loan, make_world, on
from tests.support.clock import Clock
from tests.support.imports import csv_bytes, preview, said, send, work

pytestmark = pytest.mark.django_db
DAY = date(2012, 9, 25)
PAID = date(2012, 9, 20)
HEADS = ["借据号", "还款日期", "归还本金", "回单号"]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, DAY)


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    return make_loan(world)


@pytest.fixture
def signed_in(world: World) -> Callable[[str], Client]:
    def enter(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
        return client

    return enter


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def rows_of(content: bytes, sheet: int = 0) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(sheet).to_python()


class TestSending:
    def test_from_the_form_to_the_preview(self, world: World, loan: Loan, signed_in: Callable[[str], Client]) -> None:
        client = signed_in("bank")
        assert 'value="enterprises"' not in client.get(reverse("loans:import_upload")).content.decode()
        body = {"programme": world.programme.pk, "kind": "repayments", "quarter": "2012年第三季度", "declared_total": "100万"}
        file = SimpleUploadedFile("还款.csv", csv_bytes([HEADS, [loan.note_no, PAID, 1000000, "HD1"]]))
        answer = client.post(reverse("loans:import_upload"), body | {"file": file}, follow=True)
        assert "文件已上传，正在逐行核对" in text(answer)
        assert 'hx-trigger="every 1s"' in answer.content.decode()
        work(DAY)
        found = ImportFile.objects.get()
        page = text(client.get(found.get_absolute_url()))
        assert "无误 1，提示 0，错误 0" in page
        assert "2012年第三季度" in page
        assert "1,000,000.00" in page

    def test_what_is_wrong_is_said_with_everything_typed_kept(self, world: World, signed_in: Callable[[str], Client]) -> None:
        file = SimpleUploadedFile("余额.csv", csv_bytes([["借据号", "本金余额", "状态"], ["JJ1", 1, "正常"]]))
        body = {"programme": world.programme.pk, "kind": "positions", "declared_total": "1", "file": file}
        answer = signed_in("bank").post(reverse("loans:import_upload"), body)
        assert answer.status_code == 400
        assert "请填写月末日期" in text(answer)
        assert 'value="1"' in answer.content.decode()
        assert not ImportFile.objects.exists()

    def test_the_progress_asks_again_until_the_work_is_done(self, world: World, loan: Loan, signed_in: Callable[[str], Client]) -> None:
        file = send(world, [HEADS, [loan.note_no, PAID, 1000000, "HD1"]], day=DAY)
        url = reverse("loans:import_progress", args=[file.pk])
        ImportFile.objects.filter(pk=file.pk).update(rows_total=4, rows_done=1)
        assert 'value="25"' in signed_in("bank").get(url).content.decode()
        assert "等待已超过 10 分钟" not in text(signed_in("bank").get(url))
        ImportFile.objects.filter(pk=file.pk).update(uploaded_at=on(date(2012, 9, 24))["now"])
        assert "等待已超过 10 分钟" in text(signed_in("bank").get(url))
        work(DAY)
        assert signed_in("bank").get(url).headers["HX-Refresh"] == "true"


class TestPreview:
    def test_rows_are_filtered_by_verdict_and_exception_and_exported(
        self, world: World, loan: Loan, signed_in: Callable[[str], Client]
    ) -> None:
        rows = [[loan.note_no, PAID, 1000000, "HD1"], ["没有", PAID, 1, "HD2"], [loan.note_no, PAID, "坏", "HD3"]]
        file = preview(world, [HEADS, *rows], day=DAY, declared_count=9)
        client, url = signed_in("bank2"), file.get_absolute_url()
        page = text(client.get(url))
        for sentence in ("E311 借据号不存在 ：1 行", "E102 金额无法识别 ：1 行", "申报 9 行，文件有 3 行", "先采纳无误的 1 行"):
            assert sentence in page
        assert "文件有 2 行错误，不能全部采纳" in page
        assert "有错误的 2 行不采纳，留在文件中等待。注意：整个文件有错误（E022）。" in client.get(url).content.decode()
        assert "共 2 行" in text(client.get(url, {"verdict": "error"}))
        assert "共 1 行" in text(client.get(url, {"code": "E311"}))
        assert "共 1 行" in text(client.get(url, {"q": "HD3"}))
        assert "共 1 行" in text(client.get(url, {"q": "没有"}))
        sheet: Any = client.get(url, {"verdict": "error", "export": "xlsx"})
        assert len(rows_of(b"".join(sheet.streaming_content))) == 3

    def test_the_report_holds_every_exception_with_its_remedy(self, world: World, loan: Loan, signed_in: Callable[[str], Client]) -> None:
        file = preview(world, [HEADS, ["=没有", PAID, "坏", "HD1"], [loan.note_no, PAID, 1, "HD2"]], day=DAY, declared_count=9)
        answer: Any = signed_in("bank").get(reverse("loans:import_report", args=[file.pk]))
        heads, *lines = rows_of(b"".join(answer.streaming_content))
        assert heads[:5] == ["行号", "例外编号", "例外", "说明", "改法"]
        assert [(line[0], line[1]) for line in lines] == [("整个文件", "E022"), ("2", "E102")]
        assert all(line[4] for line in lines)
        assert lines[1][6] == "=没有"

    def test_a_reviewer_confirms_what_the_page_showed(self, world: World, loan: Loan, signed_in: Callable[[str], Client]) -> None:
        file = preview(world, [HEADS, [loan.note_no, PAID, 1000000, "HD1"]], day=DAY)
        assert f"复核还款文件：{file.name}" in text(signed_in("bank2").get("/"))
        url = reverse("loans:import_confirm_all", args=[file.pk])
        assert "内容已被他人修改" in text(signed_in("bank2").post(url, {"version": "1"}, follow=True))
        assert not Repayment.objects.exists()
        answer = signed_in("bank2").post(url, {"version": str(file.version)}, follow=True)
        assert "文件已复核，正在逐行办理" in text(answer)
        work(DAY)
        assert Repayment.objects.get().confirmed_by == world.bank2
        assert "已全部采纳" in text(signed_in("bank").get(file.get_absolute_url()))

    def test_the_officer_is_told_who_confirms(self, world: World, loan: Loan, signed_in: Callable[[str], Client]) -> None:
        file = preview(world, [HEADS, [loan.note_no, PAID, 1000000, "HD1"]], day=DAY)
        assert "您无权“复核还款”：须由合作银行复核办理" in text(signed_in("bank").get(file.get_absolute_url()))
        assert "可办事项 目前没有需要您办理的事项" in text(signed_in("auditor").get(file.get_absolute_url()))

    def test_rechecked_and_discarded_from_the_page(self, world: World, loan: Loan, signed_in: Callable[[str], Client]) -> None:
        file = preview(world, [HEADS, [loan.note_no, PAID, 1000000, "HD1"]], day=DAY)
        client = signed_in("bank")
        assert "正在重新核对" in text(client.post(reverse("loans:import_recheck", args=[file.pk]), {"version": file.version}, follow=True))
        work(DAY)
        answer = client.post(reverse("loans:import_discard", args=[file.pk]), {"reason": "选错文件"}, follow=True)
        assert "数据文件已作废" in text(answer)

    def test_a_file_that_cannot_be_read_says_why(self, world: World, signed_in: Callable[[str], Client]) -> None:
        file = preview(world, b"PK\x03\x04broken", day=DAY)
        page = text(signed_in("bank").get(file.get_absolute_url()))
        assert "无法读取" in page
        assert "E001" in page


class TestTemplates:
    @pytest.mark.parametrize("kind", FileKind.values)
    def test_an_empty_template_lacks_nothing_but_rows(self, world: World, signed_in: Callable[[str], Client], kind: str) -> None:
        world.programme.started_on = date(2012, 9, 1)
        world.programme.save()
        by = world.centre if kind == "enterprises" else world.bank
        more = {"position_on": date(2012, 8, 31)} if kind == "positions" else {}
        for suffix in ("xlsx", "csv"):
            answer = signed_in("bank").get(reverse(f"loans:import_template_{suffix}", args=[kind]))
            assert "attachment" in answer.headers["Content-Disposition"]
            file = preview(world, answer.content, day=DAY, kind=kind, by=by, name=f"模板.{suffix}", **more)
            assert said(file) == ["E004"]

    def test_each_column_is_explained_with_its_choices(self, signed_in: Callable[[str], Client]) -> None:
        answer = signed_in("bank").get(reverse("loans:import_template_xlsx", args=["repayments"]))
        explained = rows_of(answer.content, 1)
        assert [line[0] for line in explained[1 : len(COLUMNS["repayments"]) + 1]] == [column.label for column in COLUMNS["repayments"]]
        assert any("按期还款、提前还款" in line for line in explained)

    def test_no_other_kind_has_one(self, signed_in: Callable[[str], Client]) -> None:
        assert signed_in("bank").get(reverse("loans:import_template_csv", args=["other"])).status_code == 404


@pytest.mark.parametrize("name", ["bank", "bank2", "auditor"])
def test_a_page_costs_few_statements_however_many_rows(world: World, loan: Loan, signed_in: Callable[[str], Client], name: str) -> None:
    counts = []
    for number in (1, 30):
        rows = [[loan.note_no, PAID, 1000 + n, f"HD{number}-{n}"] for n in range(number)]
        file = preview(world, [HEADS, *rows, ["没有", PAID, 1, "HD"]], day=DAY)
        client = signed_in(name)
        for url in (file.get_absolute_url(), reverse("loans:import_list")):
            client.get(url)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            counts.append(len(captured))
        imports.discard_file(import_file=file, reason="试传", by=world.bank, **on(DAY))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 20

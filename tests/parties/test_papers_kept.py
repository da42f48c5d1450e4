"""Kept papers: held against their hash before they are given out, shown only where that is safe, in a folder or in a bucket."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from config.env import file_storage
from parties.models import Attachment, User
from parties.services.attachments import store_attachment
from tests.factories import World, at
from tests.parties.test_attachments import PDF, office
from tests.support.bucket import Objects, bucket_server

SignIn = Callable[[User], Client]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
JPG = b"\xff\xd8\xff\xe0" + bytes(300)
SANDBOX = "sandbox; default-src 'none'"


def store(world: World, name: str, content: bytes) -> Attachment:
    file = SimpleUploadedFile(name, content)
    return store_attachment(subject=world.town_organisation, kind="营业执照", file=file, by=world.town, **at(2012, 1, 4))


def verify() -> tuple[str, str]:
    """What the command prints, and its complaint (with which it ends by 1)."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("verify_papers", stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}"
    return out.getvalue(), err.getvalue()


class TestShown:
    @pytest.mark.parametrize(
        ("name", "content", "shown"),
        [
            ("执照.pdf", PDF, True),
            ("照片.png", PNG, True),
            ("照片.jpg", JPG, True),
            ("表.xlsx", office("xl/workbook.xml"), False),
            ("函.docx", office("word/document.xml"), False),
        ],
    )
    def test_only_what_is_safe_opens_in_the_browser(self, world: World, sign_in: SignIn, name: str, content: bytes, shown: bool) -> None:
        paper, client = store(world, name, content), sign_in(world.bank)
        assert bool(paper.open_url) is shown
        saved = paper.get_absolute_url()
        for url, wanted in ((saved, "attachment"), (f"{saved}?open", "inline" if shown else "attachment")):
            answer = client.get(url)
            assert b"".join(answer.streaming_content) == content
            assert answer["Content-Disposition"].split(";")[0] == wanted
            assert answer["Content-Type"] == paper.content_type
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["Content-Security-Policy"] == SANDBOX
            assert answer["Cache-Control"] == "private, no-store"

    def test_who_does_not_see_the_object_opens_nothing(self, world: World, sign_in: SignIn) -> None:
        paper = store(world, "执照.pdf", PDF)
        assert Client().get(paper.open_url).status_code == 302
        Attachment.objects.filter(pk=paper.pk).update(object_id="999999")
        assert sign_in(world.bank).get(paper.open_url).status_code == 404


class TestHash:
    @pytest.mark.parametrize("content", [PDF + b"\n", b"", PDF[:-1] + b"x"])
    def test_a_file_changed_on_disk_is_not_given_out(self, world: World, sign_in: SignIn, content: bytes) -> None:
        paper = store(world, "执照.pdf", PDF)
        Path(paper.file.path).write_bytes(content)
        for url in (paper.get_absolute_url(), paper.open_url):
            answer = sign_in(world.bank).get(url)
            assert answer.status_code == 409
            assert "与上传时的校验值不符" in answer.content.decode()
            assert "verify_papers" in answer.content.decode()

    def test_a_lost_one_is_said(self, world: World, sign_in: SignIn) -> None:
        paper = store(world, "执照.pdf", PDF)
        Path(paper.file.path).unlink()
        answer = sign_in(world.bank).get(paper.open_url)
        assert answer.status_code == 410
        assert "“执照.pdf”的文件已不在存储中" in answer.content.decode()
        assert "从备份恢复" in answer.content.decode()


class TestVerifyPapers:
    def test_all_is_well(self, world: World) -> None:
        store(world, "执照.pdf", PDF)
        store(world, "照片.png", PNG)
        assert verify() == ("OK   2 份材料与上传时一致\n", "")

    def test_each_missing_and_each_altered_file_is_named(self, world: World) -> None:
        lost, sound, altered = store(world, "一.pdf", PDF), store(world, "二.png", PNG), store(world, "三.jpg", JPG)
        Path(lost.file.path).unlink()
        Path(altered.file.path).write_bytes(JPG + b"0")
        _, said = verify()
        assert f"材料 {lost.pk} 营业执照“一.pdf”" in said
        assert "文件不在存储中" in said
        assert f"材料 {altered.pk} 营业执照“三.jpg”" in said
        assert "文件与上传时的校验值不符" in said
        assert sound.file.name not in said
        assert "3 份材料中 2 份有问题" in said

    def test_without_papers_there_is_nothing_to_complain_of(self, db: None) -> None:
        assert verify() == ("OK   0 份材料与上传时一致\n", "")


class TestBucket:
    @pytest.fixture
    def objects(self, settings: Any) -> Iterator[Objects]:
        """Papers go to a bucket of a server of S3's kind."""
        with bucket_server() as (url, objects):
            environ = {
                "S3_BUCKET": "papers",
                "S3_ENDPOINT_URL": url,
                "S3_REGION": "cn-south-1",
                "S3_ACCESS_KEY": "reader",
                "S3_SECRET_KEY": "secret",
                "S3_PREFIX": "reserve",
                "S3_ADDRESSING": "path",
            }
            settings.STORAGES = {**settings.STORAGES, "default": file_storage(environ)}
            yield objects

    def test_kept_there_and_given_out_from_there(self, world: World, sign_in: SignIn, objects: Objects, tmp_path: Path) -> None:
        paper = store(world, "执照.pdf", PDF)
        [(key, content)] = objects.items()
        assert key.startswith("papers/reserve/papers/2")
        assert "执照" not in key
        assert content == PDF
        assert not list(tmp_path.rglob("*.pdf"))
        answer = sign_in(world.bank).get(paper.open_url)
        assert b"".join(answer.streaming_content) == PDF
        assert verify() == ("OK   1 份材料与上传时一致\n", "")

    def test_changed_or_lost_there_it_is_found(self, world: World, sign_in: SignIn, objects: Objects) -> None:
        paper, other = store(world, "执照.pdf", PDF), store(world, "照片.png", PNG)
        changed, lost = sorted(objects, key=lambda key: key.endswith(".png"))
        objects[changed] += b"x"
        del objects[lost]
        assert sign_in(world.bank).get(paper.get_absolute_url()).status_code == 409
        assert sign_in(world.bank).get(other.get_absolute_url()).status_code == 410
        assert "2 份材料中 2 份有问题" in verify()[1]

"""Papers: told by their bytes, kept under another name, given only to whoever may see their object."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common.errors import NotAllowed, NotFound
from parties.enums import OrganisationKind, Role
from parties.errors import BadAttachment
from parties.models import Attachment, AuditEvent, Organisation, User
from parties.selectors import papers_of
from parties.services.attachments import clean_name, keep_paper, store_attachment
from tests.factories import World, at, make_contribution, make_organisation, make_person

PDF = b"%PDF-1.7 hello"
DAY = at(2012, 1, 4)


def office(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "<x/>")
    return target.getvalue()


def store(world: World, name: str, content: bytes, *, by: User | None = None, subject: Any = None) -> Attachment:
    file = SimpleUploadedFile(name, content)
    return store_attachment(subject=subject or world.town_organisation, kind="营业执照", file=file, by=by or world.town, **DAY)


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("执照.pdf", PDF, "application/pdf"),
        ("执照.PNG", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("执照.jpeg", b"\xff\xd8\xff\xe0....", "image/jpeg"),
        ("表.xlsx", office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("函.docx", office("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_accepted_kinds(world: World, name: str, content: bytes, content_type: str) -> None:
    paper = store(world, name, content)
    assert (paper.content_type, paper.size, paper.sha256) == (content_type, len(content), hashlib.sha256(content).hexdigest())
    assert paper.original_name == name
    assert "执照" not in paper.file.name
    assert Path(paper.file.path).read_bytes() == content
    assert Path(paper.file.path).stat().st_mode & 0o777 == 0o640, "nobody else on the machine reads it"
    assert list(papers_of(world.town_organisation)) == [paper]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ\x90\x00 an executable"),
        ("a.pdf", b""),
        ("a.png", PDF),
        ("a.xlsx", office("word/document.xml")),
        ("a.xlsx", office("xl/workbook.xml", "xl/vbaProject.bin")),
        ("a.docx", b"PK\x03\x04 broken"),
        ("a.zip", office("x")),
        ("a.html", b"<script>"),
        ("a.svg", b"<svg/>"),
        ("a", PDF),
    ],
)
def test_everything_else_is_refused_beside_the_field(world: World, name: str, content: bytes) -> None:
    events = AuditEvent.objects.count()
    with pytest.raises(BadAttachment) as refusal:
        store(world, name, content)
    assert list(refusal.value.fields) == ["file"]
    assert not Attachment.objects.exists()
    assert AuditEvent.objects.count() == events


def test_too_large_a_file_is_refused_with_the_limit(world: World, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 10
    with pytest.raises(BadAttachment, match="上限"):
        store(world, "a.pdf", PDF)


def test_viewers_and_administrators_add_nothing(world: World) -> None:
    for by in (world.auditor, world.sysadmin):
        with pytest.raises(NotAllowed):
            store(world, "a.pdf", PDF, by=by)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\用户\\执照.pdf", "执照.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("", "未命名"),
        ("长" * 300 + ".pdf", "长" * 150 + ".pdf"),
    ],
)
def test_names_are_cleaned(given: str, shown: str) -> None:
    assert clean_name(given) == shown


def test_paper_is_downloaded_as_a_file_by_whoever_sees_its_object(world: World, sign_in: Callable[[User], Client]) -> None:
    paper = store(world, "执照.pdf", PDF)
    answer = sign_in(world.bank).get(paper.get_absolute_url())
    assert b"".join(answer.streaming_content) == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


def test_paper_of_a_foreign_object_does_not_exist(world: World, sign_in: Callable[[User], Client]) -> None:
    other = Organisation.objects.create(kind="bank", name="外地银行", short_name="外地")
    paper = store(world, "a.pdf", PDF, subject=other)
    assert sign_in(world.bank).get(paper.get_absolute_url()).status_code == 404
    assert sign_in(world.bank).get("/papers/999/").status_code == 404
    assert Client().get(paper.get_absolute_url()).status_code == 302


def test_paper_lost_from_storage_is_said(world: World, sign_in: Callable[[User], Client]) -> None:
    paper = store(world, "a.pdf", PDF)
    Path(paper.file.path).unlink()
    assert sign_in(world.bank).get(paper.get_absolute_url()).status_code == 410


# Any object carries papers


def paper_file(content: bytes = PDF, name: str = "裁定书.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def carried(world: World) -> tuple[Any, str]:
    """A deposit of the province, and where its papers are."""
    contribution = make_contribution(world)
    return contribution, f"/papers/reserve.contribution/{contribution.pk}/"


def test_any_party_adds_a_paper_to_an_object_it_sees(world: World, client: Client) -> None:
    contribution, url = carried(world)
    client.force_login(world.science, backend="parties.backends.PartiesBackend")
    assert "还没有材料" in client.get(url).content.decode()
    answer = client.post(f"{url}new/", {"kind": "拨款文件", "file": paper_file()})
    assert (answer.status_code, answer.headers["Location"]) == (302, url)
    [paper] = papers_of(contribution)
    assert (paper.kind, paper.original_name, paper.uploaded_by) == ("拨款文件", "裁定书.pdf", world.science)
    assert "拨款文件：裁定书.pdf" in client.get(url).content.decode()
    event = AuditEvent.objects.get(action="paper.register")
    assert (event.programme_code, event.object_id) == (world.programme.code, str(contribution.pk))
    assert url in client.get(contribution.get_absolute_url()).content.decode()


def test_what_is_typed_stays_when_a_paper_is_refused(world: World, client: Client) -> None:
    _, url = carried(world)
    client.force_login(world.bank, backend="parties.backends.PartiesBackend")
    answer = client.post(f"{url}new/", {"kind": "评估报告", "file": paper_file(b"MZ", "评估.pdf")})
    assert answer.status_code == 400
    assert "评估报告" in answer.content.decode()
    assert "内容不是 PDF 文件" in answer.content.decode()
    assert client.post(f"{url}new/", {"kind": " ", "file": paper_file()}).status_code == 422
    assert not Attachment.objects.exists()


def test_a_viewer_reads_the_papers_and_adds_none(world: World, client: Client) -> None:
    _, url = carried(world)
    client.force_login(world.auditor, backend="parties.backends.PartiesBackend")
    assert "上传材料</a>" not in client.get(url).content.decode()
    assert client.post(f"{url}new/", {"kind": "拨款文件", "file": paper_file()}).status_code == 403


def test_papers_of_what_is_not_theirs_or_carries_none_do_not_exist(world: World, client: Client) -> None:
    contribution, url = carried(world)
    stranger = make_person("stranger", make_organisation(OrganisationKind.TOWN, "别的镇政府"), Role.OFFICER)
    client.force_login(stranger, backend="parties.backends.PartiesBackend")
    for address in (url, f"{url}new/", f"/papers/parties.user/{stranger.pk}/", "/papers/no.model/1/", "/papers/odd/1/"):
        assert client.get(address).status_code == 404
    with pytest.raises(NotFound):
        keep_paper(subject=contribution, kind="拨款文件", file=paper_file(), by=stranger, **DAY)
    assert not Attachment.objects.exists()

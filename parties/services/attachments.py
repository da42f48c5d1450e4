"""Papers: what a file is, is read from its bytes, never from its name; it is kept outside the web root under a random name."""

import hashlib
import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import PurePath
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction

from common.errors import NotFound
from common.texts import checked_text

from ..errors import BadAttachment, PaperAltered, PaperLost
from ..models import Attachment, User
from ..permissions import require
from . import audit

logger = logging.getLogger(__name__)

OFFICE = "application/vnd.openxmlformats-officedocument."


def _starts(*marks: bytes) -> Callable[[IO[bytes]], bool]:
    return lambda file: file.read(16).startswith(marks)


def _office(part: str) -> Callable[[IO[bytes]], bool]:
    """An Office document: a ZIP that names its content types and holds its main part, and no macros."""

    def is_it(file: IO[bytes]) -> bool:
        try:
            names = set(zipfile.ZipFile(file).namelist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return False
        return {"[Content_Types].xml", part} <= names and not any(name.endswith("vbaProject.bin") for name in names)

    return is_it


# suffixes → content type and the test of the bytes
TYPES: dict[tuple[str, ...], tuple[str, Callable[[IO[bytes]], bool]]] = {
    (".pdf",): ("application/pdf", _starts(b"%PDF-")),
    (".png",): ("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    (".jpg", ".jpeg"): ("image/jpeg", _starts(b"\xff\xd8\xff")),
    (".xlsx",): (f"{OFFICE}spreadsheetml.sheet", _office("xl/workbook.xml")),
    (".docx",): (f"{OFFICE}wordprocessingml.document", _office("word/document.xml")),
}
ACCEPTED = "PDF、PNG、JPG、XLSX、DOCX"
SUFFIXES = ",".join(suffix for suffixes in TYPES for suffix in suffixes)


@transaction.atomic
def store_attachment(
    *, subject: models.Model, kind: str, file: "UploadedFile[Any]", by: User, on: date, now: datetime, programme: str = ""
) -> Attachment:
    """Keep a paper of `subject`; `kind` says in Chinese which paper it is.

    Writes: the file, Attachment, audit. Raises: NotAllowed, BadAttachment.
    """
    require(by, "paper.register")
    name = clean_name(file.name or "")
    content_type, suffix = recognise(file, name)
    paper = Attachment(
        object_type=subject._meta.label_lower,
        object_id=str(subject.pk),
        kind=kind,
        original_name=name,
        content_type=content_type,
        size=file.size or 0,
        sha256=_sha256(file),
        uploaded_by=by,
        uploaded_at=now,
    )
    paper.file.save(f"{uuid4().hex}{suffix}", file, save=False)
    paper.save(force_insert=True)
    audit.record(
        by=by,
        now=now,
        action="paper.register",
        subject=subject,
        programme=programme,
        summary=f"上传{kind}“{name}”（{paper.size:,} 字节，SHA-256 {paper.sha256[:12]}…）",
    )
    return paper


def open_paper(paper: Attachment) -> IO[bytes]:
    """The kept file from its beginning, after its bytes were held against the hash of what was handed in. The caller closes it.

    Raises:
        PaperLost: it is no longer in the storage.
        PaperAltered: it is another file now.
    """
    try:
        file: Any = paper.file.open("rb")
    except FileNotFoundError as error:
        logger.exception("paper lost", extra={"paper": paper.pk, "file": paper.file.name})
        raise PaperLost(f"“{paper.original_name}”的文件已不在存储中，不能下载；请联系系统管理员从备份恢复。") from error
    if _sha256(file) != paper.sha256:
        file.close()
        logger.error("paper altered", extra={"paper": paper.pk, "file": paper.file.name})
        raise PaperAltered(
            f"“{paper.original_name}”与上传时的校验值不符，文件可能已损坏或被改动，不能下载；"
            "请联系系统管理员运行 manage.py verify_papers 核对，并从备份恢复。"
        )
    return file  # type: ignore[no-any-return]  # what a storage opens


def faults_of_papers() -> Iterator[tuple[Attachment, str]]:
    """Every paper whose file is missing or altered, with what is wrong with it. Reads every file, in one query and constant memory."""
    for paper in Attachment.objects.order_by("pk").iterator(chunk_size=500):
        try:
            open_paper(paper).close()
        except PaperLost:
            yield paper, "missing"
        except PaperAltered:
            yield paper, "altered"


@transaction.atomic
def keep_paper(*, subject: Any, kind: str, file: "UploadedFile[Any]", by: User, on: date, now: datetime) -> Attachment:
    """Keep a paper with any object that carries papers (`parties.carriers`); `kind` is what the person calls it.

    Writes: the file, Attachment, audit. Raises: NotAllowed, NotFound (not theirs to see), InvalidInput, BadAttachment.
    """
    require(by, "paper.register")
    if not type(subject).objects.visible_to(by).filter(pk=subject.pk).exists():
        raise NotFound
    kind = checked_text("kind", "材料名称", kind, 40)
    return store_attachment(subject=subject, kind=kind, file=file, by=by, on=on, now=now, programme=subject.programme.code)


def recognise(file: "UploadedFile[Any]", name: str) -> tuple[str, str]:
    """(content type, suffix) by size, name and bytes. Raises: BadAttachment."""
    limit, size = settings.ATTACHMENT_MAX_BYTES, file.size or 0
    if not 0 < size <= limit:
        large = f"文件有 {size / 2**20:.1f} MB，超过上限 {limit // 2**20} MB；请压缩或拆分后上传。"
        refuse(large if size else "文件是空的；请重新选择。")
    suffix = PurePath(name).suffix.lower()
    found = next(((kind, test) for suffixes, (kind, test) in TYPES.items() if suffix in suffixes), None)
    if found is None:
        refuse(f"不接受“{suffix or '无扩展名'}”文件；可上传 {ACCEPTED}。")
        raise AssertionError
    content_type, test = found
    file.seek(0)
    genuine = test(file)
    file.seek(0)
    if not genuine:
        refuse(f"“{name}”的内容不是 {suffix.lstrip('.').upper()} 文件（或含有宏）；请用原文件另存后上传。")
    return content_type, suffix


def clean_name(name: str) -> str:
    """The name people see again: no path, no control or reserved characters, not too long."""
    base = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]', "", PurePath(name.replace("\\", "/")).name).strip(" .")
    stem, suffix = PurePath(base).stem, PurePath(base).suffix
    return f"{stem[:150]}{suffix[:10]}" or "未命名"


def refuse(message: str) -> None:
    raise BadAttachment(message, fields={"file": [message]})


def _sha256(file: "File[Any]") -> str:
    """Of the whole file, which is at its beginning afterwards."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()

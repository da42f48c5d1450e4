"""一企一档 as a ZIP: its paper, its workbook, every attachment by folder, a list with hashes, and what is to be said of them.

Written to a temporary file piece by piece, so that memory does not grow with the papers.
"""

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import IO, Final

from django.utils import timezone

from common.display import iso
from common.errors import Refusal
from parties.models import Attachment, User
from parties.services.attachments import clean_name, open_paper

from ..enterprise_file.paper import EnterprisePaper, carriers, paper_of
from ..errors import ArchiveTooLarge
from ..selectors.enterprise_file import EnterpriseFile
from .enterprise import enterprise_pdf, enterprise_xlsx

LIMIT: Final = 500 * 2**20
"""Bytes of papers in one archive."""

CHUNK: Final = 2**16
LONGEST_NAME: Final = 200
"""Bytes of one file name in UTF-8: what every system can unpack."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An open file at its beginning, to be closed by who takes it; `faults`: what could not be put in."""

    file: IO[bytes]
    sha256: str
    faults: Sequence[str]


def build(file: EnterpriseFile, by: User, now: datetime) -> Archive:
    """The whole file as one person sees it. A paper that is lost or altered is named and left out.

    Raises:
        ArchiveTooLarge: its papers have more than `LIMIT` bytes.
    """
    size = sum(paper.size for paper in file.papers)
    if size > LIMIT:
        raise ArchiveTooLarge(
            f"本企业的材料共 {size / 2**20:.0f} MB，超过一次下载的上限 {LIMIT // 2**20} MB；请在各事项的页面上分别下载材料。"
        )
    whose = f"{by.organisation.name if by.organisation else ''} {by.name}".strip()
    target = tempfile.TemporaryFile()  # noqa: SIM115  # closed by who takes the archive
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            written = _Writer(archive, timezone.localtime(now))
            _papers_of_the_file(written, paper_of(file, whose))
            _attachments(written, file)
            written.add("说明.txt", _said(file, whose, now, written.faults).encode())
            written.add("目录.txt", _listed(written.lines).encode())
        return Archive(target, _sha256(target), written.faults)
    except BaseException:
        target.close()
        raise


@dataclass(slots=True)
class _Writer:
    """What has been written: (hash, path) of each, names taken, faults."""

    archive: zipfile.ZipFile
    moment: datetime
    lines: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def add(self, path: str, data: bytes) -> None:
        self.archive.writestr(self._entry(path, self.moment, zipfile.ZIP_DEFLATED), data)
        self.lines.append((hashlib.sha256(data).hexdigest(), path))

    def copy(self, path: str, paper: Attachment) -> None:
        """An attachment whose bytes were held against their hash; it is packed already, or small."""
        entry = self._entry(path, timezone.localtime(paper.uploaded_at), zipfile.ZIP_STORED)
        entry.file_size = paper.size
        with open_paper(paper) as source, self.archive.open(entry, "w") as target:
            shutil.copyfileobj(source, target, CHUNK)
        self.lines.append((paper.sha256, path))

    def free(self, folder: str, name: str) -> str:
        """A path nothing else has: numbered when it is taken."""
        stem, suffix = PurePath(name).stem, PurePath(name).suffix
        path = next(path for path in _numbered(folder, stem, suffix) if path.casefold() not in self.taken)
        self.taken.add(path.casefold())
        return path

    def _entry(self, path: str, moment: datetime, how: int) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(path, moment.timetuple()[:6])
        entry.compress_type = how
        entry.external_attr = 0o644 << 16
        return entry


def _numbered(folder: str, stem: str, suffix: str) -> Iterator[str]:
    yield f"{folder}/{stem}{suffix}"
    number = 2
    while True:
        yield f"{folder}/{stem}({number}){suffix}"
        number += 1


def _papers_of_the_file(written: _Writer, paper: EnterprisePaper) -> None:
    """The printed file and its workbook; what cannot be printed here is named, and the rest goes on."""
    made: tuple[tuple[str, Callable[[EnterprisePaper], bytes]], ...] = (("档案.pdf", enterprise_pdf), ("档案.xlsx", enterprise_xlsx))
    for name, render in made:
        try:
            written.add(name, render(paper))
        except Refusal as refusal:
            written.faults.append(f"{name}：{refusal.message}")


def _attachments(written: _Writer, file: EnterpriseFile) -> None:
    of = carriers(file)
    for paper in file.papers:
        carrier = of[paper.object_type, paper.object_id]
        path = written.free(carrier.folder, _name(carrier.name, paper))
        try:
            written.copy(path, paper)
        except Refusal as refusal:
            written.faults.append(f"{path}：{refusal.message}")


def _name(carrier: str, paper: Attachment) -> str:
    """借据 JJ1_借款合同_合同.pdf: safe on every system, and no longer than one can unpack."""
    suffix = PurePath(paper.original_name).suffix
    whole = f"{carrier}_{paper.kind}_{PurePath(paper.original_name).stem}".replace("/", "-").replace("\\", "-")
    stem = clean_name(f"{whole}.x")[: -len(".x")]
    return f"{stem.encode()[: LONGEST_NAME - len(suffix.encode())].decode(errors='ignore').strip()}{suffix}"


def _listed(lines: Sequence[tuple[str, str]]) -> str:
    """As `sha256sum --check` reads it."""
    return "".join(f"{digest}  {path}\n" for digest, path in lines)


def _said(file: EnterpriseFile, whose: str, now: datetime, faults: Sequence[str]) -> str:
    left_out = [f"  {number}. {fault}" for number, fault in enumerate(faults, 1)] or ["  无"]
    return "\n".join(
        [
            f"一企一档：{file.enterprise.name}",
            f"截至：{iso(file.on)}",
            f"下载：{whose}，{iso(now)}；系统已留下下载记录。",
            "范围：下载人所在单位可见的项目中，本企业的登记内容、推荐、授信、贷款、贷后、代偿、追偿和申报，以及随各事项上传的材料。",
            "档案.pdf、档案.xlsx 由系统按当日数据生成；各文件夹中是材料原件，放入前已与上传时的校验值核对。",
            "目录.txt 列出其余每个文件的 SHA-256 校验值，可用 sha256sum --check 目录.txt 核对。",
            f"一次下载的材料以 {LIMIT // 2**20} MB 为限。",
            "未能放入的文件：",
            *left_out,
            "",
        ]
    )


def _sha256(file: IO[bytes]) -> str:
    """Of the whole file, which is at its beginning afterwards."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()

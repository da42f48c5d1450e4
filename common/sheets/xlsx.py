"""XLSX, read part by part with the standard library: the exact digits of a number, what is computed, merged or hidden.

Libraries that hand out values alone give floats and take a formula for its last result. Nothing in the file is trusted: no
document type (so no entity), no part beyond its size, no macro, no link is followed.
"""

import posixpath
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO, NamedTuple, NoReturn, Self
from xml.parsers import expat

from .cells import MAX_COLUMNS, MAX_TEXT, Cell, CellKind, Line, Unreadable, counted, trimmed
from .numbers import Format, format_of, written

MIB = 1 << 20
_LIMITS = {"sheet": 64 * MIB, "sharedStrings": 32 * MIB}  # unpacked; what is not named here:
_LIMIT = 4 * MIB
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those of the format; others may ask for any amount of memory
_MAX_MERGED = 2000
_CHUNK = 1 << 16
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DAMAGED = (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, IndexError, ValueError, RuntimeError, OSError)

Attributes = dict[str, str]


class Tab(NamedTuple):
    """A worksheet of the workbook: its name and the part that holds it."""

    name: str
    part: str
    visible: bool


class Area(NamedTuple):
    """A merged range; rows from 1, columns from 0, both ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int


def open_workbook(file: IO[bytes], *, prefer: str, ignore: frozenset[str]) -> "WorkbookSheet":
    """The sheet called `prefer`, else the first visible one that holds something. Raises: Unreadable."""
    package = Package(file)
    tabs = package.tabs()
    candidates = [tab for tab in tabs if tab.visible and tab.name not in ignore] or tabs
    if not candidates:
        raise Unreadable("工作簿中没有工作表；请重新另存后上传。")
    style, strings = package.styles(), package.strings()
    filled = [tab for tab in candidates if next(package.lines(tab, style, strings), None) is not None]
    chosen = next((tab for tab in filled if tab.name == prefer), (filled or candidates)[0])
    others = tuple(tab.name for tab in filled if tab is not chosen)
    return WorkbookSheet(package, chosen, style, strings, others)


class WorkbookSheet:
    """A worksheet as a sheet."""

    typed = True

    def __init__(self, package: "Package", tab: Tab, styles: "Styles", strings: list[str], others: tuple[str, ...]) -> None:
        self._package, self._tab, self._styles, self._strings = package, tab, styles, strings
        self._outline = package.outline(tab)
        self.origin = f"XLSX，工作表“{tab.name}”"
        self.others = others
        self.hidden_columns = frozenset(self._outline.hidden_columns)

    def lines(self) -> Iterator[Line]:
        found = self._package.lines(self._tab, self._styles, self._strings)
        return counted(_with_merges(found, self._outline.merged))

    def close(self) -> None:
        self._package.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Styles:
    """The number format of each cell style, by its index."""

    formats: list[Format]
    since_1904: bool

    def of(self, index: int) -> Format:
        return self.formats[index] if index < len(self.formats) else Format.PLAIN


class Package:
    """The parts of an Office file. Sizes are those the directory states: the unpacking stops there."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except _DAMAGED:
            _damaged()
        self._since_1904 = False
        self._targets: dict[str, tuple[str, str]] = {}

    def close(self) -> None:
        self._zip.close()

    def tabs(self) -> list[Tab]:
        """The worksheets in their order."""

        def relation(name: str, given: Attributes) -> None:
            if name == "Relationship":
                self._targets[given["Id"]] = (given["Type"].rpartition("/")[2], _resolved(given["Target"]))

        def sheet(name: str, given: Attributes) -> None:
            if name == "workbookPr":
                self._since_1904 = given.get("date1904") in ("1", "true")
            elif name == "sheet":
                key = next((value for label, value in given.items() if label.endswith(":id")), "")
                kind, part = self._targets.get(key, ("", ""))
                if kind == "worksheet":
                    found.append(Tab(given["name"], part, given.get("state", "visible") == "visible"))

        found: list[Tab] = []
        self._walk("xl/_rels/workbook.xml.rels", relation)
        self._walk("xl/workbook.xml", sheet)
        return found

    def styles(self) -> Styles:
        """The number formats cells refer to."""
        codes: dict[int, str] = {}
        formats: list[Format] = []
        section = [""]

        def start(name: str, given: Attributes) -> None:
            if name == "numFmt":
                codes[int(given["numFmtId"])] = given.get("formatCode", "")
            elif name in ("cellXfs", "cellStyleXfs", "dxfs"):
                section[0] = name
            elif name == "xf" and section[0] == "cellXfs":
                number = int(given.get("numFmtId", "0"))
                formats.append(format_of(number, codes.get(number, "")))

        for part in self._parts("styles"):
            self._walk(part, start)
        return Styles(formats, self._since_1904)

    def strings(self) -> list[str]:
        """The texts cells refer to by number, each cut to one character above the longest allowed."""
        reader = _Strings()
        for part in self._parts("sharedStrings"):
            for _ in self._stream(part, "sharedStrings", reader):
                pass
        return reader.found

    def outline(self, tab: Tab) -> "_Outline":
        """What of a sheet stands before and after its rows: hidden columns, merged ranges."""
        outline = _Outline()
        for _ in self._stream(tab.part, "sheet", outline):
            pass
        return outline

    def lines(self, tab: Tab, styles: Styles, strings: list[str]) -> Iterator[Line]:
        reader = _Rows(styles, strings)
        for _ in self._stream(tab.part, "sheet", reader):
            while reader.lines:
                yield reader.lines.popleft()

    def _parts(self, kind: str) -> list[str]:
        return [part for found, part in self._targets.values() if found == kind]

    def _walk(self, part: str, start: Callable[[str, Attributes], None]) -> None:
        for _ in self._stream(part, "", _Starts(start)):
            pass

    def _stream(self, part: str, kind: str, reader: "_Reader") -> Iterator[None]:
        """Feed a part to a reader, chunk by chunk. Raises: Unreadable."""
        limit = _LIMITS.get(kind, _LIMIT)
        try:
            info = self._zip.getinfo(part)
            if info.compress_type not in _COMPRESSIONS:
                raise zipfile.BadZipFile
            if info.file_size > limit:
                raise Unreadable(f"文件展开后超过 {limit // MIB} MB，不是正常的表格；请把数据复制到新的工作簿再上传。")
            parser = _parser(reader)
            with self._zip.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    parser.Parse(chunk, False)
                    yield
                parser.Parse(b"", True)
            yield
        except _DAMAGED:
            _damaged()


class _Reader:
    """What happens to the elements of a part; names come without prefix."""

    def start(self, name: str, given: Attributes) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, data: str) -> None: ...


class _Starts(_Reader):
    """Only the beginnings of elements matter."""

    def __init__(self, start: Callable[[str, Attributes], None]) -> None:
        self._start = start

    def start(self, name: str, given: Attributes) -> None:
        self._start(name, given)


class _Text(_Reader):
    """Gathers the text of the elements named; a pronunciation guide (rPh) is none."""

    gathered: frozenset[str] = frozenset({"t"})

    def __init__(self) -> None:
        self._gathering = False
        self._beside = False
        self._length = 0
        self._pieces: list[str] = []

    def begin(self) -> None:
        self._pieces.clear()
        self._length = 0

    @property
    def gathered_text(self) -> str:
        return "".join(self._pieces)[: MAX_TEXT + 1]

    def start(self, name: str, given: Attributes) -> None:
        if name == "rPh":
            self._beside = True
        self._gathering = name in self.gathered and not self._beside

    def end(self, name: str) -> None:
        if name == "rPh":
            self._beside = False
        self._gathering = False

    def text(self, data: str) -> None:
        if self._gathering and self._length <= MAX_TEXT:
            self._pieces.append(data)
            self._length += len(data)


class _Strings(_Text):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def start(self, name: str, given: Attributes) -> None:
        super().start(name, given)
        if name == "si":
            self.begin()

    def end(self, name: str) -> None:
        super().end(name)
        if name == "si":
            self.found.append(_unescaped(self.gathered_text))


class _Outline(_Reader):
    def __init__(self) -> None:
        self.hidden_columns: set[int] = set()
        self.merged: list[Area] = []

    def start(self, name: str, given: Attributes) -> None:
        if name == "col" and given.get("hidden") in ("1", "true"):
            first, last = int(given["min"]) - 1, min(int(given["max"]), MAX_COLUMNS)
            self.hidden_columns |= set(range(first, last))
        elif name == "mergeCell":
            self.merged.append(_area(given["ref"]))
            if len(self.merged) > _MAX_MERGED:
                raise Unreadable(f"表格中的合并单元格超过 {_MAX_MERGED:,} 处；请取消合并后再上传。")


class _Rows(_Text):
    """Cells into lines. A reference may be left out: then the cell follows the one before."""

    gathered = frozenset({"t", "v"})

    def __init__(self, styles: Styles, strings: list[str]) -> None:
        super().__init__()
        self.lines: deque[Line] = deque()
        self._styles, self._strings = styles, strings
        self._number, self._hidden, self._formula = 0, False, False
        self._place = -1
        self._cells: list[Cell] = []
        self._given: Attributes = {}

    def start(self, name: str, given: Attributes) -> None:
        super().start(name, given)
        if name == "row":
            self._begin_row(given)
        elif name == "c":
            self._given, self._formula = given, False
            self._place = _place(given["r"])[1] if "r" in given else self._place + 1
            self.begin()
        elif name == "f":
            self._formula = True

    def end(self, name: str) -> None:
        super().end(name)
        if name == "c":
            self._keep(self._cell())
        elif name == "row" and (cells := trimmed(self._cells)):
            self.lines.append(Line(self._number, cells, self._hidden))

    def _begin_row(self, given: Attributes) -> None:
        number = int(given.get("r", self._number + 1))
        if number <= self._number:
            raise ValueError("rows go downwards")
        self._number, self._hidden = number, given.get("hidden") in ("1", "true")
        self._place, self._cells = -1, []

    def _keep(self, cell: Cell) -> None:
        if not cell.text and not cell.formula:
            return
        if self._place >= MAX_COLUMNS:
            raise Unreadable(f"表格超过 {MAX_COLUMNS} 列；请删去不需要的列后再上传。")
        self._cells += [Cell()] * (self._place + 1 - len(self._cells))
        self._cells[self._place] = cell

    def _cell(self) -> Cell:
        kind, text = self._given.get("t", "n"), self.gathered_text
        if kind in ("s", "str", "inlineStr"):
            text = self._strings[int(text)] if kind == "s" and text else _unescaped(text)
            return Cell(text if text.strip() else "", CellKind.TEXT if text.strip() else CellKind.EMPTY, self._formula)
        if kind in ("b", "e"):
            shown = {"1": "TRUE", "0": "FALSE"}.get(text, text) if kind == "b" else text
            return Cell(shown, CellKind.BOOLEAN if kind == "b" else CellKind.ERROR, self._formula)
        if kind == "d":
            return Cell(text.partition("T")[0], CellKind.DATE, self._formula)
        return self._figure(text)

    def _figure(self, text: str) -> Cell:
        if not text:
            return Cell(formula=self._formula)
        shown, kind = written(text, self._styles.of(int(self._given.get("s", "0"))), since_1904=self._styles.since_1904)
        return Cell(shown, kind, self._formula)


def _with_merges(lines: Iterable[Line], merged: Iterable[Area]) -> Iterator[Line]:
    """The lines with the cells of merged ranges marked; lines and ranges are passed once, downwards."""
    waiting = sorted(merged, reverse=True)
    active: list[Area] = []
    for line in lines:
        while waiting and waiting[-1].top <= line.number:
            active.append(waiting.pop())
        active = [area for area in active if area.bottom >= line.number]
        yield _marked(line, active) if active else line


def _marked(line: Line, areas: list[Area]) -> Line:
    places = {place for area in areas for place in range(area.left, min(area.right, MAX_COLUMNS - 1) + 1)}
    width = max(len(line.cells), max(places, default=-1) + 1)
    cells = tuple(replace(line.cell(place), merged=True) if place in places else line.cell(place) for place in range(width))
    return replace(line, cells=cells)


def _parser(reader: _Reader) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    local: Mapping[str, str] = _LocalNames()
    parser.StartElementHandler = lambda name, given: reader.start(local[name], given)
    parser.EndElementHandler = lambda name: reader.end(local[name])
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


class _LocalNames(dict[str, str]):
    """`x:row` → `row`."""

    def __missing__(self, name: str) -> str:
        self[name] = local = name.rpartition(":")[2]
        return local


def _refuse_doctype(*_: object) -> NoReturn:
    raise Unreadable("文件中含有外部定义（DOCTYPE），不是 Excel 保存的文件，不予读取；请用 Excel 打开后另存再上传。")


def _damaged() -> NoReturn:
    raise Unreadable("文件已损坏或者不是 Excel 工作簿，无法读取；请用 Excel 打开后另存为 .xlsx 再上传。") from None


def _resolved(target: str) -> str:
    """A target of the workbook's relations as the name of a part."""
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _place(reference: str) -> tuple[int, int]:
    """`B7` → row 7, column 1."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(reference)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column - 1


def _area(reference: str) -> Area:
    first, _, last = reference.partition(":")
    return Area(*_place(first), *_place(last or first))


def _unescaped(text: str) -> str:
    """`_x000D_` is how the format writes a character XML cannot; those no text may hold are dropped."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character.isprintable() or character.isspace() else ""

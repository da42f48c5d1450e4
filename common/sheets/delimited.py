"""CSV: UTF-8 or GB18030 (GBK is part of it), with or without byte order mark; comma, tab or semicolon."""

import codecs
import csv
import re
from collections.abc import Iterator
from itertools import islice
from typing import IO, Self

from .cells import MAX_TEXT, Cell, CellKind, Line, Unreadable, counted, trimmed

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GBK/GB18030"}
_DELIMITERS = {",": "逗号", "\t": "制表符", ";": "分号"}
_LOOKED_AT = 10  # lines from which the delimiter is told
_CHUNK = 1 << 16
_QUOTED_TEXT = re.compile(r'="([^"]*)"')  # ="00123", which keeps a spreadsheet from dropping the zeros


class DelimitedSheet:
    """A CSV file as a sheet: every cell is text, a line's number is its record's."""

    typed = False
    others: tuple[str, ...] = ()
    hidden_columns: frozenset[int] = frozenset()

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._encoding = _encoding_of(file)
        self._delimiter = self._told_delimiter()
        self.origin = f"CSV，{_NAMES[self._encoding]} 编码，{_DELIMITERS[self._delimiter]}分隔"

    def lines(self) -> Iterator[Line]:
        return counted(self._lines())

    def close(self) -> None:
        """Nothing of its own is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _lines(self) -> Iterator[Line]:
        number = 0
        reader = csv.reader(self._text(), delimiter=self._delimiter, strict=True)
        try:
            for number, record in enumerate(reader, 1):
                if cells := trimmed([_cell(text) for text in record]):
                    yield Line(number, cells)
        except csv.Error:
            raise Unreadable(f"第 {number + 1} 行无法读取：引号不成对，或者一格的内容过长；请核对该行后再上传。") from None

    def _text(self) -> Iterator[str]:
        """Physical lines with their ends, which a quoted cell may hold."""
        decoder = codecs.getincrementaldecoder(self._encoding)()
        rest = ""
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK):
            *whole, rest = (rest + decoder.decode(chunk)).split("\n")
            yield from (f"{line}\n" for line in whole)
        yield rest

    def _told_delimiter(self) -> str:
        """The one that stands most often outside quotation marks in the first lines."""
        first = "".join(re.sub(r'"[^"]*"', "", line) for line in islice(self._text(), _LOOKED_AT))
        return max(_DELIMITERS, key=first.count)


def _cell(text: str) -> Cell:
    if quoted := _QUOTED_TEXT.fullmatch(text.strip()):
        return Cell(quoted[1][: MAX_TEXT + 1], CellKind.TEXT)
    if not text.strip():
        return Cell()
    return Cell(text[: MAX_TEXT + 1], CellKind.TEXT, formula=text.lstrip().startswith("="))


def _encoding_of(file: IO[bytes]) -> str:
    """By its mark, else UTF-8 where every byte fits it, else GB18030. Raises: Unreadable."""
    file.seek(0)
    head = file.read(4)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    wrong = 0  # in the encoding that fits longest
    for name in [marked] if marked else ["utf-8", "gb18030"]:
        line = _first_wrong_line(file, name)
        if not line:
            return name
        wrong = max(wrong, line)
    raise Unreadable(f"第 {wrong} 行的文字既不是 UTF-8 也不是 GBK 编码，无法读取；请用 Excel 打开后另存为 .xlsx 再上传。")


def _first_wrong_line(file: IO[bytes], encoding: str) -> int:
    """The number of the first physical line that holds no text in this encoding; 0 when all do. Raises: Unreadable."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    line = 1
    while chunk := file.read(_CHUNK):
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].count(b"\n")
        if "\0" in text:
            raise Unreadable("文件含有不属于文本的字符，不是 CSV 文件；请用 Excel 打开后另存为 .xlsx 再上传。")
        line += text.count("\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return 0

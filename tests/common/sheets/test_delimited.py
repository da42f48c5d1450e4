"""CSV files in the encodings and with the delimiters that banks' systems write."""

import codecs
import io

import pytest

from common.sheets import Unreadable, open_sheet
from common.sheets.cells import MAX_TEXT, CellKind, Line

TEXT = '借据号,企业名称,金额\r\nJJ001,中山市镕锁有限公司,"1,000.00"\r\n'
EXPECTED = [["借据号", "企业名称", "金额"], ["JJ001", "中山市镕锁有限公司", "1,000.00"]]


def lines(content: bytes) -> list[Line]:
    with open_sheet(io.BytesIO(content)) as sheet:
        assert list(sheet.lines()) == list(sheet.lines())
        return list(sheet.lines())


def texts(content: bytes) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for line in lines(content)]


def refused(content: bytes, word: str) -> None:
    with pytest.raises(Unreadable, match=word):
        lines(content)


@pytest.mark.parametrize(
    "content, origin",
    [
        (TEXT.encode(), "CSV，UTF-8 编码，逗号分隔"),
        (codecs.BOM_UTF8 + TEXT.encode(), "CSV，UTF-8 编码，逗号分隔"),
        (TEXT.encode("gbk"), "CSV，GBK/GB18030 编码，逗号分隔"),
        (TEXT.encode("gb18030"), "CSV，GBK/GB18030 编码，逗号分隔"),
        (TEXT.encode("utf-16"), "CSV，UTF-16 编码，逗号分隔"),
    ],
)
def test_the_encoding_is_recognised_with_or_without_mark(content: bytes, origin: str) -> None:
    assert texts(content) == EXPECTED
    with open_sheet(io.BytesIO(content)) as sheet:
        assert sheet.origin == origin
        assert not sheet.typed


def test_rare_characters_of_gb18030_are_read() -> None:
    text = "企业名称,a\n中山市㛃𠀀锁业,b\n"
    assert texts(text.encode("gb18030"))[1][0] == "中山市㛃𠀀锁业"


@pytest.mark.parametrize("delimiter, name", [("\t", "制表符"), (";", "分号"), (",", "逗号")])
def test_the_delimiter_is_the_one_that_stands_most_often_outside_quotes(delimiter: str, name: str) -> None:
    content = f'明细表\n借据号{delimiter}"a,b;c\td,,;;"{delimiter}金额\nJJ1{delimiter}x{delimiter}1\n'.encode()
    with open_sheet(io.BytesIO(content)) as sheet:
        assert name in sheet.origin
    assert texts(content)[2] == ["JJ1", "x", "1"]


def test_a_character_may_lie_across_two_pieces_of_the_file() -> None:
    content = ("a,b\n" * 16383 + "abc银,b\n").encode()
    assert content[65535] > 127 > content[65534]  # pieces of 64 KiB
    assert texts(content)[-1] == ["abc银", "b"]
    assert texts(content.replace("银".encode(), "银".encode("gbk")))[-1] == ["abc银", "b"]


def test_blank_records_are_left_out_and_numbers_stay() -> None:
    assert [(line.number, len(line.cells)) for line in lines(b"a,b\n\n , ,\nc,,\n")] == [(1, 2), (4, 1)]


def test_formulas_are_marked_and_a_text_written_as_one_is_a_text() -> None:
    [line] = lines(b'=A1+1,"=""00123""", =B2,-5\n')
    assert [(cell.text, cell.formula, cell.kind) for cell in line.cells] == [
        ("=A1+1", True, CellKind.TEXT),
        ("00123", False, CellKind.TEXT),
        (" =B2", True, CellKind.TEXT),
        ("-5", False, CellKind.TEXT),
    ]


def test_a_quoted_cell_may_hold_line_breaks_and_quotes() -> None:
    assert texts(b'a,"b\r\nc ""d""",e\n') == [["a", 'b\r\nc "d"', "e"]]


def test_a_long_text_is_cut_to_one_more_than_allowed() -> None:
    assert len(texts(b"a" * 5000 + b",b\n")[0][0]) == MAX_TEXT + 1


@pytest.mark.parametrize(
    "content, word",
    [
        (b'a,b\n1,2\n"c,d\n', "第 3 行无法读取：引号不成对"),
        (b'a,b\n"c"d,e\n', "第 2 行无法读取"),
        (b"a,b\n" + b"c" * 200_000 + b",d\n", "第 2 行无法读取"),
        (b"a,b\nc\x00,d\n", "不是 CSV"),
        ("甲,乙\n".encode() + b"\xff\xff\n", "第 2 行的文字既不是 UTF-8 也不是 GBK"),
        (codecs.BOM_UTF8 + b"a\n\xff", "第 2 行的文字"),
        ("借据号\n银".encode()[:-1], "第 2 行的文字"),
        (b"a," * 101 + b"b\n", "超过 100 列"),
        (b"a\n" * 20_001, "超过 20,000 行"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(content: bytes, word: str) -> None:
    refused(content, word)


def test_an_empty_file_has_no_line() -> None:
    assert lines(b"") == []

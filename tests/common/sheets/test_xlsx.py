"""XLSX files as people and systems write them, and as nobody should."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from common.sheets import Unreadable, open_sheet
from common.sheets.cells import MAX_COLUMNS, MAX_ROWS, MAX_TEXT, Cell, CellKind, Line
from common.sheets.numbers import Format, format_of, plain, written
from tests.support.workbooks import MAIN, packed, raw_workbook, workbook


def lines(content: bytes, **options: Any) -> list[Line]:
    with open_sheet(io.BytesIO(content), **options) as sheet:
        return list(sheet.lines())


def texts(content: bytes, **options: Any) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for line in lines(content, **options)]


def first_cell(xml: str, **parts: Any) -> Cell:
    [line] = lines(raw_workbook(f'<sheetData><row r="1">{xml}</row></sheetData>', **parts))
    return line.cells[0]


class TestCells:
    def test_texts_numbers_and_dates_are_cells_of_their_kind(self) -> None:
        [head, row] = lines(workbook([["借据号", "金额", "日期"], ["JJ001", 1234567.89, date(2012, 9, 20)]]))
        assert [cell.kind for cell in head.cells] == [CellKind.TEXT] * 3
        assert row == Line(2, (Cell("JJ001", CellKind.TEXT), Cell("1234567.89", CellKind.NUMBER), Cell("2012-09-20", CellKind.DATE)))

    @pytest.mark.parametrize(
        "stored, shown",
        [
            ("0.30000000000000004", "0.3"),
            ("12345.669999999998", "12345.67"),
            ("1E7", "10000000"),
            ("7.8E-2", "0.078"),
            ("-0.5", "-0.5"),
            ("0", "0"),
            ("123456789012345", "123456789012345"),
            ("1E300", "1E+300"),
        ],
    )
    def test_a_number_is_its_fifteen_shown_digits_without_exponent(self, stored: str, shown: str) -> None:
        assert first_cell(f"<c><v>{stored}</v></c>") == Cell(shown, CellKind.NUMBER)

    @pytest.mark.parametrize("stored", ["abc", "NaN", "Infinity", "1,5"])
    def test_what_is_no_number_is_an_error_cell(self, stored: str) -> None:
        assert first_cell(f"<c><v>{stored}</v></c>").kind == CellKind.ERROR

    def test_a_formula_is_known_with_or_without_a_stored_value(self) -> None:
        assert first_cell("<c><f>A2*2</f><v>10</v></c>") == Cell("10", CellKind.NUMBER, formula=True)
        assert first_cell("<c><f>A2*2</f></c>").formula
        assert first_cell('<c t="str"><f>A2</f><v>甲</v></c>') == Cell("甲", CellKind.TEXT, formula=True)

    @pytest.mark.parametrize(
        "xml, cell",
        [
            ('<c t="e"><v>#N/A</v></c>', Cell("#N/A", CellKind.ERROR)),
            ('<c t="b"><v>1</v></c>', Cell("TRUE", CellKind.BOOLEAN)),
            ('<c t="d"><v>2012-09-20T00:00:00</v></c>', Cell("2012-09-20", CellKind.DATE)),
            ('<c t="inlineStr"><is><t>甲</t></is></c>', Cell("甲", CellKind.TEXT)),
            ('<c t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r><rPh><t>jia</t></rPh></is></c>', Cell("甲乙", CellKind.TEXT)),
            ('<c t="s"><v>0</v></c>', Cell("共享", CellKind.TEXT)),
        ],
    )
    def test_every_kind_of_cell_is_read(self, xml: str, cell: Cell) -> None:
        assert first_cell(xml, strings="<si><t>共享</t></si>") == cell

    def test_escaped_characters_are_restored_and_impossible_ones_dropped(self) -> None:
        cell = first_cell('<c t="inlineStr"><is><t>甲_x000D__x0000__xD800_乙</t></is></c>')
        assert cell.text == "甲\r乙"

    def test_a_long_text_is_cut_to_one_more_than_allowed(self) -> None:
        assert len(first_cell(f'<c t="inlineStr"><is><t>{"长" * 5000}</t></is></c>').text) == MAX_TEXT + 1
        assert len(first_cell('<c t="s"><v>0</v></c>', strings=f"<si><t>{'长' * 5000}</t></si>").text) == MAX_TEXT + 1

    def test_rows_and_cells_without_reference_follow_each_other(self) -> None:
        xml = '<sheetData><row><c><v>1</v></c><c r="D1"><v>2</v></c><c><v>3</v></c></row><row><c><v>4</v></c></row></sheetData>'
        assert [(line.number, [cell.text for cell in line.cells]) for line in lines(raw_workbook(xml))] == [
            (1, ["1", "", "", "2", "3"]),
            (2, ["4"]),
        ]

    def test_blank_rows_are_left_out_and_numbers_stay_those_of_the_screen(self) -> None:
        xml = (
            '<sheetData><row r="2"><c><v>1</v></c></row><row r="3"><c s="1"/></row><row r="9" hidden="1"><c><v>2</v></c></row></sheetData>'
        )
        assert [(line.number, line.hidden) for line in lines(raw_workbook(xml))] == [(2, False), (9, True)]

    def test_prefixed_and_strict_names_are_the_same_names(self) -> None:
        xml = '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row><x:c><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
        assert texts(raw_workbook("", parts={"xl/worksheets/sheet1.xml": xml.encode()})) == [["5"]]


class TestFormats:
    @pytest.mark.parametrize(
        "number, code, shape",
        [
            (0, "", Format.PLAIN),
            (14, "", Format.DATE),
            (31, "", Format.DATE),
            (58, "", Format.DATE),
            (20, "", Format.PLAIN),  # a time of day
            (10, "", Format.PERCENT),
            (164, "0.00%", Format.PERCENT),
            (164, 'yyyy"年"m"月"d"日"', Format.DATE),
            (164, "[$-804]yyyy/m/d;@", Format.DATE),
            (164, "h:mm:ss", Format.PLAIN),
            (164, "General", Format.PLAIN),
            (164, "#,##0.00_);[Red](#,##0.00)", Format.PLAIN),
            (164, '0.00"day"', Format.PLAIN),
            (164, "\\d0", Format.PLAIN),
        ],
    )
    def test_what_a_format_makes_of_a_number(self, number: int, code: str, shape: Format) -> None:
        assert format_of(number, code) == shape

    @pytest.mark.parametrize(
        "stored, since_1904, shown",
        [
            ("41172", False, "2012-09-20"),
            ("1", False, "1900-01-01"),
            ("61", False, "1900-03-01"),
            ("39710", True, "2012-09-20"),
            ("41172.5", False, "2012-09-20 12:00:00"),
            ("41171.9999999999", False, "2012-09-20"),
            ("-5", False, "-5"),
            ("9999999", False, "9999999"),
        ],
    )
    def test_a_serial_number_is_the_day_it_stands_for(self, stored: str, since_1904: bool, shown: str) -> None:
        assert written(stored, Format.DATE, since_1904=since_1904)[0] == shown

    def test_a_percentage_is_written_as_it_is_shown(self) -> None:
        assert written("0.078", Format.PERCENT, since_1904=False) == ("7.8%", CellKind.NUMBER)
        assert written("7.0000000000000007E-2", Format.PERCENT, since_1904=False)[0] == "7%"

    def test_the_format_comes_from_the_cell_styles_and_the_workbook_says_since_when(self) -> None:
        styles = (
            '<numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
            '<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs>'
        )
        assert first_cell('<c s="1"><v>41172</v></c>', styles=styles).text == "2012-09-20"
        assert first_cell('<c s="0"><v>41172</v></c>', styles=styles).text == "41172"
        assert first_cell('<c s="7"><v>41172</v></c>', styles=styles).text == "41172"
        assert first_cell('<c s="1"><v>39710</v></c>', styles=styles, workbook='<workbookPr date1904="1"/>').text == "2012-09-20"

    def test_zero_is_zero(self) -> None:
        assert [plain(Decimal(text)) for text in ("0", "0.00", "-0")] == ["0", "0", "0"]


class TestSheets:
    def test_the_sheet_asked_for_is_read_and_the_others_are_named(self) -> None:
        content = workbook([["a"]], name="封面", 借据=[["b"]], 填写说明=[["c"]])
        with open_sheet(io.BytesIO(content), prefer="借据", ignore=frozenset({"填写说明"})) as sheet:
            assert [line.cells[0].text for line in sheet.lines()] == ["b"]
            assert sheet.others == ("封面",)
            assert sheet.origin == "XLSX，工作表“借据”"

    def test_without_it_the_first_that_holds_something(self) -> None:
        assert texts(workbook([], name="空", 甲=[["a"]], 乙=[["b"]]), prefer="借据") == [["a"]]

    def test_a_hidden_sheet_is_read_only_where_there_is_no_other(self) -> None:
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target)
        for name in ("hidden", "shown"):
            book.add_worksheet(name).write(0, 0, name)
        book.get_worksheet_by_name("shown").activate()
        book.get_worksheet_by_name("hidden").hide()
        book.close()
        assert texts(target.getvalue()) == [["shown"]]
        assert texts(raw_workbook("<sheetData><row><c><v>1</v></c></row></sheetData>", state="veryHidden")) == [["1"]]

    def test_merged_cells_hidden_rows_and_hidden_columns_are_marked(self) -> None:
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.merge_range(1, 0, 2, 0, "merged")
        sheet.write_row(1, 1, [1, 2])
        sheet.write_row(2, 1, [3, 4])
        sheet.write_row(3, 0, ["x", 5, 6])
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.set_column(2, 2, None, None, {"hidden": True})
        book.close()
        with open_sheet(io.BytesIO(target.getvalue())) as found:
            rows = list(found.lines())
            assert found.hidden_columns == {2}
        assert [[cell.merged for cell in row.cells] for row in rows] == [
            [False] * 3,
            [True, False, False],
            [True, False, False],
            [False] * 3,
        ]
        assert [row.hidden for row in rows] == [False, False, False, True]

    def test_a_line_shorter_than_a_merged_range_is_filled_up(self) -> None:
        merges = '<mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="E9"/></mergeCells>'
        [line] = lines(raw_workbook(f"{ROW}{merges}"))
        assert [cell.merged for cell in line.cells] == [True, True, True]

    def test_lines_can_be_read_again(self) -> None:
        with open_sheet(io.BytesIO(workbook([["a"], ["b"]]))) as sheet:
            assert list(sheet.lines()) == list(sheet.lines())


def refused(content: bytes, word: str) -> None:
    with pytest.raises(Unreadable, match=word):
        lines(content)


ROW = "<sheetData><row><c><v>1</v></c></row></sheetData>"


class TestAttacks:
    @pytest.mark.parametrize(
        "part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
    )
    def test_a_document_type_is_refused_in_every_part_before_any_entity_is_resolved(self, part: str) -> None:
        bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]><x>&b;&f;</x>'
        refused(raw_workbook(ROW, parts={part: bomb.encode()}), "DOCTYPE")

    @pytest.mark.parametrize("part, size", [("xl/worksheets/sheet1.xml", 65), ("xl/sharedStrings.xml", 33), ("xl/styles.xml", 5)])
    def test_a_part_that_unpacks_beyond_its_limit_is_not_unpacked(self, part: str, size: int) -> None:
        content = raw_workbook(ROW, parts={part: b" " * (size << 20)})
        assert len(content) < 1 << 20
        refused(content, "展开后超过")

    def test_a_size_that_lies_ends_the_reading(self) -> None:
        content = bytearray(raw_workbook(f"<sheetData>{'<row><c><v>1</v></c></row>' * 5000}</sheetData>"))
        for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
            at = content.rfind(signature, 0, content.rfind(b"xl/worksheets/sheet1.xml"))
            at = content.rfind(signature, 0, content.rfind(b"xl/worksheets/sheet1.xml", 0, at)) if signature == b"PK\x03\x04" else at
            content[at + offset : at + offset + 4] = (200).to_bytes(4, "little")
        refused(bytes(content), "已损坏")

    @pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_compressions_the_format_does_not_know_are_refused(self, compression: int) -> None:
        with zipfile.ZipFile(io.BytesIO(raw_workbook(ROW))) as plain_:
            parts = {name: plain_.read(name) for name in plain_.namelist()}
        refused(packed(parts, compression), "已损坏")

    @pytest.mark.parametrize(
        "sheet",
        [
            "<sheetData><row><c><v>1</v></row></sheetData>",
            '<sheetData><row r="5"/><row r="2"/></sheetData>',
            '<sheetData><row r="x"/></sheetData>',
            '<sheetData><row><c r="1A"><v>1</v></c></row></sheetData>',
            '<sheetData><row><c t="s"><v>7</v></c></row></sheetData>',
            '<sheetData/><mergeCells><mergeCell ref="A:B"/></mergeCells>',
            f'<sheetData><row r="{"9" * 5000}"/></sheetData>',
        ],
    )
    def test_what_does_not_hold_together_is_damaged(self, sheet: str) -> None:
        refused(raw_workbook(sheet), "已损坏")

    @pytest.mark.parametrize("missing", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"])
    def test_a_missing_part_is_damage(self, missing: str) -> None:
        with zipfile.ZipFile(io.BytesIO(raw_workbook(ROW))) as whole:
            parts = {name: whole.read(name) for name in whole.namelist() if name != missing}
        refused(packed(parts), "已损坏")

    def test_a_workbook_without_sheets_says_so(self) -> None:
        refused(raw_workbook("", parts={"xl/workbook.xml": f'<workbook xmlns="{MAIN}"/>'.encode()}), "没有工作表")

    def test_a_sheet_without_relation_is_passed_over(self) -> None:
        xml = f'<workbook xmlns="{MAIN}"><sheets><sheet name="a" sheetId="1"/></sheets></workbook>'
        refused(raw_workbook("", parts={"xl/workbook.xml": xml.encode()}), "没有工作表")

    def test_too_many_rows_columns_or_merged_ranges(self) -> None:
        refused(raw_workbook(f"<sheetData>{'<row><c><v>1</v></c></row>' * (MAX_ROWS + 1)}</sheetData>"), "20,000 行")
        refused(raw_workbook('<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row></sheetData>'), f"{MAX_COLUMNS} 列")
        merges = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(1, 2003))
        refused(raw_workbook(f"<sheetData/><mergeCells>{merges}</mergeCells>"), "合并单元格超过")

    def test_far_cells_without_content_and_tall_merges_cost_nothing(self) -> None:
        rows = '<sheetData><row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576" s="1"/></row></sheetData>'
        [line] = lines(raw_workbook(f'{rows}<mergeCells><mergeCell ref="B1:XFD1048576"/></mergeCells>'))
        assert (line.number, len(line.cells)) == (1048576, MAX_COLUMNS)

    def test_truncated_and_foreign_files(self) -> None:
        refused(workbook([["a"]])[:-40], "已损坏")
        refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版 .xls")
        refused(b"\xef\xbb\xbf\r\n<HTML><table><tr><td>1</td></tr></table>", "网页")
        refused(packed({"a.txt": b"a"}), "已损坏")

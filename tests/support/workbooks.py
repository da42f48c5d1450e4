"""Workbooks for tests: ordinary ones, and raw parts no spreadsheet would write."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(rows: Sequence[Sequence[Any]], *, name: str = "数据", **more: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX file of these rows; dates, numbers and texts are cells of their kind. `more`: further sheets."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"})
    for title, lines in {name: rows, **more}.items():
        sheet = book.add_worksheet(title)
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    book.close()
    return target.getvalue()


def raw_workbook(
    sheet: str, *, strings: str = "", styles: str = "", workbook: str = "", parts: Mapping[str, bytes] | None = None, state: str = "visible"
) -> bytes:
    """An XLSX file whose first sheet holds this XML inside `<worksheet>`; `parts` replace or add whole parts."""
    relation = f"{RELATIONS}/"
    made: dict[str, bytes] = {
        "[Content_Types].xml": b"<Types/>",
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{workbook}'
            f'<sheets><sheet name="Sheet1" sheetId="1" state="{state}" r:id="rId1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}">'
            f'<Relationship Id="rId1" Type="{relation}worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{relation}sharedStrings" Target="/xl/sharedStrings.xml"/>'
            f'<Relationship Id="rId3" Type="{relation}styles" Target="styles.xml"/></Relationships>'
        ).encode(),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>'.encode(),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>'.encode(),
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'.encode(),
    }
    return packed(made | dict(parts or {}))


def packed(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return target.getvalue()

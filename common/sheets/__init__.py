"""Reading a table people upload: XLSX or CSV into lines of typed cells, exactly, without trusting the file.

    with open_sheet(file, prefer="借据") as sheet:
        for line in sheet.lines():       # again and again, in constant memory
            line.number, [cell.text for cell in line.cells]

What a file is, is read from its bytes. A number is the decimal its digits say, never a float.
"""

from typing import IO

from .cells import Sheet, Unreadable
from .delimited import DelimitedSheet
from .xlsx import open_workbook

__all__ = ["Sheet", "Unreadable", "open_sheet"]

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_sheet(file: IO[bytes], *, prefer: str = "", ignore: frozenset[str] = frozenset()) -> Sheet:
    """The table of a file: of a workbook the sheet called `prefer`, else the first visible one that holds something.

    `ignore`: sheets that are no data (a template's instructions). The caller closes the sheet, and then the file.

    Raises:
        Unreadable: neither kind of file, damaged, encrypted, or beyond a limit. Reading lines may raise it too.
    """
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    if head.startswith(_ZIP):
        return open_workbook(file, prefer=prefer, ignore=ignore)
    if head.startswith(_COMPOUND):
        raise Unreadable("这是旧版 .xls 文件，或者文件加了密码；请用 Excel 打开后去掉密码，另存为“Excel 工作簿（.xlsx）”再上传。")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise Unreadable("文件的内容是网页或 XML，不是表格；请用 Excel 打开后另存为“Excel 工作簿（.xlsx）”再上传。")
    return DelimitedSheet(file)

"""Templates to fill in: a sheet of headings that is read, a sheet of explanations that is not."""

import csv
import io

import xlsxwriter

from ..import_enums import FileKind
from ..rules.imports.columns import COLUMNS, Column, Kind
from ..services.imports.reading import DATA_SHEET, HELP_SHEET

_FORMATS = {Kind.DAY: "yyyy-mm-dd", Kind.AMOUNT: "0.00", Kind.CODE: "@", Kind.TEXT: "@", Kind.CHOICE: "@"}
_EXPLAINED = ("列", "必填", "格式", "说明", "可选内容", "示例")
_RULES = (
    "在“数据”表中填写，每笔一行，表头不要改名；不需要的列可以删去，列的顺序不限。",
    "金额以元为单位，最多两位小数，不填负数，不用公式；日期用日期格式；编号用文本格式。",
    "最后可以有一行以“合计”开头的合计行，只用于核对。",
    "也可以上传 CSV（UTF-8 或 GBK 编码）。一个文件最多 20,000 行。",
)


def template_name(kind: FileKind, suffix: str) -> str:
    return f"{kind.label}模板.{suffix}"


def xlsx_template(kind: FileKind) -> bytes:
    """Headings with their formats, choices to pick from, and the explanations."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    bold = book.add_format({"bold": True, "bottom": 1})
    data, help_sheet = book.add_worksheet(DATA_SHEET), book.add_worksheet(HELP_SHEET)
    for place, column in enumerate(COLUMNS[kind]):
        shown = book.add_format({"num_format": _FORMATS.get(column.kind, "General")})
        data.set_column(place, place, 20, shown)
        data.write_string(0, place, column.label, bold)
        if column.choices:
            data.data_validation(1, place, 20_000, place, {"validate": "list", "source": list(column.choices), "ignore_blank": True})
    data.freeze_panes(1, 0)
    help_sheet.set_column(0, len(_EXPLAINED) - 1, 24)
    lines = [_EXPLAINED, *map(_explained, COLUMNS[kind])]
    for number, line in enumerate(lines):
        for place, text in enumerate(line):
            help_sheet.write_string(number, place, text, None if number else bold)
    for number, sentence in enumerate(_RULES, len(lines) + 1):
        help_sheet.write_string(number, 0, sentence)
    book.close()
    return target.getvalue()


def csv_template(kind: FileKind) -> bytes:
    """The headings alone, in UTF-8 with the mark Excel needs."""
    target = io.StringIO()
    csv.writer(target).writerow([column.label for column in COLUMNS[kind]])
    return target.getvalue().encode("utf-8-sig")


def _explained(column: Column) -> tuple[str, ...]:
    return (column.label, "必填" if column.required else "选填", column.kind.value, column.hint, "、".join(column.choices), column.example)


WRITERS = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_template),
    "csv": ("text/csv; charset=utf-8", csv_template),
}

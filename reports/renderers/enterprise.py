"""一企一档 as PDF and as a workbook, both from the one description its page is made from."""

from common.display import text

from ..enterprise_file.paper import EnterprisePaper
from ..enterprise_file.parts import Section
from .pdf import render_pdf
from .sheets import Part, workbook_of_sheets

TITLE = "科技贷款风险准备金企业档案"


def enterprise_pdf(paper: EnterprisePaper) -> bytes:
    """A4 landscape: what the register says, the totals, then every part that holds something."""
    return render_pdf("reports/pdf/enterprise.html", {"paper": paper, "title": TITLE})


def enterprise_xlsx(paper: EnterprisePaper) -> bytes:
    """One sheet for each part, numbers as numbers and days as days."""
    register = Part("登记内容", [(one.label, text(one.value)) for one in paper.facts])
    figures = Part(f"合计（截至 {paper.on}）", [(card.label, f"{card.value}（{card.hint}）") for card in paper.numbers])
    sheets = [("基本情况", [register, figures]), *((part.title.split("（")[0], [_part(part)]) for part in paper.sections)]
    return workbook_of_sheets(f"{TITLE}：{paper.name}", sheets)


def _part(section: Section) -> Part:
    kinds = [kind for _, kind in section.heads]
    rows = [
        [cell.text if kind == "rate" and cell.value is not None else cell.value for cell, kind in zip(row, kinds, strict=True)]
        for row in (*section.rows, *([section.totals] if section.totals else []))
    ]
    return Part(section.title, rows, [label for label, _ in section.heads])

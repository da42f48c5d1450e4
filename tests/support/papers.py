"""Reading printed papers and workbooks back."""

import io
import re
from typing import Any

from pypdf import PdfReader
from python_calamine import CalamineWorkbook


def squeezed(text: str) -> str:
    """Without any blank."""
    return re.sub(r"\s", "", text)


def pdf_text(data: bytes) -> str:
    """All text of a PDF without blanks, as copying it would give."""
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


def pdf_pages(data: bytes) -> list[list[str]]:
    """The lines of each page."""
    return [page.extract_text().splitlines() for page in PdfReader(io.BytesIO(data)).pages]


def sheet_rows(data: bytes, name: str) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(name).to_python()


def unembedded_fonts(data: bytes) -> list[str]:
    """Fonts a PDF names without carrying them."""
    found = []
    for page in PdfReader(io.BytesIO(data)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            for one in font.get_object().get("/DescendantFonts", [font]):
                descriptor = one.get_object().get("/FontDescriptor", {})
                if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor):
                    found.append(str(one.get_object().get("/BaseFont")))
    return found


def is_landscape_a4(data: bytes) -> bool:
    return all((round(page.mediabox.width), round(page.mediabox.height)) == (842, 595) for page in PdfReader(io.BytesIO(data)).pages)

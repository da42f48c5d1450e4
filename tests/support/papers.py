"""Reading printed papers back."""

import io
import re

from pypdf import PdfReader


def squeezed(text: str) -> str:
    """Without any blank."""
    return re.sub(r"\s", "", text)


def pdf_text(data: bytes) -> str:
    """All text of a PDF without blanks, as copying it would give."""
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


def pdf_pages(data: bytes) -> list[list[str]]:
    """The lines of each page."""
    return [page.extract_text().splitlines() for page in PdfReader(io.BytesIO(data)).pages]

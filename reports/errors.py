"""Refusals of the reports app."""

from collections.abc import Sequence

from common.errors import Conflict, InvalidInput, Refusal


class QuarterNotEnded(Refusal):
    """A summary is made on the first day after its quarter, not before (domain §3.11)."""

    code = "quarter_not_ended"


class EarlierQuarterOpen(Refusal):
    """Summaries are submitted in order of their quarters, so that a late fact has one annex to go to."""

    code = "earlier_quarter_open"


class CheckedContentChanged(Conflict):
    """What is to be checked or submitted is no longer what the person saw, or what the officer had checked."""

    code = "checked_content_changed"


class UnknownLine(InvalidInput):
    """A remark is on a line of the version under review."""

    code = "unknown_line"


class NotReadyToClose(Refusal):
    """Money goes back and a programme is settled only when nothing is left to do in it (domain §3.13)."""

    code = "not_ready_to_close"

    def __init__(self, *, unmet: Sequence[str]) -> None:
        super().__init__(f"项目尚不具备清算条件：{'；'.join(unmet)}。请逐项办妥后再办理。")


class PdfUnavailable(Refusal):
    """The machine lacks the libraries that print PDF files."""

    code = "pdf_unavailable"
    status = 503


class MissingGlyph(Refusal):
    """A character that none of the shipped fonts can print; refused by name, never printed as a box (domain §8). Entry refuses it
    first (`common.texts`); this is for what came in another way."""

    code = "missing_glyph"


class NotYetPrintable(Refusal):
    """The paper states a fact that does not exist yet."""

    code = "not_yet_printable"


class ReportNotBalanced(Refusal):
    """Opening and movements of an account do not give its closing: a fault of the books, so no paper is made of them."""

    code = "report_not_balanced"


class PeriodNotBegun(InvalidInput):
    """A report is of a period that has begun."""

    code = "period_not_begun"


class ArchiveTooLarge(Refusal):
    """The papers of one enterprise are more than one archive may hold."""

    code = "archive_too_large"

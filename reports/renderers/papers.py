"""The letters between the parties as PDF (domain §8)."""

from typing import Any

from .pdf import render_pdf


def letter_pdf(context: dict[str, Any]) -> bytes:
    """联合推荐函, in the form of a 函, with the list of enterprises as its annex."""
    return render_pdf("reports/pdf/letter.html", context)


def reply_pdf(context: dict[str, Any]) -> bytes:
    """审批回执: the bank's answer to a batch."""
    return render_pdf("reports/pdf/reply.html", context)


def receipt_pdf(context: dict[str, Any]) -> bytes:
    """出资到位确认单: the bank's confirmation of money in."""
    return render_pdf("reports/pdf/receipt.html", context)

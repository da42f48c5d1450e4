"""What printed papers say, read once and handed to the renderers."""

from typing import Any

from common.money import in_words
from enterprises.models import Batch
from enterprises.selectors import letter_context
from loans.selectors.replies import reply_of
from parties.enums import OrganisationKind as Kind
from parties.signers import Signers
from reserve.enums import ContributionStatus
from reserve.models import Contribution

from ..errors import NotYetPrintable


def letter(batch: Batch) -> dict[str, Any]:
    """联合推荐函: template context {"letter": enterprises.selectors.Letter}."""
    return letter_context(batch)


def reply(batch: Batch) -> dict[str, Any]:
    """审批回执: template context {"reply": loans.selectors.replies.Reply, "approved_words"}."""
    programme = batch.programme
    addressees = (programme.organisation(Kind.SCIENCE_BUREAU), programme.organisation(Kind.TOWN))
    found = reply_of(batch, addressees)
    return {"reply": found, "approved_words": in_words(found.approved)}


def receipt(contribution: Contribution) -> dict[str, Any]:
    """出资到位确认单: template context of a confirmed contribution.

    Raises:
        NotYetPrintable: the bank has not confirmed the money.
    """
    if contribution.status != ContributionStatus.CONFIRMED:
        raise NotYetPrintable(f"{contribution}尚未由银行复核到账，复核后才能打印到位确认单。")
    signers = Signers(contribution)
    return {
        "contribution": contribution,
        "words": in_words(contribution.amount),
        "entry": contribution.entry,
        "officer": signers(contribution, "received"),
        "reviewer": signers(contribution, "confirmed"),
    }

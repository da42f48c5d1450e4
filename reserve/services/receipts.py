"""The bank's receipt numbers: one for each movement on an account."""

from ..enums import ContributionStatus, InterestStatus, RefundStatus
from ..errors import ReceiptUsed
from ..models import AccountInterest, Contribution, Refund, ReserveAccount


def require_receipt_unused(account: ReserveAccount, receipt_no: str) -> None:
    """Raise ReceiptUsed when a standing contribution, interest or confirmed refund of the account bears the number. Three queries."""
    deposits = Contribution.objects.filter(account=account, receipt_no=receipt_no).exclude(status=ContributionStatus.REJECTED)
    interests = AccountInterest.objects.filter(account=account, receipt_no=receipt_no)
    standing = interests.filter(status__in=(InterestStatus.ENTERED, InterestStatus.CONFIRMED))
    if (deposit := deposits.first()) is not None:
        raise ReceiptUsed(receipt_no=receipt_no, what="出资", amount=deposit.amount)
    if (interest := standing.first()) is not None:
        raise ReceiptUsed(receipt_no=receipt_no, what=interest.get_kind_display(), amount=interest.amount)
    if (refund := Refund.objects.filter(account=account, receipt_no=receipt_no, status=RefundStatus.CONFIRMED).first()) is not None:
        raise ReceiptUsed(receipt_no=receipt_no, what="退还出资", amount=refund.amount)

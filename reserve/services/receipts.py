"""The bank's receipt numbers: one for each movement on an account."""

from ..enums import ContributionStatus, InterestStatus
from ..errors import ReceiptUsed
from ..models import AccountInterest, Contribution, ReserveAccount


def require_receipt_unused(account: ReserveAccount, receipt_no: str) -> None:
    """Raise ReceiptUsed when a standing contribution or interest of the account bears the number. Two queries."""
    deposits = Contribution.objects.filter(account=account, receipt_no=receipt_no).exclude(status=ContributionStatus.REJECTED)
    interests = AccountInterest.objects.filter(account=account, receipt_no=receipt_no)
    standing = interests.filter(status__in=(InterestStatus.ENTERED, InterestStatus.CONFIRMED))
    if (deposit := deposits.first()) is not None:
        raise ReceiptUsed(receipt_no=receipt_no, what="出资", amount=deposit.amount)
    if (interest := standing.first()) is not None:
        raise ReceiptUsed(receipt_no=receipt_no, what=interest.get_kind_display(), amount=interest.amount)

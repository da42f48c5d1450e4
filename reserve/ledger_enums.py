"""What the ledger distinguishes: kinds of accounts, purposes of entries, and which movements each purpose may make."""

from typing import Final

from django.db import models


class AccountKind(models.TextChoices):
    """The ledger accounts of one reserve account: `bank` = `free` + `earmarked` + `claims_payable`, at every moment.

    `bank` is an asset and grows by debits; the other three say whom the money is meant for and grow by credits.
    """

    BANK = "bank", "银行存款"
    FREE = "free", "可用准备金"
    EARMARKED = "earmarked", "占用准备金"
    CLAIMS_PAYABLE = "claims_payable", "应付代偿款"


class Purpose(models.TextChoices):
    """Why an entry was posted."""

    OPENING = "opening", "期初余额"
    CONTRIBUTION = "contribution", "出资到位"
    EARMARK = "earmark", "占用"
    RELEASE = "release", "释放"
    CLAIM_APPROVAL = "claim_approval", "代偿核准"
    CLAIM_PAYMENT = "claim_payment", "代偿划款"
    RECOVERY = "recovery", "追偿回款"
    INTEREST = "interest", "账户利息"
    INTEREST_PAYOUT = "interest_payout", "利息划出"
    REFUND = "refund", "退还出资"
    REVERSAL = "reversal", "冲正"


Movement = tuple[AccountKind, AccountKind]

PAYS_IN: Final[Movement] = (AccountKind.BANK, AccountKind.FREE)
PAYS_OUT: Final[Movement] = (AccountKind.FREE, AccountKind.BANK)
EARMARKS: Final[Movement] = (AccountKind.FREE, AccountKind.EARMARKED)
RELEASES: Final[Movement] = (AccountKind.EARMARKED, AccountKind.FREE)

# Purpose -> the (debit, credit) pairs it may post. A reversal posts the opposite of whatever it reverses.
MOVEMENTS: Final[dict[Purpose, frozenset[Movement]]] = {
    # Money that was there, and what loans that were running already occupied of it, when the programme came here.
    Purpose.OPENING: frozenset({PAYS_IN, EARMARKS}),
    Purpose.CONTRIBUTION: frozenset({PAYS_IN}),
    Purpose.EARMARK: frozenset({EARMARKS}),
    Purpose.RELEASE: frozenset({RELEASES}),
    # The loan's own earmark first, then free money; what the payout did not need of the earmark is released.
    Purpose.CLAIM_APPROVAL: frozenset(
        {
            (AccountKind.EARMARKED, AccountKind.CLAIMS_PAYABLE),
            (AccountKind.FREE, AccountKind.CLAIMS_PAYABLE),
            RELEASES,
        }
    ),
    # The claim base is computed again on the payment day: what it no longer needs becomes free.
    Purpose.CLAIM_PAYMENT: frozenset(
        {
            (AccountKind.CLAIMS_PAYABLE, AccountKind.BANK),
            (AccountKind.CLAIMS_PAYABLE, AccountKind.FREE),
        }
    ),
    Purpose.RECOVERY: frozenset({PAYS_IN}),
    Purpose.INTEREST: frozenset({PAYS_IN}),
    Purpose.INTEREST_PAYOUT: frozenset({PAYS_OUT}),
    Purpose.REFUND: frozenset({PAYS_OUT}),
}

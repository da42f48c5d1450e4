"""The models of the loans app."""

from .decisions import CreditLine
from .loans import Loan, PrincipalMovement
from .repayments import Repayment, Reversal
from .schedules import AgreedInstalment, OverdueSpell, ScheduleLine

__all__ = [
    "AgreedInstalment",
    "CreditLine",
    "Loan",
    "OverdueSpell",
    "PrincipalMovement",
    "Repayment",
    "Reversal",
    "ScheduleLine",
]

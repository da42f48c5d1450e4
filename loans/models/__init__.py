"""The models of the loans app."""

from .capital import NetCapital
from .decisions import CreditLine
from .loans import Loan, PrincipalMovement
from .repayments import Repayment, Reversal
from .schedules import AgreedInstalment, OverdueSpell, ScheduleLine

__all__ = [
    "AgreedInstalment",
    "CreditLine",
    "Loan",
    "NetCapital",
    "OverdueSpell",
    "PrincipalMovement",
    "Repayment",
    "Reversal",
    "ScheduleLine",
]

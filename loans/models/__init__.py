"""The models of the loans app."""

from .decisions import CreditLine
from .loans import Loan, PrincipalMovement, Repayment

__all__ = ["CreditLine", "Loan", "PrincipalMovement", "Repayment"]

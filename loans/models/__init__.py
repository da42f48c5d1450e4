"""The models of the loans app."""

from .decisions import CreditLine
from .loans import Loan, Repayment

__all__ = ["CreditLine", "Loan", "Repayment"]

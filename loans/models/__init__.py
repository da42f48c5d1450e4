"""The models of the loans app."""

from .capital import NetCapital
from .changes import Correction, Extension, ExtensionConsent
from .decisions import CreditLine
from .grades import Grading
from .imports import ImportFile, ImportRow
from .loans import Loan, PrincipalMovement
from .repayments import Repayment, Reversal
from .schedules import AgreedInstalment, BankSchedule, BankScheduleLine, OverdueSpell, ScheduleLine
from .suspension import RiskRate, Suspension
from .watching import EarlyWarning, Inspection

__all__ = [
    "AgreedInstalment",
    "BankSchedule",
    "BankScheduleLine",
    "Correction",
    "CreditLine",
    "EarlyWarning",
    "Extension",
    "ExtensionConsent",
    "Grading",
    "ImportFile",
    "ImportRow",
    "Inspection",
    "Loan",
    "NetCapital",
    "OverdueSpell",
    "PrincipalMovement",
    "Repayment",
    "Reversal",
    "RiskRate",
    "ScheduleLine",
    "Suspension",
]

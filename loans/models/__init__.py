"""The models of the loans app."""

from .capital import NetCapital
from .changes import Correction, Extension, ExtensionConsent
from .claims import Claim, ClaimWord, PaymentNotice
from .decisions import CreditLine
from .grades import Grading
from .imports import ImportFile, ImportRow
from .loans import Loan, PrincipalMovement
from .recoveries import Recovery, RecoveryReport
from .repayments import Repayment, Reversal
from .schedules import AgreedInstalment, BankSchedule, BankScheduleLine, OverdueSpell, ScheduleLine
from .suspension import RiskRate, Suspension
from .watching import EarlyWarning, Inspection

__all__ = [
    "AgreedInstalment",
    "BankSchedule",
    "BankScheduleLine",
    "Claim",
    "ClaimWord",
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
    "PaymentNotice",
    "PrincipalMovement",
    "Recovery",
    "RecoveryReport",
    "Repayment",
    "Reversal",
    "RiskRate",
    "ScheduleLine",
    "Suspension",
]

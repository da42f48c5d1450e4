"""The models of the reserve."""

from .accounts import Contribution, FundingObligation, ReserveAccount
from .calendar import CalendarDay, CalendarNotice
from .deadlines import Deadline, JobRun
from .interest import AccountInterest, InterestReversal
from .joint import JointDecision, JointVoice
from .ledger import IdempotencyKey, LedgerAccount, LedgerEntry, LedgerHead, Transfer
from .programmes import (
    ClosedPeriod,
    Programme,
    ProgrammeParty,
    ProgrammeRule,
    ProgrammeScopedQuerySet,
    ReferenceRate,
    programme_keys,
)
from .refunds import Refund
from .statements import BankStatement, BankStatementLine, StatementExplanation

__all__ = [
    "AccountInterest",
    "BankStatement",
    "BankStatementLine",
    "CalendarDay",
    "CalendarNotice",
    "ClosedPeriod",
    "Contribution",
    "Deadline",
    "FundingObligation",
    "IdempotencyKey",
    "InterestReversal",
    "JobRun",
    "JointDecision",
    "JointVoice",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerHead",
    "Programme",
    "ProgrammeParty",
    "ProgrammeRule",
    "ProgrammeScopedQuerySet",
    "ReferenceRate",
    "Refund",
    "ReserveAccount",
    "StatementExplanation",
    "Transfer",
    "programme_keys",
]

"""The models of the reserve."""

from .accounts import Contribution, FundingObligation, ReserveAccount
from .calendar import CalendarDay, CalendarNotice
from .deadlines import Deadline, JobRun
from .joint import JointDecision, JointVoice
from .ledger import IdempotencyKey, LedgerAccount, LedgerEntry, LedgerHead, Transfer
from .programmes import (
    ClosedPeriod,
    Programme,
    ProgrammeParty,
    ProgrammeRule,
    ProgrammeScopedQuerySet,
    ReferenceRate,
)

__all__ = [
    "CalendarDay",
    "CalendarNotice",
    "ClosedPeriod",
    "Contribution",
    "Deadline",
    "FundingObligation",
    "IdempotencyKey",
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
    "ReserveAccount",
    "Transfer",
]

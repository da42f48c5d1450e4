"""The models of the reserve."""

from .ledger import IdempotencyKey, LedgerAccount, LedgerEntry, LedgerHead, Transfer

__all__ = [
    "IdempotencyKey",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerHead",
    "Transfer",
]

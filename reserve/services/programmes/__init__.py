"""Programmes: how they are set up, their dated rules, and the decisions that end and settle them (domain §3.1, §3.13, §4)."""

from .closing import close_programme
from .ending import end_programme
from .rules import set_rule
from .setup import add_party, create_programme, open_reserve_account

__all__ = ["add_party", "close_programme", "create_programme", "end_programme", "open_reserve_account", "set_rule"]

"""Programmes: how they are set up, their dated rules, and the decision that ends them (domain §3.1, §4)."""

from .ending import end_programme
from .rules import set_rule
from .setup import add_party, create_programme, open_reserve_account

__all__ = ["add_party", "create_programme", "end_programme", "open_reserve_account", "set_rule"]

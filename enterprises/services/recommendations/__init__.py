"""Recommendations: intake, draft, two signatures on one version, and how each ends (domain §3.5)."""

from .drafting import draft_recommendation, edit_recommendation
from .endings import decline_recommendation, mark_answered, withdraw_recommendation
from .opening import record_opening
from .signing import Signing, sign_recommendation, sign_recommendations

__all__ = [
    "Signing",
    "decline_recommendation",
    "draft_recommendation",
    "edit_recommendation",
    "mark_answered",
    "record_opening",
    "sign_recommendation",
    "sign_recommendations",
    "withdraw_recommendation",
]

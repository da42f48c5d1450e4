"""Reading the published reference rates."""

from ..models import ReferenceRate


def last_rate(kind: str) -> ReferenceRate | None:
    """The latest row of a kind, as last entered."""
    return ReferenceRate.objects.filter(kind=kind).order_by("-effective_on", "-entry").first()

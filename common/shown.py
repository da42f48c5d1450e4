"""What a list shows, signed: only a list vouches for an address, so that one kept for later is a list's and means something there."""

from dataclasses import asdict, dataclass
from typing import Self

from django.core import signing

SALT = "common.listing"


@dataclass(frozen=True, slots=True)
class Shown:
    """A list's title and path, and the query of its filters, search and order ("" when nothing is chosen)."""

    title: str
    path: str
    query: str

    def sealed(self) -> str:
        return signing.dumps(asdict(self), salt=SALT, compress=True)

    @classmethod
    def read(cls, seal: str) -> Self | None:
        """What was sealed; None for what no list has signed."""
        try:
            return cls(**signing.loads(seal, salt=SALT))
        except signing.BadSignature:
            return None

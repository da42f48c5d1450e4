"""Refusals of the enterprises app."""

from collections.abc import Sequence

from common.errors import Conflict, InvalidInput, NotAllowed, Refusal


class AlreadyRegistered(Refusal):
    """The identifier is on the register of this programme already."""

    code = "already_registered"


class IdentifierMismatch(Refusal):
    """Name and identifier do not belong together; says nothing of where the identifier is known (domain §3.4)."""

    code = "identifier_mismatch"


class IdentifierChanged(InvalidInput):
    """Another organisation code: that would be another enterprise (domain §7: an upgrade keeps characters 9–17)."""

    code = "identifier_changed"


class NotEligible(Refusal):
    """A programme rule keeps the enterprise out: region, size, category (domain §4)."""

    code = "not_eligible"


class OverCap(InvalidInput):
    """An amount or term above its cap."""

    code = "over_cap"


class NotAParty(InvalidInput):
    """An organisation or enterprise that does not belong to the programme."""

    code = "not_a_party"


class BadRenewal(InvalidInput):
    """A 续贷 that does not name the old recommendation and its 借据号 properly."""

    code = "bad_renewal"


class VersionChanged(Conflict):
    """The recommendation was edited after the signer had read it."""

    code = "version_changed"


class WrongOffice(NotAllowed):
    """Only the programme's science bureau and its town government sign."""

    code = "wrong_office"


class AlreadySigned(Refusal):
    """An office signs a version once."""

    code = "already_signed"


class RecommendationLapsed(Refusal):
    """Past its validity a recommendation cannot be used."""

    code = "recommendation_lapsed"


class NotBatchable(Refusal):
    """A recommendation that cannot stand in this batch."""

    code = "not_batchable"


class NoneSigned(Refusal):
    """Of many recommendations to sign at once not one could be signed; `reasons`: (enterprise, sentence)."""

    code = "none_signed"

    def __init__(self, reasons: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"所选 {len(reasons)} 笔推荐都没有签署：{''.join(f'{name}——{why}' for name, why in reasons)}")


class EmptyBatch(Refusal):
    """A batch without a recommendation."""

    code = "empty_batch"

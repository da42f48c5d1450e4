"""Refusals of the parties app."""

from common.errors import InvalidInput, NotAllowed


class SamePerson(NotAllowed):
    """One person tried to be both halves of a pair (domain §2: another of the same organisation confirms)."""

    code = "same_person"


class BadAttachment(InvalidInput):
    """A file whose type, size or content is not accepted."""

    code = "bad_attachment"


class BadAccount(InvalidInput):
    """An account cannot be made or changed as asked."""

    code = "bad_account"

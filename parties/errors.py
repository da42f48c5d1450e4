"""Refusals of the parties app."""

from common.errors import Refusal


class NoPermission(Refusal):
    """The person's organisation or role does not carry this action (domain §2)."""

    code = "no_permission"
    status = 403


class SamePerson(Refusal):
    """One person tried to be both halves of a pair (domain §2: another of the same organisation confirms)."""

    code = "same_person"
    status = 403


class BadAttachment(Refusal):
    """A file whose type, size or content is not accepted."""

    code = "bad_attachment"
    status = 400


class BadAccount(Refusal):
    """An account cannot be made or changed as asked."""

    code = "bad_account"
    status = 400

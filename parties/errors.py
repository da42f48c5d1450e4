"""Refusals of the parties app."""

from collections.abc import Mapping, Sequence
from typing import Self

from common.errors import InvalidInput, NotAllowed, Refusal

from .categories import Category


class SamePerson(NotAllowed):
    """One person tried to be both halves of a pair (domain §2: another of the same organisation confirms)."""

    code = "same_person"


class OwnAccount(NotAllowed):
    """An administrator tried to change their own account's role or entry."""

    code = "own_account"


class AdministratorAccount(NotAllowed):
    """An administrator's password was to be given by another."""

    code = "administrator_account"


class PasswordChangeDue(NotAllowed):
    """The first password, or a reset one, must be changed before anything else."""

    code = "password_change_due"

    def __init__(
        self,
        message: str = "首次登录或密码重置后须先在网页上修改密码，然后才能取得接口令牌。",
        **kwargs: Mapping[str, Sequence[str]],
    ) -> None:
        super().__init__(message, **kwargs)


class MandatoryMessages(InvalidInput):
    """Messages everyone must be shown were switched off."""

    code = "mandatory_messages"

    @classmethod
    def of(cls, category: Category) -> Self:
        return cls(f"“{category.label}”的通知必须在站内接收，不能关闭；可以只关闭邮件。")


class PaperLost(Refusal):
    """A kept file is no longer in the storage."""

    code = "paper_lost"
    status = 410


class PaperAltered(Refusal):
    """A kept file is no longer what was handed in: it is not given out."""

    code = "paper_altered"


class BadAttachment(InvalidInput):
    """A file whose type, size or content is not accepted."""

    code = "bad_attachment"


class BadAccount(InvalidInput):
    """An account cannot be made or changed as asked."""

    code = "bad_account"


class BadDelegation(InvalidInput):
    """Nobody can stand in for this person in this way on these days."""

    code = "bad_delegation"


class BadOrganisation(InvalidInput):
    """An organisation cannot be made or changed as asked."""

    code = "bad_organisation"


class BadFilter(InvalidInput):
    """A filter cannot be kept under this name."""

    code = "bad_filter"

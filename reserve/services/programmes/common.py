"""What the actions on a programme share: refusals beside their field."""

from typing import NoReturn

from ...errors import BadProgramme


def refuse(field: str, sentence: str) -> NoReturn:
    """Raise BadProgramme beside its field."""
    raise BadProgramme(sentence, fields={field: [sentence]})

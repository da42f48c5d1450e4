"""What the actions on a programme share: texts within their columns, refusals beside their field."""

from typing import NoReturn

from common.errors import InvalidInput

from ...errors import BadProgramme


def checked_text(field: str, label: str, text: str, longest: int) -> str:
    """Without blanks around it. Raises InvalidInput when it is empty or does not fit its column."""
    text = text.strip()
    if not text or len(text) > longest:
        sentence = f"请填写{label}，不超过 {longest} 字。"
        raise InvalidInput(sentence, fields={field: [sentence]})
    return text


def refuse(field: str, sentence: str) -> NoReturn:
    """Raise BadProgramme beside its field."""
    raise BadProgramme(sentence, fields={field: [sentence]})

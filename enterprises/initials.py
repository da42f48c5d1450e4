"""Pinyin initials of names, for searching by them: 中山市锁业 → zsssy."""


def initials_of(name: str) -> str:
    """First letters of each character, lower case; letters and digits of the name stand as they are.

    A polyphonic character is read as its phrase says (重庆 → cq). Marks and blanks are dropped.
    """
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a while to load: only those who need it wait

    return "".join(part for part in "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower() if part.isalnum())[:100]

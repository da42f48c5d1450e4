"""Which desk works on which kind of file."""

from collections.abc import Callable, Mapping
from datetime import date

from ...import_enums import FileKind
from ...models import ImportFile
from .desk import Desk
from .repayments import RepaymentDesk

DESKS: Mapping[str, Callable[[ImportFile, date], Desk]] = {
    FileKind.REPAYMENTS: RepaymentDesk,
}


def desk_of(file: ImportFile, on: date) -> Desk:
    return DESKS[file.kind](file, on)

"""Which desk works on which kind of file."""

from collections.abc import Callable, Mapping
from datetime import date

from ...import_enums import FileKind
from ...models import ImportFile
from .desk import Desk
from .enterprises import EnterpriseDesk
from .loans import LoanDesk
from .openings import OpeningDesk
from .positions import PositionDesk
from .repayments import RepaymentDesk

DESKS: Mapping[str, Callable[[ImportFile, date], Desk]] = {
    FileKind.REPAYMENTS: RepaymentDesk,
    FileKind.LOANS: LoanDesk,
    FileKind.POSITIONS: PositionDesk,
    FileKind.ENTERPRISES: EnterpriseDesk,
    FileKind.OPENING: OpeningDesk,
}


def desk_of(file: ImportFile, on: date) -> Desk:
    return DESKS[file.kind](file, on)

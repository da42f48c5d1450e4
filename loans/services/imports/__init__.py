"""Files of rows: uploaded by an officer, read in the background, confirmed by another person, booked row by row."""

from .booking import book_file
from .countersigning import countersign_file, refuse_file
from .files import confirm_file, discard_file, recheck_file, upload_file
from .reading import read_file
from .work import work_next

__all__ = [
    "book_file",
    "confirm_file",
    "countersign_file",
    "discard_file",
    "read_file",
    "recheck_file",
    "refuse_file",
    "upload_file",
    "work_next",
]

"""Files of rows: their kinds, who may enter and confirm each, statuses and lifecycle."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import models

from common.lifecycle import Lifecycle, Transition


class FileKind(models.TextChoices):
    REPAYMENTS = "repayments", "还款"
    LOANS = "loans", "放款借据"
    POSITIONS = "positions", "月末余额"
    ENTERPRISES = "enterprises", "企业名录"
    OPENING = "opening", "期初贷款"


class Grants(NamedTuple):
    """The permissions a kind asks for: those of entering and confirming one such row by hand. A file gives no right of its own.

    `countersign`: what the other side of the agreement needs, where both have to confirm; such a file is taken whole or not at all.
    """

    enter: str
    confirm: str
    two_people: bool = True
    countersign: str = ""


GRANTS: Mapping[str, Grants] = {
    FileKind.REPAYMENTS: Grants("repayment.enter", "repayment.confirm"),
    FileKind.LOANS: Grants("loan.enter", "loan.confirm"),
    FileKind.POSITIONS: Grants("position.enter", "position.confirm"),
    # By hand, too, one person registers an enterprise: nothing is bound by it.
    FileKind.ENTERPRISES: Grants("enterprise.edit", "enterprise.edit", two_people=False),
    FileKind.OPENING: Grants("loan.enter", "loan.confirm", countersign="opening.countersign"),
}
ENTER = tuple(dict.fromkeys(grants.enter for grants in GRANTS.values()))
CONFIRM = tuple(dict.fromkeys(grants.confirm for grants in GRANTS.values()))
COUNTERSIGN = tuple(grants.countersign for grants in GRANTS.values() if grants.countersign)
EITHER = tuple(dict.fromkeys((*ENTER, *CONFIRM)))


class FileStatus(models.TextChoices):
    UPLOADED = "uploaded", "待核对"
    READING = "reading", "核对中"
    PREVIEWED = "previewed", "待复核"
    PASSED_ON = "passed_on", "待会签"
    BOOKING = "booking", "处理中"
    BOOKED = "booked", "已全部采纳"
    PARTLY = "partly", "部分采纳"
    FAILED = "failed", "无法读取"
    DISCARDED = "discarded", "已作废"


IN_WORK = (FileStatus.UPLOADED, FileStatus.READING, FileStatus.BOOKING)
"""The background has something to do; the page shows its progress."""


class TakeMode(models.TextChoices):
    """What a confirmation takes: the whole file or nothing of it, or the good rows while the bad ones wait."""

    ALL = "all", "全部采纳"
    GOOD = "good", "先采纳无误的行"


class Verdict(models.TextChoices):
    OK = "ok", "无误"
    WARNING = "warning", "提示"
    ERROR = "error", "错误"


class RowState(models.TextChoices):
    WAITING = "waiting", "未采纳"
    BOOKED = "booked", "已采纳"


_S = FileStatus
FILE_LIFECYCLE = Lifecycle(
    "数据文件",
    {
        "read": Transition((_S.UPLOADED, _S.READING), _S.READING, "核对"),
        "preview": Transition((_S.READING,), _S.PREVIEWED, "完成核对"),
        "fail": Transition((_S.READING,), _S.FAILED, "停止核对"),
        "confirm": Transition((_S.PREVIEWED,), _S.BOOKING, "复核"),
        "pass_on": Transition((_S.PREVIEWED,), _S.PASSED_ON, "复核并提交会签"),
        "countersign": Transition((_S.PASSED_ON,), _S.BOOKING, "会签"),
        "refuse": Transition((_S.PASSED_ON,), _S.PREVIEWED, "退回"),
        "book": Transition((_S.BOOKING,), _S.BOOKED, "完成采纳"),
        "book_partly": Transition((_S.BOOKING,), _S.PARTLY, "完成部分采纳"),
        "give_back": Transition((_S.BOOKING,), _S.PREVIEWED, "停止采纳"),
        "recheck": Transition((_S.PREVIEWED, _S.PARTLY), _S.UPLOADED, "重新核对"),
        "discard": Transition((_S.UPLOADED, _S.PREVIEWED, _S.PASSED_ON, _S.FAILED), _S.DISCARDED, "作废"),
    },
)

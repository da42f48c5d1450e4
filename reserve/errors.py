"""The refusals of the reserve: one class for each, with its code and its sentence."""

from datetime import date
from decimal import Decimal

from common.errors import InvalidInput, Refusal
from common.money import format_yuan


# The ledger


class InsufficientBalance(Refusal):
    """A transfer would take more out of an account than it holds."""

    code = "insufficient_balance"

    def __init__(self, *, account: str, needed: Decimal, available: Decimal) -> None:
        super().__init__(
            f"“{account}”余额不足：需要 {format_yuan(needed)} 元，现有 {format_yuan(available)} 元，"
            f"尚缺 {format_yuan(needed - available)} 元；请减少金额，或待资金到位、占用释放后再办。"
        )
        self.account = account
        self.needed = needed
        self.available = available


class LedgerDateBackwards(Refusal):
    """The ledger date of a programme never goes back."""

    code = "ledger_date_backwards"

    def __init__(self, *, ledger_date: date, last: date) -> None:
        super().__init__(f"记账日不能倒退：本项目最近一笔已记在 {last}，不能再记 {ledger_date}；请按 {last} 或以后的日期记账。")


class ValueDateInFuture(Refusal):
    """A fact cannot be posted before it has happened."""

    code = "value_date_in_future"
    status = 400

    def __init__(self, *, value_date: date, ledger_date: date) -> None:
        super().__init__(f"起息日 {value_date} 晚于记账日 {ledger_date}；请核对日期，事情发生以后再记账。")


class ValueDateClosed(Refusal):
    """The quarter of the value date is closed for back-dated facts."""

    code = "value_date_closed"

    def __init__(self, *, value_date: date, quarter: str, bank: str) -> None:
        super().__init__(
            f"{value_date} 属于 {quarter}，{bank}该季度的申报汇总表已报送，不能再记入该季度；请按未关闭季度的日期记账，并在调整附件中说明。"
        )


class AlreadyReversed(Refusal):
    """An entry is reversed once."""

    code = "already_reversed"

    def __init__(self, *, sequence: int) -> None:
        super().__init__(f"第 {sequence} 号分录已经冲正，不能重复冲正；请核对后另行登记。")


class ReversalNotReversible(Refusal):
    """A reversal is not reversed in turn: the fact is posted anew."""

    code = "reversal_not_reversible"

    def __init__(self, *, sequence: int) -> None:
        super().__init__(f"第 {sequence} 号分录本身是冲正分录，不能再冲正；如原业务确实有效，请重新登记。")


# The calendar


class CalendarUnknown(Refusal):
    """A working day in a year whose State Council notice is neither in the library nor entered (domain §5)."""

    code = "calendar_unknown"

    def __init__(self, year: int) -> None:
        super().__init__(f"{year}年的放假安排尚未录入，无法计算该年的工作日；请由系统管理员录入国务院办公厅当年的放假通知。")
        self.year = year


class BadNotice(InvalidInput):
    """A year's notice that contradicts itself or names days that are not its own."""

    code = "bad_calendar_notice"

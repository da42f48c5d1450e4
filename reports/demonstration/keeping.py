"""What the bank does with the reserve accounts beside deposits and loans: interest, and a statement with a difference to confirm."""

from datetime import date, datetime
from decimal import Decimal

from common.money import ZERO
from parties.enums import OrganisationKind as Kind
from reserve.enums import ContributionStatus
from reserve.models import AccountInterest, BankStatement, ReserveAccount
from reserve.quarters import Quarter
from reserve.selectors.statements import reconciliation
from reserve.services.interest import confirm_interest, enter_interest
from reserve.services.statement_reading import StatementRow
from reserve.services.statements import enter_statement, explain_difference

from .desk import Desk

FEE = Decimal("35.00")


def keep_accounts(desk: Desk, on: date, now: datetime) -> None:
    """Interest of the last quarter: the province's is booked, the town's waits for the bank's reviewer. The statement of the
    province's account has a fee the ledger knows nothing of; the bank's word on it waits for the province's reviewer."""
    province, town = desk.account(Kind.PROVINCIAL_CENTRE), desk.account(Kind.TOWN)
    booked = _credit(desk, province, Decimal("21875.00"), on, now)
    confirm_interest(account_interest=booked, by=desk.cast["bank2"], on=on, now=now)
    _credit(desk, town, Decimal("87500.00"), on, now)
    statement = _state(desk, province, booked, on, now)
    [fee] = [item.difference.bank for item in reconciliation(statement).items if item.difference.gap == -FEE]
    text = "银行误扣账户管理费，已申请退回，下月入账。"
    line = fee.key if fee else None
    explain_difference(bank_statement=statement, kind="only_bank", line=line, text=text, by=desk.cast["bank"], on=on, now=now)


def _credit(desk: Desk, account: ReserveAccount, amount: Decimal, on: date, now: datetime) -> AccountInterest:
    quarter = Quarter.of(on).previous()
    return enter_interest(
        account=account,
        amount=amount,
        booked_on=on,
        receipt_no=f"结息{account.pk}-{on:%Y%m}",
        period_first=max(quarter.start, account.opened_on),
        period_last=max(quarter.end, account.opened_on),
        by=desk.cast["bank"],
        on=on,
        now=now,
    )


def _state(desk: Desk, account: ReserveAccount, interest: AccountInterest, on: date, now: datetime) -> BankStatement:
    """From the account's first day: its deposits and interest as the ledger has them, and the fee."""
    deposits = account.contributions.filter(status=ContributionStatus.CONFIRMED).order_by("arrived_on", "pk")
    rows = [
        *(StatementRow(row.arrived_on, income=row.amount, receipt_no=row.receipt_no, summary="划入") for row in deposits),
        StatementRow(on, income=interest.amount, receipt_no=interest.receipt_no, summary="结息"),
        StatementRow(on, expense=FEE, receipt_no=f"扣费{on:%Y%m}", summary="账户管理费"),
    ]
    closing = sum((row.income or ZERO for row in rows), ZERO) - FEE
    return enter_statement(
        account=account,
        first=account.opened_on,
        last=on,
        opening=ZERO,
        closing=closing,
        lines=rows,
        origin="银行核心系统导出",
        by=desk.cast["bank"],
        on=on,
        now=now,
    )

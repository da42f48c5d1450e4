"""Interest on the accounts: entered by an officer of the bank, confirmed by another person, posted (domain §4 `interest_disposal`).

It stays in the account that earned it (滚存); where the programme has it returned or remitted (返还、上缴), the bank enters what
is paid out of it.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.money import format_yuan, require_amount
from common.texts import checked_text
from parties.enums import Role
from parties.models import User
from parties.services import audit, notify

from ..enums import INTEREST_LIFECYCLE, InterestKind
from ..errors import BadInterest, InsufficientBalance, InterestAccumulates, InterestExceeded
from ..ledger_enums import AccountKind, Purpose
from ..models import AccountInterest, Programme, ReserveAccount
from ..permissions import check_confirm_interest, check_discard_interest, check_enter_interest
from ..selectors.interest import interest_of
from ..selectors.ledger import current_balances
from ..selectors.programmes import rules_on
from . import ledger
from .guards import lock_programme, require_not_closed
from .periods import value_date_for
from .receipts import require_receipt_unused

ACCUMULATE = "accumulate"


@transaction.atomic
def enter_interest(
    *,
    account: ReserveAccount,
    amount: Decimal,
    booked_on: date,
    receipt_no: str,
    period_first: date,
    period_last: date,
    by: User,
    on: date,
    now: datetime,
) -> AccountInterest:
    """The bank's officer says what interest it has credited to the account, for which period (both days included).

    Also after the programme has ended: money that came in is a fact. Locks the programme; writes AccountInterest, an audit
    event, notices to the bank's reviewers.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, ProgrammeClosed; InvalidInput: amount, number; BadInterest: days; ReceiptUsed.
    """
    _admit(account, by)
    if not account.opened_on <= period_first <= period_last <= booked_on:
        span = f"计息期 {period_first} 至 {period_last}"
        _refuse("period_last", f"{span}应在开户日（{account.opened_on}）与入账日期（{booked_on}）之间，止日不早于起日；请核对。")
    facts = {"kind": InterestKind.CREDITED, "period_first": period_first, "period_last": period_last}
    return _enter(account, amount, booked_on, receipt_no, facts, by, on, now)


@transaction.atomic
def enter_payout(
    *, account: ReserveAccount, amount: Decimal, booked_on: date, receipt_no: str, payee: str, by: User, on: date, now: datetime
) -> AccountInterest:
    """The bank's officer says what interest has left the account, and to whom (`payee`: name and number of its account).

    Locks the programme; writes AccountInterest, an audit event, notices to the bank's reviewers.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, ProgrammeClosed; InterestAccumulates: 滚存; InvalidInput: amount, number, payee;
        InterestExceeded: more than is not paid out yet; InsufficientBalance: more than is free; BadInterest: day; ReceiptUsed.
    """
    programme = _admit(account, by)
    payee = checked_text("payee", "收款账户", payee, 100)
    amount = require_amount(amount)
    _require_payable(programme, amount, booked_on, available=interest_of(account).available)
    free = current_balances([account])[account.pk].free
    if amount > free:
        raise InsufficientBalance(account=f"{account.name}·{AccountKind.FREE.label}", needed=amount, available=free)
    return _enter(account, amount, booked_on, receipt_no, {"kind": InterestKind.PAID_OUT, "payee": payee}, by, on, now)


@transaction.atomic
def confirm_interest(*, account_interest: AccountInterest, by: User, on: date, now: datetime) -> AccountInterest:
    """The bank's reviewer confirms it: credited interest becomes free money, paid-out interest leaves the account.

    Locks the interest, the programme, the ledger; writes AccountInterest, an audit event, notices to the funder, the ledger.

    Raises:
        NotAllowed, SamePerson, NotFound, NotOwnAccount, WrongState, ProgrammeClosed; InterestAccumulates, InterestExceeded,
        InsufficientBalance: of a payout, where the rule or the money has changed since; LedgerDateBackwards.
    """
    row = _lock(account_interest)
    check_confirm_interest(by, row)
    programme = lock_programme(row.programme_id)
    require_not_closed(programme)
    account, pays_out = row.account, row.kind == InterestKind.PAID_OUT
    if pays_out:
        _require_payable(programme, row.amount, row.booked_on, available=interest_of(account, besides=row).unpaid)
    target = INTEREST_LIFECYCLE.target("confirm", row.status)
    _record(row, by, now, "interest.confirm", f"复核{said(row)}", facts=row.facts())
    notify.notify(
        recipients=notify.people_of([account.funder]),
        key=f"interest:{row.pk}:confirmed",
        subject=f"{row.get_kind_display()} {format_yuan(row.amount)} 元：{account.funder.short_name}准备金账户",
        body=f"{account.name}：{said(row)}，银行已复核。",
        url=row.get_absolute_url(),
        now=now,
    )
    row.entry = ledger.post(
        programme=programme,
        purpose=Purpose.INTEREST_PAYOUT if pays_out else Purpose.INTEREST,
        transfers=[(ledger.pay_out if pays_out else ledger.contribute)(account, row.amount)],
        source=("account_interest", row.pk),
        ledger_date=on,
        value_date=value_date_for(programme, account.bank, row.booked_on, on),
        by=by,
        now=now,
        key=f"interest:{row.pk}:confirm",
        memo=f"{account.funder.short_name}账户{row.get_kind_display()}，回单号 {row.receipt_no}",
    )
    row.status, row.confirmed_by, row.confirmed_at, row.confirmed_on = target, by, now, on
    row.save(update_fields=["status", "confirmed_by", "confirmed_at", "confirmed_on", "entry"])
    return row


@transaction.atomic
def discard_interest(*, account_interest: AccountInterest, reason: str, by: User, on: date, now: datetime) -> AccountInterest:
    """Take an unconfirmed entry out (officer) or refuse it (reviewer); its receipt may be entered again.

    Locks and writes the AccountInterest; audit, notices to the bank's officers.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState; InvalidInput: no reason.
    """
    row = _lock(account_interest)
    check_discard_interest(by, row)
    row.discard_reason = checked_text("reason", "作废理由", reason, 200, printed=False)
    row.status = INTEREST_LIFECYCLE.target("discard", row.status)
    row.save(update_fields=["status", "discard_reason"])
    _record(row, by, now, "interest.discard", f"作废{said(row)}", reason=row.discard_reason)
    tell_bank(row, Role.OFFICER, "discarded", "账户利息已作废", row.discard_reason, now)
    return row


def said(row: AccountInterest) -> str:
    """What a row says, in a sentence's part."""
    paid = row.kind == InterestKind.PAID_OUT
    more = f"，划至 {row.payee}" if paid else f"，计息期 {row.period_first} 至 {row.period_last}"
    return f"{row.get_kind_display()} {format_yuan(row.amount)} 元，{row.booked_on}，回单号 {row.receipt_no}{more}"


def tell_bank(row: AccountInterest, role: Role, event: str, subject: str, body: str, now: datetime) -> None:
    """Leave a message about a row with the bank's officers or reviewers."""
    people = [person for person in notify.people_on([row.account.bank], timezone.localdate(now)) if role in person.roles]
    notify.notify(
        recipients=people, key=f"interest:{row.pk}:{event}", subject=f"{subject}：{row}", body=body, url=row.get_absolute_url(), now=now
    )


def _admit(account: ReserveAccount, by: User) -> Programme:
    """Who may enter, into a programme that is not settled; it is locked."""
    check_enter_interest(by, account)
    programme = lock_programme(account.programme_id)
    require_not_closed(programme)
    return programme


def _enter(
    account: ReserveAccount, amount: Decimal, booked_on: date, receipt_no: str, facts: dict[str, Any], by: User, on: date, now: datetime
) -> AccountInterest:
    amount = require_amount(amount)
    receipt_no = checked_text("receipt_no", "回单号", receipt_no, 40)
    if not account.opened_on <= booked_on <= on:
        _refuse("booked_on", f"日期 {booked_on} 应在开户日（{account.opened_on}）与今天（{on}）之间；请按回单填写。")
    require_receipt_unused(account, receipt_no)
    row = AccountInterest.objects.create(
        programme_id=account.programme_id,
        account=account,
        amount=amount,
        booked_on=booked_on,
        receipt_no=receipt_no,
        **facts,
        entered_by=by,
        entered_at=now,
    )
    _record(row, by, now, "interest.enter", f"录入{said(row)}")
    tell_bank(row, Role.REVIEWER, "entered", "请复核账户利息", f"{said(row)}。", now)
    return row


def _require_payable(programme: Programme, amount: Decimal, day: date, *, available: Decimal) -> None:
    """Interest may leave the account by the rule of that day, and only as much as it has earned."""
    if rules_on(programme, day).interest_disposal == ACCUMULATE:
        raise InterestAccumulates(day=day)
    if amount > available:
        raise InterestExceeded(amount=amount, unpaid=available)


def _lock(row: AccountInterest) -> AccountInterest:
    rows: QuerySet[AccountInterest] = AccountInterest.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("account__funder", "account__bank", "account__programme", "programme", "entered_by").get(pk=row.pk)


def _record(row: AccountInterest, by: User, now: datetime, action: str, summary: str, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=row, programme=row.programme.code, summary=summary, **more)


def _refuse(field: str, sentence: str) -> None:
    raise BadInterest(sentence, fields={field: [sentence]})

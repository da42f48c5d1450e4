"""The order to pay, by each account's owner, and the payment, by two people of the bank (domain §3.9)."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from common.lifecycle import require_version
from common.money import ZERO, format_yuan
from common.texts import checked_text
from parties.enums import OrganisationKind as Kind
from parties.models import User
from parties.services import audit
from reserve.enums import DeadlineKind
from reserve.ledger_enums import AccountKind, Purpose
from reserve.models import ReserveAccount
from reserve.services import ledger
from reserve.services.deadlines import cancel_deadline
from reserve.services.ledger import TransferLine
from reserve.services.periods import value_date_for

from ...claim_enums import CLAIM_LIFECYCLE
from ...claim_errors import NothingToPay, NoticeIssued, NoticeMissing
from ...claim_permissions import require_confirm_payment, require_instruct, require_pay_claim, require_unpay_claim
from ...enums import LOAN_LIFECYCLE, MovementKind
from ...errors import DatesOutOfOrder
from ...models import Claim, PaymentNotice
from ...rules.claims import Share
from ...selectors.claims import granted_share, payout_of
from ...selectors.exposure import cover_accounts
from ..common import require_reason
from ..cover import Cause, write_movement
from ..servicing import leave_arrears
from .common import FUNDERS, kinds, lock_claim, meet_clock, record, tell


@transaction.atomic
def issue_notice(*, claim: Claim, account: ReserveAccount, number: str = "", by: User, on: date, now: datetime) -> PaymentNotice:
    """The owner of an account orders its part of an approved claim paid.

    Locks the Loan and the Claim; writes PaymentNotice, audit, notice to the bank.

    Raises:
        NotAllowed, NotFound (an account of another programme), WrongState, NoticeIssued, NothingToPay (its part is nothing).
    """
    claim = lock_claim(claim)
    part = require_notice(claim, account, by)
    notice = PaymentNotice.objects.create(
        claim=claim,
        account=account,
        amount=part,
        number=checked_text("number", "通知书文号", number, 40, required=False),
        issued_by=by,
        issued_at=now,
        issued_on=on,
    )
    summary = f"签发划款通知书{notice.number}：自{account.name}划付 {format_yuan(part)} 元"
    record(claim, "claim.instruct", summary, by=by, now=now)
    tell(claim, [claim.bank], f"notice:{account.pk}", "划款通知书已签发", summary, now)
    return notice


@transaction.atomic
def pay_claim(*, claim: Claim, paid_on: date, receipts: Mapping[int, str], by: User, on: date, now: datetime) -> Claim:
    """The bank's officer enters the payment: the day and, by account id, each 回单号. The base is computed again, and no longer changes.

    Locks the Loan and the Claim; writes the Claim, its PaymentNotices, audit, notice to the bank's reviewers.

    Raises:
        NotAllowed, NotYourBank, WrongState, NoticeMissing, NothingToPay, DatesOutOfOrder, InvalidInput (a receipt is missing).
    """
    claim = lock_claim(claim)
    due = require_to_pay(by, claim)
    _check_day(claim, paid_on, on)
    for notice, _ in due:
        account = notice.account
        notice.receipt_no = checked_text(f"receipt_{account.pk}", f"{account.name}回单号", receipts.get(account.pk, ""), 40)
        notice.save(update_fields=["receipt_no"])
    claim.paid_on, claim.payment_entered_by, claim.payment_entered_at = paid_on, by, now
    claim.status = CLAIM_LIFECYCLE.target("pay", claim.status)
    claim.version += 1
    claim.save()
    said = _said(due_share(claim))
    record(claim, "claim.pay", f"录入代偿划款：{paid_on}，{said}", by=by, now=now)
    tell(claim, [claim.bank], f"v{claim.version}:paying", "待复核代偿划款", said, now)
    return claim


@transaction.atomic
def unpay_claim(*, claim: Claim, reason: str, by: User, on: date, now: datetime) -> Claim:
    """Take an entered payment back, or refuse to confirm it; the receipts are emptied.

    Locks the Loan and the Claim; writes the Claim, its PaymentNotices, audit, notice.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason).
    """
    claim = lock_claim(claim)
    require_unpay_claim(by, claim)
    reason = require_reason(reason)
    claim.status = CLAIM_LIFECYCLE.target("unpay", claim.status)
    claim.paid_on = claim.payment_entered_by = claim.payment_entered_at = None
    claim.version += 1
    claim.save()
    claim.notices.update(receipt_no="")
    record(claim, "claim.unpay", "退回代偿划款录入", by=by, now=now, reason=reason)
    tell(claim, [claim.bank], f"v{claim.version}:unpaid", "代偿划款录入已退回", reason, now)
    return claim


@transaction.atomic
def confirm_payment(*, claim: Claim, version: int | None = None, by: User, on: date, now: datetime) -> Claim:
    """Another person of the bank confirms: the money leaves claims payable and the accounts; what a lower base no longer needs is free.

    The loan is compensated: it is owed to the programme no more, and what comes in from now on is a recovery. Locks the Loan and
    the Claim; writes both, the loan's spells and clock, Deadlines, audit, notices and, last, the ledger entry with its movement.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState, Conflict, NothingToPay.
    """
    claim = lock_claim(claim)
    require_confirm_payment(by, claim)
    require_version(claim.version, version)
    if claim.paid_on is None:
        raise ValueError("a payment that is entered has its day")
    loan, share, granted = claim.loan, due_share(claim), granted_share(claim)
    loan.status = LOAN_LIFECYCLE.target("compensate", loan.status)
    claim.base, claim.paid, claim.paid_provincial = loan.outstanding, share.total, share.provincial
    claim.payment_confirmed_by, claim.payment_confirmed_at, claim.payment_confirmed_on = by, now, on
    claim.status = CLAIM_LIFECYCLE.target("confirm_payment", claim.status)
    claim.version += 1
    meet_clock(claim, DeadlineKind.CLAIM_PAYMENT, claim.paid_on)
    cancel_deadline(kind=DeadlineKind.LOAN_MATURITY, subject=loan, on=on)
    leave_arrears(loan, claim.paid_on)
    summary = f"复核代偿划款：{claim.paid_on}，代偿基数 {format_yuan(loan.outstanding)} 元，{_said(share)}"
    record(claim, "claim.confirm_payment", summary, by=by, now=now, facts=claim.facts())
    audit.record(by=by, now=now, action="loan.compensate", subject=loan, summary=summary, programme=claim.programme.code)
    parties = [claim.bank, *kinds(claim, *FUNDERS, Kind.SCIENCE_BUREAU)]
    tell(claim, parties, "paid", "已代偿", summary, now)
    ledger.hold(programme=claim.programme)  # no quarter closes between the value date and the posting
    value_on = max(
        value_date_for(programme=claim.programme, bank=one.account.bank, fact_day=claim.paid_on, on=on)
        for one in cover_accounts(claim.programme_id)
    )
    entry = ledger.post(
        programme=claim.programme,
        purpose=Purpose.CLAIM_PAYMENT,
        transfers=_transfers(claim, share, granted),
        source=("claim", claim.pk),
        ledger_date=on,
        value_date=value_on,
        by=by,
        now=now,
        key=f"claim:{claim.pk}:pay",
        memo=f"{loan.enterprise_name} 借据 {loan.note_no} 代偿划款",
    )
    base = loan.outstanding
    loan.outstanding, loan.compensated, loan.compensated_on = ZERO, base, claim.paid_on
    loan.version += 1
    cause = Cause(MovementKind.COMPENSATION, claim.pk, claim.paid_on, "")
    claim.movement = write_movement(loan, -base, cause, value_on=value_on, on=on, entry=entry)
    claim.save()
    loan.save(update_fields=["status", "outstanding", "compensated", "compensated_on", "overdue_since", "version"])
    return claim


def due_share(claim: Claim) -> Share:
    """What is to be paid now, by account: from the principal unpaid today, never more than was granted. Raises: NothingToPay."""
    share = payout_of(claim.loan, limit=claim.granted).share
    if not share.total:
        raise NothingToPay
    return share


def require_notice(claim: Claim, account: ReserveAccount, by: User) -> Decimal:
    """What the owner of an account may order paid out of it. Raises: as `issue_notice`."""
    require_instruct(by, claim, account)
    part = parts_by_account(claim, granted_share(claim)).get(account.pk, (account, ZERO))[1]
    if not part:
        raise NothingToPay
    if claim.notices.filter(account=account).exists():
        raise NoticeIssued(account.funder.name)
    return part


def require_to_pay(by: User, claim: Claim) -> list[tuple[PaymentNotice, Decimal]]:
    """As `require_payable`, asked by this person. Raises: NotAllowed, NotYourBank, WrongState, NothingToPay, NoticeMissing."""
    require_pay_claim(by, claim)
    return require_payable(claim)


def require_payable(claim: Claim) -> list[tuple[PaymentNotice, Decimal]]:
    """The order of each account that has to pay now, with how much. Raises: NothingToPay, NoticeMissing."""
    notices = {notice.account_id: notice for notice in claim.notices.select_related("account__funder")}
    due = [(account, part) for account, part in parts_by_account(claim, due_share(claim)).values() if part]
    if missing := [account.funder.name for account, _ in due if account.pk not in notices]:
        raise NoticeMissing(missing)
    return [(notices[account.pk], part) for account, part in due]


def parts_by_account(claim: Claim, share: Share) -> dict[int, tuple[ReserveAccount, Decimal]]:
    """An amount's part of each account, by account id."""
    province, town = cover_accounts(claim.programme_id)
    return {province.account.pk: (province.account, share.provincial), town.account.pk: (town.account, share.town)}


def _transfers(claim: Claim, share: Share, granted: Share) -> list[TransferLine]:
    payable = AccountKind.CLAIMS_PAYABLE
    due, held = parts_by_account(claim, share), parts_by_account(claim, granted)
    lines = [TransferLine(account, payable, AccountKind.BANK, part) for account, part in due.values()]
    lines += [TransferLine(account, payable, AccountKind.FREE, part - due[pk][1]) for pk, (account, part) in held.items()]
    return [line for line in lines if line.amount]


def _check_day(claim: Claim, paid_on: date, on: date) -> None:
    if claim.funded_on is not None and paid_on < claim.funded_on:
        raise DatesOutOfOrder("paid_on", f"划款日期 {paid_on} 早于核准备付日期 {claim.funded_on}，请核对。")
    if paid_on > on:
        raise DatesOutOfOrder("paid_on", f"划款日期 {paid_on} 晚于今天（{on}），划款以后再录入。")
    last = claim.loan.movements.order_by("-value_on").values_list("value_on", flat=True).first()
    if last is not None and paid_on < last:
        raise DatesOutOfOrder("paid_on", f"划款日期 {paid_on} 早于该贷款最近一次本金变动的日期 {last}，代偿基数已经变化，请核对。")


def _said(share: Share) -> str:
    return f"代偿 {format_yuan(share.total)} 元（省 {format_yuan(share.provincial)}，镇 {format_yuan(share.town)}）"

"""退还出资: what is left goes back to its funder (domain §3.13). Its reviewer instructs, the bank executes and confirms.

Whether the programme is ready to be wound up spans the apps above: `reports.services.closing` asks before it calls here.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.lifecycle import require_version
from common.money import format_yuan
from common.texts import checked_text
from parties.models import User
from parties.services import audit, notify

from ..enums import REFUND_LIFECYCLE, ProgrammeStatus, RefundStatus
from ..errors import BadRefund, NothingToRefund, RefundNotDue, RefundUnderWay
from ..ledger_enums import Purpose
from ..models import Refund, ReserveAccount
from ..permissions import check_confirm_refund, check_execute_refund, check_instruct_refund, check_withdraw_refund
from ..selectors.ledger import current_balances
from . import ledger
from .guards import lock_programme
from .periods import value_date_for
from .receipts import require_receipt_unused

UNDER_WAY = (RefundStatus.INSTRUCTED, RefundStatus.EXECUTED)


@transaction.atomic
def instruct_refund(*, account: ReserveAccount, payee: str, by: User, on: date, now: datetime) -> Refund:
    """The funder's reviewer tells the bank to pay the account's whole free balance to `payee` (name and number of an account).

    Locks the programme; writes Refund, an audit event, notices to the bank.

    Raises:
        NotAllowed, NotFound, NotOwnAccount; RefundNotDue: the programme has not ended; RefundUnderWay; NothingToRefund;
        InvalidInput: no payee.
    """
    check_instruct_refund(by, account)
    programme = lock_programme(account.programme_id)
    if programme.status != ProgrammeStatus.ENDED:
        raise RefundNotDue(status=programme.get_status_display())
    payee = checked_text("payee", "收款账户", payee, 100)
    if Refund.objects.filter(account=account, status__in=UNDER_WAY).exists():
        raise RefundUnderWay
    amount = current_balances([account])[account.pk].free
    if not amount:
        raise NothingToRefund(account=account.name)
    refund = Refund.objects.create(programme=programme, account=account, amount=amount, payee=payee, instructed_by=by, instructed_at=now)
    summary = f"下达退款指令：{format_yuan(amount)} 元，划至 {payee}"
    _record(refund, by, now, "refund.instruct", summary)
    _tell(refund, [account.bank], "instructed", "请按退款指令划款", f"{account.name}：{summary}。", now)
    return refund


@transaction.atomic
def execute_refund(*, refund: Refund, paid_on: date, receipt_no: str, by: User, on: date, now: datetime) -> Refund:
    """The bank's officer enters when it paid (again, to correct it before its confirmation).

    Locks the refund; writes it, an audit event, notices to the bank.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState; InvalidInput: no number; BadRefund: day; ReceiptUsed.
    """
    refund = _lock(refund)
    check_execute_refund(by, refund)
    receipt_no = checked_text("receipt_no", "回单号", receipt_no, 40)
    instructed_on = timezone.localdate(refund.instructed_at)
    if not instructed_on <= paid_on <= on:
        sentence = f"划款日期 {paid_on} 应在指令日（{instructed_on}）与今天（{on}）之间；请按回单填写。"
        raise BadRefund(sentence, fields={"paid_on": [sentence]})
    require_receipt_unused(refund.account, receipt_no)
    changes = {"划款日期": (refund.paid_on, paid_on), "回单号": (refund.receipt_no or None, receipt_no)}
    refund.status = REFUND_LIFECYCLE.target("execute", refund.status)
    refund.paid_on, refund.receipt_no, refund.executed_by, refund.executed_at = paid_on, receipt_no, by, now
    refund.version += 1
    refund.save(update_fields=["status", "paid_on", "receipt_no", "executed_by", "executed_at", "version"])
    _record(refund, by, now, "refund.execute", f"录入划款：{paid_on}，回单号 {receipt_no}", changes=changes)
    body = f"{refund.account.name}退还 {format_yuan(refund.amount)} 元，{paid_on} 划出，回单号 {receipt_no}。"
    _tell(refund, [refund.account.bank], f"executed:{refund.version}", "请复核退还划款", body, now)
    return refund


@transaction.atomic
def confirm_refund(*, refund: Refund, version: int | None = None, by: User, on: date, now: datetime) -> Refund:
    """The bank's reviewer confirms the payment they read (`version`): the money has left the account.

    Locks the refund, the programme, the ledger; writes Refund, an audit event, notices to all parties, the ledger.

    Raises:
        NotAllowed, SamePerson, NotFound, NotOwnAccount, WrongState, Conflict; InsufficientBalance; LedgerDateBackwards.
    """
    refund = _lock(refund)
    check_confirm_refund(by, refund)
    require_version(refund.version, version)
    programme, account = lock_programme(refund.programme_id), refund.account
    target = REFUND_LIFECYCLE.target("confirm", refund.status)
    if refund.paid_on is None:
        raise ValueError("an executed refund has its day")
    summary = f"复核退还划款：{format_yuan(refund.amount)} 元，{refund.paid_on} 划出，回单号 {refund.receipt_no}"
    _record(refund, by, now, "refund.confirm", summary, facts=refund.facts())
    _tell(refund, programme.organisations(), "confirmed", "准备金已退还出资单位", f"{account.name}：{summary}。", now)
    refund.entry = ledger.post(
        programme=programme,
        purpose=Purpose.REFUND,
        transfers=[ledger.pay_out(account, refund.amount)],
        source=("refund", refund.pk),
        ledger_date=on,
        value_date=value_date_for(programme, account.bank, refund.paid_on, on),
        by=by,
        now=now,
        key=f"refund:{refund.pk}:confirm",
        memo=f"{account.funder.short_name}退还出资，回单号 {refund.receipt_no}",
    )
    refund.status, refund.confirmed_by, refund.confirmed_at = target, by, now
    refund.save(update_fields=["status", "confirmed_by", "confirmed_at", "entry"])
    return refund


@transaction.atomic
def withdraw_refund(*, refund: Refund, reason: str, version: int | None = None, by: User, on: date, now: datetime) -> Refund:
    """The funder's reviewer takes back an instruction the bank has not confirmed. Locks and writes it; audit, notices to the bank.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState, Conflict; InvalidInput: no reason.
    """
    refund = _lock(refund)
    check_withdraw_refund(by, refund)
    require_version(refund.version, version)
    refund.withdraw_reason = checked_text("reason", "撤回理由", reason, 200, printed=False)
    refund.status, refund.withdrawn_by = REFUND_LIFECYCLE.target("withdraw", refund.status), by
    refund.save(update_fields=["status", "withdrawn_by", "withdraw_reason"])
    _record(refund, by, now, "refund.withdraw", f"撤回退款指令 {format_yuan(refund.amount)} 元", reason=refund.withdraw_reason)
    _tell(refund, [refund.account.bank], "withdrawn", "退款指令已撤回，请勿划款", refund.withdraw_reason, now)
    return refund


def _lock(refund: Refund) -> Refund:
    rows: QuerySet[Refund] = Refund.objects.select_for_update(of=("self",), no_key=True)
    related = ("account__funder", "account__bank", "account__programme", "programme", "executed_by")
    return rows.select_related(*related).get(pk=refund.pk)


def _record(refund: Refund, by: User, now: datetime, action: str, summary: str, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=refund, programme=refund.programme.code, summary=summary, **more)


def _tell(refund: Refund, organisations: Any, event: str, subject: str, body: str, now: datetime) -> None:
    notify.notify(
        recipients=notify.people_of(organisations),
        key=f"refund:{refund.pk}:{event}",
        subject=f"{subject}：{refund.account.funder.short_name} {format_yuan(refund.amount)} 元",
        body=body,
        url=refund.get_absolute_url(),
        now=now,
    )

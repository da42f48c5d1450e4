"""Money paid in: recorded by its funder, received and confirmed by the bank, posted; and what it opens or fulfils.

A contribution moves recorded → received → confirmed, or is rejected with a reason (domain §3.2). A confirmed provincial
one opens the town's obligation, a confirmed one of the town fulfils it (services/obligations.py). What arrived before the
programme was run here is 期初: it opens and fulfils nothing, no past duty is owed.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from common.lifecycle import require_version
from common.money import format_yuan, require_amount
from common.texts import checked_text
from parties.enums import OrganisationKind
from parties.models import User
from parties.permissions import require
from parties.services import audit, notify

from ..enums import CONTRIBUTION_LIFECYCLE, ContributionStatus
from ..errors import BadContribution, DuplicateNumber, ReceiptDiffers
from ..ledger_enums import Purpose
from ..models import Contribution, FundingObligation, ReserveAccount
from ..permissions import check_confirm, check_receive, check_reject, require_funder
from . import ledger, obligations
from .guards import lock_programme, require_active
from .periods import value_date_for


@transaction.atomic
def record_contribution(
    *,
    account: ReserveAccount,
    amount: Decimal,
    transferred_on: date,
    voucher_no: str,
    note: str = "",
    obligation: FundingObligation | None = None,
    by: User,
    on: date,
    now: datetime,
) -> Contribution:
    """The funder says what it has transferred. The town's goes to `obligation`, or to the oldest one still without money; what it
    paid before the programme was run here, to none unless named.

    Locks the programme; writes Contribution, an audit event, notices to the bank.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, ProgrammeNotActive; InvalidInput: amount, number, note; BadContribution: dates;
        DuplicateNumber; NothingToMatch, AlreadyMatched, MatchAmountDiffers.
    """
    require(by, "contribution.record")
    require_funder(by, account)
    programme = lock_programme(account.programme_id)
    require_active(programme, on)
    amount = require_amount(amount)
    voucher_no = checked_text("voucher_no", "划款凭证号", voucher_no, 40)
    note = checked_text("note", "备注", note, 200, required=False, printed=False)
    if transferred_on > on:
        _refuse("transferred_on", f"划款日期 {transferred_on} 晚于今天（{on}）；请在划款后登记。")
    if transferred_on < account.opened_on:
        _refuse("transferred_on", f"划款日期 {transferred_on} 早于账户开户日 {account.opened_on}；请核对。")
    _require_unused(account, "voucher_no", "划款凭证号", voucher_no)
    is_part = False
    opening = obligation is None and programme.precedes_start(transferred_on)
    if account.funder.kind == OrganisationKind.TOWN and not opening:
        obligation, is_part = obligations.to_pay(programme=programme, obligation=obligation, amount=amount, on=on)
    elif account.funder.kind != OrganisationKind.TOWN and obligation is not None:
        raise BadContribution("配套义务只由镇政府的资金履行；省级出资不对应配套义务。")
    contribution = Contribution.objects.create(
        programme=programme,
        account=account,
        obligation=obligation,
        amount=amount,
        is_part=is_part,
        transferred_on=transferred_on,
        voucher_no=voucher_no,
        note=note,
        recorded_by=by,
        recorded_at=now,
    )
    facts = f"登记{'期初' if opening else ''}出资 {format_yuan(amount)} 元，{transferred_on} 划出，凭证号 {voucher_no}"
    _record(contribution, by, now, "contribution.record", facts)
    _tell_bank(contribution, now, "recorded", "请录入到账", f"{account.funder.name}{facts}。")
    return contribution


@transaction.atomic
def receive_contribution(
    *,
    contribution: Contribution,
    arrived_on: date,
    receipt_no: str,
    amount: Decimal | None = None,
    by: User,
    on: date,
    now: datetime,
) -> Contribution:
    """The bank's officer enters the receipt (again, to correct it before its confirmation). `amount`: as on the receipt.

    Locks the contribution; writes it, an audit event, notices to the bank's reviewers.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState; InvalidInput: no number; BadContribution: dates;
        ReceiptDiffers; DuplicateNumber.
    """
    contribution = _lock(contribution)
    check_receive(by, contribution)
    receipt_no = checked_text("receipt_no", "回单号", receipt_no, 40)
    if amount is not None and require_amount(amount) != contribution.amount:
        raise ReceiptDiffers(received=amount, recorded=contribution.amount)
    if arrived_on > on:
        _refuse("arrived_on", f"到账日期 {arrived_on} 晚于今天（{on}）；请在资金到账后录入。")
    if arrived_on < contribution.transferred_on:
        _refuse("arrived_on", f"到账日期 {arrived_on} 早于划款日期 {contribution.transferred_on}；请核对回单。")
    _require_matching(contribution, arrived_on)
    _require_unused(contribution.account, "receipt_no", "回单号", receipt_no, besides=contribution)
    changes = {"到账日期": (contribution.arrived_on, arrived_on), "回单号": (contribution.receipt_no or None, receipt_no)}
    contribution.status = CONTRIBUTION_LIFECYCLE.target("receive", contribution.status)
    contribution.arrived_on, contribution.receipt_no = arrived_on, receipt_no
    contribution.received_by, contribution.received_at = by, now
    contribution.version += 1
    contribution.save(update_fields=["status", "arrived_on", "receipt_no", "received_by", "received_at", "version"])
    _record(contribution, by, now, "contribution.receive", f"录入到账：{arrived_on}，回单号 {receipt_no}", changes=changes)
    body = f"{contribution.account.name} {arrived_on} 到账 {format_yuan(contribution.amount)} 元。"
    _tell_bank(contribution, now, f"received:{now.isoformat()}", "请复核到账", body)
    return contribution


@transaction.atomic
def confirm_contribution(*, contribution: Contribution, version: int | None = None, by: User, on: date, now: datetime) -> Contribution:
    """The bank's reviewer confirms the receipt they read (`version`): the money is in the reserve.

    Opens the town's obligation, or fulfils it, unless it is 期初. Also after the programme has ended: money that came in is a
    fact. Locks the contribution, the programme, the ledger; writes Contribution, FundingObligation, Deadline, an audit event,
    notices to all parties, the ledger.

    Raises:
        NotAllowed, SamePerson, NotFound, NotOwnAccount, WrongState, Conflict; LedgerDateBackwards.
    """
    contribution = _lock(contribution)
    check_confirm(by, contribution)
    require_version(contribution.version, version)
    programme = lock_programme(contribution.programme_id)
    account, arrived_on = contribution.account, contribution.arrived_on
    if arrived_on is None:
        raise ValueError("a received contribution has its day of arrival")
    target = CONTRIBUTION_LIFECYCLE.target("confirm", contribution.status)
    summary = f"复核到账：{format_yuan(contribution.amount)} 元，{arrived_on} 到账"
    _record(contribution, by, now, "contribution.confirm", summary, facts=contribution.facts())
    opening = contribution.is_opening
    if account.funder.kind == OrganisationKind.PROVINCIAL_CENTRE and not opening:
        obligations.open_for(contribution=contribution, by=by, on=on, now=now)
    elif contribution.obligation is not None:
        obligations.pay(obligation=contribution.obligation, contribution=contribution, by=by, on=on, now=now)
    notify.notify(
        recipients=notify.people_of(programme.organisations()),
        key=f"contribution:{contribution.pk}:confirmed",
        subject=f"{account.funder.short_name}资金到位 {format_yuan(contribution.amount)} 元",
        body=f"{account.name}于 {arrived_on} 到账 {format_yuan(contribution.amount)} 元（回单号 {contribution.receipt_no}），银行已复核。",
        url=contribution.get_absolute_url(),
        now=now,
    )
    contribution.entry = ledger.post(
        programme=programme,
        purpose=Purpose.OPENING if opening else Purpose.CONTRIBUTION,
        transfers=[ledger.contribute(account, contribution.amount)],
        source=("contribution", contribution.pk),
        ledger_date=on,
        value_date=value_date_for(programme, account.bank, arrived_on, on),
        by=by,
        now=now,
        key=f"contribution:{contribution.pk}:confirm",
        memo=f"{account.funder.short_name}{'期初' if opening else ''}出资，回单号 {contribution.receipt_no}",
    )
    contribution.status, contribution.confirmed_by, contribution.confirmed_at = target, by, now
    contribution.save(update_fields=["status", "confirmed_by", "confirmed_at", "entry"])
    return contribution


@transaction.atomic
def reject_contribution(
    *, contribution: Contribution, reason: str, version: int | None = None, by: User, on: date, now: datetime
) -> Contribution:
    """The bank's reviewer sends back what they read (`version`): no such money came, or its facts are wrong. The funder records anew.

    Locks the contribution; writes it, an audit event, notices to the funder.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState, Conflict; InvalidInput: no reason.
    """
    contribution = _lock(contribution)
    check_reject(by, contribution)
    require_version(contribution.version, version)
    reason = checked_text("reason", "退回理由", reason, 200, printed=False)
    contribution.status = CONTRIBUTION_LIFECYCLE.target("reject", contribution.status)
    contribution.rejected_by, contribution.rejected_at, contribution.reject_reason = by, now, reason
    contribution.save(update_fields=["status", "rejected_by", "rejected_at", "reject_reason"])
    _record(contribution, by, now, "contribution.reject", f"退回出资 {contribution.voucher_no}", reason=reason)
    notify.notify(
        recipients=notify.people_of([contribution.account.funder]),
        key=f"contribution:{contribution.pk}:rejected",
        subject=f"出资登记被银行退回：{contribution.voucher_no}",
        body=f"{format_yuan(contribution.amount)} 元，{contribution.transferred_on} 划出。退回理由：{reason}",
        url=contribution.get_absolute_url(),
        now=now,
    )
    return contribution


def _lock(contribution: Contribution) -> Contribution:
    rows: QuerySet[Contribution] = Contribution.objects.select_for_update(of=("self",), no_key=True)
    related = ("account__funder", "account__bank", "account__programme", "programme", "obligation", "received_by")
    return rows.select_related(*related).get(pk=contribution.pk)


def _require_matching(contribution: Contribution, arrived_on: date) -> None:
    """The town's money without an obligation is 期初, which has arrived before the programme was run here."""
    programme = contribution.programme
    free = contribution.account.funder.kind == OrganisationKind.TOWN and contribution.obligation_id is None
    if free and not programme.precedes_start(arrived_on):
        sentence = f"到账日期 {arrived_on} 不早于启用日 {programme.started_on}，不是期初出资；请退回，由镇政府指明配套义务后重新登记。"
        _refuse("arrived_on", sentence)


def _require_unused(account: ReserveAccount, field: str, label: str, number: str, *, besides: Contribution | None = None) -> None:
    """A voucher or receipt stands for one contribution into the account; rejected ones do not count."""
    others = Contribution.objects.filter(account=account, **{field: number}).exclude(status=ContributionStatus.REJECTED)
    other = others.exclude(pk=besides.pk if besides else None).first()
    if other is not None:
        raise DuplicateNumber(field=field, label=label, number=number, amount=other.amount, transferred_on=other.transferred_on)


def _record(contribution: Contribution, by: User, now: datetime, action: str, summary: str, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=contribution, programme=contribution.programme.code, summary=summary, **more)


def _tell_bank(contribution: Contribution, now: datetime, event: str, subject: str, body: str) -> None:
    notify.notify(
        recipients=notify.people_of([contribution.account.bank]),
        key=f"contribution:{contribution.pk}:{event}",
        subject=f"{subject}：{contribution.account.funder.short_name} {format_yuan(contribution.amount)} 元",
        body=body,
        url=contribution.get_absolute_url(),
        now=now,
    )


def _refuse(field: str, sentence: str) -> None:
    raise BadContribution(sentence, fields={field: [sentence]})

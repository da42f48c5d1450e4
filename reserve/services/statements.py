"""The bank's statements of the accounts 对账: sent by its officer, held against the ledger, differences explained by the bank and
confirmed by the account's owner. Nothing is posted: what is wrong is mended by the entry or the statement it belongs to."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.money import ZERO, format_yuan, require_amount
from common.texts import checked_text
from parties.enums import Role
from parties.models import User
from parties.services import audit, notify

from ..enums import EXPLANATION_LIFECYCLE, STATEMENT_LIFECYCLE, StatementStatus
from ..errors import (
    BadStatement,
    DifferenceExplained,
    DifferenceGone,
    StatementArithmetic,
    StatementNotContinuous,
    StatementOverlaps,
)
from ..models import BankStatement, BankStatementLine, ReserveAccount, StatementExplanation
from ..permissions import (
    check_accept_explanation,
    check_discard_explanation,
    check_discard_statement,
    check_enter_statement,
    check_explain,
)
from ..selectors.statements import Item, key_of, reconciliation
from .guards import lock_programme, require_not_closed
from .statement_reading import StatementRow, check_rows

ONE_DAY = timedelta(days=1)
RELATED = ("account__funder", "account__bank", "account__programme", "programme")


@transaction.atomic
def enter_statement(
    *,
    account: ReserveAccount,
    first: date,
    last: date,
    opening: Decimal,
    closing: Decimal,
    lines: Sequence[StatementRow],
    origin: str = "手工录入",
    by: User,
    on: date,
    now: datetime,
) -> BankStatement:
    """The bank's officer sends what its own system says of an account from `first` to `last`, both days included (yuan).

    Locks the programme; writes BankStatement, its lines, an audit event, notices to the account's owner.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, ProgrammeClosed; InvalidInput: an amount; BadStatement: days, lines;
        StatementArithmetic: opening + in − out ≠ closing; StatementOverlaps, StatementNotContinuous: beside the others.
    """
    check_enter_statement(by, account)
    programme = lock_programme(account.programme_id)
    require_not_closed(programme)
    if not first <= last <= on:
        raise BadStatement("对账单期间有误。", fields={"last": [f"止日 {last} 应不早于起日 {first}，不晚于今天（{on}）。"]})
    opening = require_amount(opening, field="opening", allow_zero=True)
    closing = require_amount(closing, field="closing", allow_zero=True)
    check_rows(lines, first=first, last=last, opening=opening)
    income = sum((row.income for row in lines if row.income is not None), ZERO)
    expense = sum((row.expense for row in lines if row.expense is not None), ZERO)
    if opening + income - expense != closing:
        raise StatementArithmetic(opening=opening, income=income, expense=expense, closing=closing)
    _require_place(account, first, last, opening, closing)
    statement = BankStatement.objects.create(
        programme=programme,
        account=account,
        first=first,
        last=last,
        opening=opening,
        closing=closing,
        origin=checked_text("origin", "来源", origin, 200, printed=False),
        entered_by=by,
        entered_at=now,
    )
    BankStatementLine.objects.bulk_create(_line(statement, place, row) for place, row in enumerate(lines, 1))
    found = reconciliation(statement)
    result = "对平" if found.is_even else f"{found.open_count} 项差异待说明"
    summary = f"报送 {first} 至 {last} 对账单：{len(lines)} 笔，期末 {format_yuan(closing)} 元，{result}"
    _record(statement, by, now, "statement.enter", summary, facts=statement.facts())
    notify.notify(
        recipients=notify.people_of([account.funder]),
        key=f"statement:{statement.pk}:sent",
        subject=f"{statement}：{result}",
        body=f"{summary}。",
        url=statement.get_absolute_url(),
        now=now,
    )
    return statement


@transaction.atomic
def discard_statement(*, bank_statement: BankStatement, reason: str, by: User, on: date, now: datetime) -> BankStatement:
    """The bank takes a wrong statement back; its days may be sent anew. Locks and writes it; audit, notices to the owner.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState, ProgrammeClosed; InvalidInput: no reason.
    """
    statement = _lock(bank_statement.pk)
    check_discard_statement(by, statement)
    require_not_closed(lock_programme(statement.programme_id))
    statement.discard_reason = checked_text("reason", "作废理由", reason, 200, printed=False)
    statement.status = STATEMENT_LIFECYCLE.target("discard", statement.status)
    statement.discarded_by = by
    statement.save(update_fields=["status", "discard_reason", "discarded_by"])
    _record(statement, by, now, "statement.discard", f"作废{statement}", reason=statement.discard_reason)
    notify.notify(
        recipients=notify.people_of([statement.account.funder]),
        key=f"statement:{statement.pk}:discarded",
        subject=f"{statement}已作废",
        body=f"作废理由：{statement.discard_reason}",
        url=statement.get_absolute_url(),
        now=now,
    )
    return statement


@transaction.atomic
def explain_difference(
    *,
    bank_statement: BankStatement,
    kind: str,
    line: int | None = None,
    ledger_entry: int | None = None,
    text: str,
    by: User,
    on: date,
    now: datetime,
) -> StatementExplanation:
    """The bank's officer says why a difference is there (`line`, `ledger_entry`: keys of its two sides, as it is listed).

    Locks the statement; writes StatementExplanation, audit, notices to the owner's reviewers.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState, DifferenceGone, DifferenceExplained; InvalidInput: no text.
    """
    statement = _lock(bank_statement.pk)
    check_explain(by, statement)
    text = checked_text("text", "说明", text, 200, printed=False)
    item = listed(statement, kind=kind, line=line, ledger_entry=ledger_entry)
    explanation = StatementExplanation.objects.create(
        statement=statement,
        kind=kind,
        line_id=line,
        ledger_entry_id=ledger_entry,
        gap=item.difference.gap,
        text=text,
        entered_by=by,
        entered_at=now,
    )
    _record(statement, by, now, "statement.explain", f"说明差异“{explanation.get_kind_display()}”：{text}")
    people = [person for person in notify.people_on([statement.account.funder], timezone.localdate(now)) if Role.REVIEWER in person.roles]
    notify.notify(
        recipients=people,
        key=f"explanation:{explanation.pk}:entered",
        subject=f"请确认对账差异说明：{statement}",
        body=f"{explanation.get_kind_display()}：{text}",
        url=statement.get_absolute_url(),
        now=now,
    )
    return explanation


@transaction.atomic
def accept_explanation(*, statement_explanation: StatementExplanation, by: User, on: date, now: datetime) -> StatementExplanation:
    """The reviewer of the account's owner confirms the bank's explanation: the difference is no longer open.

    Locks statement and explanation; writes the explanation, audit, notices to the bank.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState; DifferenceGone: it has been resolved meanwhile.
    """
    statement = _lock(statement_explanation.statement_id)
    explanation = _lock_explanation(statement_explanation, statement)
    check_accept_explanation(by, explanation)
    if explanation not in [item.explanation for item in reconciliation(statement).items]:
        raise DifferenceGone
    explanation.status = EXPLANATION_LIFECYCLE.target("confirm", explanation.status)
    explanation.confirmed_by, explanation.confirmed_at, explanation.confirmed_on = by, now, on
    explanation.save(update_fields=["status", "confirmed_by", "confirmed_at", "confirmed_on"])
    _record(statement, by, now, "statement.accept", f"确认差异说明“{explanation.get_kind_display()}”：{explanation.text}")
    _tell_bank(explanation, "confirmed", "差异说明已确认", explanation.text, now)
    return explanation


@transaction.atomic
def discard_explanation(
    *, statement_explanation: StatementExplanation, reason: str, by: User, on: date, now: datetime
) -> StatementExplanation:
    """The bank's officer takes an explanation back, or the owner's reviewer does not accept it; the difference is open again.

    Locks statement and explanation; writes the explanation, audit, notices to the bank.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState; InvalidInput: no reason.
    """
    statement = _lock(statement_explanation.statement_id)
    explanation = _lock_explanation(statement_explanation, statement)
    check_discard_explanation(by, explanation)
    explanation.discard_reason = checked_text("reason", "理由", reason, 200, printed=False)
    explanation.status = EXPLANATION_LIFECYCLE.target("discard", explanation.status)
    explanation.save(update_fields=["status", "discard_reason"])
    summary = f"作废差异说明“{explanation.get_kind_display()}”：{explanation.text}"
    _record(statement, by, now, "statement.discard_explanation", summary, reason=explanation.discard_reason)
    _tell_bank(explanation, "discarded", "差异说明未被采纳或已作废", explanation.discard_reason, now)
    return explanation


def listed(statement: BankStatement, *, kind: str, line: int | None, ledger_entry: int | None) -> Item:
    """The difference of these sides that is listed now and nobody has explained.

    Raises:
        WrongState, DifferenceGone, DifferenceExplained.
    """
    STATEMENT_LIFECYCLE.target("explain", statement.status)
    items = reconciliation(statement).items
    item = next((one for one in items if key_of(one.difference)[:3] == (kind, line, ledger_entry)), None)
    if item is None:
        raise DifferenceGone
    if item.explanation is not None:
        raise DifferenceExplained(status=item.explanation.get_status_display())
    return item


def _require_place(account: ReserveAccount, first: date, last: date, opening: Decimal, closing: Decimal) -> None:
    """Among the account's other statements: no day twice, and the balances of neighbours agree."""
    others = BankStatement.objects.filter(account=account, status=StatementStatus.SENT)
    if (other := others.filter(first__lte=last, last__gte=first).first()) is not None:
        raise StatementOverlaps(first=other.first, last=other.last)
    for field, given, neighbour, theirs in (
        ("opening", opening, others.filter(last=first - ONE_DAY).first(), "closing"),
        ("closing", closing, others.filter(first=last + ONE_DAY).first(), "opening"),
    ):
        if neighbour is not None and getattr(neighbour, theirs) != given:
            period, expected = f"{neighbour.first} 至 {neighbour.last}", getattr(neighbour, theirs)
            raise StatementNotContinuous(field=field, other=period, expected=expected, given=given)


def _line(statement: BankStatement, place: int, row: StatementRow) -> BankStatementLine:
    return BankStatementLine(
        statement=statement,
        position=place,
        day=row.day,
        income=row.income,
        expense=row.expense,
        receipt_no=row.receipt_no,
        summary=row.summary,
    )


def _lock(pk: int) -> BankStatement:
    rows: QuerySet[BankStatement] = BankStatement.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related(*RELATED).get(pk=pk)


def _lock_explanation(explanation: StatementExplanation, statement: BankStatement) -> StatementExplanation:
    rows: QuerySet[StatementExplanation] = StatementExplanation.objects.select_for_update(no_key=True)
    found = rows.get(pk=explanation.pk)
    found.statement = statement
    return found


def _record(statement: BankStatement, by: User, now: datetime, action: str, summary: str, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=statement, programme=statement.programme.code, summary=summary, **more)


def _tell_bank(explanation: StatementExplanation, event: str, subject: str, body: str, now: datetime) -> None:
    statement = explanation.statement
    notify.notify(
        recipients=notify.people_of([statement.account.bank]),
        key=f"explanation:{explanation.pk}:{event}",
        subject=f"{subject}：{statement}",
        body=body,
        url=statement.get_absolute_url(),
        now=now,
    )

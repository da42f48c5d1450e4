"""What pages show of the bank's statements and their differences from the ledger."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from common.display import iso, yuan
from common.page import Action, Fact, Step
from parties.models import User
from parties.permissions import may

from ..enums import DifferenceKind, EntryStatus
from ..models import BankStatement, LedgerEntry
from ..permissions import check_discard_statement, why_not
from ..selectors.statements import Item, Reconciliation


@dataclass(frozen=True, slots=True)
class Row:
    """A difference on the page, with what may be done about it."""

    item: Item
    actions: list[Action]


def facts(row: BankStatement, found: Reconciliation | None) -> list[Fact]:
    shown = [
        Fact("准备金账户", str(row.account), url=row.account.get_absolute_url()),
        Fact("开户银行", row.account.bank.name),
        Fact("期间", f"{iso(row.first)} 至 {iso(row.last)}"),
        Fact("来源", row.origin),
        Fact("报送", f"{row.entered_by.name}，{iso(row.entered_at)}"),
        Fact("项目", row.programme.name, url=row.programme.get_absolute_url()),
    ]
    if row.discarded_by is not None:
        shown.append(Fact("作废", f"{row.discarded_by.name}：{row.discard_reason}"))
    if found is not None:
        result = "对平" if found.is_even else f"{found.open_count} 项差异未说明"
        shown.insert(0, Fact("对账结果", result, hint=f"共 {len(found.items)} 项差异" if found.items else "没有差异"))
    return shown


def steps(row: BankStatement, found: Reconciliation | None) -> list[Step]:
    """报送 → 与账簿核对 → 说明差异 → 确认说明 → 对平."""
    sent = Step("报送", "done", who=row.entered_by.name, when=row.entered_at)
    if found is None:
        return [sent, Step("已作废", "stopped", who=row.discarded_by.name if row.discarded_by else "")]
    compared = Step("与账簿核对", "done", who="系统", when=row.entered_at)
    if found.is_even:
        return [sent, compared, Step("对平", "done")]
    explained = all(item.explanation is not None for item in found.items)
    explain = Step("说明差异", "done") if explained else Step("说明差异", "current", who=f"{row.account.bank.short_name}经办")
    owner = f"{row.account.funder.short_name}复核"
    return [sent, compared, explain, Step("确认说明", "current", who=owner) if explained else Step("确认说明"), Step("对平")]


def actions(user: User, row: BankStatement) -> list[Action]:
    if not may(user, "statement.enter"):
        return []
    reason = why_not(check_discard_statement, user, row)
    return [Action("作废对账单", reverse("reserve:bank_statement_discard", args=[row.pk]), reason=reason, icon="trash", danger=True)]


def rows(user: User, found: Reconciliation) -> list[Row]:
    """The differences, each with the steps this person may take: the bank explains, the owner of the account confirms."""
    statement = found.statement
    explains = may(user, "statement.explain") and user.organisation_id == statement.account.bank_id
    accepts = may(user, "statement.accept") and user.organisation_id == statement.account.funder_id
    return [Row(item, _actions(statement, item, explains=explains, accepts=accepts)) for item in found.items]


def _actions(statement: BankStatement, item: Item, *, explains: bool, accepts: bool) -> list[Action]:
    explanation = item.explanation
    if explanation is None:
        url = f"{reverse('reserve:difference_explain', args=[statement.pk])}?{urlencode(named(item))}"
        return [Action("说明", url, icon="writing")] if explains else []
    if explanation.status != EntryStatus.ENTERED or not (explains or accepts):
        return []
    question = f"将确认这项差异（{explanation.get_kind_display()}）的说明：{explanation.text}"
    accept = Action(
        "确认说明", reverse("reserve:explanation_accept", args=[explanation.pk]), post=True, confirm=question, icon="check", primary=True
    )
    drop = Action(
        "不予确认" if accepts else "收回说明",
        reverse("reserve:explanation_discard", args=[explanation.pk]),
        icon="arrow-back-up",
        danger=True,
    )
    return [accept, drop] if accepts else [drop]


def named(item: Item) -> dict[str, str | int]:
    """Which difference it is, for an address: its kind and the keys of its sides."""
    difference = item.difference
    sides = {"line": difference.bank, "ledger_entry": difference.book}
    return {"kind": str(difference.kind), **{name: side.key for name, side in sides.items() if side is not None}}


def explanation_hints(row: BankStatement, *, kind: str, line: int | None, ledger_entry: int | None) -> list[Fact]:
    """Beside the form that explains a difference: which one, and who confirms."""
    bank = row.lines.filter(pk=line).first() if line is not None else None
    book = LedgerEntry.objects.filter(pk=ledger_entry, programme=row.programme_id).first() if ledger_entry is not None else None
    hints = [Fact("对账单", str(row)), Fact("差异", DifferenceKind(kind).label if kind in DifferenceKind.values else None)]
    if bank is not None:
        amount = bank.income if bank.income is not None else bank.expense
        sides = f"{iso(bank.day)}，{'收入' if bank.income is not None else '支出'} {yuan(amount)} 元"
        hints.append(Fact("银行", sides, hint=f"回单号 {bank.receipt_no}" if bank.receipt_no else ""))
    if book is not None:
        hints.append(Fact("账簿", f"#{book.sequence}，{iso(book.value_date)}", hint=book.memo, url=book.get_absolute_url()))
    return [*hints, Fact("提交以后", f"由{row.account.funder.name}的复核人确认")]

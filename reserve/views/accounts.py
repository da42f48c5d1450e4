"""Pages of reserve accounts: figures at any date, the statement, the ledger's entries."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from common import export
from common.errors import InvalidInput, NotFound
from common.http import today
from common.money import total
from common.page import Fact
from common.related import related_to
from parties.permissions import require
from parties.selectors import address_of, subject_of, timeline
from parties.web import get_visible, person

from ..forms import AsOfForm, PeriodForm
from ..ledger_enums import AccountKind
from ..lists import LedgerList
from ..models import LedgerHead, ReserveAccount, Transfer
from ..pages import interest
from ..quarters import Quarter
from ..selectors import ledger
from ..selectors.accounts import BookStatement, book, visible_entries
from ..selectors.interest import interest_of
from ..selectors.programmes import rules_on


@login_required
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """What the account held on a day, by the books of that evening and by value date."""
    found = _account(request, pk)
    form = AsOfForm(request.GET or None)
    valid = not form.is_bound or form.is_valid()
    as_of = (form.cleaned_data.get("as_of") if form.is_bound and valid else None) or today()
    booked = ledger.balances([found], as_of)[pk]
    valued = ledger.balances([found], as_of, "value")[pk]
    context = {
        "title": found.name,
        "account": found,
        "facts": account_facts(found),
        "form": form,
        "as_of": as_of,
        "figures": [(kind, booked.of(kind), valued.of(kind)) for kind in AccountKind],
        "interest": interest.figures(interest_of(found), rules_on(found.programme, as_of)),
        "actions": interest.entry_actions(person(request), found),
        "related": related_to(found, person(request)),
        "timeline": timeline(found, found.contributions.all(), found.interests.all(), found.bank_statements.all(), found.refunds.all()),
        "recent": visible_entries(person(request))
        .filter(transfers__debit__reserve_account=found, ledger_date__lte=as_of)
        .distinct()
        .order_by("-id")[:10],
    }
    return render(request, "reserve/account.html", context, status=200 if valid else 400)


def account_facts(found: ReserveAccount) -> list[Fact]:
    return [
        Fact("户名", found.name),
        Fact("账号", found.number),
        Fact("开户银行", found.bank.name),
        Fact("出资人", found.funder.name),
        Fact("开户日", found.opened_on.isoformat()),
        Fact("项目", found.programme.name, url=found.programme.get_absolute_url()),
    ]


@login_required
def statement(request: HttpRequest, pk: int) -> HttpResponseBase:
    """对账单: opening, lines, closing of one ledger account over a period; on screen, on paper, as a file."""
    found = _account(request, pk)
    head = LedgerHead.objects.filter(programme=found.programme).first()
    last_day = head.ledger_date if head and head.ledger_date else today()
    given = request.GET.copy()
    for name, value in (("kind", AccountKind.BANK), ("first", date(last_day.year, 1, 1)), ("last", date(last_day.year, 12, 31))):
        given.setdefault(name, str(value))
    form = PeriodForm(given)
    if not form.is_valid():
        return render(request, "reserve/statement.html", _statement_context(found, form, head, None), status=400)
    values = form.cleaned_data
    booked = book(ledger.statement(found, AccountKind(values["kind"]), values["first"], values["last"]))
    kind = request.GET.get("export", "")
    if kind and kind not in export.WRITERS:
        raise InvalidInput(f"不支持导出为“{kind}”；请选择 Excel（xlsx）或 CSV。")
    if kind:
        return export.WRITERS[kind](statement_table(booked))
    return render(request, "reserve/statement.html", _statement_context(found, form, head, booked))


def _statement_context(found: ReserveAccount, form: PeriodForm, head: LedgerHead | None, booked: BookStatement | None) -> dict[str, Any]:
    context: dict[str, Any] = {
        "title": "对账单",
        "account": found,
        "form": form,
        "head": head,
        "book": booked,
        "printed_on": today(),
        "periods": _periods(head.ledger_date if head and head.ledger_date else today(), found.opened_on),
        "opening_side": "",
        "closing_side": "",
        "query": urlencode({name: form.data.get(name, "") for name in form.fields}),
    }
    if booked is not None:
        context["lines"] = [(line, booked.side(line.balance)) for line in booked.lines]
        context["opening_side"] = booked.side(booked.statement.opening)
        context["closing_side"] = booked.side(booked.statement.closing)
    return context


def _periods(last_day: date, opened_on: date) -> Sequence[tuple[str, date, date]]:
    """Ready-made periods around the last entry: month, quarter, year, everything."""
    quarter = Quarter.of(last_day)
    before = quarter.previous()
    month_end = (last_day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return (
        (f"{last_day.year}年{last_day.month}月", last_day.replace(day=1), month_end),
        (quarter.label_cn, quarter.start, quarter.end),
        (before.label_cn, before.start, before.end),
        (f"{last_day.year}年", date(last_day.year, 1, 1), date(last_day.year, 12, 31)),
        ("开户以来", opened_on, max(last_day, today())),
    )


def statement_table(booked: BookStatement) -> export.Table:
    """The statement as a file: the same rows as on the page, opening and closing among them."""
    one = booked.statement
    rows: list[list[Any]] = [[None, one.first, None, "期初余额", "", "", None, None, booked.side(one.opening), one.opening]]
    rows += [
        [
            line.sequence,
            line.ledger_date,
            line.value_date,
            line.purpose,
            line.memo,
            line.counter,
            line.debit,
            line.credit,
            booked.side(line.balance),
            line.balance,
        ]
        for line in booked.lines
    ]
    rows.append([None, one.last, None, "本期合计", "", "", booked.debits, booked.credits, booked.side(one.closing), one.closing])
    rows.append([None, one.last, None, "本年累计", "", "", booked.year_debits, booked.year_credits, booked.side(one.closing), one.closing])
    heads = [
        ("序号", "number"),
        ("记账日", "date"),
        ("起息日", "date"),
        ("业务", "text"),
        ("摘要", "text"),
        ("对方科目", "text"),
        ("借方（元）", "yuan"),
        ("贷方（元）", "yuan"),
        ("方向", "text"),
        ("余额（元）", "yuan"),
    ]
    account = one.reserve_account
    closing = ["期末余额", *([None] * 7), booked.side(one.closing), one.closing]
    return export.Table(
        title=f"对账单 {account.funder.short_name} {one.kind.label} {one.first}至{one.last}",
        heads=heads,
        rows=rows,
        totals=[None, one.last, None, *closing[:1], "", "", None, None, *closing[8:]],
        notes=[
            f"户名：{account.name}",
            f"账号：{account.number}",
            f"开户银行：{account.bank.name}",
            f"科目：{one.kind.label}",
            f"期间：{one.first} 至 {one.last}（按记账日）",
        ],
    )


@login_required
def ledger_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    sums = Transfer.objects.filter(entry=OuterRef("pk")).values("entry").annotate(sum=Sum("amount")).values("sum")
    rows = visible_entries(person(request)).annotate(moved=Subquery(sums)).select_related("programme", "recorded_by")
    return LedgerList(request, rows).render()


@login_required
def ledger_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry: its place in the chain, its hashes, its transfers, its cause."""
    user = person(request)
    entry = visible_entries(user).select_related("programme", "recorded_by", "reverses").filter(pk=pk).first()
    if entry is None:
        raise NotFound
    transfers = entry.transfers.select_related("debit__reserve_account__funder", "credit").order_by("position")
    source = subject_of(f"{SOURCE_APPS.get(entry.source_type, 'loans')}.{entry.source_type.replace('_', '')}", str(entry.source_id), user)
    neighbours = visible_entries(user).filter(programme=entry.programme)
    context = {
        "title": f"第 {entry.sequence} 号分录：{entry.get_purpose_display()}",
        "entry": entry,
        "facts": [
            Fact("记账日", entry.ledger_date.isoformat(), term="记账日"),
            Fact("起息日", entry.value_date.isoformat(), hint="早于记账日" if entry.value_date < entry.ledger_date else "", term="起息日"),
            Fact("摘要", entry.memo),
            Fact("记账人", entry.recorded_by.name),
            Fact("记账时间", f"{entry.recorded_at.astimezone():%Y-%m-%d %H:%M:%S}"),
            Fact("来源", str(source) if source else f"{entry.source_type} {entry.source_id}", url=address_of(source)),
            Fact("项目", entry.programme.name, url=entry.programme.get_absolute_url()),
        ],
        "transfers": transfers,
        "sum": transfers.aggregate(sum=total("amount"))["sum"],
        "reversed_by": entry.reversed_by.first(),
        "previous": neighbours.filter(sequence=entry.sequence - 1).first(),
        "next": neighbours.filter(sequence=entry.sequence + 1).first(),
    }
    return render(request, "reserve/ledger_entry.html", context)


SOURCE_APPS = dict.fromkeys(("contribution", "account_interest", "refund"), "reserve")


def _account(request: HttpRequest, pk: int) -> ReserveAccount:
    found = get_visible(ReserveAccount, person(request), pk)
    rows: QuerySet[ReserveAccount] = ReserveAccount.objects.select_related("programme", "funder", "bank")
    return rows.get(pk=found.pk)

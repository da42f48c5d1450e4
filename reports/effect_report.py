"""上报省的半年报、年报 as a document: its tables, the addresses behind them, what each column means."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from common.display import DASH, iso
from common.money import ZERO
from parties.enums import OrganisationKind as Kind
from reserve.periods import PeriodKind

from .documents import Document, ledger_words
from .pages import FigureTable, address
from .selectors.effect_report import Benefits, EffectReport, EnterpriseEffect

HALF_YEARLY, YEARLY = "科技贷款风险准备金项目半年报", "科技贷款风险准备金项目年报"
UNSTATED = "未填报"

DEFINITIONS = (
    ("放款户数、笔数、金额", "报告期内发放、已复核的借据，按发放日期；一户多笔计一户，续贷计笔数。金额为借据金额，元。"),
    ("平均年利率", "报告期内发放的借据的年利率（%）按借据金额加权平均；没有放款的为空。"),
    ("期末在保户数、笔数、余额", "报告期末尚欠本金、占用准备金的借据及其未还本金，元，按今天所知；已代偿的不计入。"),
    ("首贷户", "在本项目的第一笔贷款于报告期内发放、且银行审批时填报此前没有任何银行贷款的企业；银行没有填报的列“未填报”，不推定。"),
    (
        "新增产值、新增税收",
        "企业报告期比上年同期新增的产值、税收，元，由市科技局、市生产力促进中心、镇政府按半年向企业收集填报；没有新增或减少的填 0。",
    ),
    ("新增就业、新增专利", "企业报告期新增的就业人数、获得授权的专利件数，来源同上。"),
    ("成效填报", "已填报的半年；“未填报”的企业不计入成效合计。年报为上、下半年之和，只填报半年的只计半年。"),
)
SUMMARY_HEADS = (
    ("报告期", "text"),
    ("放款（户）", "number"),
    ("放款（笔）", "number"),
    ("放款金额（元）", "yuan"),
    ("平均年利率", "rate"),
    ("首贷户（户）", "number"),
    ("首贷未填报（户）", "number"),
    ("期末在保（户）", "number"),
    ("期末在保（笔）", "number"),
    ("期末余额（元）", "yuan"),
)
BENEFIT_HEADS = (
    ("报告期", "text"),
    ("新增产值（元）", "yuan"),
    ("新增税收（元）", "yuan"),
    ("新增就业（人）", "number"),
    ("新增专利（件）", "number"),
    ("已填报（户）", "number"),
    ("尚未填报（户）", "number"),
)
ROW_HEADS = (
    ("企业名称", "text"),
    ("放款（笔）", "number"),
    ("放款金额（元）", "yuan"),
    ("平均年利率", "rate"),
    ("期末余额（元）", "yuan"),
    ("首贷户", "text"),
    ("新增产值（元）", "yuan"),
    ("新增税收（元）", "yuan"),
    ("新增就业（人）", "number"),
    ("新增专利（件）", "number"),
    ("成效填报", "text"),
)


def effect_document(found: EffectReport, halves: Sequence[EffectReport], *, printed_on: date, prepared_by: str) -> Document:
    """`halves`: the half years of a year, set beside it; none for half a year."""
    every = [*halves, found]
    return Document(
        title=YEARLY if found.period.kind == PeriodKind.YEAR else HALF_YEARLY,
        programme=found.programme.name,
        period=found.period.label_cn,
        as_of=found.as_of,
        partial=not found.complete,
        prepared_by=prepared_by,
        printed_on=printed_on,
        sections=[_summary(every), _benefits(every), _enterprises(found)],
        definitions=DEFINITIONS,
        seals=[one.name for one in found.programme.organisations(Kind.SCIENCE_BUREAU, Kind.TOWN).order_by("pk")],
        ledger=ledger_words(found.head),
        warnings=_warnings(found),
    )


def _warnings(found: EffectReport) -> list[str]:
    said = []
    if found.unreported:
        said.append(f"有 {found.unreported} 户企业的成效尚未填报齐全，合计只含已填报的。")
    if found.first_unstated:
        said.append(f"有 {found.first_unstated} 户企业首次在本项目贷款，银行没有填报是否首贷户，首贷户数不含这些企业。")
    return said


def _summary(every: Sequence[EffectReport]) -> FigureTable:
    rows = [
        (
            *(one.period.label_cn, one.enterprises, one.loans, one.amount, one.rate),
            *(one.first_bank_loans, one.first_unstated, one.in_force_enterprises, one.in_force, one.owed),
        )
        for one in every
    ]
    return FigureTable("summary", "贷款发放与在保", SUMMARY_HEADS, rows, (), [_loans_behind(one) for one in every])


def _loans_behind(one: EffectReport) -> str:
    span = {"disbursed_from": iso(one.period.start), "disbursed_to": iso(one.as_of)}
    return address("loans:loan_list", one.programme, drawn="true", **span)


def _benefits(every: Sequence[EffectReport]) -> FigureTable:
    rows = [(one.period.label_cn, *_figures(one.benefits), one.reported, one.unreported) for one in every]
    urls = [address("enterprises:benefit_list", one.programme, period=str(one.period), superseded="false") for one in every]
    return FigureTable("benefits", "企业成效合计（比上年同期新增）", BENEFIT_HEADS, rows, (), urls)


def _enterprises(found: EffectReport) -> FigureTable:
    rows = [_row(row, found) for row in found.rows]
    totals = ("合计", found.loans, found.amount, found.rate, found.owed, f"{found.first_bank_loans}户", *_figures(found.benefits), DASH)
    urls = [row.enterprise.get_absolute_url() for row in found.rows]
    return FigureTable("enterprises", "分企业", ROW_HEADS, rows, totals if rows else (), urls)


def _row(row: EnterpriseEffect, found: EffectReport) -> tuple[Any, ...]:
    figures = _figures(row.benefits) if row.benefits else (None,) * 4
    return (row.enterprise.name, row.loans, row.amount, row.rate, row.owed or ZERO, _first(row), *figures, _reported(row, found))


def _first(row: EnterpriseEffect) -> str:
    if not row.first_here:
        return DASH
    return UNSTATED if row.first_bank_loan is None else "是" if row.first_bank_loan else "否"


def _reported(row: EnterpriseEffect, found: EffectReport) -> str:
    missing = len(found.period.halves()) - len(row.halves)
    if not missing:
        return "已填报"
    return f"仅{'上下'[row.halves[0] - 1]}半年" if row.halves else UNSTATED


def _figures(benefits: Benefits) -> tuple[Any, ...]:
    return benefits.output, benefits.tax, benefits.jobs, benefits.patents

"""What a recommendation must fulfil: its terms as they are given, and the programme's rules of the day (domain §3.5, §4)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Required, TypedDict

from common.errors import InvalidInput
from common.money import format_yuan, require_amount
from common.texts import checked_text
from parties.enums import OrganisationKind
from parties.models import Organisation
from reserve.models import Programme
from reserve.rulebook import Rules

from ...enums import IntakePaper, RecommendationStatus
from ...errors import BadRenewal, NotAParty, NotEligible, OverCap
from ...models import Enterprise, EnterpriseLink, Recommendation
from ...selectors import objections


class Terms(TypedDict, total=False):
    """What an application asks for and what its intake found. Every edit gives all of it."""

    bank: Required[Organisation]
    amount: Required[Decimal]
    term_months: Required[int]
    purpose: Required[str]
    accepted_on: Required[date]
    papers: Sequence[str]
    visited_on: date | None
    visit_note: str
    credit_note: str
    renewed_note_no: str


_UNSAID: Final[Terms] = {"papers": (), "visited_on": None, "visit_note": "", "credit_note": "", "renewed_note_no": ""}  # type: ignore[typeddict-item]

# column, its name, longest, on papers
_TEXTS = (
    ("purpose", "贷款用途", 100, True),
    ("visit_note", "走访情况", 500, False),
    ("credit_note", "征信核查", 500, False),
    ("renewed_note_no", "原借据号", 40, True),
)


def checked_terms(terms: Terms, programme: Programme, on: date) -> dict[str, Any]:
    """The row's columns, checked. Raises InvalidInput, NotAParty."""
    values: dict[str, Any] = {**_UNSAID, **terms}
    values["amount"] = require_amount(values["amount"])
    if not programme.organisations(OrganisationKind.BANK).filter(pk=values["bank"].pk).exists():
        raise NotAParty("推荐银行不是本项目的合作银行，请重新选择。", fields={"bank": ["不是本项目的合作银行。"]})
    if values["term_months"] < 1:
        raise _bad("term_months", "期限应为不少于 1 的整月数。")
    _check_texts(values)
    _check_dates(values, on)
    unknown = sorted(set(values["papers"]) - set(IntakePaper.values))
    if unknown:
        raise _bad("papers", f"没有“{unknown[0]}”这种材料，可选：{'、'.join(IntakePaper.labels)}。")
    values["papers"] = [paper for paper in IntakePaper.values if paper in values["papers"]]
    return values


def _check_texts(values: dict[str, Any]) -> None:
    for name, label, length, printed in _TEXTS:
        values[name] = checked_text(name, label, values[name], length, required=name == "purpose", printed=printed)


def _check_dates(values: dict[str, Any], on: date) -> None:
    for name, label in (("accepted_on", "受理日期"), ("visited_on", "走访日期")):
        if values[name] is not None and values[name] > on:
            raise _bad(name, f"{label} {values[name]} 在今天之后，请核对。")


def check_linked(enterprise: Enterprise, programme: Programme) -> None:
    """Raise NotAParty unless the enterprise is on the programme's register."""
    if not EnterpriseLink.objects.filter(programme=programme, enterprise=enterprise).exists():
        raise NotAParty("该企业尚未在本项目登记，请先登记企业。", fields={"enterprise": ["该企业尚未在本项目登记。"]})


def check_renewal(renews: Recommendation | None, enterprise: Enterprise, programme: Programme, note_no: str) -> None:
    """续贷 names an answered recommendation of the same enterprise, and the old 借据号; nothing else does. Raises BadRenewal."""
    if renews is None:
        if note_no:
            raise BadRenewal(
                "填写了原借据号，却没有指明续贷自哪一笔推荐；请从原推荐办理续贷。", fields={"renewed_note_no": ["未指明原推荐。"]}
            )
        return
    if renews.enterprise_id != enterprise.pk or renews.programme_id != programme.pk:
        raise BadRenewal("续贷只能接续同一项目、同一企业的推荐。", fields={"renews": ["不是同一项目、同一企业的推荐。"]})
    if renews.status != RecommendationStatus.ANSWERED:
        raise BadRenewal("原推荐尚未得到银行答复，不能续贷。", fields={"renews": ["原推荐尚未得到银行答复。"]})
    if not note_no:
        raise BadRenewal("续贷须写明原贷款的借据号。", fields={"renewed_note_no": ["请填写原借据号。"]})


def check_rules(enterprise: Enterprise, amount: Decimal, term_months: int, rules: Rules, on: date) -> None:
    """The programme's rules as of the day (domain §4). Raises OverCap, NotEligible."""
    if amount > rules.enterprise_cap:
        sentence = f"推荐金额 {format_yuan(amount)} 元超过单户限额 {format_yuan(rules.enterprise_cap)} 元，请减少金额。"
        raise OverCap(sentence, fields={"amount": [sentence]})
    if term_months > rules.term_months_max:
        sentence = f"期限 {term_months} 个月超过最长期限 {rules.term_months_max} 个月，请缩短期限。"
        raise OverCap(sentence, fields={"term_months": [sentence]})
    reasons = objections(enterprise, rules, on)
    if reasons:
        raise NotEligible(f"{enterprise.name}不符合推荐条件：{''.join(reasons)}", fields={"enterprise": reasons})


def _bad(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: [sentence]})

"""Parts that both pages share."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.urls import reverse

from common.display import rate, text, wan, yuan
from common.errors import Refusal
from common.page import Action, Fact
from common.rates import annual_to_monthly_permille
from enterprises.models import Recommendation
from parties.enums import OrganisationKind
from parties.models import User
from reserve.rulebook import Rules

from ..models import CreditLine
from ..rules.concentration import Concentration
from ..selectors.blocking import cover_blocks
from ..selectors.concentration import concentration
from ..selectors.exposure import capacity, cover_accounts
from ..selectors.rates import highest_rate, reference_rate

TODO_LIMIT = 30


def of_the_bank(user: User) -> bool:
    """Whether the person does business for a bank; others read and are offered nothing."""
    return user.kind == OrganisationKind.BANK and (user.is_officer or user.is_reviewer)


def both_rates(annual: Any) -> str:
    """7.8000%（月 6.5000‰）"""
    return text(None) if annual is None else f"{rate(annual)}（月利率 {annual_to_monthly_permille(annual):f}‰）"


def offered(*choices: tuple[bool, Callable[[], Action]]) -> list[Action]:
    return [build() for offered, build in choices if offered]


def rate_hints(rules: Rules, contract_on: date, starts_on: date, due_on: date) -> list[Fact]:
    try:
        name, published = reference_rate(contract_on=contract_on, starts_on=starts_on, due_on=due_on)
        cap = highest_rate(rules=rules, contract_on=contract_on, starts_on=starts_on, due_on=due_on)
    except Refusal as refusal:
        return [Fact("利率上限", None, hint=refusal.message)]
    return [Fact("最高年利率", both_rates(cap), hint=f"{contract_on} 至 {due_on}，{name} {rate(published)}")]


def capacity_hints(subject: Recommendation | CreditLine, rules: Rules, on: date) -> list[Fact]:
    """Beside a form of a decision or a drawdown: what free money can still cover, and why nothing new may be covered now."""
    blocks = cover_blocks(subject.programme, on, bank=subject.bank_id)
    blocked = [Fact("暂停新增贷款", block.title, url=block.url, hint=block.sentence) for block in blocks]
    try:
        province, town = cover_accounts(subject.programme_id)
    except Refusal as refusal:
        return [*blocked, Fact("准备金还可支持贷款", None, hint=refusal.message)]
    return [
        *blocked,
        Fact(
            "准备金还可支持贷款（元）",
            yuan(capacity((province, town), rules)),
            numeric=True,
            hint=f"可用准备金：省 {wan(province.free)}，镇 {wan(town.free)}",
        ),
    ]


def concentration_hints(user: User, subject: Recommendation | CreditLine, rules: Rules, on: date) -> list[Fact]:
    """Beside a form of the person's bank: what the enterprise may owe it by its net capital, or that no such limit applies."""
    if subject.bank_id != user.organisation_id:
        return []
    ratio = rules.single_borrower_ratio
    found = concentration(bank_id=subject.bank_id, enterprise_id=subject.enterprise_id, ratio=ratio, on=on)
    if found is None:
        return [Fact("单一客户集中度", "不适用", hint="本行尚无已复核的资本净额", url=reverse("loans:net_capital_list"))]
    room = "已超过限额" if found.exceeded else f"还可增加 {wan(found.left)}"
    then = "超过时不得办理" if rules.single_borrower_action == "refuse" else "超过时提示，可继续办理"
    used = f"本行各项目未还本金 {wan(found.used.outstanding)}，未用授信 {wan(found.used.undrawn)}，{room}"
    return [Fact("单一客户集中度限额（元）", yuan(found.limit), numeric=True, hint=f"{found.basis}；{used}；{then}")]


def asked(question: str, excess: Concentration | None) -> str:
    """The question before a binding step, with what the bank has to heed."""
    return f"{question}注意：{excess.sentence}" if excess else question


def told(message: str, excess: Concentration | None) -> str:
    """The message after a step; the figures stand on the object's page."""
    return f"{message}注意：{excess.note}。" if excess else message

"""What pages show of extensions and corrections."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch
from django.urls import reverse

from common.display import iso, rate, yuan
from common.errors import Refusal
from common.page import Action, Fact, Todo
from parties.models import User
from parties.permissions import may

from ..enums import ExtensionStatus, FactStatus
from ..models import Correction, Extension, ExtensionConsent, Loan
from ..permissions import (
    require_apply_extension,
    require_confirm_correction,
    require_confirm_extension,
    require_consent,
    require_discard_correction,
    require_enter_correction,
    require_withdraw_extension,
    why_not,
)
from ..rules.extensions import latest_extension
from ..selectors import waiting
from ..services.extensions import proposed_rate
from ..services.written import said
from .parts import TODO_LIMIT, of_the_bank


def todos(user: User) -> list[Todo]:
    """Extensions this person's office has to speak on."""
    if not may(user, "extension.consent"):
        return []
    return [
        Todo(
            f"签署展期意见：{row.loan.enterprise_name}",
            row.get_absolute_url(),
            programme=row.loan.programme_id,
            detail=f"借据号 {row.loan.note_no}，由 {row.old_due_on} 展至 {row.due_on}，理由：{row.reason}",
            due_on=row.old_due_on,
        )
        for row in waiting.extensions_to_consent(user)[:TODO_LIMIT]
    ]


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """An extension on the loan's page with what may come next."""

    extension: Extension
    actions: list[Action]


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction on the loan's page: what it changes, and what may come next."""

    correction: Correction
    changes: dict[str, tuple[str, str]]
    actions: list[Action]


def extension_rows(user: User, loan: Loan) -> list[ExtensionRow]:
    """A loan's extensions, oldest first. Two queries."""
    consents = Prefetch("consents", ExtensionConsent.objects.select_related("organisation", "given_by"))
    found = loan.extensions.select_related("entered_by", "confirmed_by").prefetch_related(consents)
    rows = []
    for extension in found:
        extension.loan = loan
        rows.append(ExtensionRow(extension, _extension_actions(user, extension)))
    return rows


def correction_rows(user: User, loan: Loan) -> list[CorrectionRow]:
    """A loan's corrections, oldest first. One query."""
    rows = []
    for correction in loan.corrections.select_related("entered_by", "confirmed_by"):
        correction.loan = loan
        rows.append(CorrectionRow(correction, said(correction), _correction_actions(user, correction)))
    return rows


def actions(user: User, loan: Loan) -> list[Action]:
    """What can be asked of a confirmed loan."""
    if not of_the_bank(user):
        return []
    offers = []
    if loan.is_running:
        url = reverse("loans:extension_apply", args=[loan.pk])
        offers.append(Action("申请展期", url, reason=why_not(require_apply_extension, user, loan), icon="calendar"))
    url = reverse("loans:correction_enter", args=[loan.pk])
    return [*offers, Action("更正数据", url, reason=why_not(require_enter_correction, user, loan), icon="edit")]


def _extension_actions(user: User, extension: Extension) -> list[Action]:
    if extension.status == ExtensionStatus.APPLIED and may(user, "extension.consent"):
        url = reverse("loans:extension_consent", args=[extension.pk])
        return [Action("签署意见", url, reason=why_not(require_consent, user, extension), primary=True, icon="signature")]
    if not of_the_bank(user) or extension.status not in (ExtensionStatus.APPLIED, ExtensionStatus.CONSENTED):
        return []
    return [
        Action(
            "复核展期",
            reverse("loans:extension_confirm", args=[extension.pk]),
            reason=why_not(require_confirm_extension, user, extension),
            post=True,
            confirm=f"将确认展期：到期日由 {extension.old_due_on} 改为 {extension.due_on}，"
            f"自原到期日起按年利率 {rate(extension.annual_rate)} 计息。",
            primary=True,
            icon="check",
        ),
        Action(
            "撤回展期",
            reverse("loans:extension_withdraw", args=[extension.pk]),
            reason=why_not(require_withdraw_extension, user, extension),
            danger=True,
            icon="arrow-back-up",
        ),
    ]


def _correction_actions(user: User, correction: Correction) -> list[Action]:
    if not of_the_bank(user) or correction.status != FactStatus.ENTERED:
        return []
    told = "；".join(f"{label}由“{before}”改为“{after}”" for label, (before, after) in said(correction).items())
    return [
        Action(
            "复核更正",
            reverse("loans:correction_confirm", args=[correction.pk]),
            reason=why_not(require_confirm_correction, user, correction),
            post=True,
            confirm=f"将更正：{told}。更正前后的内容都会保留。",
            primary=True,
            icon="check",
        ),
        Action(
            "作废更正",
            reverse("loans:correction_discard", args=[correction.pk]),
            reason=why_not(require_discard_correction, user, correction),
            danger=True,
            icon="trash",
        ),
    ]


def extension_hints(loan: Loan, on: date) -> list[Fact]:
    """Beside the form of an application: how long, at what rate."""
    first = loan.original_due_on or loan.due_on
    latest = latest_extension(loan.disbursed_on, first)
    most = loan.credit_line.rules.extension_max_times
    try:
        highest = rate(proposed_rate(loan, latest, on))
    except Refusal as refusal:
        highest = refusal.message
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("现到期日", iso(loan.due_on), hint="须在到期日之前申请"),
        Fact("最迟可展至", iso(latest), hint="《贷款通则》第十二条"),
        Fact("展期次数", f"最多 {most} 次"),
        Fact("不填利率时", highest, hint="展至最迟日时的利率；累计期限达到新档次的，按该档次调整"),
    ]


def correction_hints(loan: Loan) -> list[Fact]:
    """Beside the form of a correction."""
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("已还本金（元）", yuan(loan.repaid), numeric=True, hint="更正后的金额不能小于此数"),
        Fact("说明", "只改有误的栏目", hint="已报送的申报汇总表不变，更正写入下一季度的附表"),
    ]


def consent_hints(extension: Extension) -> list[Fact]:
    """Beside an office's word: what it is about."""
    loan = extension.loan
    return [
        Fact("企业名称", loan.enterprise_name, url=extension.get_absolute_url()),
        Fact("借据号", loan.note_no),
        Fact("到期日", f"{extension.old_due_on} → {extension.due_on}"),
        Fact("展期年利率", rate(extension.annual_rate)),
        Fact("理由", extension.reason),
    ]

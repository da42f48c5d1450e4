"""What pages show of early warnings."""

from django.urls import reverse

from common.display import iso
from common.page import Action, Fact, Step
from parties.models import User

from ..enums import WarningStatus
from ..models import EarlyWarning, Loan
from ..permissions import require_lift_warning, require_report_warning, why_not
from .parts import of_the_bank


def facts(warning: EarlyWarning) -> list[Fact]:
    loan = warning.loan
    found = [
        Fact("企业名称", loan.enterprise_name, url=loan.enterprise.get_absolute_url()),
        Fact("借据号", loan.note_no, url=loan.get_absolute_url()),
        Fact("预警种类", warning.get_kind_display()),
        Fact("发生日期", iso(warning.happened_on)),
        Fact("获知日期", iso(warning.learned_on)),
        Fact("情况", warning.what),
        Fact("已采取的措施", warning.measures),
        Fact("报告人", f"{loan.bank.short_name} {warning.reported_by.name}，{iso(warning.reported_at)}"),
    ]
    if warning.lifted_by is not None:
        found += [Fact("解除理由", warning.lift_reason), Fact("解除人", f"{warning.lifted_by.name}，{iso(warning.lifted_at)}")]
    return found


def steps(warning: EarlyWarning) -> list[Step]:
    """报告 → 解除."""
    reported = Step("报告", "done", who=warning.reported_by.name, when=warning.reported_at)
    if warning.lifted_by is None:
        return [reported, Step("解除", "current", who=f"{warning.loan.bank.short_name}复核")]
    return [reported, Step("解除", "done", who=warning.lifted_by.name, when=warning.lifted_at)]


def actions(user: User, warning: EarlyWarning) -> list[Action]:
    """Lifting, offered to the bank's people while the warning stands."""
    if warning.status != WarningStatus.WARNED or not of_the_bank(user):
        return []
    url = reverse("loans:warning_lift", args=[warning.pk])
    return [Action("解除预警", url, reason=why_not(require_lift_warning, user, warning), icon="check")]


def loan_actions(user: User, loan: Loan) -> list[Action]:
    """Reporting, offered to the bank's people on the page of a running loan."""
    if not loan.is_running or not of_the_bank(user):
        return []
    url = reverse("loans:warning_report", args=[loan.pk])
    return [Action("报告预警", url, reason=why_not(require_report_warning, user, loan), icon="alert-triangle")]


def hints(loan: Loan) -> list[Fact]:
    """Beside the form."""
    standing = loan.warnings.filter(status=WarningStatus.WARNED)
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("借据号", loan.note_no),
        Fact("未解除的预警", "、".join(row.get_kind_display() for row in standing) or "无"),
        Fact("报告以后", "即时通知市科技局、市中心和镇政府", hint="该企业在本项目的各笔贷款列入关注名单；情况消除后由本行复核人解除"),
    ]

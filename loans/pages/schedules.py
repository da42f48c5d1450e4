"""What pages show of the bank's own schedule: beside ours, with the differences."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from common.display import iso, yuan
from common.page import Action, Fact
from parties.models import User
from reserve.calendar import workday_table

from ..enums import FactStatus
from ..models import BankSchedule, Loan, Repayment
from ..permissions import require_confirm_bank_schedule, require_discard_bank_schedule, require_enter_bank_schedule, why_not
from ..rules.schedules import BankRow
from ..selectors.servicing import Difference, account_from, compare
from .parts import of_the_bank


@dataclass(frozen=True, slots=True)
class BankScheduleRow:
    """A bank's schedule on the loan's page: its rows beside ours, and what may come next."""

    schedule: BankSchedule
    differences: list[Difference]
    actions: list[Action]

    @property
    def differing(self) -> int:
        return sum(one.differs for one in self.differences)


def bank_schedule_rows(user: User, loan: Loan, made: Sequence[Repayment]) -> list[BankScheduleRow]:
    """Those that wait or are in force, with the differences from ours, which the repayments `made` have changed where early.

    Two queries more than one where there is any.
    """
    shown = loan.bank_schedules.filter(status__in=(FactStatus.ENTERED, FactStatus.CONFIRMED), superseded_on__isnull=True)
    found = list(shown.select_related("entered_by", "confirmed_by").prefetch_related("lines"))
    if not found:
        return []
    account = account_from(loan, made, workday_table())
    rows = []
    for schedule in found:
        schedule.loan = loan
        lines = [BankRow(line.due_on, line.principal, line.interest) for line in schedule.lines.all()]
        rows.append(BankScheduleRow(schedule, compare(account, lines), _actions(user, schedule)))
    return rows


def actions(user: User, loan: Loan) -> list[Action]:
    """What can be asked of a running loan."""
    if not of_the_bank(user) or not loan.is_running:
        return []
    url = reverse("loans:bank_schedule_enter", args=[loan.pk])
    return [Action("录入银行还款计划", url, reason=why_not(require_enter_bank_schedule, user, loan), icon="table")]


def _actions(user: User, schedule: BankSchedule) -> list[Action]:
    if not of_the_bank(user) or schedule.status != FactStatus.ENTERED:
        return []
    return [
        Action(
            "复核银行计划",
            reverse("loans:bank_schedule_confirm", args=[schedule.pk]),
            reason=why_not(require_confirm_bank_schedule, user, schedule),
            post=True,
            confirm=f"将以 {schedule.received_on} 的银行还款计划为准，逾期按其日期和金额判定。",
            primary=True,
            icon="check",
        ),
        Action(
            "作废银行计划",
            reverse("loans:bank_schedule_discard", args=[schedule.pk]),
            reason=why_not(require_discard_bank_schedule, user, schedule),
            danger=True,
            icon="trash",
        ),
    ]


def hints(loan: Loan) -> list[Fact]:
    """Beside the form: what the rows must divide."""
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("贷款金额（元）", yuan(loan.amount), numeric=True),
        Fact("本金余额（元）", yuan(loan.outstanding), numeric=True),
        Fact("发放日期", iso(loan.disbursed_on)),
        Fact("到期日期", iso(loan.due_on), hint="最后一期的日期"),
    ]

"""What the reports know of an object's links to others."""

from common.display import quarter_cn
from common.page import Related
from loans.models import Loan
from parties.models import User
from reserve.models import Programme
from reserve.quarters import Quarter

from .models import QuarterlySummary
from .pages import address, loans_of
from .selectors.declared import declarations
from .selectors.summaries import document

SHOWN = 30
"""Loans of a summary that are linked one by one; the register has the rest."""


def of_loan(row: Loan, user: User) -> list[Related]:
    """The summary that declared it. One statement, none for a loan that was declared in none."""
    return [
        Related("申报汇总表", f"{quarter_cn(one.quarter)}（第{one.version}版）", one.get_absolute_url())
        for one in declarations(user, [row]).values()
    ]


def of_summary(row: QuarterlySummary, user: User) -> list[Related]:
    """The loans a submitted version declares, the way to all of the quarter, and the bank. One statement."""
    content = document(row) if row.snapshot is not None else {"lines": [], "adjustments": []}
    notes = [line["note_no"] for line in (*content["lines"], *content["adjustments"])]
    loans = Loan.objects.visible_to(user).filter(bank=row.bank_id, note_no__in=notes[:SHOWN], confirmed_on__isnull=False)
    quarter = Quarter.parse(row.quarter)
    return [
        Related("填报单位", row.bank.name, row.bank.get_absolute_url()),
        Related("本季度放款", "贷款台账", loans_of(row.programme, row.quarter, quarter.end)),
        *(
            Related("所报借据", f"{one.note_no} {one.enterprise_name}", one.get_absolute_url())
            for one in loans.order_by("disbursed_on", "pk")
        ),
    ]


def of_programme(row: Programme, user: User) -> list[Related]:
    """Everything of a programme, by list. No statement."""
    if user.organisation_id is None:
        return []
    lists = (
        *(("出资", "reserve:contribution_list"), ("推荐", "enterprises:recommendation_list"), ("批次", "enterprises:batch_list")),
        *(("审批与授信", "loans:approval_list"), ("贷款台账", "loans:loan_list"), ("代偿", "loans:claim_list")),
        *(("追偿", "loans:recovery_list"), ("申报汇总表", "reports:summary_list"), ("账簿分录", "reserve:ledger_list")),
    )
    return [Related("本项目的", label, address(name, row)) for label, name in lists]

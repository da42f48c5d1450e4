"""Statuses and lifecycle table of quarterly summaries; steps of a series."""

from django.db import models

from common.lifecycle import Lifecycle, Transition
from reserve.enums import DeadlineKind


class SummaryStatus(models.TextChoices):
    DRAFT = "draft", "待核对"
    CHECKED = "checked", "已核对待报送"
    SUBMITTED = "submitted", "已报送待审"
    PROPOSED = "proposed", "初审通过"
    ACCEPTED = "accepted", "已审定"
    RETURNED = "returned", "已退回"


REVIEWED = (SummaryStatus.SUBMITTED, SummaryStatus.PROPOSED)
"""In the hands of the provincial centre."""

_S = SummaryStatus
SUMMARY_LIFECYCLE = Lifecycle(
    "申报汇总表",
    {
        "check": Transition((_S.DRAFT, _S.CHECKED), _S.CHECKED, "核对"),
        "submit": Transition((_S.CHECKED,), _S.SUBMITTED, "报送"),
        "propose": Transition((_S.SUBMITTED,), _S.PROPOSED, "初审"),
        "accept": Transition((_S.PROPOSED,), _S.ACCEPTED, "审定"),
        "return": Transition(REVIEWED, _S.RETURNED, "退回"),
    },
)


class Step(models.TextChoices):
    """At which ends a series is read."""

    QUARTER = "quarter", "按季"
    MONTH = "month", "按月"


class DueKind(models.TextChoices):
    """What the board of days knows beside the running clocks of `CLOCKS`."""

    MATURITY = "maturity", "贷款到期"
    INSTALMENT = "instalment", "分期还本付息"
    INSPECTION = "inspection", "贷后检查"
    RECOVERY_REPORT = "recovery_report", "追偿进展报告"
    CERTIFICATE = "certificate", "类别证书到期"


CLOCKS = tuple(kind for kind in DeadlineKind if kind != DeadlineKind.LOAN_MATURITY)
"""A loan's maturity is read from the loan itself, with what it owes."""

DUE_KINDS = [*DueKind.choices, *((kind.value, kind.label) for kind in CLOCKS)]

"""Statuses, codes and lifecycle tables of claims 代偿 and recoveries 追偿 (domain §3.9, §3.10)."""

from collections.abc import Mapping

from django.db import models

from common.lifecycle import Lifecycle, Transition
from parties.enums import OrganisationKind


class ClaimStatus(models.TextChoices):
    DRAFT = "draft", "起草中"
    FILED = "filed", "待材料核验"
    RETURNED = "returned", "已退回补正"
    REVIEWING = "reviewing", "待会审"
    REVIEWED = "reviewed", "待省中心审定"
    SHORT = "short", "待补足"
    APPROVED = "approved", "待划款"
    PAYING = "paying", "待复核划款"
    PAID = "paid", "已代偿"
    REFUSED = "refused", "不予代偿"
    WITHDRAWN = "withdrawn", "已撤回"


FUNDED = (ClaimStatus.APPROVED, ClaimStatus.PAYING)
"""Its money stands in claims payable; the loan occupies nothing any more."""

DECIDED = (ClaimStatus.SHORT, *FUNDED, ClaimStatus.PAID)
"""Every word it needs has been given."""

ENDED = (ClaimStatus.REFUSED, ClaimStatus.WITHDRAWN)
OPEN = tuple(status for status in ClaimStatus if status not in (*ENDED, ClaimStatus.PAID))


class ClaimTrigger(models.TextChoices):
    """Why the bank may file (domain §3.9)."""

    OVERDUE = "overdue", "本金逾期达到触发天数"
    GRADE = "grade", "五级分类为次级及以下"


class ClaimStage(models.TextChoices):
    """Whose word on a claim it is; the printed sheet has one box for each."""

    PRECHECK = "precheck", "材料核验"
    SCIENCE = "science", "市科技局意见"
    TOWN = "town", "镇政府意见"
    FINAL = "final", "省中心审定"


REVIEWS: Mapping[str, ClaimStage] = {
    OrganisationKind.SCIENCE_BUREAU: ClaimStage.SCIENCE,
    OrganisationKind.TOWN: ClaimStage.TOWN,
}
"""The office of each review."""

ORDERS: Mapping[str, tuple[ClaimStage, ...]] = {
    "science_then_town": (ClaimStage.SCIENCE, ClaimStage.TOWN),
    "town_then_science": (ClaimStage.TOWN, ClaimStage.SCIENCE),
}
"""`claim_review_order` where it prescribes one."""


class Verdict(models.TextChoices):
    AGREE = "agree", "同意"
    RETURN = "return", "退回补正"
    REFUSE = "refuse", "不予代偿"


class RefusalReason(models.TextChoices):
    """Why a claim is refused, by code."""

    NOT_COVERED = "not_covered", "不属于准备金支持范围"
    OUT_OF_WINDOW = "out_of_window", "超过代偿申请期"
    UNTRUE = "untrue", "申报材料不实"
    MISUSED = "misused", "贷款被挪用而银行未尽监督"
    NOT_DILIGENT = "not_diligent", "银行未尽贷前调查、贷后管理或催收职责"
    RECOVERABLE = "recoverable", "仍可由借款人或担保人足额清偿"
    OTHER = "other", "其他（见意见）"


class RecoverySource(models.TextChoices):
    """Whom or what a recovery came from."""

    BORROWER = "borrower", "借款人归还"
    GUARANTOR = "guarantor", "保证人代为清偿"
    COLLATERAL = "collateral", "处置抵（质）押物"
    ENFORCEMENT = "enforcement", "法院执行"
    BANKRUPTCY = "bankruptcy", "破产分配"
    OTHER = "other", "其他"


class RecoveryStatus(models.TextChoices):
    ENTERED = "entered", "待复核"
    DISCARDED = "discarded", "已作废"
    CONFIRMED = "confirmed", "待划回"
    REMITTING = "remitting", "待复核划回"
    REMITTED = "remitted", "已划回"


_C = ClaimStatus
CLAIM_LIFECYCLE = Lifecycle(
    "代偿申请",
    {
        "edit": Transition((_C.DRAFT, _C.RETURNED), None, "修改"),
        "file": Transition((_C.DRAFT, _C.RETURNED), _C.FILED, "报送"),
        "check": Transition((_C.FILED,), _C.REVIEWING, "核验通过"),
        "return": Transition((_C.FILED, _C.REVIEWING, _C.REVIEWED), _C.RETURNED, "退回补正"),
        "review": Transition((_C.REVIEWING,), _C.REVIEWING, "签署会审意见"),
        "complete": Transition((_C.REVIEWING,), _C.REVIEWED, "两方会审同意"),
        "decide": Transition((_C.REVIEWED,), None, "审定"),
        "approve": Transition((_C.REVIEWED, _C.SHORT), _C.APPROVED, "核准"),
        "run_short": Transition((_C.REVIEWED,), _C.SHORT, "核准、待补足"),
        "refuse": Transition((_C.REVIEWING, _C.REVIEWED), _C.REFUSED, "不予代偿"),
        "instruct": Transition((_C.APPROVED,), None, "签发划款通知书"),
        "pay": Transition((_C.APPROVED,), _C.PAYING, "录入划款"),
        "unpay": Transition((_C.PAYING,), _C.APPROVED, "退回划款录入"),
        "confirm_payment": Transition((_C.PAYING,), _C.PAID, "复核划款"),
        "withdraw": Transition(
            (_C.DRAFT, _C.FILED, _C.RETURNED, _C.REVIEWING, _C.REVIEWED, _C.SHORT, _C.APPROVED), _C.WITHDRAWN, "撤回申请"
        ),
    },
)

_R = RecoveryStatus
RECOVERY_LIFECYCLE = Lifecycle(
    "追偿回款",
    {
        "discard": Transition((_R.ENTERED,), _R.DISCARDED, "作废"),
        "confirm": Transition((_R.ENTERED,), _R.CONFIRMED, "复核追偿"),
        "remit": Transition((_R.CONFIRMED,), _R.REMITTING, "录入划回"),
        "unremit": Transition((_R.REMITTING,), _R.CONFIRMED, "退回划回录入"),
        "confirm_remittance": Transition((_R.REMITTING,), _R.REMITTED, "复核划回"),
        "close": Transition((_R.CONFIRMED,), _R.REMITTED, "无须划回"),
    },
)

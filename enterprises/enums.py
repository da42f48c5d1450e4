"""Statuses, codes and lifecycle tables of the enterprises app."""

from django.db import models

from common.lifecycle import Lifecycle, Transition


class Size(models.TextChoices):
    """Sizes of 工信部联企业〔2011〕300号."""

    LARGE = "large", "大型"
    MEDIUM = "medium", "中型"
    SMALL = "small", "小型"
    MICRO = "micro", "微型"


class Category(models.TextChoices):
    """重点支持对象 [source]."""

    HIGH_TECH = "high_tech", "高新技术企业"
    PRIVATE_TECH = "private_tech", "民营科技企业"
    INNOVATIVE = "innovative", "创新型企业"
    TOWN_KEY = "town_key", "小榄重点扶持的科技企业"


class IndustryEdition(models.TextChoices):
    """Editions of GB/T 4754; one code means different industries in different editions."""

    GB2002 = "2002", "GB/T 4754-2002"
    GB2011 = "2011", "GB/T 4754-2011"
    GB2017 = "2017", "GB/T 4754-2017"


class IntakePaper(models.TextChoices):
    """The checklist of papers taken in with an application [practice]."""

    APPLICATION = "application", "贷款推荐申请表"
    LICENCE = "licence", "营业执照（组织机构代码证）"
    CERTIFICATE = "certificate", "科技企业资质证书"
    FINANCIALS = "financials", "上年度及近期财务报表"
    CREDIT_REPORT = "credit_report", "企业征信报告"
    SIZE_STATEMENT = "size_statement", "企业规模声明"
    PROJECT = "project", "项目及用款说明"


class RecommendationStatus(models.TextChoices):
    DRAFT = "draft", "起草"
    SIGNED = "signed", "一方已签"
    ENDORSED = "endorsed", "双方已签"
    SENT = "sent", "已送银行"
    ANSWERED = "answered", "银行已答复"
    DECLINED = "declined", "不予推荐"
    WITHDRAWN = "withdrawn", "已撤回"


class BatchStatus(models.TextChoices):
    DRAFT = "draft", "编制中"
    SENT = "sent", "已发送"
    ANSWERED = "answered", "已答复"


_R = RecommendationStatus
RECOMMENDATION_LIFECYCLE = Lifecycle(
    "推荐",
    {
        "edit": Transition((_R.DRAFT, _R.SIGNED, _R.ENDORSED), _R.DRAFT, "修改"),
        "sign": Transition((_R.DRAFT,), _R.SIGNED, "签署"),
        "endorse": Transition((_R.SIGNED,), _R.ENDORSED, "签署"),
        "decline": Transition((_R.DRAFT, _R.SIGNED), _R.DECLINED, "作不予推荐处理"),
        "withdraw": Transition((_R.DRAFT, _R.SIGNED, _R.ENDORSED, _R.SENT), _R.WITHDRAWN, "撤回"),
        "send": Transition((_R.ENDORSED,), _R.SENT, "发送银行"),
        "answer": Transition((_R.SENT,), _R.ANSWERED, "答复"),
    },
)

BATCH_LIFECYCLE = Lifecycle(
    "批次",
    {
        "edit": Transition((BatchStatus.DRAFT,), BatchStatus.DRAFT, "调整"),
        "send": Transition((BatchStatus.DRAFT,), BatchStatus.SENT, "发送"),
        "answer": Transition((BatchStatus.SENT,), BatchStatus.ANSWERED, "答复"),
    },
)

"""The table of every setting of a programme (domain §4), with the pilot's values. Read through `reserve.rulebook`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RuleType(StrEnum):
    """What a value is: it decides how its text is read and what Python sees."""

    RATIO = "ratio"  # Fraction
    MONEY = "money"  # Decimal, yuan
    INTEGER = "integer"  # int
    BOOLEAN = "boolean"  # bool
    CHOICE = "choice"  # str, one of the choices
    CHOICES = "choices"  # tuple[str, ...], any of the choices, in their order
    TEXT = "text"  # str


class Basis(StrEnum):
    """Where a value comes from: the article, worked out from it, usual practice, or law."""

    SOURCE = "source"
    INFERRED = "inferred"
    PRACTICE = "practice"
    LAW = "law"


BASIS_LABELS: Mapping[Basis, str] = {
    Basis.SOURCE: "原文",
    Basis.INFERRED: "推算",
    Basis.PRACTICE: "惯例",
    Basis.LAW: "法规",
}


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """One setting. `default`, `minimum` and `maximum` are texts in the form `parse_value` reads; bounds are included."""

    key: str
    type: RuleType
    default: str
    label_cn: str
    basis: Basis
    description: str = ""
    unit: str = ""
    minimum: str | None = None
    maximum: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)


def _ratio(
    key: str, default: str, label: str, basis: Basis, description: str, low: str = "0", high: str = "1", unit: str = ""
) -> RuleDefinition:
    return RuleDefinition(key, RuleType.RATIO, default, label, basis, description, unit, low, high)


def _money(key: str, default: str, label: str, basis: Basis, description: str) -> RuleDefinition:
    return RuleDefinition(key, RuleType.MONEY, default, label, basis, description, "元", "0.01")


def _integer(
    key: str, default: str, label: str, basis: Basis, description: str, unit: str, low: int = 1, high: int = 366
) -> RuleDefinition:
    return RuleDefinition(key, RuleType.INTEGER, default, label, basis, description, unit, str(low), str(high))


def _boolean(key: str, default: str, label: str, basis: Basis, description: str) -> RuleDefinition:
    return RuleDefinition(key, RuleType.BOOLEAN, default, label, basis, description)


def _choice(
    key: str, default: str, label: str, basis: Basis, description: str, choices: Mapping[str, str], *, many: bool = False
) -> RuleDefinition:
    kind = RuleType.CHOICES if many else RuleType.CHOICE
    return RuleDefinition(key, kind, default, label, basis, description, choices=choices)


_S, _I, _P, _L = Basis.SOURCE, Basis.INFERRED, Basis.PRACTICE, Basis.LAW
_WD = "个工作日"

CATEGORY_LABELS: Mapping[str, str] = {
    "high_tech": "高新技术企业",
    "private_tech": "民营科技企业",
    "innovative": "创新型企业",
    "town_key": "小榄重点扶持的科技企业",
}

CLAIM_PAPERS: Mapping[str, str] = {
    "application": "代偿申请函",
    "dunning_statement": "逾期及催收情况说明",
    "contract": "借款合同及担保合同",
    "voucher": "借款借据（放款凭证）",
    "credit_report": "企业征信报告",
    "size_statement": "企业规模声明",
    "account_letter": "收款账户函",
    "dunning_notice": "催收通知及送达回证",
    "litigation": "诉讼（仲裁）材料",
    "recommendation": "联合推荐函",
    "financials": "企业财务报表",
}

FUNDING = (
    _ratio("match_ratio", "4", "镇配套比例", _S, "镇政府配套资金为省级资金的倍数。", "0", "100", "倍"),
    _integer("match_due_workdays", "30", "配套期限", _S, "省级资金到账后多少个工作日内配套到位，到账当日不计。", _WD),
    _boolean("match_in_one_payment", "true", "配套一次性投入", _S, "镇配套资金须一次到位，金额等于配套义务。"),
    _boolean("block_when_match_overdue", "true", "配套逾期暂停新增", _P, "配套逾期未到位期间，不再新增贷款占用准备金。"),
    _ratio("leverage", "7.5", "放大倍数", _I, "准备金所支持的贷款本金与准备金之比；常见 3 至 10。", "1", "100", "倍"),
    _ratio("capacity_warn_ratio", "0.8", "占用预警线", _P, "占用额与余额之比超过此值时预警。"),
    _choice(
        "interest_disposal",
        "accumulate",
        "账户利息处理",
        _P,
        "账户利息留在产生利息的账户（滚存），或返还出资方，或上缴。",
        {"accumulate": "滚存", "return": "返还", "remit": "上缴"},
    ),
    _integer("agreement_years", "5", "协议期限", _P, "可续签；同类项目常为 3 年，试点第三年后仍在执行。", "年", 1, 30),
)

ADMISSION = (
    _choice(
        "supported_categories",
        "high_tech,private_tech,innovative,town_key",
        "重点支持类别",
        _S,
        "属于其中任一类且证书在有效期内的企业。",
        CATEGORY_LABELS,
        many=True,
    ),
    _choice(
        "category_rule",
        "required",
        "类别要求",
        _I,
        "必须具备：不属于重点支持类别的不得推荐；优先：仅作提示。",
        {"required": "必须具备", "priority": "优先"},
    ),
    _boolean("sme_only", "true", "仅限中小微企业", _I, "按工信部联企业〔2011〕300号划型，大型企业不支持。"),
    RuleDefinition("region", RuleType.TEXT, "中山市", "注册地", _S, "企业须在此地登记注册。"),
    _integer("recommendation_valid_days", "180", "推荐有效期", _P, "自双方签署之日起至银行审批。", "天", 1, 1000),
)

LENDING = (
    _money("enterprise_cap", "20000000.00", "单户限额", _P, "一户企业未还本金与未提用授信之和的上限。"),
    _ratio(
        "single_borrower_ratio",
        "0.1",
        "单一客户集中度",
        _P,
        "企业在银行各项目的未还本金与未用授信之和占其资本净额的比例；与单户限额取低者，银行没有已复核的资本净额时不适用。",
    ),
    _choice(
        "single_borrower_action",
        "warn",
        "超过集中度时",
        _P,
        "提示后可继续，或不得继续。",
        {"warn": "提示", "refuse": "禁止"},
    ),
    _money("loan_cap", "10000000.00", "单笔限额", _P, "一次放款的上限；常见 300 万至 2000 万元。"),
    _integer("term_months_max", "12", "最长期限", _P, "到期日不得晚于发放日加此月数；常见 12 至 36 个月。", "个月", 1, 360),
    _ratio(
        "rate_cap_multiplier",
        "1.3",
        "利率上浮上限",
        _P,
        "合同日在 2019-08-20 之前：同期限基准利率的倍数；常见 1.2 至 1.5。",
        "0.1",
        "10",
        "倍",
    ),
    _integer("lpr_cap_basis_points", "150", "LPR 加点上限", _P, "合同日自 2019-08-20 起：LPR 加点；常见 30 至 150。", "基点", -500, 5000),
    _integer("bank_decision_workdays", "10", "银行审批期限", _P, "银行收到批次后作出审批；到期前 3 日、当日及其后每 5 日催办。", _WD),
    _integer("approval_valid_days", "90", "授信有效期", _P, "自审批生效之日起可提款。", "天", 1, 1000),
    _integer(
        "extension_max_times",
        "1",
        "展期次数上限",
        _L,
        "《贷款通则》第十二条：短期贷款展期不超过原期限，中期不超过一半，长期不超过 3 年。",
        "次",
        0,
        10,
    ),
    _ratio("overdue_interest_uplift", "0.5", "逾期罚息加收", _L, "在合同利率上加收 30% 至 50%。", "0.3", "0.5"),
    _ratio("misuse_uplift", "1", "挪用罚息加收", _L, "在合同利率上加收 50% 至 100%；与逾期罚息只取高者。", "0.5", "1"),
    _integer("pay_day_offset", "1", "结息后付息日", _P, "20 日结息，当日（0）或次日（1）付息。", "天", 0, 1),
    _choice(
        "holiday_maturity",
        "next_workday",
        "到期日逢非工作日",
        _P,
        "顺延至下一工作日，按合同利率计息，不算逾期；或不顺延。",
        {"next_workday": "顺延至下一工作日", "same_day": "不顺延"},
    ),
    _choice(
        "repayment_allocation",
        "interest_first",
        "还款冲抵顺序",
        _P,
        "只填还款总额时如何冲抵。",
        {"interest_first": "先罚息、利息，后本金", "principal_first": "先本金，后利息、罚息"},
    ),
)

RISK = (
    _ratio("loss_share_reserve", "0.5", "准备金承担比例", _P, "代偿基数中由准备金承担的部分，其余由银行承担；常见 0.3 至 0.9。"),
    _money("claim_payout_cap", "2500000.00", "单笔代偿上限", _P, "每笔贷款由准备金支付的上限。"),
    _integer("claim_trigger_overdue_days", "90", "代偿触发逾期天数", _P, "或五级分类为次级及以下；常见 60 至 90。", "天", 1, 3660),
    _integer("claim_window_months", "6", "代偿申请期", _P, "触发后多少个月内提出。", "个月", 1, 120),
    _integer("claim_precheck_workdays", "5", "材料核验期限", _P, "省中心核验代偿材料是否齐备。", _WD),
    _integer("claim_decision_workdays", "25", "代偿审批期限", _P, "材料齐备后至作出决定。", _WD),
    _integer("claim_payment_workdays", "10", "代偿划款期限", _P, "决定后至划款。", _WD),
    _choice(
        "claim_review_order",
        "science_then_town",
        "代偿会审顺序",
        _P,
        "省中心最后审定；任何账户未经其出资方同意不得扣款。",
        {"science_then_town": "先市科技局后镇政府", "town_then_science": "先镇政府后市科技局", "any": "不分先后"},
    ),
    _choice(
        "claim_papers",
        "application,dunning_statement,contract,voucher,credit_report,size_statement,account_letter,dunning_notice",
        "代偿必备材料",
        _P,
        "缺任何一种，银行不能报送代偿申请。",
        CLAIM_PAPERS,
        many=True,
    ),
    _choice(
        "claim_word",
        "compensation",
        "代偿的名称",
        _P,
        "印在单据上的用语；由准备金分担损失，不免除借款人的债务。",
        {"compensation": "代偿", "risk_subsidy": "风险补偿"},
    ),
    _integer("recovery_remit_workdays", "10", "追偿款划回期限", _P, "银行收到追偿款后划回准备金账户。", _WD),
    _ratio("overdue_rate_warn", "0.03", "逾期率预警线", _P, "逾期贷款本金与全部未还本金之比；已代偿的两边都不计。"),
    _ratio("overdue_rate_stop", "0.05", "逾期率暂停线", _P, "超过此值暂停新增占用，待各方联合决定恢复。"),
    _integer("overdue_rate_min_days", "30", "计入逾期率的天数", _P, "逾期超过此天数的贷款计入逾期率。", "天", 0, 366),
    _money("overdue_rate_min_outstanding", "100000000.00", "暂停线起算规模", _P, "未还本金达到此额，逾期率暂停线才生效。"),
    _ratio("compensation_ratio_stop", "0.3", "代偿率暂停线", _P, "净代偿与出资之比超过此值暂停新增占用。"),
    _boolean(
        "suspend_when_stop_crossed",
        "true",
        "超过暂停线即暂停新增",
        _P,
        "超过逾期率或代偿率暂停线的，在各方联合决定恢复以前不再新增贷款占用准备金；否则只通知。",
    ),
)

REPORTING = (
    _integer("summary_due_workdays", "10", "申报汇总表报送期限", _P, "季度结束后。", _WD),
    _choice(
        "summary_rate_unit",
        "annual_percent",
        "汇总表利率写法",
        _P,
        "申报汇总表利率栏的单位。",
        {"annual_percent": "年利率%", "monthly_permille": "月利率‰"},
    ),
    _choice(
        "summary_extra_columns",
        "",
        "汇总表附加栏",
        _P,
        "七个必备栏之后另加的栏。",
        {"note_no": "借据号", "declared_reserve": "申报准备金（省/镇）", "guarantee": "担保方式"},
        many=True,
    ),
)

SECTIONS: Mapping[str, tuple[RuleDefinition, ...]] = {
    "出资与准备金": FUNDING,
    "支持对象与推荐": ADMISSION,
    "授信与贷款": LENDING,
    "风险与代偿": RISK,
    "报送": REPORTING,
}

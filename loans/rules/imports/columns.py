"""The columns of each kind of file: heading, what is written there, whether it must be; templates and reading share them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from enterprises.enums import Size

from ...enums import Guarantee, LoanGrade, PrepaymentEffect, RepaymentKind, RepaymentMethod
from ...import_enums import FileKind


class Kind(StrEnum):
    """What a cell holds. A code is a text of letters and digits: leading zeros count, full width does not."""

    TEXT = "文本"
    CODE = "编号"
    AMOUNT = "金额（元）"
    DAY = "日期"
    RATE = "利率"
    CHOICE = "选择"
    WHOLE = "整数"


@dataclass(frozen=True, slots=True)
class Column:
    """`key`: as the services call it. `aliases`: other headings banks use. `choices`: what may be written → code."""

    key: str
    label: str
    kind: Kind
    example: str
    hint: str = ""
    required: bool = False
    longest: int = 100
    aliases: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)


def _choices(
    labels: type[RepaymentKind] | type[PrepaymentEffect] | type[RepaymentMethod] | type[LoanGrade] | type[Guarantee] | type[Size],
) -> dict[str, str]:
    return {str(label): value for value, label in labels.choices}


ENTERPRISE = Column(
    "enterprise",
    "统一社会信用代码",
    Kind.CODE,
    "91442000721000013R",
    "或组织机构代码",
    required=True,
    longest=20,
    aliases=("组织机构代码", "企业代码"),
)
NOTE = Column(
    "note_no", "借据号", Kind.CODE, "JJ20120301001", "本行的借据号", required=True, longest=40, aliases=("借据编号", "借据号码", "借据")
)

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    FileKind.REPAYMENTS: (
        NOTE,
        Column("paid_on", "还款日期", Kind.DAY, "2012-09-20", "到账日期", required=True, aliases=("还款日", "到账日期")),
        Column("amount", "还款总额", Kind.AMOUNT, "", "填总额由系统按冲抵顺序分配；与分项只填一种", aliases=("还款金额", "金额")),
        Column("principal", "归还本金", Kind.AMOUNT, "1000000.00", "只付利息的填 0", aliases=("本金", "还本金额")),
        Column("interest", "支付利息", Kind.AMOUNT, "32500.00", "不填的，按还款日期的应付利息", aliases=("利息", "还息金额")),
        Column("penalty", "支付罚息", Kind.AMOUNT, "0.00", "不填的，按还款日期的应付罚息", aliases=("罚息",)),
        Column("kind", "还款种类", Kind.CHOICE, "", "不填的，按还款计划判断", choices=_choices(RepaymentKind)),
        Column("effect", "提前还款后", Kind.CHOICE, "", "仅用于提前还款", choices=_choices(PrepaymentEffect)),
        Column("receipt_no", "回单号", Kind.CODE, "HD000123", "用于区分同日相同的两笔", longest=40, aliases=("回单编号",)),
    ),
    FileKind.LOANS: (
        ENTERPRISE,
        Column("batch", "推荐批次", Kind.WHOLE, "", "企业有几笔授信时填写，如 3", aliases=("批次",)),
        Column("contract_no", "借款合同号", Kind.CODE, "HT2012-015", required=True, longest=40, aliases=("合同号", "合同编号")),
        Column("contract_on", "合同日期", Kind.DAY, "2012-03-01", required=True),
        NOTE,
        Column("amount", "贷款金额", Kind.AMOUNT, "3000000.00", required=True, aliases=("发放金额", "金额")),
        Column("disbursed_on", "发放日期", Kind.DAY, "2012-03-01", required=True, aliases=("放款日期",)),
        Column("due_on", "到期日期", Kind.DAY, "2013-02-28", required=True, aliases=("到期日",)),
        Column("annual_rate", "年利率", Kind.RATE, "7.8", "年利率 %，或月利率如 6.5‰；不填的按授信", aliases=("利率",)),
        Column("purpose", "用途", Kind.TEXT, "购买原材料", "不填的按推荐"),
        Column("repayment_method", "还本付息方式", Kind.CHOICE, "按季付息、到期还本", "不填的按授信", choices=_choices(RepaymentMethod)),
    ),
    FileKind.POSITIONS: (
        NOTE,
        Column("balance", "本金余额", Kind.AMOUNT, "2000000.00", "月末日终；已结清的填 0", required=True, aliases=("余额", "贷款余额")),
        Column("undrawn", "未用授信额度", Kind.AMOUNT, "0.00", "可循环的填写", aliases=("未用额度",)),
        Column(
            "status",
            "状态",
            Kind.CHOICE,
            "正常",
            "正常、逾期、结清",
            required=True,
            aliases=("贷款状态",),
            choices={"正常": "active", "逾期": "overdue", "结清": "settled", "已结清": "settled"},
        ),
        Column("due_on", "到期日期", Kind.DAY, "2013-02-28", aliases=("到期日",)),
        Column("grade", "五级分类", Kind.CHOICE, "正常", choices=_choices(LoanGrade)),
    ),
    FileKind.ENTERPRISES: (
        Column("name", "企业名称", Kind.TEXT, "中山市某某锁业有限公司", "营业执照上的全称", required=True, aliases=("单位名称", "名称")),
        Column(
            "identifier",
            "统一社会信用代码",
            Kind.CODE,
            "91442000721000013R",
            "2015-10-01 以前登记的可填组织机构代码",
            required=True,
            longest=20,
            aliases=("组织机构代码", "企业代码"),
        ),
        Column("region", "注册地", Kind.TEXT, "中山市小榄镇", required=True, longest=40, aliases=("地区",)),
        Column("industry_code", "行业代码", Kind.CODE, "3351", "国民经济行业分类代码", required=True, longest=4),
        Column("industry_edition", "行业分类版本", Kind.CODE, "2011", "不填的按登记日期", longest=4),
        Column("size_industry", "划型行业", Kind.TEXT, "", "仅在行业代码不能确定时填写", longest=20),
        Column("address", "地址", Kind.TEXT, "", longest=200),
        Column("established_on", "成立日期", Kind.DAY, ""),
        Column("legal_representative", "法定代表人", Kind.TEXT, "", longest=40),
        Column("contact_name", "联系人", Kind.TEXT, "", longest=40),
        Column("contact_phone", "联系电话", Kind.CODE, "", longest=40),
        Column("main_products", "主要产品", Kind.TEXT, "", longest=200),
    ),
    FileKind.OPENING: (
        ENTERPRISE,
        Column("approved_on", "审批日期", Kind.DAY, "2012-08-20", required=True),
        Column("line_amount", "授信金额", Kind.AMOUNT, "5000000.00", "几笔借据同一授信的，各行相同", required=True),
        Column("former_batch", "原批次", Kind.WHOLE, "3", "原登记册中的推荐批次", aliases=("推荐批次", "批次")),
        Column("size", "批准时规模", Kind.CHOICE, "小型", "不填的按审批日的年度指标", choices=_choices(Size)),
        Column("contract_no", "借款合同号", Kind.CODE, "HT2012-015", required=True, longest=40, aliases=("合同号", "合同编号")),
        Column("contract_on", "合同日期", Kind.DAY, "2012-09-01", required=True),
        NOTE,
        Column("amount", "贷款金额", Kind.AMOUNT, "3000000.00", required=True, aliases=("发放金额",)),
        Column("disbursed_on", "发放日期", Kind.DAY, "2012-09-01", required=True, aliases=("放款日期",)),
        Column("due_on", "到期日期", Kind.DAY, "2013-08-31", "已展期的填展期后的到期日", required=True, aliases=("到期日",)),
        Column("annual_rate", "年利率", Kind.RATE, "7.8", "年利率 %，或月利率如 6.5‰", required=True, aliases=("利率",)),
        Column("purpose", "用途", Kind.TEXT, "购买原材料", required=True),
        Column("repayment_method", "还本付息方式", Kind.CHOICE, "按季付息、到期还本", required=True, choices=_choices(RepaymentMethod)),
        Column("guarantee", "担保方式", Kind.CHOICE, "保证", required=True, choices=_choices(Guarantee)),
        Column(
            "outstanding",
            "期初本金余额",
            Kind.AMOUNT,
            "2000000.00",
            "启用日前一日日终；已结清的填 0",
            required=True,
            aliases=("本金余额", "余额"),
        ),
        Column("settled_on", "结清日期", Kind.DAY, "", "余额为 0 的必填，其他不填"),
    ),
}

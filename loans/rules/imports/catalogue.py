"""Every exception a file or row can meet, by number: E… keeps the row out, W… is said and does not.

E0, W0: the file; E1, W1: a cell; E3, W3: the row against what is on record. Numbers are never given twice: people quote them.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """What a number means, and how it is mended."""

    name: str
    hint: str


class Finding(NamedTuple):
    """An exception met: its number, and a sentence with the figures of this very place."""

    code: str
    text: str

    @property
    def is_error(self) -> bool:
        return self.code.startswith("E")


CATALOGUE: Mapping[str, Entry] = {
    # the file
    "E001": Entry("文件无法读取", "按说明另存后重新上传。"),
    "E002": Entry("缺少必需的列", "请下载模板，按模板的表头整理后重新上传。"),
    "E003": Entry("同一列出现两次", "请删去重复的一列后重新上传。"),
    "E004": Entry("没有数据行", "表头以下应至少有一行数据；请核对是否选错了文件或工作表。"),
    "E021": Entry("合计与申报不符", "请核对上传时填写的合计（或文件中的合计行）以及有无漏行、错行。"),
    "E022": Entry("行数与申报不符", "请核对上传时填写的行数，以及文件有无漏行、多行。"),
    "E023": Entry("缺少在贷借据", "月末尚有余额的借据都应在文件中；请补入，或先登记其还款。"),
    "W011": Entry("有不认识的列", "该列不读取；需要的内容请改用模板的表头。"),
    "W012": Entry("另有工作表未读取", "只读取一张工作表；其他工作表的数据请另行上传。"),
    "W013": Entry("有隐藏的行或列", "隐藏的内容同样读取；不需要的请删去后重新上传。"),
    "W014": Entry("同一文件曾经上传", "此前一次已作废或未能读取；请确认这次确需再传。"),
    "W015": Entry("合计行不作为数据", "合计行只用于核对合计。"),
    # a cell
    "E101": Entry("必填项为空", "请填写该栏。"),
    "E102": Entry("金额无法识别", "请用阿拉伯数字填写，如 1234567.00 或 500万。"),
    "E103": Entry("金额超过两位小数", "金额精确到分，请改为最多两位小数。"),
    "E104": Entry("金额为负", "请填正数；更正错账请用冲正，不填负数。"),
    "E105": Entry("单元格是公式", "公式的结果可能是旧的；请选中后“复制—选择性粘贴—数值”再上传。"),
    "E106": Entry("日期无法识别", "请写成 2012-09-01、2012年9月1日 或 20120901。"),
    "E107": Entry("日期成了序列号", "请在 Excel 中把该列设为“日期”格式后再上传。"),
    "E108": Entry("内容过长或无法打印", "请缩短，或核对生僻字。"),
    "E109": Entry("不在可选范围", "请从模板说明所列的内容中选一个填写。"),
    "E110": Entry("利率无法识别", "请写年利率如 7.8（%），或月利率如 6.5‰。"),
    "E111": Entry("单元格是错误值", "请在 Excel 中改正 #N/A、#REF! 等错误值。"),
    "E112": Entry("合并单元格", "请取消合并，每一行各自填写。"),
    "E113": Entry("编号已失真", "编号超过 15 位而存成数字，末位已丢失；请把该列设为“文本”格式后重新填写。"),
    "E114": Entry("不是整数", "请填写整数。"),
    "W101": Entry("全角字符", "已按半角读取；请核对。"),
    "W102": Entry("日期是文本", "已按日期读取；请核对，今后请用日期格式。"),
    "W103": Entry("编号存成数字", "开头的 0 可能已丢失；请核对，今后请用文本格式。"),
    "W104": Entry("金额带单位", "已换算为元；请核对。"),
    # the row, on record
    "E301": Entry("重复行", "与文件中前面一行相同；请删去，确为两笔的请以回单号区分。"),
    "E302": Entry("借据号或代码在文件中重复", "同一文件中只能出现一次；请核对。"),
    "E303": Entry("不属于所报季度", "请核对日期，或改选所属季度后重新上传。"),
    "E311": Entry("借据号不存在", "本行在本项目没有这笔借据；请核对借据号，未录入的请先录入放款。"),
    "E312": Entry("借据尚未复核", "请先复核该笔放款，再“重新核对”。"),
    "E313": Entry("状态倒退", "借据已结清，不能再还款或转回在贷；确有误的请先冲正。"),
    "E314": Entry("余额下降而无归还本金", "请先登记对应的本金还款，或核对余额。"),
    "E315": Entry("余额高于在册余额", "请核对余额；多登记的还款请冲正。"),
    "E316": Entry("余额加未用额度超过授信", "请核对余额和未用额度。"),
    "E317": Entry("到期日超过期限", "到期日不能晚于授信期限或登记的到期日；展期请先办展期。"),
    "E318": Entry("该笔还款已登记", "在册已有相同的还款；确为另一笔的请以回单号区分。"),
    "E319": Entry("归还本金超过余额", "请核对金额，或有无重复登记。"),
    "E321": Entry("没有可用的授信", "该企业在本行没有可用的授信；请核对企业、金额和发放日期。"),
    "E322": Entry("授信不止一笔", "该企业有几笔可用授信，请填写推荐批次以区分。"),
    "E323": Entry("借据号已登记", "同一借据不能重复录入；请核对。"),
    "E331": Entry("企业已登记", "该企业已在本项目名录中，无需再登记。"),
    "E341": Entry("不是期初贷款", "启用日及以后发放的，请按放款借据录入。"),
    "E342": Entry("期初余额不成立", "本金余额应在 0 与贷款金额之间；请核对。"),
    "E343": Entry("提款合计超过授信", "同一授信（企业、审批日期、授信金额、原批次相同）各借据合计不能超过授信金额；请核对。"),
    "E344": Entry("结清日期不成立", "余额为 0 的填写结清日期，在发放以后、启用日以前；仍有余额的不填。"),
    "E345": Entry("日期先后有误", "应依次为：协议签署、审批、合同、发放、到期；请核对。"),
    "E346": Entry("企业未登记", "请先登记企业并纳入本项目（可上传企业名录），再“重新核对”。"),
    "E347": Entry("准备金不足", "期初出资应先全部到位；请核对出资和期初余额，再“重新核对”。"),
    "E348": Entry("规模不明", "请填写批准时规模，或登记企业该年度及以前的指标。"),
    "E390": Entry("不符合业务规则", "请按说明更正后重新上传；因其他业务尚未办结的，办结后“重新核对”。"),
    "E391": Entry("采纳时未能通过", "核对以后情况有变；请按说明处理，再“重新核对”。"),
    "W321": Entry("所属季度已经报送", "入账后列入下一期汇总表的“调整”附表；请核对日期。"),
    "W322": Entry("状态与在册不一致", "请核对是否有未登记的还款或展期。"),
    "W323": Entry("到期日与在册不一致", "请核对；确有变更的请办展期或数据更正。"),
    "W324": Entry("五级分类与在册不一致", "请核对；确有调整的请登记五级分类。"),
}


def finding(code: str, text: str) -> Finding:
    """An exception met. A number outside the catalogue is a mistake of ours."""
    if code not in CATALOGUE:
        raise KeyError(code)
    return Finding(code, text)


def verdict_of(findings: Iterable[Finding]) -> str:
    """`error`, `warning` or `ok`: the worst of them."""
    codes = {one.code[0] for one in findings}
    return "error" if "E" in codes else "warning" if "W" in codes else "ok"

"""The kinds of messages a person may choose by. The one table is here; each app says in its `ready()` which keys belong to which.

    categories.claim("reserve", "contribution:*", "interest:*")

A message's key says its kind by its beginning (`parties.services.notify`).
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Category:
    """`mandatory`: always shown in the application; only its mail can be switched off."""

    code: str
    label: str
    hint: str
    mandatory: bool = False


CATEGORIES = {
    found.code: found
    for found in (
        Category("security", "系统安全", "密码重置、账号停用", mandatory=True),
        Category("overdue", "逾期与配套", "贷款逾期、镇级配套义务的形成、提醒和逾期", mandatory=True),
        Category("deadline", "期限提醒", "各项期限临近、暂定期限重算，推荐、证书将失效，放假安排待录入"),
        Category("reserve", "出资与账户", "出资到账、账户利息、银行对账、退款指令"),
        Category("recommendation", "推荐与批次", "推荐的签署、退回、办结，批次送达"),
        Category("approval", "审批与放款", "审批、放款待复核或退回，授信失效，资本净额"),
        Category("servicing", "还款与贷后", "还款、冲正、展期、更正、五级分类、贷后检查、预警报告"),
        Category("claim", "代偿与追偿", "代偿各环节、划款，追偿回款和进展，核销"),
        Category("summary", "汇总表与数据文件", "申报汇总表的核对、报送、退回，数据文件的核对结果"),
        Category("programme", "项目与规则", "规则变更，暂停与恢复，联合决定，项目终止和清算"),
    )
}
_patterns: dict[str, Category] = {}


def claim(code: str, *patterns: str) -> None:
    """Say which keys, as shell patterns, belong to a category. Of several that fit a key the longest decides."""
    _patterns.update(dict.fromkeys(patterns, CATEGORIES[code]))


def of_key(key: str) -> Category | None:
    """The category of a message's key; None of a key nobody has claimed: such a message takes both ways."""
    fitting = [pattern for pattern in _patterns if fnmatchcase(key, pattern)]
    return _patterns[max(fitting, key=len)] if fitting else None

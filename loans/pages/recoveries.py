"""What pages show of recoveries."""

from common.display import iso, yuan
from common.page import Fact

from ..models import Recovery


def facts(recovery: Recovery) -> list[Fact]:
    """What came in, what it cost, and who gets what."""
    loan = recovery.loan
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.enterprise.get_absolute_url()),
        Fact("借据号", loan.note_no, url=loan.get_absolute_url()),
        Fact("收到日期", iso(recovery.received_on)),
        Fact("来源", recovery.get_source_display()),
        Fact("追回金额（元）", yuan(recovery.gross), numeric=True),
        Fact("追偿费用（元）", yuan(recovery.cost), numeric=True),
        Fact("归准备金（元）", yuan(recovery.returned), numeric=True),
    ]

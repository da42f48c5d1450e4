"""What pages show of claims."""

from common.display import iso, yuan
from common.page import Fact

from ..models import Claim


def facts(claim: Claim) -> list[Fact]:
    """The loan, why it may be claimed for, what is asked, granted and paid."""
    loan = claim.loan
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.enterprise.get_absolute_url()),
        Fact("借据号", loan.note_no, url=loan.get_absolute_url()),
        Fact("触发条件", f"{claim.get_trigger_display()}（{iso(claim.triggered_on)}）"),
        Fact("申请代偿金额（元）", yuan(claim.asked), numeric=True),
        Fact("核准金额（元）", yuan(claim.granted), numeric=True),
        Fact("代偿金额（元）", yuan(claim.paid), numeric=True),
        Fact("逾期原因", claim.cause),
        Fact("催收情况", claim.dunning),
    ]

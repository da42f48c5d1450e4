"""The papers of claims and recoveries as PDF and as workbooks (domain §8)."""

from common.display import DASH

from ..selectors.claim_opinions import Approval
from ..selectors.claim_papers import Application, Fact, Order
from ..selectors.recovery_papers import Sharing
from .pdf import render_pdf
from .sheets import Part, workbook


def application_pdf(paper: Application) -> bytes:
    """代偿申请表（函）: the bank to the provincial centre."""
    return render_pdf("reports/pdf/claim_application.html", {"paper": paper})


def application_xlsx(paper: Application) -> bytes:
    claim = paper.claim
    return workbook(
        f"{paper.word}申请表",
        f"科技贷款风险准备金{paper.word}申请表",
        [
            Part("一、贷款情况", paper.facts),
            Part(
                "二、申请事项",
                [
                    ("编号", f"第{claim.number}号"),
                    ("报送", paper.addressee.name),
                    ("申报银行", claim.bank.name),
                    (f"申请{paper.word}金额（元）", claim.asked),
                    ("大写", paper.words),
                    ("逾期原因", claim.cause),
                    ("催收情况", claim.dunning),
                    ("报送日期", claim.filed_on if paper.filed else "（尚未报送）"),
                    ("经办", paper.officer),
                    ("复核", paper.reviewer),
                ],
            ),
            Part("三、计算过程", [(step.label, step.amount, step.rule) for step in paper.steps], ("项目", "金额（元）", "依据")),
            Part("四、所附材料", paper.annexes, ("材料", "份数")),
        ],
    )


def approval_pdf(paper: Approval) -> bytes:
    """代偿审批表: a box for each party, and the record of payment."""
    return render_pdf("reports/pdf/claim_approval.html", {"paper": paper})


def approval_xlsx(paper: Approval) -> bytes:
    claim = paper.claim
    boxes = [(box.label, box.said, box.amount, box.opinion, box.officer, box.reviewer, box.day) for box in paper.boxes]
    returns = [(f"第{one.round}次报送", one.organisation.name, one.opinion, officer, one.signed_on) for one, officer in paper.returns]
    paid = [
        (
            one.notice.account.funder.name,
            one.notice.account.number,
            one.notice.number,
            one.notice.issued_on,
            one.notice.amount,
            one.paid,
            one.notice.receipt_no if one.paid else "",
        )
        for one in paper.payments
    ]
    return workbook(
        f"{paper.word}审批表",
        f"科技贷款风险准备金{paper.word}审批表（第{claim.number}号）",
        [
            Part("基本情况", [*paper.facts, ("状态", paper.status)]),
            Part("审批意见", boxes, ("环节", "意见", "金额（元）", "说明", "经办", "复核", "日期")),
            Part("历次退回", returns, ("报送", "退回单位", "意见", "经办", "日期")),
            Part("拨付记录", paid, ("出资人", "账号", "通知书文号", "签发日期", "通知金额（元）", "实付金额（元）", "回单号")),
            *([Part("划款", _payment(paper))] if paper.paid else []),
        ],
    )


def _payment(paper: Approval) -> list[Fact]:
    claim = paper.claim
    return [
        ("划款日期", claim.paid_on),
        (f"{paper.word}基数（元）", claim.base),
        (f"{paper.word}金额（元）", claim.paid),
        *zip(("划款经办", "划款复核"), paper.payers, strict=True),
    ]


def order_pdf(paper: Order) -> bytes:
    """划款通知书: an account's owner to the bank."""
    return render_pdf("reports/pdf/payment_notice.html", {"paper": paper})


def sharing_pdf(paper: Sharing) -> bytes:
    """追偿分配表."""
    return render_pdf("reports/pdf/recovery_sharing.html", {"paper": paper})


def sharing_xlsx(paper: Sharing) -> bytes:
    rows = [
        (
            number,
            row.received_on,
            row.get_source_display(),
            row.gross,
            row.cost,
            row.net,
            share,
            row.returned_provincial,
            row.returned_town,
            row.kept_by_bank,
            row.remitted_on,
            row.receipt_no,
        )
        for number, (row, share) in enumerate(paper.lines, start=1)
    ]
    gross, cost, net, *parts = paper.sums
    total = ("合计", "", f"{len(rows)}笔", gross, cost, net, "", *parts, "", "")
    holders = [
        (one.label, one.borne, one.back, DASH if one.remitted is None else one.remitted, one.lost) for one in (*paper.holders, paper.total)
    ]
    return workbook(
        "追偿分配表",
        "科技贷款风险准备金追偿分配表",
        [
            Part("基本情况", paper.facts),
            Part("追偿回款", [*rows, total], HEADS),
            Part("累计分担", holders, ("承担方", "承担（元）", "已分回（元）", "其中已划回（元）", "尚待追回（元）")),
        ],
    )


HEADS = (
    *("序号", "收到日期", "来源", "追回金额（元）", "追偿费用（元）", "净额（元）", "归准备金比例"),
    *("归省（元）", "归镇（元）", "归银行（元）", "划回日期", "回单号"),
)

"""What stands beside a form of a claim: what to look at before it is sent."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from common.display import iso, percent, wan, yuan
from common.money import format_yuan, round_half_up
from common.page import Fact
from reserve.models import ReserveAccount

from ...models import Claim, Loan, PaymentNotice
from ...selectors.claims import claimable, granted_share, lowest_agreed, missing_papers, payout_of, required_papers
from ...selectors.exposure import cover_accounts
from ...services.claims.paying import parts_by_account
from ..parts import worded_facts


def draft_hints(loan: Loan, on: date) -> list[Fact]:
    """Unpaid principal, trigger, window, the most that may be asked and by which rules, what both accounts have free."""
    if not loan.is_running:
        return []
    found, rules, account = claimable(loan, on), loan.credit_line.rules, payout_of(loan)
    share = percent(round_half_up(rules.loss_share_reserve, 4))
    facts = [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("借据号", loan.note_no, hint=f"{loan.disbursed_on} 至 {loan.due_on}"),
        Fact("未还本金（元）", yuan(loan.outstanding), numeric=True, hint="代偿基数，不含利息、罚息和费用；划款日重新核定"),
    ]
    if found.triggered is not None:
        facts += [
            Fact("触发条件", found.triggered.trigger.label, hint=f"{found.triggered.on} 成就；本金逾期 {found.days} 天"),
            Fact("申请期最后一日", iso(found.last_day), hint=f"触发后 {rules.claim_window_months} 个月，指首次报送"),
        ]
    return worded_facts(
        loan,
        [
            *facts,
            Fact(
                "最多可申请（元）",
                yuan(account.most),
                numeric=True,
                hint=f"代偿基数 × 准备金承担比例 {share}，与单笔代偿上限 {wan(rules.claim_payout_cap)} 取低",
            ),
            Fact("其中省、镇", f"{yuan(account.share.provincial)}、{yuan(account.share.town)}", numeric=True),
            Fact("银行承担（元）", yuan(account.borne_by_bank), numeric=True, hint="按最多可申请计算"),
            *_free(loan.programme_id),
            Fact("必备材料", f"{len(rules.claim_papers)} 种", hint="保存后在申请页逐件上传，齐备后由复核人报送"),
        ],
    )


def _free(programme_id: int) -> list[Fact]:
    return [
        Fact(f"{one.account.funder.short_name}账户可用（元）", yuan(one.free), numeric=True, hint="不足时核准后转为“待补足”")
        for one in cover_accounts(programme_id)
    ]


def claim_hints(claim: Claim) -> list[Fact]:
    """What the claim is about."""
    loan = claim.loan
    return worded_facts(
        loan,
        [
            Fact("企业名称", loan.enterprise_name, url=claim.get_absolute_url()),
            Fact("借据号", loan.note_no),
            Fact("未还本金（元）", yuan(loan.outstanding), numeric=True),
            Fact("申请代偿金额（元）", yuan(claim.asked), numeric=True),
        ],
    )


def check_hints(claim: Claim) -> list[Fact]:
    """The checklist in one line, and what the check starts."""
    missing, days = missing_papers(claim), claim.loan.credit_line.rules.claim_decision_workdays
    clock = f"自{'本次' if claim.checked_on is None else '首次'}核验通过起 {days} 个工作日，补正期间不计"
    return [
        *claim_hints(claim),
        Fact("必备材料", f"{len(required_papers(claim))} 种", hint=f"缺：{'、'.join(missing)}" if missing else "均已上传，请逐件打开核对"),
        Fact("核验通过以后", "转市科技局、镇政府会审", hint=f"审批期限{clock}"),
    ]


def word_hints(claim: Claim, most: Decimal, what: str) -> list[Fact]:
    """Beside a word on an amount: the highest it may name."""
    left = payout_of(claim.loan).most
    facts = [Fact(what, yuan(most), numeric=True, hint="同意的金额不能超过此数；低于申请金额的须在意见中说明理由")]
    if left < most:
        facts.append(Fact("按现有未还本金可代偿（元）", yuan(left), numeric=True, hint="申请后借款人又归还了本金，审定不能超过此数"))
    return [*claim_hints(claim), *worded_facts(claim.loan, [*facts, *_free(claim.programme_id)])]


def review_hints(claim: Claim) -> list[Fact]:
    return word_hints(claim, claim.asked, "最多可同意（元）")


def propose_hints(claim: Claim) -> list[Fact]:
    return word_hints(claim, lowest_agreed(claim), "两方同意的金额（元）")


def instruct_hints(claim: Claim, account: ReserveAccount) -> list[Fact]:
    """The account and the part it bears."""
    part = parts_by_account(claim, granted_share(claim))[account.pk][1]
    return [
        *claim_hints(claim),
        Fact("准备金账户", f"{account.name}（{account.number}）", hint=account.bank.name),
        Fact("划付金额（元）", yuan(part), numeric=True, hint="核准金额中由本账户承担的部分；划款日本金减少的，按减少后的金额划付"),
    ]


def pay_hints(claim: Claim, due: Sequence[tuple[PaymentNotice, Decimal]]) -> list[Fact]:
    """What each account has to pay today."""
    orders = [
        Fact(
            f"从{notice.account.funder.short_name}账户划付（元）",
            yuan(part),
            numeric=True,
            hint=f"{notice.account.name}；划款通知书{notice.number} {format_yuan(notice.amount)} 元",
        )
        for notice, part in due
    ]
    days = Fact("划款日期", "不早于核准备付日和最近一次本金变动日", hint=f"备付日 {claim.funded_on}")
    return [*claim_hints(claim), *orders, days]


def withdraw_hints(claim: Claim) -> list[Fact]:
    """What becomes of the money and of the loan."""
    money = "未动用资金"
    if claim.is_funded and claim.granted:
        money = f"已备付的 {format_yuan(claim.granted)} 元退回两个账户，本笔贷款重新占用准备金"
    return [*claim_hints(claim), Fact("撤回以后", money, hint="借据可另行申请，申请期仍自触发日起算")]

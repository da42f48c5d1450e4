"""What pages show of a joint decision to write a loan off."""

from collections.abc import Sequence

from django.urls import reverse

from common.display import iso, yuan
from common.page import Action, Fact, Step, Todo
from parties.models import User
from parties.permissions import may
from reserve.enums import JointStatus
from reserve.models import JointDecision
from reserve.permissions import require_speak, require_withdraw_joint

from ..models import Loan
from ..permissions import why_not
from ..selectors.recoveries import Standing
from ..selectors.write_offs import write_offs_of, write_offs_to_speak
from .parts import TODO_LIMIT, of_the_bank
from .recoveries import left_fact


def url_of(decision: JointDecision) -> str:
    return reverse("loans:write_off", args=[decision.pk])


def todos(user: User) -> list[Todo]:
    """Proposals the reviewer's office has not spoken on; the bank's own are among what it has to confirm."""
    if not may(user, "joint.speak") or of_the_bank(user):
        return []
    return [
        Todo(
            f"签署核销意见：{row.enterprise_name}",
            url_of(row),
            f"借据号 {row.note_no}，{row.bank_name}提请，依据：{row.grounds}",
            row.programme_id,
        )
        for row in write_offs_to_speak(user)[:TODO_LIMIT]
    ]


def rows(loan: Loan) -> list[JointDecision]:
    """A loan's decisions with their voices, oldest first. Two queries, none where there can be none."""
    if loan.compensated_on is None:
        return []
    return list(write_offs_of(loan))


def loan_actions(user: User, decisions: Sequence[JointDecision]) -> list[Action]:
    """On the page of the loan: to speak, for whom a pending decision waits."""
    waiting = [voice for row in decisions if row.status == JointStatus.PROPOSED for voice in row.voices.all() if voice.agrees is None]
    mine = [voice for voice in waiting if voice.organisation_id == user.organisation_id and may(user, "joint.speak")]
    return [
        Action("签署核销意见", reverse("loans:write_off_speak", args=[voice.decision_id]), primary=True, icon="signature") for voice in mine
    ]


def facts(decision: JointDecision, loan: Loan, found: Standing) -> list[Fact]:
    facts = [
        Fact("企业名称", loan.enterprise_name, url=loan.enterprise.get_absolute_url()),
        Fact("借据号", loan.note_no, url=loan.get_absolute_url()),
        Fact("代偿日期", iso(loan.compensated_on)),
        Fact("代偿金额（元）", yuan(found.paid.total), numeric=True, hint=f"代偿基数 {yuan(found.base)} 元"),
        Fact("已追回净额（元）", yuan(found.net), numeric=True),
        left_fact(found),
        Fact("核销依据", decision.grounds),
        Fact("提请", f"{loan.bank.short_name} {decision.proposed_by.name}，{iso(decision.proposed_at)}"),
    ]
    if decision.withdraw_reason:
        facts.append(Fact("撤回理由", decision.withdraw_reason))
    return facts


def steps(decision: JointDecision) -> list[Step]:
    """提请 → 各方签署 → 核销."""
    proposed = Step("提请", "done", who=decision.proposed_by.name, when=decision.proposed_at)
    if decision.status == JointStatus.PROPOSED:
        waiting = "、".join(voice.organisation.short_name for voice in decision.voices.all() if voice.agrees is None)
        return [proposed, Step("各方签署", "current", who=f"{waiting}复核"), Step("核销")]
    if decision.status == JointStatus.AGREED:
        return [proposed, Step("各方签署", "done", when=decision.decided_on), Step("核销", "done", when=decision.decided_on)]
    return [proposed, Step(decision.get_status_display(), "stopped", when=decision.decided_on)]


def actions(user: User, decision: JointDecision) -> list[Action]:
    """Speaking, for the reviewers of those asked; taking back, for the bank that proposed."""
    if decision.status != JointStatus.PROPOSED or not any(voice.organisation_id == user.organisation_id for voice in decision.voices.all()):
        return []
    offers = []
    if may(user, "joint.speak"):
        url = reverse("loans:write_off_speak", args=[decision.pk])
        offers.append(Action("签署意见", url, why_not(require_speak, user, decision), primary=True, icon="signature"))
    if decision.proposed_by.organisation_id == user.organisation_id and may(user, "joint.withdraw"):
        url = reverse("loans:write_off_withdraw", args=[decision.pk])
        offers.append(Action("撤回提请", url, why_not(require_withdraw_joint, user, decision), danger=True, icon="arrow-back-up"))
    return offers


def propose_hints(loan: Loan, found: Standing) -> list[Fact]:
    """Beside the form of a proposal: what is given up, and who decides."""
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("借据号", loan.note_no),
        Fact("尚未追回的基数（元）", yuan(found.base_left), numeric=True),
        left_fact(found),
        Fact("谁来决定", "省中心、市科技局、镇政府和本行复核人", hint="都同意的当日核销；一方不同意即告结束，可以补充依据后重新提请"),
        Fact("核销以后", "不免除债务", hint="以后追回的款项照常登记、分配、划回"),
    ]


def spoken(decision: JointDecision) -> str:
    """The message after a voice."""
    ends = {JointStatus.AGREED: "各方均已同意，贷款已核销。", JointStatus.REFUSED: "核销未获同意。"}
    return "意见已签署。" + ends.get(JointStatus(decision.status), "")

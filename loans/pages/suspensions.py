"""What pages show of suspensions of new cover, and of the reasons why none is given now."""

from collections.abc import Sequence

from django.urls import reverse

from common.display import iso, percent
from common.page import Action, Fact, Step, Todo
from parties.enums import OrganisationKind
from parties.models import User
from parties.permissions import may
from reserve.enums import JointStatus
from reserve.models import JointDecision
from reserve.permissions import require_speak, require_withdraw_joint

from ..enums import SuspensionStatus
from ..models import RiskRate, Suspension
from ..permissions import require_propose_resumption, why_not
from .parts import TODO_LIMIT


def todos(user: User, seen: Sequence[Suspension]) -> list[Todo]:
    """Resumptions this reviewer has to speak on, suspensions this officer may ask the parties to end; of those `suspensions_seen`."""
    found = []
    for row in (one for one in seen if one.status == SuspensionStatus.SUSPENDED):
        detail = f"{row.said}，自 {iso(row.since)} 起"
        if may(user, "joint.speak") and row.awaited:  # type: ignore[attr-defined]  # annotated
            found.append(Todo(f"签署恢复新增的意见：{row.scope}", row.get_absolute_url(), detail, row.programme_id))
        elif may(user, "resumption.propose") and row.asked is None and not _of_another_bank(user, row):  # type: ignore[attr-defined]
            found.append(Todo(f"暂停新增贷款：{row.scope}", row.get_absolute_url(), f"{detail}；情况改善后提请恢复", row.programme_id))
    return found[:TODO_LIMIT]


def _of_another_bank(user: User, row: Suspension) -> bool:
    return user.kind == OrganisationKind.BANK and row.bank_id not in (None, user.organisation_id)


def facts(row: Suspension, latest: RiskRate | None) -> list[Fact]:
    """The figures of the day, the line, and what the rate was when last counted."""
    found = [
        Fact("项目", row.programme.name, url=row.programme.get_absolute_url()),
        Fact("范围", row.scope, hint="只暂停该银行的新增贷款" if row.bank_id else "暂停本项目各银行的新增贷款"),
        Fact("原因", f"{row.get_cause_display()}超过暂停线"),
        Fact("暂停日", iso(row.since)),
        Fact("当日比率", percent(row.rate), hint=row.said, numeric=True),
        Fact("暂停线", row.limit),
    ]
    if latest is not None:
        rate = latest.overdue_rate if row.cause == "overdue_rate" else latest.compensation_ratio
        found.append(Fact("最近比率", percent(rate), hint=f"{iso(latest.day)} 每日任务计算", numeric=True))
    if row.resumed_on is not None:
        back = f"{iso(row.cleared_on)} 已回到线内，再次超过的另行暂停" if row.cleared_on else "比率尚未回到线内；回落后再次超过的另行暂停"
        found.append(Fact("恢复日", iso(row.resumed_on), hint=back))
    return found


def steps(row: Suspension, decisions: Sequence[JointDecision]) -> list[Step]:
    """超过暂停线 → 提请恢复 → 各方签署 → 恢复."""
    begun = Step("暂停新增", "done", when=row.since)
    last = decisions[0] if decisions else None
    if last is None or last.status in (JointStatus.REFUSED, JointStatus.WITHDRAWN):
        return [begun, Step("提请恢复", "current", who="省中心、市科技局、镇政府或银行经办"), Step("各方签署"), Step("恢复新增")]
    proposed = Step("提请恢复", "done", who=last.proposed_by.name, when=last.proposed_at)
    if row.status == SuspensionStatus.RESUMED:
        return [begun, proposed, Step("各方签署", "done", when=last.decided_on), Step("恢复新增", "done", when=row.resumed_on)]
    waiting = "、".join(voice.organisation.short_name for voice in last.voices.all() if voice.agrees is None)
    return [begun, proposed, Step("各方签署", "current", who=f"{waiting}复核"), Step("恢复新增")]


def actions(user: User, row: Suspension, decisions: Sequence[JointDecision]) -> list[Action]:
    """What may come next while it stands, with the reason where not for this person."""
    if row.status != SuspensionStatus.SUSPENDED:
        return []
    found = []
    pending = next((one for one in decisions if one.status == JointStatus.PROPOSED), None)
    if may(user, "resumption.propose"):
        url = reverse("loans:resumption_propose", args=[row.pk])
        found.append(
            Action("提请恢复", url, reason=why_not(require_propose_resumption, user, row), primary=pending is None, icon="player-play")
        )
    asked = pending is not None and any(voice.organisation_id == user.organisation_id for voice in pending.voices.all())
    if asked and may(user, "joint.speak"):
        url = reverse("loans:resumption_speak", args=[row.pk])
        found.append(Action("签署意见", url, reason=why_not(require_speak, user, pending), primary=True, icon="signature"))
    if pending is not None and may(user, "joint.withdraw") and pending.proposed_by.organisation_id == user.organisation_id:
        url = reverse("loans:resumption_withdraw", args=[row.pk])
        reason = why_not(require_withdraw_joint, user, pending)
        found.append(Action("撤回提请", url, reason=reason, danger=True, icon="arrow-back-up"))
    return found


def hints(row: Suspension) -> list[Fact]:
    """Beside the forms."""
    return [
        Fact("范围", row.scope, url=row.get_absolute_url()),
        Fact("原因", f"{row.said}，自 {iso(row.since)} 起"),
        Fact("恢复以后", "允许新增贷款占用准备金", hint="比率仍超过暂停线的也允许；回落到线内以后再次超过的，另行暂停"),
    ]


def speak_hints(row: Suspension, decision: JointDecision | None) -> list[Fact]:
    """Beside a party's word: what was proposed, by whom, on what grounds."""
    if decision is None:
        return hints(row)
    return [*hints(row), Fact("提请人", decision.proposed_by.name, hint=iso(decision.proposed_at)), Fact("依据", decision.grounds)]

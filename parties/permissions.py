"""The one permission table: which kind of organisation, in which role, may do what (domain §2, §3).

Scope (whose objects) is the selectors' business: what is not visible does not exist (404). This table answers
the other question, whether a person of this kind and role may take the action at all (403). Upper apps name
their actions here, so that one table can be read, printed and tested.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from common.errors import NotAllowed

from .enums import ADMINISTRATORS, BUSINESS, Role
from .enums import OrganisationKind as Kind
from .errors import OwnAccount, SamePerson
from .models import User

EVERYONE_IN_PROGRAMME = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Grant:
    """Who holds an action: business people by organisation kind and role, or one administrator."""

    label: str
    kinds: frozenset[Kind]
    roles: frozenset[Role]

    def held_by(self, user: User) -> bool:
        if user.role not in self.roles:
            return False
        return not self.kinds or user.kind in self.kinds


def _grant(label: str, kinds: Iterable[Kind], *roles: Role) -> Grant:
    return Grant(label, frozenset(kinds), frozenset(roles))


def _admin(label: str, *roles: Role) -> Grant:
    return Grant(label, frozenset(), frozenset(roles))


_FUNDERS = (Kind.PROVINCIAL_CENTRE, Kind.TOWN)
_OFFICES = (Kind.SCIENCE_BUREAU, Kind.TOWN)
_DRAFTERS = (Kind.SCIENCE_BUREAU, Kind.CITY_CENTRE, Kind.TOWN)
_JOINT = (Kind.PROVINCIAL_CENTRE, Kind.SCIENCE_BUREAU, Kind.TOWN, Kind.BANK)
_PARTIES = (Kind.PROVINCIAL_CENTRE, Kind.SCIENCE_BUREAU, Kind.CITY_CENTRE, Kind.TOWN, Kind.BANK)

PERMISSIONS: dict[str, Grant] = {
    # system side (三员)
    "organisation.manage": _admin("维护单位", Role.SYSTEM_ADMIN),
    "account.create": _admin("建立账号、重置密码", Role.SYSTEM_ADMIN),
    "account.authorise": _admin("授予角色、启停账号、解除锁定", Role.SECURITY_ADMIN),
    "permission.read": _admin("查看权限表", Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN),
    "programme.manage": _admin("建立项目、维护参与方", Role.SYSTEM_ADMIN),
    "rule.change": _admin("修改项目规则", Role.SYSTEM_ADMIN),
    "calendar.enter": _admin("录入放假安排", Role.SYSTEM_ADMIN),
    "rate.enter": _admin("录入基准利率", Role.SYSTEM_ADMIN),
    "job.read": _admin("查看定时任务", Role.SYSTEM_ADMIN),
    "sign_in.read": _admin("查看登录记录", Role.SECURITY_ADMIN, Role.AUDIT_ADMIN),
    "account.read": _admin("查看账号与单位", Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN),
    "audit.read_all": _admin("查看全部审计记录", Role.AUDIT_ADMIN),
    # absence (A/B岗)
    "delegation.make": _grant("委托同事代办、收回委托", _PARTIES, *BUSINESS),
    # every party reads its programmes
    "programme.read": _grant("查看项目", EVERYONE_IN_PROGRAMME, *BUSINESS, Role.VIEWER),
    # reserve
    "contribution.record": _grant("登记出资", _FUNDERS, Role.OFFICER),
    "contribution.receive": _grant("录入到账", (Kind.BANK,), Role.OFFICER),
    "contribution.confirm": _grant("复核到账", (Kind.BANK,), Role.REVIEWER),
    "contribution.reject": _grant("退回出资", (Kind.BANK,), Role.REVIEWER),
    "programme.end": _grant("记录项目终止", (Kind.PROVINCIAL_CENTRE,), Role.REVIEWER),
    # the accounts: interest, statements, refunds and closing
    "interest.enter": _grant("录入账户利息", (Kind.BANK,), Role.OFFICER),
    "interest.confirm": _grant("复核账户利息", (Kind.BANK,), Role.REVIEWER),
    "refund.instruct": _grant("下达、撤回退款指令", _FUNDERS, Role.REVIEWER),
    "refund.execute": _grant("录入退还划款", (Kind.BANK,), Role.OFFICER),
    "refund.confirm": _grant("复核退还划款", (Kind.BANK,), Role.REVIEWER),
    "programme.close": _grant("办理项目清算", (Kind.PROVINCIAL_CENTRE,), Role.REVIEWER),
    "statement.enter": _grant("报送银行对账单", (Kind.BANK,), Role.OFFICER),
    "statement.explain": _grant("说明对账差异", (Kind.BANK,), Role.OFFICER),
    "statement.accept": _grant("确认差异说明", _FUNDERS, Role.REVIEWER),
    "resumption.propose": _grant("提请恢复新增", _JOINT, Role.OFFICER),
    "joint.speak": _grant("对联合决定签署意见", _JOINT, Role.REVIEWER),
    "joint.withdraw": _grant("撤回联合决定的提请", _JOINT, *BUSINESS),
    # enterprises
    "enterprise.edit": _grant("登记、修改企业", _DRAFTERS, Role.OFFICER),
    "benefit.enter": _grant("填报企业成效", _DRAFTERS, Role.OFFICER),
    "recommendation.draft": _grant("受理、起草推荐", _DRAFTERS, Role.OFFICER),
    "recommendation.sign": _grant("签署推荐", _OFFICES, Role.REVIEWER),
    "recommendation.decline": _grant("不予推荐", _OFFICES, Role.REVIEWER),
    "recommendation.withdraw": _grant("撤回推荐", _OFFICES, *BUSINESS),
    "batch.prepare": _grant("编制批次", (Kind.SCIENCE_BUREAU, Kind.CITY_CENTRE), Role.OFFICER),
    "batch.send": _grant("发送批次", (Kind.SCIENCE_BUREAU,), *BUSINESS),
    "paper.register": _grant("登记发文字号与扫描件", _PARTIES, *BUSINESS),
    # loans
    "approval.propose": _grant("提出审批意见", (Kind.BANK,), Role.OFFICER),
    "approval.confirm": _grant("复核审批", (Kind.BANK,), Role.REVIEWER),
    "approval.send_back": _grant("退回审批", (Kind.BANK,), Role.REVIEWER),
    "loan.enter": _grant("录入放款", (Kind.BANK,), Role.OFFICER),
    "loan.confirm": _grant("复核放款", (Kind.BANK,), Role.REVIEWER),
    "opening.countersign": _grant("会签期初贷款", _OFFICES, Role.REVIEWER),
    "repayment.enter": _grant("录入还款", (Kind.BANK,), Role.OFFICER),
    "repayment.confirm": _grant("复核还款", (Kind.BANK,), Role.REVIEWER),
    "net_capital.enter": _grant("录入资本净额", (Kind.BANK,), Role.OFFICER),
    "net_capital.confirm": _grant("复核资本净额", (Kind.BANK,), Role.REVIEWER),
    "extension.apply": _grant("申请展期", (Kind.BANK,), Role.OFFICER),
    "extension.consent": _grant("对展期签署意见", _OFFICES, Role.REVIEWER),
    "extension.confirm": _grant("复核展期", (Kind.BANK,), Role.REVIEWER),
    "correction.enter": _grant("提出数据更正", (Kind.BANK,), Role.OFFICER),
    "correction.confirm": _grant("复核数据更正", (Kind.BANK,), Role.REVIEWER),
    "grade.enter": _grant("登记五级分类", (Kind.BANK,), Role.OFFICER),
    "inspection.enter": _grant("登记贷后检查", (Kind.BANK,), Role.OFFICER),
    "warning.report": _grant("报告预警", (Kind.BANK,), Role.OFFICER),
    "warning.lift": _grant("解除预警", (Kind.BANK,), Role.REVIEWER),
    "position.enter": _grant("报送月末余额", (Kind.BANK,), Role.OFFICER),
    "position.confirm": _grant("复核月末余额", (Kind.BANK,), Role.REVIEWER),
    # claims and recoveries
    "claim.draft": _grant("起草代偿申请", (Kind.BANK,), Role.OFFICER),
    "claim.file": _grant("复核并报送代偿申请", (Kind.BANK,), Role.REVIEWER),
    "claim.withdraw": _grant("撤回代偿申请", (Kind.BANK,), *BUSINESS),
    "claim.check": _grant("核验代偿材料", (Kind.PROVINCIAL_CENTRE,), Role.OFFICER),
    "claim.return": _grant("退回代偿申请补正", (Kind.PROVINCIAL_CENTRE, *_OFFICES), *BUSINESS),
    "claim.review": _grant("起草代偿会审意见", _OFFICES, Role.OFFICER),
    "claim.sign": _grant("签署代偿会审意见", _OFFICES, Role.REVIEWER),
    "claim.propose": _grant("拟定代偿审定意见", (Kind.PROVINCIAL_CENTRE,), Role.OFFICER),
    "claim.decide": _grant("审定代偿", (Kind.PROVINCIAL_CENTRE,), Role.REVIEWER),
    "claim.instruct": _grant("签发划款通知书", _FUNDERS, Role.REVIEWER),
    "claim.pay": _grant("录入代偿划款", (Kind.BANK,), Role.OFFICER),
    "claim.confirm_payment": _grant("复核代偿划款", (Kind.BANK,), Role.REVIEWER),
    "recovery.enter": _grant("登记追偿回款", (Kind.BANK,), Role.OFFICER),
    "recovery.confirm": _grant("复核追偿回款", (Kind.BANK,), Role.REVIEWER),
    "recovery.report": _grant("报告追偿进展", (Kind.BANK,), Role.OFFICER),
    "write_off.propose": _grant("提请核销", (Kind.BANK,), Role.OFFICER),
    # reports
    "summary.check": _grant("核对申报汇总表", (Kind.BANK,), Role.OFFICER),
    "summary.submit": _grant("报送申报汇总表", (Kind.BANK,), Role.REVIEWER),
    "summary.propose": _grant("初审申报汇总表", (Kind.PROVINCIAL_CENTRE,), Role.OFFICER),
    "summary.accept": _grant("审定申报汇总表", (Kind.PROVINCIAL_CENTRE,), Role.REVIEWER),
    "summary.remark": _grant("批注申报汇总表", (Kind.PROVINCIAL_CENTRE,), *BUSINESS),
    "summary.return": _grant("退回申报汇总表", (Kind.PROVINCIAL_CENTRE,), *BUSINESS),
}


def may(user: User, action: str) -> bool:
    """Whether the table gives `action` to this person, or to a colleague whose place they take today.

    Raises KeyError for an action nobody defined.
    """
    grant = PERMISSIONS[action]
    return user.is_active and (grant.held_by(user) or any(grant.held_by(colleague) for colleague in user.standing_in_for))


def in_place_of(user: User, actions: Iterable[str]) -> User | None:
    """The colleague by whose role alone this person may do one of `actions`; None when their own role suffices."""
    grants = [PERMISSIONS[action] for action in actions]
    if any(grant.held_by(user) for grant in grants):
        return None
    return next((colleague for colleague in user.standing_in_for for grant in grants if grant.held_by(colleague)), None)


def require(user: User, action: str) -> None:
    """Raise NotAllowed, in words that say who may, unless the table gives `action` to this person."""
    if not may(user, action):
        grant = PERMISSIONS[action]
        kinds = "、".join(Kind(k).label for k in Kind.values if k in grant.kinds)
        roles = "、".join(Role(r).label for r in Role.values if r in grant.roles)
        raise NotAllowed(f"您无权“{grant.label}”：须由{kinds}{roles}办理。")


def require_any(user: User, actions: str | Iterable[str]) -> None:
    """Raise NotAllowed unless the table gives one of `actions` to this person; no action at all asks nothing."""
    names = [actions] if isinstance(actions, str) else list(actions)
    if names and not any(may(user, name) for name in names):
        require(user, names[0])


def require_not_own(account: User, user: User, what: str = "对本人账号办理；请由另一位管理员办理") -> None:
    """Raise OwnAccount when an administrator would do this to their own account."""
    if account.pk == user.pk:
        raise OwnAccount(f"不能{what}。")


def require_other_person(first: User | None, second: User, what: str, *, at: datetime | None) -> None:
    """Raise SamePerson when one person would be both halves of a pair; `at`: when the first half was done.

    Two colleagues of whom one stands in for the other count as one person: on the days of the delegation for
    everything, afterwards for what either did on those days.
    """
    if first is None or not same_hands(first.pk, second, at):
        return
    if first.pk == second.pk:
        raise SamePerson(f"{what}的经办与复核不能是同一人，请由本单位另一位同事办理。")
    raise SamePerson(f"{what}由{first.name}经办，与您有离岗委托，双方视为同一人，不能互为经办与复核；请由本单位第三位同事办理。")


def same_hands(first: int | None, second: User, at: datetime | None) -> bool:
    """Whether what the person of key `first` did at that time is, for a pair, the work of `second`. No query."""
    if first == second.pk:
        return True
    day = timezone.localdate(at) if at else None
    return any(
        place.colleague.pk == first and (place.holds or (day is not None and place.first <= day <= place.last)) for place in second.places
    )


def own_hands(user: User, field: str) -> Q:
    """`same_hands` for a list: the rows whose first half, `field` (`entered_by`, with its `entered_at`), counts as the person's own."""
    found = Q(**{field: user.pk})
    for place in user.places:
        theirs = Q(**{field: place.colleague.pk})
        found |= theirs if place.holds else theirs & Q(**{f"{field.removesuffix('_by')}_at__date__range": (place.first, place.last)})
    return found


def reason_against_reset(account: User) -> str | None:
    """Why this account's password is not given on screen: one administrator would become another by it."""
    if account.role in ADMINISTRATORS:
        return "管理员的密码不能在页面上重置，请由运维人员在服务器上办理（manage.py reset_administrator）。"
    return None

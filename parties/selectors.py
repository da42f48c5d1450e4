"""Reads about people, papers, messages and the trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Window
from django.db.models.functions import Cast, Coalesce

from common.page import TIMELINE_LENGTH

from .categories import CATEGORIES, Category
from .delegations import JSONList
from .enums import BUSINESS
from .models import ApiToken, Attachment, AuditEvent, Delegation, Notification, NotificationPreference, Organisation, User
from .permissions import PERMISSIONS, may


def timeline(
    obj: models.Model, *children: models.QuerySet[Any], codes: Any = None, only: Sequence[str] = (), without: Sequence[str] = ()
) -> list[Any]:
    """The trail of one object and of what belongs to it (`children`), newest first, at most `TIMELINE_LENGTH` lines. One statement.

    Each event has `about`: which of the others it is about, "" where it is the object itself. `codes`: only events of these
    programmes, and of none; `only`, `without`: actions by name.
    """
    about = AuditEvent.objects.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk)).order_by().values("pk")
    of_children = []
    for rows in children:
        keys = rows.order_by().annotate(key=Cast("pk", models.CharField())).values("key")
        of_children.append(AuditEvent.objects.filter(object_type=rows.model._meta.label_lower, object_id__in=keys).order_by().values("pk"))
    # One after the other, not joined by OR: each is found by its index, where an OR of subqueries reads the whole trail.
    events = AuditEvent.objects.filter(pk__in=about.union(*of_children, all=True)).select_related("organisation")
    if codes is not None:
        events = events.filter(models.Q(programme_code="") | models.Q(programme_code__in=codes))
    if only:
        events = events.filter(action__in=only)
    found: list[Any] = list(events.exclude(action__in=without)[:TIMELINE_LENGTH])
    for event in found:
        event.about = "" if event.object_type == obj._meta.label_lower and event.object_id == str(obj.pk) else event.object_label
    return found


def since(obj: models.Model, moment: datetime, user: User) -> list[AuditEvent]:
    """What this person may read of the trail of one object after a moment, newest first. One statement."""
    readable = AuditEvent.objects.visible_to(user) | AuditEvent.objects.filter(programme_code="")  # what is of no programme is of all
    events = readable.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk), at__gt=moment)
    return list(events.select_related("organisation")[:TIMELINE_LENGTH])


def papers_of(obj: models.Model) -> models.QuerySet[Attachment]:
    """The papers of one object, oldest first."""
    return Attachment.objects.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk)).select_related("uploaded_by")


def subject_of(object_type: str, object_id: str, user: User) -> Any | None:
    """The object a trail line or a paper is about, if this person may see it; None when not, or when it is gone."""
    try:
        model: Any = apps.get_model(object_type)
    except LookupError:
        return None
    visible_to = getattr(model.objects, "visible_to", None)
    if visible_to is None:
        return None
    try:
        return visible_to(user).filter(pk=object_id).first()
    except (ValueError, ObjectDoesNotExist):
        return None


def address_of(obj: Any) -> str:
    """Where an object's page is, or nothing."""
    return str(obj.get_absolute_url()) if obj is not None and hasattr(obj, "get_absolute_url") else ""


def unread_of(person: str) -> Coalesce:
    """How many messages a person has not read, for `annotate`; `person` leads from the row to the person's key."""
    rows = Notification.objects.filter(recipient=OuterRef(person), in_app=True, read_at__isnull=True).order_by()
    return Coalesce(Subquery(rows.values("recipient").annotate(count=Count("pk")).values("count")), 0)


def programme_keys_of(organisation: str) -> Subquery:
    """The keys of the programmes an organisation is a party to, for `annotate`; `organisation` leads from the row to its key."""
    own = Organisation.objects.filter(pk=OuterRef(organisation), memberships__isnull=False).order_by()
    return Subquery(own.annotate(found=JSONList("memberships__programme")).values("found"), output_field=models.JSONField())


def unread_count(user: User) -> int:
    """As it was counted when the session's person was loaded, unless they have read something since; else one query."""
    if user.unread is not None:
        return user.unread
    return int(Notification.objects.visible_to(user).filter(read_at__isnull=True).count())


def chosen_ways(user: User) -> list[tuple[Category, bool, bool]]:
    """Every category with whether its messages are shown in the application and mailed. One statement."""
    own = {row.category: (row.in_app, row.by_mail) for row in NotificationPreference.objects.visible_to(user)}
    return [(category, *own.get(code, (True, True))) for code, category in CATEGORIES.items()]


def living_tokens(user: User, now: Any) -> models.QuerySet[ApiToken]:
    tokens: models.QuerySet[ApiToken] = ApiToken.objects.visible_to(user)
    return tokens.filter(revoked_at__isnull=True, expires_at__gt=now)


def own_delegations(user: User) -> models.QuerySet[Delegation]:
    """Those a person is one of the two of, the latest first."""
    rows: models.QuerySet[Delegation] = Delegation.objects.filter(Q(absent=user.pk) | Q(delegate=user.pk))
    return rows.select_related("absent", "delegate")


def colleagues(absent: User) -> models.QuerySet[User]:
    """Who may take a person's place: the other active officers and reviewers of their organisation."""
    found: models.QuerySet[User] = User.objects.filter(organisation=absent.organisation_id, is_active=True, is_service=False)
    return found.filter(role__in=BUSINESS).exclude(pk=absent.pk).order_by("name")


def programme_choices(user: User) -> list[tuple[str, str]]:
    """(code, name) of the programmes whose trail this person may read."""
    organisations = Organisation.objects.filter(memberships__isnull=False)
    if user.organisation_id is not None:
        organisations = organisations.filter(pk=user.organisation_id)
    pairs = organisations.order_by().values_list("memberships__programme__code", "memberships__programme__name").distinct()
    return sorted(pairs)


def with_programme_names(events: models.QuerySet[AuditEvent]) -> models.QuerySet[AuditEvent]:
    """Each event with `programme_name`, "" for one of no programme."""
    named = Organisation.objects.order_by().filter(memberships__programme__code=OuterRef("programme_code"))
    name = Subquery(named.values("memberships__programme__name")[:1])
    return events.annotate(programme_name=Coalesce(name, "programme_code"))


def subject_choices() -> list[tuple[str, str]]:
    """(object type, Chinese name) of everything the trail may speak of."""
    own = {"parties", "reserve", "enterprises", "loans", "reports"}
    found = [(m._meta.label_lower, str(m._meta.verbose_name)) for m in apps.get_models() if m._meta.app_label in own]
    return sorted(found, key=lambda pair: pair[1])


LAST_EVENTS = 10


@dataclass(frozen=True, slots=True)
class LastVisit:
    """What others did in the person's programmes since the sign-in before this one: the latest `events`, of `count` in all.

    `since` is None at a first sign-in.
    """

    since: datetime | None
    events: list[AuditEvent]
    count: int


def last_visit(user: User) -> LastVisit:
    """One query; none at a first sign-in."""
    if user.previous_login is None:
        return LastVisit(None, [], 0)
    rows = AuditEvent.objects.visible_to(user).since_last_visit(user).annotate(whole=Window(Count("pk")))
    events = list(rows.select_related("organisation").order_by("-id")[:LAST_EVENTS])
    return LastVisit(user.previous_login, events, events[0].whole if events else 0)


def actions_of(user: User) -> list[str]:
    """Every action of the permission table this person holds."""
    return [name for name in PERMISSIONS if may(user, name)]


def action_label(action: str) -> str:
    """An action of the trail in Chinese: the permission's label, or the verb itself."""
    grant = PERMISSIONS.get(action)
    return grant.label if grant else OTHER_ACTIONS.get(action, action)


# Verbs of the trail that need no permission: one's own account, and what the scheduler notes.
OTHER_ACTIONS = {
    "account.own": "本人账号",
    "enterprise.archive": "下载一企一档",
    "approval.open": "期初导入授信",
    "claim.approve": "核准代偿、备付",
    "claim.short": "代偿待补足",
    "claim.unpay": "退回代偿划款录入",
    "import.countersign": "会签数据文件",
    "import.refuse": "退回数据文件",
    "loan.open": "期初导入贷款",
    "recommendation.open": "期初导入推荐",
    "obligation.open": "形成配套义务",
    "obligation.fulfil": "配套到位",
    "obligation.fulfil_late": "逾期后配套到位",
    "obligation.fall_overdue": "配套逾期",
    "obligation.reopen": "配套期限重算、恢复",
    "obligation.judge_in_time": "改判按时到位",
    "obligation.judge_late": "改判逾期到位",
    "recommendation.answer": "银行答复推荐",
    "interest.discard": "作废账户利息",
    "interest.reverse": "提出利息冲正",
    "interest.confirm_reversal": "复核利息冲正",
    "interest.discard_reversal": "作废利息冲正",
    "refund.withdraw": "撤回退款指令",
    "statement.discard": "作废银行对账单",
    "statement.discard_explanation": "作废差异说明",
    "loan.compensate": "贷款转为已代偿",
    "loan.discard": "作废放款",
    "loan.recovered": "追偿结清",
    "loan.write_off": "核销",
    "write_off.joint": "联合决定核销",
    "recovery.discard": "作废追偿回款",
    "recovery.revoke": "撤销追偿回款",
    "recovery.remit": "录入追偿款划回",
    "recovery.unremit": "退回追偿款划回录入",
    "recovery.confirm_remittance": "复核追偿款划回",
    "reversal.enter": "提出还款冲正",
    "reversal.confirm": "复核还款冲正",
    "reversal.discard": "作废还款冲正",
    "bank_schedule.enter": "录入银行还款计划",
    "bank_schedule.confirm": "复核银行还款计划",
    "bank_schedule.discard": "作废银行还款计划",
    "extension.withdraw": "撤回展期申请",
    "correction.discard": "作废数据更正",
    "repayment.discard": "作废还款",
    "net_capital.discard": "作废资本净额",
    "import.upload": "上传数据文件",
    "import.read": "核对数据文件",
    "import.fail": "数据文件无法读取",
    "import.confirm": "复核数据文件",
    "import.book": "采纳数据文件",
    "import.give_back": "停止采纳数据文件",
    "import.recheck": "重新核对数据文件",
    "import.discard": "作废数据文件",
    "suspension.begin": "暂停新增",
    "suspension.resume": "恢复新增",
    "resumption.joint": "联合决定恢复新增",
    "summary.generate": "生成申报汇总表",
}

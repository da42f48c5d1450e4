"""What the object pages are made of: steps, facts, actions with their reasons, papers, clocks."""

from collections.abc import Callable
from datetime import date

from django.urls import NoReverseMatch, reverse

from common.display import yuan
from common.page import Action, Fact, Paper, Step, Todo
from parties.models import Organisation, User
from parties.permissions import may
from parties.selectors import papers_of
from reserve.calendar import workday_table
from reserve.models import Deadline, Programme
from reserve.rule_definitions import CATEGORY_LABELS
from reserve.rulebook import Rules
from reserve.selectors.programmes import rules_on

from . import permissions as checks
from .enums import BatchStatus, RecommendationStatus, Size
from .identifiers import org_code_doubt
from .models import Batch, Enterprise, Recommendation, Signature
from .rules import runs_out_during
from .selectors import Certificate, certificates_on, objections, offices_of, printed_identifier, size_on

Status = RecommendationStatus
_REACHED = (Status.DRAFT, Status.SIGNED, Status.ENDORSED, Status.SENT, Status.ANSWERED)


def address(name: str, *args: object) -> str:
    """The address of a page of another app, or "" where there is none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def deadlines(subject: Recommendation | Batch, on: date) -> list[Todo]:
    """The running clocks of an object."""
    kind = f"enterprises.{type(subject).__name__.lower()}"
    rows = list(Deadline.objects.filter(subject_type=kind, subject_id=subject.pk, met_on__isnull=True, cancelled_on__isnull=True))
    table = workday_table() if rows else None
    return [
        Todo(
            row.label,
            row.url,
            due_on=row.due_on,
            workdays_left=table.workdays_between_provisional(on, row.due_on)[0] if table else None,
            provisional=row.provisional,
        )
        for row in rows
    ]


def papers(subject: Recommendation | Batch) -> list[Paper]:
    """Scans registered with an object."""
    return [
        Paper(f"{row.kind}：{row.original_name}", row.get_absolute_url(), detail=f"{row.size:,} 字节", open_url=row.open_url)
        for row in papers_of(subject)
    ]


# --- enterprises ----------------------------------------------------------------------------------------------------


def enterprise_facts(enterprise: Enterprise, size: str | None) -> list[Fact]:
    return [
        Fact(
            "统一社会信用代码" if enterprise.uscc else "组织机构代码",
            printed_identifier(enterprise),
            hint=org_code_doubt(enterprise.org_code),
        ),
        Fact("规模", Size(size).label if size else None, hint="" if size else "尚无年度指标"),
        Fact(
            "行业",
            f"{enterprise.industry_code} {enterprise.industry_name}",
            hint=enterprise.get_industry_edition_display(),
        ),
        Fact("注册地", enterprise.region),
        Fact("地址", enterprise.address),
        Fact("成立日期", enterprise.established_on),
        Fact("法定代表人", enterprise.legal_representative),
        Fact("主要产品", enterprise.main_products),
        Fact("联系人", f"{enterprise.contact_name} {enterprise.contact_phone}".strip()),
        Fact("曾用名", "；".join(f"{row.name}（至 {row.used_until}）" for row in enterprise.former_names.all())),
    ]


def enterprise_actions(enterprise: Enterprise, user: User) -> list[Action]:
    key = enterprise.pk
    found = []
    if may(user, "recommendation.draft"):
        found.append(Action("受理贷款申请", f"{reverse('enterprises:recommendation_draft')}?enterprise={key}", icon="plus", primary=True))
    if may(user, "enterprise.edit"):
        found += [
            Action("登记年度指标", reverse("enterprises:enterprise_year", args=[key]), icon="chart-bar"),
            Action("登记类别证书", reverse("enterprises:enterprise_category", args=[key]), icon="certificate"),
            Action("填报成效", reverse("enterprises:benefit_enter", args=[key]), icon="report-analytics"),
            Action("修改登记内容", reverse("enterprises:enterprise_edit", args=[key]), icon="edit"),
        ]
    return found


# --- recommendations ------------------------------------------------------------------------------------------------


def recommendation_facts(row: Recommendation, on: date) -> list[Fact]:
    rules = rules_on(row.programme, on)
    ends = runs_out_during(
        list(row.enterprise.categories.all()), supported=rules.supported_categories, first=row.endorsed_on or on, last=_term_end(row, on)
    )
    size = size_on(row.enterprise, row.endorsed_on or on)
    return [
        Fact("企业", row.enterprise_name, url=row.enterprise.get_absolute_url(), hint=row.identifier or printed_identifier(row.enterprise)),
        Fact("推荐金额", f"{yuan(row.amount)} 元", numeric=True),
        Fact("期限", f"{row.term_months} 个月"),
        Fact("用途", row.purpose),
        Fact("推荐银行", row.bank.name),
        Fact("项目", row.programme.name),
        Fact("规模", Size(size).label if size else None),
        Fact(
            "有效类别证书",
            _certificates(row.certificates if row.endorsed_on else certificates_on(row.enterprise, on)),
            hint=f"最迟于 {ends} 到期，早于贷款期满" if ends else "",
        ),
        Fact("审批日期" if row.is_opening else "受理", f"{row.accepted_on} {'' if row.is_opening else row.accepted_by.name}".strip()),
        Fact("走访", f"{row.visited_on or ''} {row.visit_note}".strip()),
        Fact("征信核查", row.credit_note),
        *([Fact("续贷自", f"借据 {row.renewed_note_no}", url=row.renews.get_absolute_url())] if row.renews else []),
        Fact("本版起草人", f"{row.drafted_by.name}（第 {row.version} 版）"),
        _validity(row, on),
        *([Fact("批次", f"{row.batch}", url=row.batch.get_absolute_url())] if row.batch else []),
        *([Fact("理由", row.close_reason)] if row.close_reason else []),
    ]


def _term_end(row: Recommendation, on: date) -> date:
    """About when a loan of this term would fall due."""
    start = row.endorsed_on or on
    month = start.month - 1 + row.term_months
    return date(start.year + month // 12, month % 12 + 1, min(start.day, 28))


def _certificates(held: list[Certificate]) -> str:
    return "；".join(f"{one['category']} {one['number']}（至 {one['valid_until'] or '长期'}）" for one in held)


def _validity(row: Recommendation, on: date) -> Fact:
    if row.is_opening:
        return Fact("期初", row.batch_label, hint="启用日以前已经推荐并获批，未在本系统签署")
    if row.endorsed_on is None:
        return Fact("有效期", "双方签署后起算")
    return Fact("有效期", f"{row.endorsed_on} 至 {row.valid_until}", hint="已失效" if _lapsed(row, on) else "")


def _lapsed(row: Recommendation, on: date) -> bool:
    return row.lapsed(on) and row.status in (Status.ENDORSED, Status.SENT)


def recommendation_steps(row: Recommendation, on: date) -> list[Step]:
    if row.is_opening:
        return [Step("银行答复", "done", when=row.accepted_on), Step("期初导入", "done", who=row.drafted_by.name, when=row.drafted_at)]
    offices = offices_of(row.programme)
    signed = {signature.organisation_id: signature for signature in checks.signatures_on(row)}
    batch = row.batch
    steps = [
        Step("受理起草", "done", who=row.accepted_by.name, when=row.accepted_on),
        *([Step(f"修改为第 {row.version} 版", "done", who=row.drafted_by.name, when=row.drafted_at)] if row.version > 1 else []),
        *(_signature_step(office, signed.get(office.pk), row) for office in offices),
        _step("编入批次", row, Status.ENDORSED, who="市科技局或市生产力促进中心", done=batch is not None, note=str(batch) if batch else ""),
        _step(
            "送银行",
            row,
            Status.ENDORSED,
            who="市科技局",
            done=row.status in (Status.SENT, Status.ANSWERED),
            ready=batch is not None,
            when=batch.sent_on if batch else None,
        ),
        _step("银行答复", row, Status.SENT, who=row.bank.short_name, done=row.status == Status.ANSWERED),
    ]
    if row.status in (Status.DECLINED, Status.WITHDRAWN):
        done = [step for step in steps if step.state == "done"]
        return [*done, Step(row.get_status_display(), "stopped", who=row.closed_by.name if row.closed_by else "", when=row.closed_on)]
    return steps


def _signature_step(office: Organisation, signature: Signature | None, row: Recommendation) -> Step:
    label = f"{office.short_name}签署"
    if signature is not None:
        return Step(label, "done", who=signature.signed_by.name, when=signature.signed_on)
    return Step(label, "current" if row.status in (Status.DRAFT, Status.SIGNED) else "todo", who=f"{office.short_name}复核")


def _step(
    label: str, row: Recommendation, at: str, *, who: str, done: bool, ready: bool = True, note: str = "", when: date | None = None
) -> Step:
    if done:
        return Step(label, "done", who=note, when=when)
    return Step(label, "current" if ready and row.status == at else "todo", who=who)


def recommendation_actions(row: Recommendation, user: User, on: date) -> list[Action]:
    """Every action the permission table gives this person, with the reason where it cannot be taken now."""
    offered: tuple[tuple[str, str, str, str, Callable[..., object]], ...] = (
        ("recommendation.sign", "签署", "recommendation_sign", "signature", checks.check_sign),
        ("recommendation.draft", "修改", "recommendation_edit", "edit", checks.check_edit),
        ("recommendation.decline", "不予推荐", "recommendation_decline", "ban", checks.check_decline),
        ("recommendation.withdraw", "撤回", "recommendation_withdraw", "arrow-back-up", checks.check_withdraw),
    )
    found = []
    for action, label, name, icon, check in offered:
        if may(user, action):
            reason = checks.reason(lambda check=check: check(row, user=user, on=on))  # type: ignore[misc]
            bad = action.endswith(("decline", "withdraw"))
            url = reverse(f"enterprises:{name}", args=[row.pk])
            found.append(Action(label, url, reason=reason, icon=icon, primary=label == "签署", danger=bad))
    if may(user, "recommendation.draft") and row.status == Status.ANSWERED:
        reason = checks.reason(lambda: checks.check_renew(row, user=user, on=on))
        url = f"{reverse('enterprises:recommendation_draft')}?renews={row.pk}"
        found.append(Action("续贷", url, reason=reason, icon="refresh", primary=True))
    if checks.reason(lambda: checks.check_paper(row, user=user, on=on)) is None:
        found.append(Action("上传材料", reverse("enterprises:recommendation_scan", args=[row.pk]), icon="upload"))
    return found


def draft_hints(programme: Programme, enterprise: Enterprise | None, on: date) -> list[Fact]:
    """What a draft must keep to, and what already stands against this enterprise."""
    rules: Rules = rules_on(programme, on)
    hints = [
        Fact("单户限额", f"{yuan(rules.enterprise_cap)} 元", hint=f"一次放款不超过 {yuan(rules.loan_cap)} 元"),
        Fact("最长期限", f"{rules.term_months_max} 个月"),
        Fact("注册地", rules.region),
        Fact(
            "重点支持类别",
            "、".join(CATEGORY_LABELS[name] for name in rules.supported_categories),
            hint="必须具备其一" if rules.category_rule == "required" else "优先支持",
        ),
    ]
    if enterprise is not None:
        size = size_on(enterprise, on)
        against = objections(enterprise, rules, on)
        hints += [
            Fact("企业", enterprise.name, url=enterprise.get_absolute_url()),
            Fact("规模", Size(size).label if size else "尚无年度指标"),
            Fact("今日有效证书", _certificates(certificates_on(enterprise, on)) or "无"),
            Fact("能否推荐", "不能" if against else "可以", hint="".join(against)),
        ]
    return hints


# --- batches --------------------------------------------------------------------------------------------------------


def batch_facts(batch: Batch, rows: list[Recommendation]) -> list[Fact]:
    withdrawn = sum(row.status == Status.WITHDRAWN for row in rows)
    return [
        Fact("项目", batch.programme.name),
        Fact("银行", batch.bank.name),
        Fact("笔数", f"{len(rows)} 笔", hint=f"其中发送后撤回 {withdrawn} 笔" if withdrawn else ""),
        Fact("推荐金额", f"{yuan(sum(row.amount for row in rows))} 元", numeric=True),
        Fact("编制人", batch.prepared_by.name),
        Fact("发送", f"{batch.sent_on} {batch.sent_by.name}" if batch.sent_by else None),
        Fact("发文字号", batch.document_no),
        Fact("答复日期", batch.answered_on),
        Fact("回执字号", batch.reply_no),
    ]


def batch_steps(batch: Batch) -> list[Step]:
    sent, answered = batch.status != BatchStatus.DRAFT, batch.status == BatchStatus.ANSWERED
    bank = batch.bank.short_name
    return [
        Step("编制", "done", who=batch.prepared_by.name, when=batch.prepared_at),
        Step("发送", "done", who=batch.sent_by.name, when=batch.sent_on) if batch.sent_by else Step("发送", "current", who="市科技局"),
        Step("银行答复", "done", when=batch.answered_on) if answered else Step("银行答复", "current" if sent else "todo", who=bank),
    ]


def send_action(batch: Batch, rows: list[Recommendation], user: User, on: date) -> Action:
    """The button that sends a batch of these `rows`, with the reason where it cannot be sent now."""
    total = yuan(sum(row.amount for row in rows))
    return Action(
        "发送银行",
        reverse("enterprises:batch_send", args=[batch.pk]),
        reason=checks.reason(lambda: checks.check_send(batch, user=user, on=on)),
        post=True,
        confirm=f"将把{batch}共 {len(rows)} 笔、{total} 元的推荐发送给{batch.bank.name}，发送后不能再调整。",
        version=batch.version,
        icon="send",
        primary=True,
    )


def batch_actions(batch: Batch, rows: list[Recommendation], user: User, on: date) -> list[Action]:
    """Every action the permission table gives this person, with the reason where it cannot be taken now."""
    found, key = [], batch.pk
    if may(user, "batch.send"):
        found.append(send_action(batch, rows, user, on))
    if may(user, "batch.prepare"):
        reason = checks.reason(lambda: checks.check_edit_batch(batch, user=user, on=on))
        found.append(Action("调整名单", reverse("enterprises:batch_edit", args=[key]), reason=reason, icon="list-details"))
    if may(user, "paper.register"):
        if checks.reason(lambda: checks.check_document(batch, user=user, on=on)) is None:
            found.append(Action("登记发文字号", reverse("enterprises:batch_document", args=[key]), icon="hash"))
        if user.organisation_id == batch.bank_id:
            reason = checks.reason(lambda: checks.check_reply(batch, user=user, on=on))
            found.append(Action("登记回执字号", reverse("enterprises:batch_reply", args=[key]), reason=reason, icon="hash"))
    if checks.reason(lambda: checks.check_paper(batch, user=user, on=on)) is None:
        found.append(Action("上传扫描件", reverse("enterprises:batch_scan", args=[key]), icon="upload"))
    return found


def reply_address(batch: Batch) -> str:
    """The page of the bank's answers; "" before the batch is sent."""
    return address("loans:reply", batch.pk) if batch.status != BatchStatus.DRAFT else ""


def batch_papers(batch: Batch) -> list[Paper]:
    """The letter to print and as PDF, then the scans."""
    letter = [Paper("联合推荐函（打印）", reverse("enterprises:batch_letter", args=[batch.pk]), icon="printer")]
    pdf = address("reports:batch_letter_pdf", batch.pk)
    reply = reply_address(batch)
    return [
        *letter,
        *([Paper("联合推荐函（PDF）", pdf, icon="file-type-pdf")] if pdf else []),
        *([Paper("审批回执", reply, icon="file-text")] if reply else []),
        *papers(batch),
    ]

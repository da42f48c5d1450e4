"""What a person has to do now, each with the address where it is done and the day until it must be.

The permission table decides which sources are asked; what is waiting is each app's own reading. What waits for a bank's
decisions, disbursements and repayments is told by the pages of `loans` itself (`loans.pages`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.urls import reverse

from common.display import iso, quarter_cn, wan, yuan
from common.page import Todo
from enterprises.enums import IntakePaper
from enterprises.models import Recommendation
from enterprises.selectors import batches_to_send, to_batch, unsigned
from loans.import_enums import FileStatus
from loans.selectors.imports import files_waiting
from parties.models import User
from parties.permissions import may, own_hands
from reserve.enums import DeadlineKind
from reserve.models import JobRun
from reserve.selectors import waiting
from reserve.selectors.statements import explanations_to_confirm
from reserve.services.daily import CALENDAR_REMINDER_FROM
from reserve.workdays import WorkdayTable

from ..enums import REVIEWED, SummaryStatus
from ..models import QuarterlySummary

LIMIT = 30  # of one source; the rest follows as these are done
NEAR_MATURITY = timedelta(days=30)
CLOCK_DETAILS = {
    DeadlineKind.APPROVAL_EXPIRY: "到期前录入放款，过期不能再用",
    DeadlineKind.LOAN_MATURITY: "收回本金后登记还款",
    DeadlineKind.RECOVERY_REMIT: "复核分配后，把归准备金的部分划回省、镇账户并录入",
}
"""What an officer of the bank does before each of these clocks runs out."""
# what waits for the bank's second person on an account → what to do, and on which page
ACCOUNT_FACTS = {
    "contribution": ("复核到账", "contribution"),
    "credited": ("复核利息入账", "interest"),
    "paid_out": ("复核利息划出", "interest"),
    "reversal": ("复核利息冲正", "interest"),
    "refund": ("复核退还划款", "refund"),
}


@dataclass(frozen=True, slots=True)
class SummaryStep:
    """What comes next on a summary, and whose own work they do not follow (`first_half`)."""

    action: str
    verb: str
    of_the_bank: bool = False
    first_half: str = ""


SUMMARY_STEPS: dict[str, SummaryStep] = {
    SummaryStatus.DRAFT: SummaryStep("summary.check", "核对", of_the_bank=True),
    SummaryStatus.CHECKED: SummaryStep("summary.submit", "报送", of_the_bank=True, first_half="checked_by"),
    SummaryStatus.SUBMITTED: SummaryStep("summary.propose", "初审"),
    SummaryStatus.PROPOSED: SummaryStep("summary.accept", "审定", first_half="proposed_by"),
}


def todos(user: User, on: date, table: WorkdayTable) -> list[Todo]:
    """Everything that waits for this person outside the bank's own desk, unordered; a handful of queries by role."""
    waiting_now = [todo for actions, source in SOURCES if any(may(user, one) for one in actions) for todo in source(user, on)]
    return [*waiting_now, *(_missing_years(table, on) if may(user, "calendar.enter") else ())]


# the reserve


def _obligations(user: User, on: date) -> Iterator[Todo]:
    for row in waiting.obligations_to_meet(user)[:LIMIT]:
        record = f"{reverse('reserve:contribution_record')}?obligation={row.pk}"
        yield Todo(
            f"拨付配套资金 {wan(row.amount)}元",
            row.get_absolute_url() if row.under_way else record,
            programme=row.programme_id,
            detail=f"省级出资 {wan(row.source.amount)}元（{row.source.voucher_no}）"
            + ("，已登记出资，等待银行确认到账" if row.under_way else "，拨付后在此登记出资"),
            due_on=row.deadline.due_on,
            provisional=row.deadline.provisional,
            sort="拨付配套资金",
        )


def _own_contributions(user: User, on: date) -> Iterator[Todo]:
    for row in waiting.own_under_way(user)[:LIMIT]:
        yield Todo(
            f"跟进出资到账：{wan(row.amount)}元",
            row.get_absolute_url(),
            programme=row.programme_id,
            detail=f"凭证 {row.voucher_no}，{iso(row.transferred_on)} 划出，{row.account.bank.short_name}{row.get_status_display()}",
        )


def _on_accounts(user: User, on: date) -> Iterator[Todo]:
    for row in waiting.on_accounts(user)[:LIMIT]:
        if row.kind == "receipt":
            label, page, detail = (
                f"录入到账：{row.funder} {wan(row.amount)}元",
                "contribution_receive",
                f"凭证 {row.number}，{iso(row.day)} 划出",
            )
        elif row.kind == "ordered":
            label, page, detail = f"按退款指令划款：{row.funder} {yuan(row.amount)} 元", "refund", f"划至 {row.number}"
        else:
            what, page = ACCOUNT_FACTS[row.kind]
            label, detail = f"{what}：{row.funder} {yuan(row.amount)} 元", f"{iso(row.day)}，回单 {row.number}，{row.entered_by} 录入"
        yield Todo(label, reverse(f"reserve:{page}", args=[row.pk]), detail, row.programme)


def _explanations(user: User, on: date) -> Iterator[Todo]:
    for row in explanations_to_confirm(user)[:LIMIT]:
        detail = f"{row.get_kind_display()}：{row.text}；{row.entered_by.name} 说明"
        yield Todo(f"确认对账差异说明：{row.statement}", row.get_absolute_url(), detail, row.statement.programme_id)


def _bank_clocks(user: User, on: date) -> Iterator[Todo]:
    """Lines not drawn up with the day they lapse, loans near or past their maturity, recoveries to remit."""
    ends = dict.fromkeys(CLOCK_DETAILS, date.max) | {DeadlineKind.LOAN_MATURITY: on + NEAR_MATURITY}
    for row in waiting.running_clocks(user, ends)[:LIMIT]:
        detail = CLOCK_DETAILS[DeadlineKind(row.kind)]
        yield Todo(row.label, row.url, detail, row.programme_id, due_on=row.due_on, provisional=row.provisional)


def _files(user: User, on: date) -> Iterator[Todo]:
    for row in files_waiting(user)[:LIMIT]:
        if row.status == FileStatus.PASSED_ON:
            what, who = "会签", f"{row.organisation.short_name}已复核"
        else:
            what, who = "复核", f"{row.uploaded_by.name} {iso(row.uploaded_at)} 上传"
        yield Todo(
            f"{what}{row.get_kind_display()}文件：{row.name}", row.get_absolute_url(), f"{row.rows_total:,} 行，{who}", row.programme_id
        )


# recommendations


def _unsigned(user: User, on: date) -> Iterator[Todo]:
    for row in unsigned(user)[:LIMIT]:
        if row.to_sign:
            said = f"{wan(row.amount)}元，{row.term_months} 个月，{row.purpose}；{row.get_status_display()}，{row.drafted_by.name} 起草"
            yield Todo(f"签署推荐：{row.enterprise_name}", row.get_absolute_url(), said, row.programme_id)
        if row.own_draft:
            missing = len(IntakePaper.values) - len(set(row.papers) & set(IntakePaper.values))
            label, papers = (
                ("完善推荐草稿", f"还缺材料 {missing} 份，请补齐") if missing else ("推荐草稿待签署", "材料已齐，等待复核人签署")
            )
            said = f"{iso(row.accepted_on)} 受理；{papers}"
            yield Todo(f"{label}：{row.enterprise_name}", row.get_absolute_url(), said, row.programme_id)


def _to_batch(user: User, on: date) -> Iterator[Todo]:
    """One line for each programme and bank: they go into one batch together."""
    groups: dict[tuple[int, int], list[Recommendation]] = {}
    for row in to_batch(user, on):
        groups.setdefault((row.programme_id, row.bank_id), []).append(row)
    for (programme, bank), rows in groups.items():
        names = "、".join(row.enterprise_name for row in rows[:3])
        yield Todo(
            f"编制批次：{len(rows)} 笔推荐双方已签，待送{rows[0].bank.short_name}",
            f"{reverse('enterprises:batch_create')}?programme={rows[0].programme.code}&bank={bank}",
            detail=f"{names}{'等' if len(rows) > 3 else ''}；须在最早失效日前送出",
            programme=programme,
            due_on=rows[0].valid_until,
        )


def _batches_to_send(user: User, on: date) -> Iterator[Todo]:
    for row in batches_to_send(user)[:LIMIT]:
        yield Todo(
            f"发送{row}推荐至{row.bank.short_name}",
            row.get_absolute_url(),
            programme=row.programme_id,
            detail=f"{row.count} 笔，合计 {wan(row.total)}元",  # type: ignore[attr-defined]
            sort="发送批次",
        )


# summaries


def _summaries(user: User, on: date) -> Iterator[Todo]:
    """Those whose next step is the person's; where their own is the first half of a pair, they are left to a colleague."""
    wanted = Q(pk__in=[])
    for status, step in SUMMARY_STEPS.items():
        if may(user, step.action):
            mine = Q(bank=user.organisation_id) if step.of_the_bank else Q()
            others = ~own_hands(user, step.first_half) if step.first_half else Q()
            wanted |= Q(status=status) & mine & others
    rows = QuarterlySummary.objects.visible_to(user).filter(wanted).select_related("programme", "bank", "deadline")
    for row in rows.order_by("quarter", "pk")[:LIMIT]:
        yield _summary(row, SUMMARY_STEPS[row.status].verb)


def _summary(row: QuarterlySummary, verb: str) -> Todo:
    open_clock = row.clock if row.clock.met_on is None else None
    facts = [f"第{row.version}版{'（退回后重报）' if row.version > 1 else ''}"]
    if row.checksum:
        facts.append(f"{row.bank.short_name}报送 {row.loan_count} 笔、{yuan(row.total_amount)} 元")
    return Todo(
        f"{verb}{quarter_cn(row.quarter)}申报汇总表",
        row.get_review_url() if row.status in REVIEWED else row.get_absolute_url(),
        detail="，".join(facts),
        programme=row.programme_id,
        due_on=open_clock.due_on if open_clock else None,
        provisional=bool(open_clock and open_clock.provisional),
        sort=f"{verb}申报汇总表",
    )


# the system side


def _missing_years(table: WorkdayTable, on: date) -> Iterator[Todo]:
    wanted = [on.year, *([on.year + 1] if (on.month, on.day) >= CALENDAR_REMINDER_FROM else [])]
    for year in wanted:
        if year not in table.known_years:
            yield Todo(
                f"录入{year}年放假安排",
                f"{reverse('reserve:calendar_enter')}?year={year}",
                detail="国务院办公厅通知发布后录入；在此之前涉及该年的期限都是暂定的",
                due_on=date(year - 1, 12, 31) if year > on.year else None,
                sort="录入放假安排",
            )


def _jobs(user: User, on: date) -> Iterator[Todo]:
    url = reverse("reserve:job_list")
    for run in JobRun.objects.exclude(failures=[]).order_by("-on")[:LIMIT]:
        yield Todo(f"定时任务有步骤失败：{iso(run.on)}", url, detail=str(run.failures[0])[:80])
    last = JobRun.objects.filter(finished_at__isnull=False).order_by("-on").values_list("on", flat=True).first()
    if last is None or last < on - timedelta(days=1):
        yield Todo("每日任务没有按时运行", url, detail=f"最近完成的一天：{iso(last)}；请检查后台服务（worker、beat）")


def _new_accounts(user: User, on: date) -> Iterator[Todo]:
    people = User.objects.filter(is_active=False, last_login__isnull=True).select_related("organisation").order_by("created_at")
    for row in people[:LIMIT]:
        whose = f"{row.username}，{row.organisation or '系统侧'}，{row.get_role_display()}"
        yield Todo(f"授权新账号：{row.name}", row.get_absolute_url(), detail=whose)


Source = Callable[[User, date], Iterable[Todo]]
# who holds one of the actions → what waits for it
SOURCES: Sequence[tuple[Sequence[str], Source]] = (
    (("contribution.record",), _obligations),
    (("contribution.record",), _own_contributions),
    (("contribution.receive", "contribution.confirm"), _on_accounts),  # who does one kind of the bank's entries there does them all
    (("statement.accept",), _explanations),
    (("loan.enter",), _bank_clocks),
    (("repayment.confirm", "enterprise.edit", "opening.countersign"), _files),  # who confirms one kind of the bank's does them all
    (("recommendation.sign", "recommendation.draft"), _unsigned),
    (("batch.prepare",), _to_batch),
    (("batch.send",), _batches_to_send),
    ([step.action for step in SUMMARY_STEPS.values()], _summaries),
    (("job.read",), _jobs),
    (("account.authorise",), _new_accounts),
)

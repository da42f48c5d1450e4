"""What pages show of files of rows: facts, steps, actions, and the report of exceptions."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.urls import reverse

from common.display import iso, quarter_cn, yuan
from common.export import Table
from common.page import Action, Fact, Step
from parties.models import User
from parties.permissions import may

from ..import_enums import FILE_LIFECYCLE, GRANTS, FileKind, FileStatus, RowState, TakeMode
from ..models import ImportFile, ImportRow
from ..permissions import require_confirm_file, require_countersign_file, require_discard_file, require_recheck_file, why_not
from ..rules.imports.catalogue import CATALOGUE
from ..rules.imports.columns import COLUMNS
from ..selectors.imports import Counts
from ..services.imports.files import require_takeable

SHOWN_FINDINGS = 50
TAKEN_UP_WITHIN = timedelta(minutes=10)
EFFECTS: dict[str, str] = {
    FileKind.REPAYMENTS: "每行的还款登记、复核入账，并释放相应准备金",
    FileKind.LOANS: "每行的借据录入、复核放款，并占用准备金",
    FileKind.POSITIONS: "记录余额相符，不入账",
    FileKind.ENTERPRISES: "每行的企业登记到本项目名录",
    FileKind.OPENING: "每行的授信和借据以期初导入，并按期初余额占用准备金",
}
"""What becomes of a row that is taken."""


class Said(NamedTuple):
    """An exception as people read it."""

    code: str
    name: str
    text: str
    hint: str
    is_error: bool


def told(finding: dict[str, str]) -> Said:
    entry = CATALOGUE[finding["code"]]
    return Said(finding["code"], entry.name, finding["text"], entry.hint, finding["code"].startswith("E"))


def facts(row: ImportFile, counts: Counts) -> list[Fact]:
    """What was sent, and what was found in it."""
    found = [
        Fact("种类", row.get_kind_display()),
        Fact("项目", row.programme.name, url=row.programme.get_absolute_url()),
        Fact("单位", row.organisation.name),
        Fact("经办", f"{row.uploaded_by.name}，{iso(row.uploaded_at)}"),
        Fact("行数", f"{row.rows_total:,}" if row.rows_total else None, numeric=True, hint=row.origin),
    ]
    if row.position_on:
        found.append(Fact("月末日期", iso(row.position_on)))
    if row.quarter:
        found.append(Fact("所属季度", quarter_cn(row.quarter)))
    if row.declared_count is not None:
        found.append(Fact("申报行数", f"{row.declared_count:,}", numeric=True))
    if row.declared_total is not None:
        found.append(Fact("申报合计（元）", yuan(row.declared_total), numeric=True))
    if counts.total:
        words = f"无误 {counts.ok:,}，提示 {counts.warning:,}，错误 {counts.error:,}"
        found.append(Fact("核对结论", words, hint=f"已采纳 {counts.booked:,} 行，未采纳 {counts.total - counts.booked:,} 行"))
    if row.confirmed_by is not None:
        found.append(Fact("复核", f"{row.confirmed_by.name}，{iso(row.confirmed_at)}", hint=row.get_mode_display()))
    if row.discard_reason:
        found.append(Fact("作废理由", row.discard_reason))
    return found + _countersigned(row)


def _countersigned(row: ImportFile) -> list[Fact]:
    by = row.countersigned_by
    if by is None:
        return []
    return [Fact("会签", f"{by.organisation.short_name if by.organisation else ''} {by.name}，{iso(row.countersigned_at)}".strip())]


def steps(row: ImportFile) -> list[Step]:
    """上传 → 核对 → 复核 (→ 会签) → 采纳."""
    countersigned = bool(GRANTS[row.kind].countersign)
    open_ = [Step("会签"), Step("采纳")] if countersigned else [Step("采纳")]
    sent = Step("上传", "done", who=row.uploaded_by.name, when=row.uploaded_at)
    if row.status == FileStatus.DISCARDED:
        return [sent, Step("已作废", "stopped")]
    if row.status == FileStatus.FAILED:
        return [sent, Step("无法读取", "stopped")]
    if row.status in (FileStatus.UPLOADED, FileStatus.READING):
        return [sent, Step("逐行核对", "current", who="系统"), Step("复核"), *open_]
    checked = Step("逐行核对", "done")
    if row.confirmed_by is None:
        return [sent, checked, Step("复核", "current", who=f"{row.organisation.short_name}复核"), *open_]
    confirmed = Step("复核", "done", who=row.confirmed_by.name, when=row.confirmed_at)
    if row.status == FileStatus.PASSED_ON:
        return [sent, checked, confirmed, Step("会签", "current", who="市科技局或镇政府复核"), Step("采纳")]
    signed = [Step("会签", "done", who=row.countersigned_by.name, when=row.countersigned_at)] if row.countersigned_by else []
    last = Step("采纳", "current", who="系统") if row.status == FileStatus.BOOKING else Step(row.get_status_display(), "done")
    return [sent, checked, confirmed, *signed, last]


def progress(row: ImportFile, now: datetime) -> dict[str, Any]:
    """How far the background has come, and whether nobody has taken the file up for longer than it should take."""
    first = row.version == 1  # when a file was asked to be checked again stands in the trail alone
    asked_at = row.confirmed_at if row.status == FileStatus.BOOKING else row.uploaded_at if first else None
    waits = row.claimed_at is None and asked_at is not None and now - asked_at > TAKEN_UP_WITHIN
    return {"percent": 100 * row.rows_done // row.rows_total if row.rows_total else 0, "waits_long": waits}


def actions(user: User, row: ImportFile, counts: Counts) -> list[Action]:
    """What the person may do to the file now, each naming what will happen."""
    grants = GRANTS[row.kind]
    if row.status == FileStatus.PASSED_ON and grants.countersign and may(user, grants.countersign):
        return _countersign(user, row, counts)
    if user.organisation_id != row.organisation_id or not any(may(user, action) for action in (grants.enter, grants.confirm)):
        return []
    found = []
    if FILE_LIFECYCLE.allows("confirm", row.status):
        modes = [TakeMode.ALL] if grants.countersign else list(TakeMode)
        found += [_confirm(user, row, counts, mode) for mode in modes]
    if FILE_LIFECYCLE.allows("recheck", row.status) and may(user, grants.enter):
        question = f"将按现在的记录重新核对未采纳的 {counts.total - counts.booked:,} 行。"
        url, reason = reverse("loans:import_recheck", args=[row.pk]), why_not(require_recheck_file, user, row)
        found.append(Action("重新核对", url, reason=reason, post=True, confirm=question, icon="refresh", version=row.version))
    if FILE_LIFECYCLE.allows("discard", row.status) and not counts.booked:
        url = reverse("loans:import_discard", args=[row.pk])
        found.append(Action("作废", url, reason=why_not(require_discard_file, user, row), danger=True, icon="trash"))
    return found


def _countersign(user: User, row: ImportFile, counts: Counts) -> list[Action]:
    """The other side's two answers."""
    reason = why_not(require_countersign_file, user, row)
    question = f"将代表贵单位确认文件的全部 {counts.total:,} 行：{EFFECTS[row.kind]}。"
    url = reverse("loans:import_countersign", args=[row.pk])
    agree = Action("会签", url, reason=reason, post=True, confirm=question, primary=True, icon="check", version=row.version)
    return [agree, Action("退回银行", reverse("loans:import_refuse", args=[row.pk]), reason=reason, icon="arrow-back-up", danger=True)]


def _confirm(user: User, row: ImportFile, counts: Counts, mode: TakeMode) -> Action:
    good, wrong = counts.total - counts.booked - counts.error, counts.error
    if mode == TakeMode.ALL:
        label, question = f"全部采纳（{good:,} 行）", f"将采纳文件的全部 {good:,} 行：{EFFECTS[row.kind]}；有一行未能通过的，全部不采纳。"
        if GRANTS[row.kind].countersign:
            question = f"将提交市科技局或镇政府会签；会签后{question.removeprefix('将')}"
    else:
        label = f"先采纳无误的 {good:,} 行"
        question = f"将采纳无误（含提示）的 {good:,} 行：{EFFECTS[row.kind]}；有错误的 {wrong:,} 行不采纳，留在文件中等待。"
        question += f"注意：整个文件有错误（{'、'.join(row.errors)}）。" if row.errors else ""
    reason = why_not(require_confirm_file, user, row) or why_not(require_takeable, row, mode, good, wrong)
    url = reverse(f"loans:import_confirm_{mode.value}", args=[row.pk])
    primary = (mode == TakeMode.ALL) != bool(wrong)
    return Action(label, url, reason=reason, post=True, confirm=question, primary=primary, icon="check", version=row.version)


def report(row: ImportFile) -> Table:
    """Every exception of the file and its rows, one a line, with the row as it stood; a row without any is not in it."""
    columns = COLUMNS[row.kind]
    heads = [("行号", "text"), ("例外编号", "text"), ("例外", "text"), ("说明", "text"), ("改法", "text"), ("采纳", "text")]
    heads += [(column.label, "text") for column in columns]
    return Table(f"例外报告_{row.name}", heads, _lines(row, [column.key for column in columns]), ())


def _lines(row: ImportFile, keys: list[str]) -> Iterator[list[str]]:
    for one in map(told, row.findings):
        yield ["整个文件", one.code, one.name, one.text, one.hint, "", *("" for _ in keys)]
    for line in row.rows.exclude(codes="").order_by("number").iterator(chunk_size=500):
        for one in map(told, line.findings):
            shown = [line.texts.get(key, "") for key in keys]
            yield [str(line.number), one.code, one.name, one.text, one.hint, RowState(line.state).label, *shown]


def sentences(line: ImportRow) -> str:
    """A row's exceptions in one cell."""
    return " ".join(f"{one.code} {one.text}{one.hint}" for one in map(told, line.findings))


def legend(counts: Counts) -> list[tuple[str, str, int]]:
    """How often each exception occurs: number, name, rows; errors first."""
    return [(code, CATALOGUE[code].name, rows) for code, rows in sorted(counts.codes.items())]

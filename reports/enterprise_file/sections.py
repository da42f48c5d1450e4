"""Every part of a file, in the order of an enterprise's life."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from common.display import iso, quarter_cn
from loans.claim_enums import RecoverySource, RecoveryStatus
from loans.enums import ExtensionStatus, FactStatus, InspectionResult, LoanGrade, WarningKind, WarningStatus
from loans.models import Correction, EarlyWarning, Extension, Inspection, Recovery
from reserve.enums import JointStatus
from reserve.models import JointDecision

from ..selectors.enterprise_file import EnterpriseFile, LoanEvent
from .parts import Link, Section, Status, section, summed


def sections(file: EnterpriseFile) -> list[Section]:
    """Every part of the file, in the order of an enterprise's life."""
    return [
        *_register(file),
        _recommendations(file),
        _lines(file),
        _loans(file),
        _changes(file),
        _warnings(file),
        _inspections(file),
        _claims(file),
        _recoveries(file),
        _write_offs(file),
        _summaries(file),
    ]


def _register(file: EnterpriseFile) -> list[Section]:
    return [
        section(
            "years",
            "年度指标与规模",
            (("年度", "text"), ("从业人员（人）", "number"), ("营业收入（元）", "yuan"), ("资产总额（元）", "yuan"), ("规模", "text")),
            [(str(row.year), row.employees, row.revenue, row.assets, row.get_size_display()) for row in file.years],
            empty=("尚无年度指标", "登记从业人员和营业收入后，系统按工信部联企业〔2011〕300号计算规模。"),
        ),
        section(
            "certificates",
            "科技企业类别",
            (("类别", "text"), ("证书编号", "text"), ("有效期起", "date"), ("有效期止", "text"), ("目前效力", "text")),
            [
                (
                    row.get_category_display(),
                    row.certificate_no,
                    row.valid_from,
                    iso(row.valid_until) if row.valid_until else "长期",
                    Status("sound", "有效") if row.valid_on(file.on) else Status("attention", "无效"),
                )
                for row in file.certificates
            ],
            empty=("尚无类别证书", "高新技术企业、民营科技企业、创新型企业或镇重点扶持企业，凭证书登记。"),
        ),
        section(
            "benefits",
            "成效（比上年同期新增）",
            (
                *(("期间", "text"), ("新增产值（元）", "yuan"), ("新增税收（元）", "yuan"), ("新增就业（人）", "number")),
                *(("新增专利（件）", "number"), ("项目", "words"), ("说明", "text")),
            ),
            [
                (row.period_cn, row.output, row.tax, row.jobs, row.patents, row.programme.name, "已被更正" if row.superseded else "")  # type: ignore[attr-defined]
                for row in file.benefits
            ],
            empty=("尚未填报成效", "每半年结束后填报新增产值、税收、就业和专利，计入上报省的半年报、年报。"),
        ),
    ]


def _recommendations(file: EnterpriseFile) -> Section:
    return section(
        "recommendations",
        "推荐",
        (
            *(("受理日期", "date"), ("推荐金额（元）", "yuan"), ("期限（月）", "number"), ("用途", "words"), ("签署", "words")),
            *(("批次", "text"), ("推荐银行", "text"), ("状态", "text")),
        ),
        [
            (
                Link(row.accepted_on, row.get_absolute_url()),
                row.amount,
                row.term_months,
                f"{row.purpose}（续贷）" if row.renews_id else row.purpose,
                "；\n".join(
                    f"{one.organisation.short_name} {file.signers(one, 'signed')} {one.signed_on}"
                    for one in row.signatures.all()
                    if one.version == row.version
                ),
                Link(row.batch_label, row.batch.get_absolute_url()) if row.batch else row.batch_label,
                row.bank.short_name,
                Status.of(row),
            )
            for row in file.recommendations
        ],
        empty=("尚无推荐", "受理贷款申请后，推荐列在这里。"),
    )


def _lines(file: EnterpriseFile) -> Section:
    return section(
        "lines",
        "银行审批与授信",
        (
            *(("提出日期", "date"), ("银行", "text"), ("授信金额（元）", "yuan"), ("期限（月）", "number"), ("年利率", "rate")),
            *(("担保方式", "text"), ("审批日期", "date"), ("用款期限", "date"), ("已用（元）", "yuan"), ("状态", "text")),
        ),
        [
            (
                Link(timezone.localdate(row.proposed_at), row.get_absolute_url()),
                row.bank.short_name,
                row.amount,
                row.term_months,
                row.annual_rate,
                row.get_guarantee_display() if row.guarantee else "",
                row.decided_on,
                row.valid_until,
                row.drawn,
                Status.of(row),
            )
            for row in file.lines
        ],
    )


def _loans(file: EnterpriseFile) -> Section:
    drawn = file.drawn
    return section(
        "loans",
        "贷款",
        (
            *(("借据号", "text"), ("贷款金额（元）", "yuan"), ("发放日期", "date"), ("到期日期", "date"), ("年利率", "rate")),
            *(("已还本金（元）", "yuan"), ("本金余额（元）", "yuan"), ("逾期天数", "number"), ("五级分类", "text")),
            *(("占用准备金（元）", "yuan"), ("状态", "text")),
        ),
        [
            (
                Link(row.note_no, row.get_absolute_url()),
                row.amount,
                row.disbursed_on,
                row.due_on,
                row.annual_rate,
                row.repaid,
                row.outstanding,
                row.days_overdue(file.on),
                Status.named(LoanGrade, row.grade) if row.grade else "",
                row.earmarked,
                Status.of(row),
            )
            for row in file.loans
        ],
        (
            *(f"合计 {len(drawn)} 笔", summed(drawn, "amount"), None, None, None, summed(drawn, "repaid"), summed(drawn, "outstanding")),
            *(None, None, summed(drawn, "earmarked"), None),
        ),
        ("尚无贷款", "银行审批同意、放款经复核以后，贷款列在这里。"),
    )


def _note(event: LoanEvent, anchor: str = "") -> Link:
    """The loan an event befell, and where on its page that stands."""
    return Link(event.loan.note_no, f"{event.loan.get_absolute_url()}{anchor}")


def _changes(file: EnterpriseFile) -> Section:
    extended = [
        ("展期", _note(one, "#extensions"), one.day, f"展至 {one.until}：{one.words}", Status.named(ExtensionStatus, one.state))
        for one in file.of(Extension)
    ]
    corrected = [
        ("数据更正", _note(one, "#corrections"), one.day, one.words, Status.named(FactStatus, one.state)) for one in file.of(Correction)
    ]
    heads = (("事项", "text"), ("借据号", "text"), ("日期", "date"), ("内容", "words"), ("状态", "text"))
    return section("changes", "展期与更正", heads, [*extended, *corrected])


def _warnings(file: EnterpriseFile) -> Section:
    return section(
        "warnings",
        "预警报告",
        (("获知日期", "date"), ("种类", "text"), ("借据号", "text"), ("情况", "words"), ("解除日期", "date"), ("状态", "text")),
        [
            (
                Link(one.day, reverse("loans:warning", args=[one.about])),
                str(WarningKind(one.code).label),
                _note(one),
                one.words,
                one.until,
                Status.named(WarningStatus, one.state),
            )
            for one in file.of(EarlyWarning)
        ],
    )


def _inspections(file: EnterpriseFile) -> Section:
    return section(
        "inspections",
        "贷后检查",
        (("所属季度", "text"), ("检查日期", "date"), ("借据号", "text"), ("经营情况", "words"), ("结论", "text")),
        [
            (quarter_cn(one.code), one.day, _note(one, "#inspections"), one.words, Status.named(InspectionResult, one.state))
            for one in file.of(Inspection)
        ],
    )


def _claims(file: EnterpriseFile) -> Section:
    loans = {loan.pk: loan for loan in file.loans}
    return section(
        "claims",
        "代偿",
        (
            *(("编号", "text"), ("借据号", "text"), ("报送日期", "date"), ("申请金额（元）", "yuan"), ("核准金额（元）", "yuan")),
            *(("代偿金额（元）", "yuan"), ("划款日期", "date"), ("状态", "text")),
        ),
        [
            (
                Link(f"第 {row.number} 号", row.get_absolute_url()),
                Link(loans[row.loan_id].note_no, loans[row.loan_id].get_absolute_url()),
                row.filed_on,
                row.asked,
                row.granted,
                row.paid,
                row.paid_on,
                Status.of(row),
            )
            for row in file.claims
        ],
    )


def _recoveries(file: EnterpriseFile) -> Section:
    return section(
        "recoveries",
        "追偿回款",
        (
            *(("收到日期", "date"), ("来源", "text"), ("借据号", "text"), ("追回金额（元）", "yuan"), ("归准备金（元）", "yuan")),
            *(("划回日期", "date"), ("状态", "text")),
        ),
        [
            (
                Link(one.day, reverse("loans:recovery", args=[one.about])),
                str(RecoverySource(one.code).label),
                _note(one, "#recoveries"),
                one.sum,
                one.part,
                one.until,
                Status.named(RecoveryStatus, one.state),
            )
            for one in file.of(Recovery)
        ],
    )


def _write_offs(file: EnterpriseFile) -> Section:
    return section(
        "write-offs",
        "核销",
        (("决定", "text"), ("借据号", "text"), ("依据", "words"), ("状态", "text")),
        [
            (
                Link(iso(one.day) if one.day else "待决定", reverse("loans:write_off", args=[one.about])),
                _note(one),
                one.words,
                Status.named(JointStatus, one.state),
            )
            for one in file.of(JointDecision)
        ],
    )


def _summaries(file: EnterpriseFile) -> Section:
    by_summary: dict[int, list[Any]] = {}
    for loan in file.loans:
        if loan.pk in file.summaries:
            by_summary.setdefault(file.summaries[loan.pk].pk, []).append(loan)
    rows = sorted({one.pk: one for one in file.summaries.values()}.values(), key=lambda one: (one.quarter, one.pk))
    return section(
        "summaries",
        "申报汇总表",
        (
            *(("所属期", "text"), ("本企业借据", "words"), ("金额（元）", "yuan"), ("申报准备金（元）", "yuan")),
            *(("报送日期", "date"), ("状态", "text")),
        ),
        [
            (
                Link(f"{quarter_cn(one.quarter)}\n（第{one.version}版）", one.get_absolute_url()),
                "、".join(loan.note_no for loan in by_summary[one.pk]),
                summed(by_summary[one.pk], "amount"),
                summed(by_summary[one.pk], "declared_reserve"),
                one.submitted_on,
                Status.of(one),
            )
            for one in rows
        ],
    )

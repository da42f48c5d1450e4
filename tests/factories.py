"""A small world made through the services: plain functions with fixed dates and amounts, no randomness.

world = make_world()            # organisations, people, a programme with both accounts, on the agreement's day
fund(world)                     # provincial 1000万 and the town's match, confirmed by the bank in 2011
service(..., by=world.bank, **at(2012, 3, 1))
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from enterprises.identifiers import make_identifier, make_org_code
from enterprises.models import Batch, Enterprise, EnterpriseBenefit, Recommendation
from enterprises.services import batches, benefits, enterprises, recommendations
from enterprises.services.enterprises import EnterpriseData
from loans.models import Correction, CreditLine, EarlyWarning, Extension, Inspection, Loan, NetCapital, Repayment, Reversal
from loans.rules.terms import add_months
from loans.services import approvals, capital, corrections, extensions, inspections, loans, repayments, reversals, warnings
from parties.enums import OrganisationKind, Role
from parties.models import Organisation, User
from reports.models import QuarterlySummary
from reports.selectors.summaries import owed_quarters
from reports.services import summaries
from reserve.models import AccountInterest, BankStatement, Contribution, FundingObligation, Programme, ReserveAccount
from reserve.periods import Period, PeriodKind
from reserve.quarters import Quarter
from reserve.services import contributions, interest, programmes, statements
from reserve.services.statement_reading import StatementRow
from tests.support.remembered import remembered

SHANGHAI = ZoneInfo("Asia/Shanghai")
AGREEMENT_DAY = date(2011, 10, 28)


def at(year: int, month: int, day: int) -> dict[str, Any]:
    """`on` and `now` of a service: ten in the morning of that day."""
    return on(date(year, month, day))


def on(day: date) -> dict[str, Any]:
    """As `at`, for a date."""
    return {"on": day, "now": moment(day)}


def moment(day: date, hour: int = 10) -> datetime:
    """An hour of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


# --- parties and the reserve (the reserve slice) ----------------------------------------------------------------


@dataclass
class World:
    """Everyone and everything a test starts from. A name with 2 is the reviewer, without the officer."""

    province_organisation: Organisation
    science_organisation: Organisation
    centre_organisation: Organisation
    town_organisation: Organisation
    bank_organisation: Organisation
    auditor_organisation: Organisation
    province: User
    province2: User
    science: User
    science2: User
    centre: User
    centre2: User
    town: User
    town2: User
    bank: User
    bank2: User
    bank3: User
    auditor: User
    sysadmin: User
    secadmin: User
    auditadmin: User
    programme: Programme
    provincial_account: ReserveAccount
    town_account: ReserveAccount


PEOPLE = {
    "province": (OrganisationKind.PROVINCIAL_CENTRE, "广东省生产力促进中心", "省中心"),
    "science": (OrganisationKind.SCIENCE_BUREAU, "中山市科技局", "市科技局"),
    "centre": (OrganisationKind.CITY_CENTRE, "中山市生产力促进中心", "市中心"),
    "town": (OrganisationKind.TOWN, "小榄镇人民政府", "小榄镇"),
    "bank": (OrganisationKind.BANK, "小榄村镇银行", "村镇银行"),
}


@remembered
def make_world(
    *,
    code: str = "xiaolan",
    agreement_signed_on: date = AGREEMENT_DAY,
    started_on: date | None = None,
    rules: dict[str, str] | None = None,
) -> World:
    """Organisations with an officer and a reviewer each (the bank with two), administrators, the programme, both accounts."""
    organisations = {key: make_organisation(kind, name, short) for key, (kind, name, short) in PEOPLE.items()}
    auditor_organisation = make_organisation(OrganisationKind.AUDITOR, "中山市审计局", "市审计局")
    people: dict[str, User] = {}
    for key, organisation in organisations.items():
        people[key] = make_person(key, organisation, Role.OFFICER)
        people[f"{key}2"] = make_person(f"{key}2", organisation, Role.REVIEWER)
    people["bank3"] = make_person("bank3", organisations["bank"], Role.REVIEWER)
    people["auditor"] = make_person("auditor", auditor_organisation, Role.VIEWER)
    for name, role in (("sysadmin", Role.SYSTEM_ADMIN), ("secadmin", Role.SECURITY_ADMIN), ("auditadmin", Role.AUDIT_ADMIN)):
        people[name] = make_person(name, None, role)
    programme = programmes.create_programme(
        code=code,
        name="小榄镇省市联合科技贷款风险准备金",
        agreement_name="省市联合科技贷款风险准备金操作细则",
        agreement_signed_on=agreement_signed_on,
        started_on=started_on,
        region="中山市",
        parties=[*organisations.values(), auditor_organisation],
        rules=rules or {},
        by=people["sysadmin"],
        **on(agreement_signed_on),
    )
    accounts = {
        key: programmes.open_reserve_account(
            programme=programme,
            funder=organisations[key],
            bank=organisations["bank"],
            name=f"{organisations[key].name}科技贷款风险准备金专户",
            number=f"8002{programme.pk:011d}{number}",
            opened_on=agreement_signed_on,
            by=people["sysadmin"],
            **on(agreement_signed_on),
        )
        for key, number in (("province", "11"), ("town", "22"))
    }
    named: dict[str, Any] = {f"{key}_organisation": organisation for key, organisation in organisations.items()} | people
    return World(
        **named,
        auditor_organisation=auditor_organisation,
        programme=programme,
        provincial_account=accounts["province"],
        town_account=accounts["town"],
    )


def make_organisation(kind: OrganisationKind, name: str, short_name: str = "") -> Organisation:
    organisation, _ = Organisation.objects.get_or_create(
        name=name,
        defaults={"kind": kind, "short_name": short_name or name[:30], "contact_name": "李明", "contact_phone": "0760-22100000"},
    )
    return organisation


def make_person(username: str, organisation: Organisation | None, role: Role, *, name: str = "") -> User:
    """A person; the name shown is the sign-in name unless given. An existing one is returned as is."""
    found = User.objects.filter(username=username).first()
    return found or User.objects.create_user(username, "Demo-2012-2014", name=name or username, organisation=organisation, role=role)


def make_contribution(
    world: World,
    *,
    by: User | None = None,
    amount: Decimal | str = "10000000",
    transferred_on: date = date(2011, 11, 10),
    voucher_no: str = "粤财2011-001",
    recorded_on: date | None = None,
) -> Contribution:
    """A deposit as its funder (default: the provincial centre) has recorded it."""
    by = by or world.province
    account = world.town_account if by.kind == OrganisationKind.TOWN else world.provincial_account
    return contributions.record_contribution(
        account=account,
        amount=Decimal(amount),
        transferred_on=transferred_on,
        voucher_no=voucher_no,
        by=by,
        **on(recorded_on or transferred_on),
    )


def receive(world: World, contribution: Contribution, *, arrived_on: date, received_on: date | None = None) -> Contribution:
    """The bank's officer has entered the receipt."""
    return contributions.receive_contribution(
        contribution=contribution,
        arrived_on=arrived_on,
        receipt_no=f"HD{contribution.pk:06d}",
        by=world.bank,
        **on(received_on or arrived_on),
    )


def confirm(world: World, contribution: Contribution, *, arrived_on: date, confirmed_on: date | None = None) -> Contribution:
    """The bank has received and confirmed it."""
    day = confirmed_on or arrived_on
    receive(world, contribution, arrived_on=arrived_on, received_on=day)
    return contributions.confirm_contribution(contribution=contribution, by=world.bank2, **on(day))


@remembered
def deposit(
    world: World, *, amount: Decimal | str = "10000000", arrived_on: date = date(2011, 11, 11), voucher_no: str = ""
) -> FundingObligation:
    """A confirmed provincial deposit; returns the town's obligation that it opened."""
    contribution = make_contribution(world, amount=amount, transferred_on=arrived_on, voucher_no=voucher_no or f"粤财{arrived_on:%Y%m%d}")
    confirm(world, contribution, arrived_on=arrived_on)
    return FundingObligation.objects.get(source=contribution)


@remembered
def match(world: World, *, amount: Decimal | str = "40000000", arrived_on: date = date(2011, 12, 9), voucher_no: str = "") -> Contribution:
    """The town's confirmed deposit for its oldest obligation."""
    contribution = make_contribution(
        world, by=world.town, amount=amount, transferred_on=arrived_on, voucher_no=voucher_no or f"榄财{arrived_on:%Y%m%d}"
    )
    return confirm(world, contribution, arrived_on=arrived_on)


@remembered
def fund(world: World) -> World:
    """The reserve of the pilot: 1000万 arrived 2011-11-11, matched by 4000万 on 2011-12-09, in time."""
    deposit(world)
    match(world)
    return world


@remembered
def make_interest(
    world: World,
    amount: Decimal | str = "12345.67",
    *,
    account: ReserveAccount | None = None,
    booked_on: date = date(2012, 3, 21),
    confirmed: bool = True,
    **changes: Any,
) -> AccountInterest:
    """Interest of the quarter before, credited to an account (default: the provincial one), entered and confirmed on that day."""
    values: dict[str, Any] = {
        "account": account or world.provincial_account,
        "receipt_no": f"LX{AccountInterest.objects.count() + 1:05d}",
        "period_first": booked_on - timedelta(days=91),
        "period_last": booked_on - timedelta(days=1),
    }
    row = interest.enter_interest(amount=Decimal(amount), booked_on=booked_on, **values | changes, by=world.bank, **on(booked_on))
    return interest.confirm_interest(account_interest=row, by=world.bank2, **on(booked_on)) if confirmed else row


@remembered
def make_payout(
    world: World, amount: Decimal | str = "345.67", *, booked_on: date = date(2012, 3, 22), confirmed: bool = True, **changes: Any
) -> AccountInterest:
    """Interest paid out of the provincial account (where the programme lets it)."""
    values: dict[str, Any] = {
        "account": world.provincial_account,
        "receipt_no": f"LH{AccountInterest.objects.count() + 1:05d}",
        "payee": "广东省财政厅专户",
    }
    row = interest.enter_payout(amount=Decimal(amount), booked_on=booked_on, **values | changes, by=world.bank, **on(booked_on))
    return interest.confirm_interest(account_interest=row, by=world.bank2, **on(booked_on)) if confirmed else row


def make_statement(
    world: World,
    *rows: tuple[date, str, str],
    account: ReserveAccount | None = None,
    first: date = date(2012, 1, 1),
    last: date = date(2012, 3, 31),
    opening: Decimal | str = "10000000",
    day: date | None = None,
) -> BankStatement:
    """The bank's statement of an account (default: the provincial one): rows of day, amount (negative: money out) and receipt."""
    movements = [(when, Decimal(amount), receipt) for when, amount, receipt in rows]
    lines = [
        StatementRow(when, income=amount if amount > 0 else None, expense=-amount if amount < 0 else None, receipt_no=receipt)
        for when, amount, receipt in movements
    ]
    closing = Decimal(opening) + sum((amount for _, amount, _ in movements), Decimal(0))
    values: dict[str, Any] = {"account": account or world.provincial_account, "first": first, "last": last}
    return statements.enter_statement(
        opening=Decimal(opening), closing=closing, lines=lines, **values, by=world.bank, **on(day or last + timedelta(days=2))
    )


# --- enterprises, recommendations, batches (the enterprises slice) ----------------------------------------------


def enterprise_data(number: int = 1, *, day: date = date(2012, 1, 10), **changes: Any) -> EnterpriseData:
    """What a clerk would register on a day for the n-th invented enterprise: valid code, small enough, in 中山市."""
    values: dict[str, Any] = {
        "name": f"中山市演示{number:03d}锁业有限公司",
        "identifier": make_identifier(make_org_code(f"{72000000 + number:08d}"), day),
        "region": "中山市小榄镇",
        "industry_code": "3351",
        "industry_edition": "2011",
        "legal_representative": "李明",
        "contact_name": "陈静",
        "contact_phone": "0760-22100001",
        "main_products": "锁具",
    }
    return EnterpriseData(**values | changes)


@remembered
def make_enterprise(
    world: World, number: int = 1, *, day: date = date(2012, 1, 10), size: bool = True, category: bool = True, **changes: Any
) -> Enterprise:
    """A registered enterprise, 小型 by its figures of the year before and 高新技术企业 for three years."""
    enterprise = enterprises.register_enterprise(
        programme=world.programme, data=enterprise_data(number, day=day, **changes), by=world.centre, **on(day)
    )
    if size:
        enterprises.record_year(
            enterprise=enterprise, year=day.year - 1, employees=120, revenue=Decimal("60000000"), by=world.centre, **on(day)
        )
    if category:
        enterprises.record_category(
            enterprise=enterprise,
            category="high_tech",
            certificate_no=f"GR2011440{number:05d}",
            valid_from=date(day.year - 1, 6, 1),
            valid_until=date(day.year + 2, 5, 31),
            by=world.centre,
            **on(day),
        )
    return enterprise


@remembered
def make_benefit(
    world: World, enterprise: Enterprise, *, period: str = "2011H2", day: date = date(2012, 4, 6), by: User | None = None, **changes: Any
) -> EnterpriseBenefit:
    """What the city centre was told of half a year: 200万 more output, 15万 more tax, 12 people, 2 patents."""
    figures: dict[str, Any] = {"output": Decimal("2000000"), "tax": Decimal("150000"), "jobs": 12, "patents": 2}
    half = Period.parse(period, (PeriodKind.HALF,))
    who = by or world.centre
    return benefits.enter_benefit(programme=world.programme, enterprise=enterprise, period=half, **figures | changes, by=who, **on(day))


def elsewhere(world: World, *, rules: dict[str, str] | None = None, **changes: Any) -> World:
    """A second programme of the same parties, or with `changes` (another bank and its people); knows the enterprise of number 1.

    It has no reserve accounts.
    """
    there = replace(world, **changes)
    second = programmes.create_programme(
        code="second",
        name="第二项目",
        agreement_name="第二协议",
        agreement_signed_on=AGREEMENT_DAY,
        region="中山市",
        parties=[getattr(there, f"{key}_organisation") for key in PEOPLE],
        rules=rules or {},
        by=world.sysadmin,
        **on(AGREEMENT_DAY),
    )
    enterprises.register_enterprise(programme=second, data=enterprise_data(), by=world.centre, **at(2012, 1, 10))
    return replace(there, programme=second)


@remembered
def make_draft(
    world: World, enterprise: Enterprise | None = None, *, day: date = date(2012, 2, 1), by: User | None = None, **changes: Any
) -> Recommendation:
    """A recommendation of 500万 for 12 months, drafted by the city centre."""
    values: dict[str, Any] = {
        "bank": world.bank_organisation,
        "amount": Decimal("5000000"),
        "term_months": 12,
        "purpose": "购买原材料",
        "accepted_on": day,
        "papers": ("application", "licence", "certificate"),
    }
    enterprise = enterprise or Enterprise.objects.filter(links__programme=world.programme).first() or make_enterprise(world)
    return recommendations.draft_recommendation(
        programme=world.programme, enterprise=enterprise, **values | changes, by=by or world.centre, **on(day)
    )


@remembered
def make_endorsed(
    world: World, enterprise: Enterprise | None = None, *, day: date = date(2012, 2, 1), signed_on: date | None = None, **changes: Any
) -> Recommendation:
    """Drafted, then signed by both offices (by default on the same day)."""
    draft = make_draft(world, enterprise, day=day, **changes)
    recommendations.sign_recommendation(recommendation=draft, by=world.science2, **on(signed_on or day))
    return recommendations.sign_recommendation(recommendation=draft, by=world.town2, **on(signed_on or day))


@remembered
def make_sent(
    world: World, enterprise: Enterprise | None = None, *, day: date = date(2012, 2, 1), sent_on: date | None = None, **changes: Any
) -> Recommendation:
    """Endorsed and sent to the bank in a batch of its own."""
    endorsed = make_endorsed(world, enterprise, day=day, **changes)
    send_batch_of(world, [endorsed], day=sent_on or day)
    endorsed.refresh_from_db()
    return endorsed


@remembered
def make_batch(world: World, rows: Sequence[Recommendation], *, day: date = date(2012, 2, 6)) -> Batch:
    """A batch the city centre has composed."""
    return batches.create_batch(programme=world.programme, bank=world.bank_organisation, recommendations=rows, by=world.centre, **on(day))


@remembered
def send_batch_of(world: World, rows: Sequence[Recommendation], *, day: date = date(2012, 2, 6)) -> Batch:
    """A batch the science bureau has sent."""
    return batches.send_batch(batch=make_batch(world, rows, day=day), by=world.science, **on(day))


# --- decisions, loans, repayments (the loans slice) -------------------------------------------------------------


@remembered
def make_proposal(
    world: World, recommendation: Recommendation | None = None, *, day: date = date(2012, 2, 10), by: User | None = None, **changes: Any
) -> CreditLine:
    """The bank's officer proposes to approve what was recommended, 12 months at 7.8%."""
    recommendation = recommendation or make_sent(world)
    values: dict[str, Any] = {
        "decision": "approve",
        "amount": recommendation.amount,
        "term_months": recommendation.term_months,
        "annual_rate": Decimal("7.8"),
        "repayment_method": "quarterly_interest",
        "guarantee": "surety",
    }
    return approvals.propose_approval(recommendation=recommendation, **values | changes, by=by or world.bank, **on(day))


@remembered
def make_line(
    world: World, enterprise: Enterprise | None = None, *, amount: Decimal | str = "5000000", day: date = date(2012, 2, 10), **changes: Any
) -> CreditLine:
    """An approved credit line on a recommendation of the same amount, endorsed and sent on that day."""
    sent = make_sent(world, enterprise, day=day, amount=Decimal(amount))
    proposal = make_proposal(world, sent, day=day, **changes)
    return approvals.confirm_approval(credit_line=proposal, by=world.bank2, **on(day))


@remembered
def make_entered(
    world: World, line: CreditLine | None = None, *, day: date = date(2012, 3, 1), by: User | None = None, **changes: Any
) -> Loan:
    """A drawdown of the whole line, entered on the day of disbursement, due 11 months later."""
    line = line or make_line(world)
    values: dict[str, Any] = {
        "contract_no": f"HT{line.pk:05d}",
        "contract_on": day,
        "note_no": f"JJ{Loan.objects.count() + 1:05d}",
        "amount": line.amount,
        "disbursed_on": day,
        "due_on": add_months(day, 11),
    }
    return loans.enter_loan(credit_line=line, **values | changes, by=by or world.bank, **on(day))


@remembered
def make_loan(world: World, line: CreditLine | None = None, *, day: date = date(2012, 3, 1), **changes: Any) -> Loan:
    """As `make_entered`, confirmed on the same day: covered by the reserve."""
    return loans.confirm_loan(loan=make_entered(world, line, day=day, **changes), by=world.bank2, **on(day))


@remembered
def make_repayment(
    world: World, loan: Loan, principal: Decimal | str, *, paid_on: date, day: date | None = None, confirmed: bool = True, **changes: Any
) -> Repayment:
    """Principal paid back, with the interest due that day unless given; `loan` is brought up to date."""
    day = day or paid_on
    repayment = repayments.enter_repayment(loan=loan, paid_on=paid_on, principal=Decimal(principal), **changes, by=world.bank, **on(day))
    if confirmed:
        repayment = repayments.confirm_repayment(repayment=repayment, by=world.bank2, **on(day))
    loan.refresh_from_db()
    return repayment


@remembered
def make_reversal(world: World, repayment: Repayment, *, day: date, reason: str = "借款人回单作废") -> Reversal:
    """A confirmed repayment taken back; the repayment and its loan are brought up to date."""
    reversal = reversals.enter_reversal(repayment=repayment, reason=reason, by=world.bank, **on(day))
    reversal = reversals.confirm_reversal(reversal=reversal, by=world.bank2, **on(day))
    repayment.refresh_from_db()
    repayment.loan.refresh_from_db()
    return reversal


@remembered
def make_net_capital(
    world: World,
    amount: Decimal | str = "250000000",
    *,
    effective_on: date = date(2011, 12, 31),
    day: date | None = None,
    confirmed: bool = True,
) -> NetCapital:
    """The bank's net capital, entered and confirmed on `day` (its own by default): of 2.5亿 one enterprise may owe 2500万."""
    when = on(day or effective_on)
    row = capital.enter_net_capital(effective_on=effective_on, amount=Decimal(amount), source="2011年度审计报告", by=world.bank, **when)
    return capital.confirm_net_capital(net_capital=row, by=world.bank2, **when) if confirmed else row


@remembered
def make_extension(world: World, loan: Loan, *, due_on: date, day: date) -> Extension:
    """Applied for, consented to by both offices and confirmed on one day; `loan` is brought up to date."""
    extension = extensions.apply_extension(loan=loan, due_on=due_on, reason="货款回笼推迟", by=world.bank, **on(day))
    for office in (world.science2, world.town2):
        extension = extensions.consent_extension(extension=extension, agrees=True, by=office, **on(day))
    extension = extensions.confirm_extension(extension=extension, by=world.bank2, **on(day))
    loan.refresh_from_db()
    return extension


@remembered
def make_correction(world: World, loan: Loan, *, day: date, **changes: Any) -> Correction:
    """A correction entered and confirmed on one day; `loan` is brought up to date."""
    correction = corrections.enter_correction(loan=loan, reason="合同抄录有误", **changes, by=world.bank, **on(day))
    correction = corrections.confirm_correction(correction=correction, by=world.bank2, **on(day))
    loan.refresh_from_db()
    return correction


@remembered
def make_inspection(world: World, loan: Loan, *, day: date, by: User | None = None, **changes: Any) -> Inspection:
    """The bank's officer looked at the borrower on that day, for its quarter, and found all sound."""
    values: dict[str, Any] = {
        "quarter": Quarter.of(day),
        "inspected_on": day,
        "use_of_funds": "用于购买原材料，有发票",
        "operation": "生产、销售正常",
        "repayment_ability": "销售回款稳定",
        "result": "sound",
    }
    return inspections.enter_inspection(loan=loan, **values | changes, by=by or world.bank, **on(day))


@remembered
def make_warning(world: World, loan: Loan, *, day: date, by: User | None = None, **changes: Any) -> EarlyWarning:
    """The bank's officer learned on that day that the borrower stands still since the day before."""
    values: dict[str, Any] = {
        "kind": "stopped",
        "happened_on": day - timedelta(days=1),
        "learned_on": day,
        "what": "主要生产线停产，工人放假",
        "measures": "已约谈法定代表人，核查抵押物",
    }
    return warnings.report_warning(loan=loan, **values | changes, by=by or world.bank, **on(day))


# --- quarterly summaries (the reports slice) --------------------------------------------------------------------

STAGES = ("draft", "checked", "submitted", "proposed", "accepted")


@remembered
def make_summary(world: World, quarter: str, *, until: str = "draft", day: date | None = None) -> QuarterlySummary:
    """The bank's summary of a quarter as far as `until`, all on `day` (default: the sixth day after the quarter).

    Quarters owed before it are submitted first, each on the sixth day after its end.
    """
    wanted = Quarter.parse(quarter)
    day = day or wanted.end + timedelta(days=6)
    for owed in owed_quarters(world.programme, day):
        if owed < wanted:
            advance(world, _summary_of(world, owed), until="submitted", day=owed.end + timedelta(days=6))
    return advance(world, _summary_of(world, wanted), until=until, day=day)


def _summary_of(world: World, quarter: Quarter) -> QuarterlySummary:
    summaries.generate_summaries(quarter=quarter, **on(quarter.next().start))
    found: QuarterlySummary = world.programme.summaries.filter(quarter=str(quarter)).latest("version")
    return found


@remembered
def advance(world: World, summary: QuarterlySummary, *, until: str, day: date) -> QuarterlySummary:
    """Take the steps a summary still lacks up to `until`, by the people whose they are."""
    steps = {
        "checked": (summaries.check_summary, world.bank),
        "submitted": (summaries.submit_summary, world.bank2),
        "proposed": (summaries.propose_summary, world.province),
        "accepted": (summaries.accept_summary, world.province2),
    }
    for stage in STAGES[STAGES.index(summary.status) + 1 : STAGES.index(until) + 1]:
        service, by = steps[stage]
        summary = service(summary=summary, by=by, **on(day))
    return summary

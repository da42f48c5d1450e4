"""What the people of a programme do at their desks: each step calls the service a page would, as the person who would."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from common.display import quarter_cn
from common.money import round_half_up
from enterprises.enums import IntakePaper
from enterprises.identifiers import make_identifier
from enterprises.models import Batch, Enterprise, Recommendation
from enterprises.services.batches import create_batch, send_batch
from enterprises.services.benefits import enter_benefit
from enterprises.services.enterprises import EnterpriseData, record_category, record_year, register_enterprise
from enterprises.services.recommendations import draft_recommendation, sign_recommendation
from loans.models import CreditLine, Loan, NetCapital, Repayment
from loans.rules.rates import benchmark_tenor, lpr_tenor, row_in_force
from loans.rules.terms import add_months, max_due_on
from loans.services.approvals import confirm_approval, propose_approval
from loans.services.capital import confirm_net_capital, enter_net_capital
from loans.services.loans import confirm_loan, enter_loan
from loans.services.repayments import confirm_repayment, enter_repayment
from parties.delegations import acting
from parties.enums import OrganisationKind as Kind
from reserve.enums import RateKind
from reserve.models import Contribution, Programme, ReferenceRate, ReserveAccount
from reserve.periods import Period, halves_between
from reserve.quarters import Quarter
from reserve.services.contributions import confirm_contribution, receive_contribution, record_contribution
from reserve.services.programmes import create_programme, open_reserve_account

from .cast import Cast
from .plan import Borrower
from .timeline import Timeline, workday

AGREEMENT = "省市联合科技贷款风险准备金操作细则"
REGION = "中山市"


@dataclass(frozen=True, slots=True)
class Desk:
    """One programme and the people who work on it."""

    cast: Cast
    programme: Programme

    def account(self, kind: Kind) -> ReserveAccount:
        return self.programme.reserve_accounts.get(funder__kind=kind)

    # money in

    def record(self, kind: Kind, amount: Decimal, voucher: str, on: date, now: datetime) -> Contribution:
        """The funder's officer records a deposit; a town's answers the oldest obligation that is not met."""
        account = self.account(kind)
        obligation = None
        if kind == Kind.TOWN:
            obligation = self.programme.obligations.filter(fulfilled_on__isnull=True).order_by("deadline__due_on", "id").first()
        by = self.cast["town" if kind == Kind.TOWN else "province"]
        return record_contribution(
            account=account, amount=amount, transferred_on=on, voucher_no=voucher, obligation=obligation, by=by, on=on, now=now
        )

    def receive(self, contribution: Contribution, receipt: str, on: date, now: datetime, officer: str = "bank") -> Contribution:
        """By the bank's officer, or a colleague in their place."""
        by = acting(self.cast[officer], on, now)
        return receive_contribution(contribution=contribution, arrived_on=on, receipt_no=receipt, by=by, on=on, now=now)

    def deposit(self, kind: Kind, amount: Decimal, number: str, on: date, now: datetime, officer: str = "bank") -> Contribution:
        """A deposit recorded, received and confirmed on one day."""
        contribution = self.record(kind, amount, f"拨款{number}", on, now)
        contribution = self.receive(contribution, f"回单{number}", on, now, officer)
        return confirm_contribution(contribution=contribution, by=self.cast["bank2"], on=on, now=now)

    # the bank's net capital

    def enter_capital(self, amount: Decimal, on: date, now: datetime) -> NetCapital:
        """As of the end of the quarter before."""
        quarter = Quarter.of(on).previous()
        source = f"{quarter_cn(str(quarter))}末资本充足率报表（演示）"
        return enter_net_capital(effective_on=quarter.end, amount=amount, source=source, by=self.cast["bank"], on=on, now=now)

    def state_capital(self, amount: Decimal, on: date, now: datetime) -> NetCapital:
        return confirm_net_capital(net_capital=self.enter_capital(amount, on, now), by=self.cast["bank2"], on=on, now=now)

    # enterprises

    def register(self, borrower: Borrower, on: date, now: datetime) -> Enterprise:
        """The city centre registers an enterprise with last year's figures and its certificate."""
        by = self.cast["centre"]
        data = EnterpriseData(
            name=borrower.name,
            identifier=make_identifier(borrower.org_code, on),
            region=REGION,
            industry_code=borrower.sector.code,
            industry_edition="2011",
            address="广东省中山市小榄镇演示工业区",
            main_products=borrower.sector.products,
            contact_name="演示联系人",
        )
        enterprise = register_enterprise(programme=self.programme, data=data, by=by, on=on, now=now)
        record_year(
            enterprise=enterprise,
            year=on.year - 1,
            employees=borrower.employees,
            revenue=borrower.revenue,
            assets=borrower.assets,
            by=by,
            on=on,
            now=now,
        )
        record_category(
            enterprise=enterprise,
            category=borrower.category,
            certificate_no=borrower.certificate_no,
            valid_from=date(on.year - 1, 7, 1),
            valid_until=date(on.year + 2, 6, 30),
            by=by,
            on=on,
            now=now,
        )
        return enterprise

    def recommend(self, borrower: Borrower, enterprise: Enterprise, drafter: str, on: date, now: datetime) -> Recommendation:
        return draft_recommendation(
            programme=self.programme,
            enterprise=enterprise,
            bank=self.cast.organisation(Kind.BANK),
            amount=borrower.amount,
            term_months=borrower.term_months,
            purpose=borrower.purpose,
            accepted_on=on,
            papers=list(IntakePaper.values),
            visited_on=on,
            visit_note="现场走访，生产经营正常，项目与申请相符。",
            credit_note="征信报告无不良记录。",
            by=self.cast[drafter],
            on=on,
            now=now,
        )

    def sign(self, recommendation: Recommendation, office: str, on: date, now: datetime) -> Recommendation:
        """`office`: "science" or "town"; its reviewer signs the current version."""
        return sign_recommendation(recommendation=recommendation, by=self.cast[f"{office}2"], on=on, now=now)

    def send(self, recommendations: list[Recommendation], document_no: str, on: date, now: datetime) -> Batch:
        batch = create_batch(
            programme=self.programme,
            bank=self.cast.organisation(Kind.BANK),
            recommendations=recommendations,
            document_no=document_no,
            by=self.cast["science"],
            on=on,
            now=now,
        )
        return send_batch(batch=batch, by=self.cast["science"], on=on, now=now)

    # loans

    def propose(self, borrower: Borrower, recommendation: Recommendation, on: date, now: datetime) -> CreditLine:
        return propose_approval(
            recommendation=recommendation,
            decision="approve",
            amount=borrower.amount,
            term_months=borrower.term_months,
            annual_rate=self.rate(borrower, on),
            repayment_method=borrower.method,
            guarantee=borrower.guarantee,
            first_bank_loan=borrower.index % 4 == 0 if borrower.index % 9 else None,
            by=self.cast["bank"],
            on=on,
            now=now,
        )

    def plan_benefits(self, timeline: Timeline, first: date, last: date) -> None:
        """The city centre asks the enterprises after each half year, as far as that is by `last`."""
        for half in halves_between(first, last):
            if (asked := workday(half.end, 12)) <= last:
                timeline.at(asked, partial(self.collect_benefits, half))

    def collect_benefits(self, half: Period, on: date, now: datetime) -> None:
        """What the enterprises lent to by the end of half a year gained in it; one in eleven has not answered yet."""
        lent = Loan.objects.filter(programme=self.programme, disbursed_on__lte=half.end).values("enterprise")
        for enterprise in Enterprise.objects.filter(pk__in=lent).order_by("pk"):
            size = enterprise.pk % 11
            if size:
                enter_benefit(
                    programme=self.programme,
                    enterprise=enterprise,
                    period=half,
                    output=Decimal(1_200_000 * size),
                    tax=Decimal(86_500 * size),
                    jobs=3 * size,
                    patents=size // 4,
                    by=self.cast["centre"],
                    on=on,
                    now=now,
                )

    def rate(self, borrower: Borrower, on: date) -> Decimal:
        """The bank's price: the tenor's benchmark × the borrower's multiple, or LPR + 20 to 100 basis points."""
        due = add_months(on, borrower.term_months)
        rows = list(ReferenceRate.objects.order_by("effective_on", "-entry"))
        benchmark = [row for row in rows if row.kind == RateKind.BENCHMARK]
        lpr = [row for row in rows if row.kind == RateKind.LPR]
        if lpr and on >= lpr[0].effective_on:
            base: Decimal = getattr(row_in_force(lpr, on, "LPR"), lpr_tenor(on, due))
            return base + (borrower.rate_over_benchmark - 1) * 4 - Decimal("0.2")
        base = getattr(row_in_force(benchmark, on, "基准利率"), benchmark_tenor(on, due))
        return round_half_up(base * borrower.rate_over_benchmark, 4)

    def approve(self, line: CreditLine, on: date, now: datetime) -> CreditLine:
        return confirm_approval(credit_line=line, by=self.cast["bank2"], on=on, now=now)

    def enter(self, line: CreditLine, number: str, amount: Decimal, on: date, now: datetime) -> Loan:
        return enter_loan(
            credit_line=line,
            contract_no=f"榄村银借字{number}",
            contract_on=on,
            note_no=f"JJ{number}",
            amount=amount,
            disbursed_on=on,
            due_on=max_due_on(on, line.term_months or 0),
            cycle_months=3,
            agreed=((add_months(on, 4), round_half_up(amount / 3)),) if line.repayment_method == "agreed_instalments" else (),
            by=self.cast["bank"],
            on=on,
            now=now,
        )

    def disburse(self, line: CreditLine, number: str, amount: Decimal, on: date, now: datetime) -> Loan:
        return confirm_loan(loan=self.enter(line, number, amount, on, now), by=self.cast["bank2"], on=on, now=now)

    def enter_repayment(self, loan: Loan, principal: Decimal, on: date, now: datetime, **more: Any) -> Repayment:
        receipt_no = f"HK{loan.note_no[2:]}-{on:%m%d}"
        return enter_repayment(
            loan=loan, paid_on=on, principal=principal, receipt_no=receipt_no, **more, by=self.cast["bank"], on=on, now=now
        )

    def repay(self, loan: Loan, principal: Decimal, on: date, now: datetime, **more: Any) -> Repayment:
        """Entered and confirmed on the day it was paid; `more`: interest, penalty, kind."""
        repayment = self.enter_repayment(loan, principal, on, now, **more)
        return confirm_repayment(repayment=repayment, by=self.cast["bank2"], on=on, now=now)


def open_desk(cast: Cast, code: str, name: str, signed_on: date, now: datetime) -> Desk:
    """Create a programme of all six parties with its two reserve accounts at the bank."""
    by = cast["sysadmin"]
    programme = create_programme(
        code=code,
        name=name,
        agreement_name=AGREEMENT,
        agreement_signed_on=signed_on,
        region=REGION,
        parties=list(cast.organisations.values()),
        by=by,
        on=signed_on,
        now=now,
    )
    for kind, label, number in ((Kind.PROVINCIAL_CENTRE, "省", "0001"), (Kind.TOWN, "镇", "0002")):
        open_reserve_account(
            programme=programme,
            funder=cast.organisation(kind),
            bank=cast.organisation(Kind.BANK),
            name=f"科技贷款风险准备金（{label}）专户",
            number=f"8002{signed_on:%y%m}0000{number}",
            opened_on=signed_on,
            by=by,
            on=signed_on,
            now=now,
        )
    return Desk(cast, programme)

"""The programme `demo`: the same parties, dated around the day it is made, with open work of every kind for every role."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from functools import partial

from enterprises.models import Enterprise, Recommendation
from enterprises.services.batches import create_batch
from enterprises.services.recommendations import draft_recommendation
from loans.models import CreditLine, Loan
from loans.rules.terms import add_months
from loans.services.approvals import send_back_approval
from loans.services.daily import assess_loans
from parties.enums import OrganisationKind as Kind
from parties.services.delegations import make_delegation
from reserve.quarters import Quarter

from .cast import Cast
from .changes import ask_for_changes
from .declaring import Declaring
from .desk import Desk, open_desk
from .failing import Failing
from .files import send_repayments
from .keeping import keep_accounts
from .plan import WAN, Borrower, living_borrowers
from .servicing import Habit, Servicing
from .timeline import Timeline, on_or_before, workday, workday_before
from .watching import Watching

CODE, NAME = "demo", "中山市小榄镇省市联合科技贷款风险准备金（在办演示）"


class Stage(IntEnum):
    """How far a case has come; the step after it is somebody's open work."""

    DRAFT = 0
    ONE_SIGNATURE = 1
    ENDORSED = 2
    IN_DRAFT_BATCH = 3
    SENT = 4
    PROPOSED = 5
    SENT_BACK = 6
    APPROVED = 7
    ENTERED = 8
    ACTIVE = 9
    REPAYMENT_ENTERED = 10
    SETTLED = 11
    IN_ARREARS = 12
    NOT_INSPECTED = 13
    WARNED_OF = 14
    FAILED = 15


@dataclass(slots=True)
class Case:
    """One enterprise's application in a group that goes to the bank together; `first` signs first."""

    borrower: Borrower
    until: Stage
    first: str = "science"
    recommendation: Recommendation = field(init=False)
    line: CreditLine = field(init=False)

    @property
    def second(self) -> str:
        return "town" if self.first == "science" else "science"


@dataclass(slots=True)
class Living:
    """Plans the living programme backwards from `today` and lets it happen up to then."""

    cast: Cast
    today: date
    timeline: Timeline = field(default_factory=Timeline)
    desk: Desk = field(init=False)
    missed: Loan = field(init=False)

    @property
    def returned(self) -> Quarter:
        """Whose summary came back: the last quarter but one, which opens again as the last is not submitted yet."""
        return Quarter.of(on_or_before(self.today)).previous().previous()

    def play(self) -> None:
        """Make the programme; its last events are of the last working day up to `today`."""
        today = on_or_before(self.today)
        founded = on_or_before(add_months(today, -14))
        at = self.timeline.at
        at(on_or_before(founded - timedelta(days=21)), self._found)
        at(founded, self._state_capital)
        at(founded, partial(self._deposit, Kind.PROVINCIAL_CENTRE, 1000 * WAN, "粤科-1"))
        at(workday(founded, 18), partial(self._deposit, Kind.TOWN, 4000 * WAN, "榄财-1"))
        at(workday_before(today, 4), self._leave_to_a_colleague)
        at(workday_before(today, 3), partial(self._deposit, Kind.PROVINCIAL_CENTRE, 500 * WAN, "粤科-2", officer="bank3"))
        at(workday_before(today, 1), self._record_two_more)
        at(workday_before(today, 1), self._enter_capital)
        at(workday_before(today, 1), self._ask_for_changes)
        at(workday_before(today, 1), self._keep_accounts)
        self._plan_cases(today)
        Declaring(self.cast, self.timeline, CODE, self.returned, self._missed).plan(founded, today)
        at(founded, lambda on, now: self.desk.plan_benefits(self.timeline, founded, today))
        at(today, self._send_file)
        self.timeline.run()

    def _found(self, on: date, now: datetime) -> None:
        self.desk = open_desk(self.cast, CODE, NAME, on, now)

    def _state_capital(self, on: date, now: datetime) -> None:
        self.desk.state_capital(60000 * WAN, on, now)

    def _enter_capital(self, on: date, now: datetime) -> None:
        """The last quarter's waits for the bank's reviewer."""
        self.desk.enter_capital(64000 * WAN, on, now)

    def _ask_for_changes(self, on: date, now: datetime) -> None:
        ask_for_changes(self.desk, on, now)

    def _keep_accounts(self, on: date, now: datetime) -> None:
        keep_accounts(self.desk, on, now)

    def _send_file(self, on: date, now: datetime) -> None:
        """A file of repayments waits for the bank's reviewer."""
        send_repayments(self.desk.programme, self.cast["bank"], on, now)

    def _leave_to_a_colleague(self, on: date, now: datetime) -> None:
        """The bank's officer is away for two working days; the other reviewer enters the money that arrives on the first."""
        make_delegation(
            absent=self.cast["bank"],
            delegate=self.cast["bank3"],
            starts_on=workday(on, 1),
            ends_on=workday(on, 2),
            reason="参加支付系统培训",
            by=self.cast["bank"],
            on=on,
            now=now,
        )

    def _deposit(self, kind: Kind, amount: Decimal, number: str, on: date, now: datetime, officer: str = "bank") -> None:
        self.desk.deposit(kind, amount, f"{number}-{on:%Y%m}", on, now, officer)

    def _record_two_more(self, on: date, now: datetime) -> None:
        """One deposit waits for the bank's receipt, one for its reviewer."""
        self.desk.record(Kind.PROVINCIAL_CENTRE, 100 * WAN, f"拨款粤科-3-{on:%Y%m}", on, now)
        received = self.desk.record(Kind.PROVINCIAL_CENTRE, 200 * WAN, f"拨款粤科-4-{on:%Y%m}", on, now)
        self.desk.receive(received, f"回单粤科-4-{on:%Y%m}", on, now)

    # applications and loans

    def _plan_cases(self, today: date) -> None:
        people = iter(living_borrowers())
        maturing = workday_before(on_or_before(add_months(today, -12) + timedelta(days=14)), 13)
        half_year = on_or_before(add_months(today, -9))
        groups: Sequence[tuple[date, Sequence[tuple[Stage, str]]]] = (
            (maturing, ((Stage.ACTIVE, "science"), (Stage.REPAYMENT_ENTERED, "town"))),
            (half_year, ((Stage.SETTLED, "science"), (Stage.NOT_INSPECTED, "town"))),
            (on_or_before(add_months(today, -6)), ((Stage.IN_ARREARS, "science"),)),
            (on_or_before(add_months(today, -3)), ((Stage.WARNED_OF, "town"),)),
            (workday_before(today, 22), ((Stage.ACTIVE, "science"), (Stage.APPROVED, "town"), (Stage.ENTERED, "science"))),
            (
                workday_before(today, 9),
                ((Stage.SENT, "science"), (Stage.SENT, "town"), (Stage.PROPOSED, "science"), (Stage.SENT_BACK, "town")),
            ),
            (workday_before(today, 6), ((Stage.IN_DRAFT_BATCH, "town"), (Stage.ENDORSED, "science"))),
            (workday_before(today, 3), ((Stage.ONE_SIGNATURE, "science"), (Stage.ONE_SIGNATURE, "town"))),
            (workday_before(today, 1), ((Stage.DRAFT, "science"), (Stage.DRAFT, "town"))),
            (on_or_before(self.returned.start + timedelta(days=30)), ((Stage.ENTERED, "town"),)),
            (on_or_before(add_months(today, -11)), ((Stage.FAILED, "science"),)),
        )
        for start, stages in groups:
            self._plan_group(start, [Case(next(people), until, first) for until, first in stages])

    def _plan_group(self, start: date, cases: list[Case]) -> None:
        """A group's cases together, each as far as its stage; the number is the working day after `start`."""
        steps = (
            (Stage.DRAFT, 0, self._apply),
            (Stage.ONE_SIGNATURE, 2, self._sign_first),
            (Stage.ENDORSED, 4, self._sign_second),
            (Stage.PROPOSED, 9, self._propose),
            (Stage.APPROVED, 11, self._approve),
            (Stage.ENTERED, 13, self._draw),
        )
        for stage, days, step in steps:
            for case in cases:
                if case.until >= stage:
                    self.timeline.at(workday(start, days), partial(step, case))
        for case in cases:
            if case.until == Stage.SENT_BACK:
                self.timeline.at(workday(start, 9), partial(self._send_back, case))
        sent = [case for case in cases if case.until >= Stage.SENT]
        kept = [case for case in cases if case.until == Stage.IN_DRAFT_BATCH]
        if sent:
            self.timeline.at(workday(start, 6), partial(self._send, sent))
        if kept:
            self.timeline.at(workday(start, 5), partial(self._prepare_batch, kept))

    def _apply(self, case: Case, on: date, now: datetime) -> None:
        enterprise = self.desk.register(case.borrower, on, now)
        drafter = "centre" if case.borrower.index % 3 == 0 else case.first
        case.recommendation = self.desk.recommend(case.borrower, enterprise, drafter, on, now)

    def _sign_first(self, case: Case, on: date, now: datetime) -> None:
        case.recommendation = self.desk.sign(case.recommendation, case.first, on, now)

    def _sign_second(self, case: Case, on: date, now: datetime) -> None:
        case.recommendation = self.desk.sign(case.recommendation, case.second, on, now)

    def _prepare_batch(self, cases: list[Case], on: date, now: datetime) -> None:
        create_batch(
            programme=self.desk.programme,
            bank=self.cast.organisation(Kind.BANK),
            recommendations=[case.recommendation for case in cases],
            by=self.cast["science"],
            on=on,
            now=now,
        )

    def _send(self, cases: list[Case], on: date, now: datetime) -> None:
        recommendations = [case.recommendation for case in cases]
        self.desk.send(recommendations, f"中科发〔{on.year}〕{on.month * 10 + on.day % 10}号", on, now)
        for recommendation in recommendations:
            recommendation.refresh_from_db()

    def _propose(self, case: Case, on: date, now: datetime) -> None:
        case.line = self.desk.propose(case.borrower, case.recommendation, on, now)

    def _send_back(self, case: Case, on: date, now: datetime) -> None:
        reason = "请补充担保人情况后重新提出。"
        case.line = send_back_approval(credit_line=case.line, reason=reason, by=self.cast["bank2"], on=on, now=now)

    def _approve(self, case: Case, on: date, now: datetime) -> None:
        case.line = self.desk.approve(case.line, on, now)

    def _draw(self, case: Case, on: date, now: datetime) -> None:
        number = f"{on.year}{case.borrower.index:03d}1"
        amount = case.borrower.amount
        if case.until == Stage.ENTERED:
            loan = self.desk.enter(case.line, number, amount, on, now)
            if self.returned.contains(on):
                self.missed = loan
            return
        loan = self.desk.disburse(case.line, number, amount, on, now)
        until = workday_before(on_or_before(self.today), 45 if case.until == Stage.IN_ARREARS else 1)
        Servicing(self.desk, self.timeline, until=until).follow(loan, Habit(fails=case.until == Stage.FAILED))
        self._watch(case, loan)
        if case.until == Stage.REPAYMENT_ENTERED:
            paid = workday_before(on_or_before(self.today), 1)
            self.timeline.at(paid, partial(self.desk.enter_repayment, loan, amount / 2))
        elif case.until == Stage.SETTLED:
            enterprise = case.recommendation.enterprise
            self.timeline.at(
                workday_before(on_or_before(self.today), 1),
                partial(self._renew, case.borrower, enterprise, case.recommendation, loan.note_no),
            )
        elif case.until == Stage.FAILED:
            self._claim(loan)

    def _claim(self, loan: Loan) -> None:
        """Filed, checked and signed by the bureau: the town's word is awaited."""
        failing, today = Failing(self.desk, self.timeline), on_or_before(self.today)
        self.timeline.at(workday(loan.due_on, 1), lambda on, now: assess_loans(on, now))
        for days, step in ((8, failing.file), (6, failing.check), (3, partial(failing.review, "science"))):
            self.timeline.at(workday_before(today, days), partial(step, loan))

    def _watch(self, case: Case, loan: Loan) -> None:
        watching = Watching(self.desk, self.timeline, self.today)
        result = "at_risk" if case.until in (Stage.IN_ARREARS, Stage.FAILED) else "sound"
        watching.inspect(loan, result=result, skip_last=case.until == Stage.NOT_INSPECTED)
        if case.until == Stage.WARNED_OF:
            watching.warn(loan)

    def _renew(self, borrower: Borrower, enterprise: Enterprise, old: Recommendation, note_no: str, on: date, now: datetime) -> None:
        """续贷: the repaid enterprise asks again; its draft names the old 借据."""
        old.refresh_from_db()
        draft_recommendation(
            programme=self.desk.programme,
            enterprise=enterprise,
            bank=old.bank,
            amount=borrower.amount,
            term_months=borrower.term_months,
            purpose=old.purpose,
            accepted_on=on,
            papers=old.papers,
            renews=old,
            renewed_note_no=note_no,
            by=self.cast["science"],
            on=on,
            now=now,
        )

    def _missed(self) -> str:
        """What the returned summary leaves out."""
        note = f"{self.missed.disbursed_on}发放的借据{self.missed.note_no}"
        return f"漏报一笔：{note}已录入、未复核放款，请复核后重新核对报送。"

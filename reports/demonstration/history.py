"""The programme `xiaolan`, 2011-10-28 to 2015-12-31, as it happens day by day (domain §1)."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from enterprises.models import Recommendation
from enterprises.services.recommendations import decline_recommendation, edit_recommendation, withdraw_recommendation
from loans.models import CreditLine
from loans.services.approvals import confirm_approval, propose_approval
from parties.enums import OrganisationKind as Kind
from reports.models import QuarterlySummary
from reports.services.summaries import (
    accept_summary,
    check_summary,
    generate_summaries,
    propose_summary,
    return_summary,
    submit_summary,
)
from reserve.quarters import Quarter
from reserve.services.programmes import end_programme

from .cast import Cast
from .desk import Desk, open_desk
from .failing import Failing
from .plan import Borrower, batches, borrowers
from .servicing import Habit, Servicing
from .timeline import Timeline, workday

CODE, NAME = "xiaolan", "中山市小榄镇省市联合科技贷款风险准备金"
SIGNED = date(2011, 10, 28)
PROVINCIAL, TOWN = Decimal(10_000_000), Decimal(40_000_000)
PROVINCIAL_ON, TOWN_ON = date(2011, 11, 15), date(2011, 12, 16)
NET_CAPITAL, NET_CAPITAL_ON = Decimal(250_000_000), date(2011, 11, 1)  # a tenth of it is more than any enterprise may owe here
ENDED = date(2015, 12, 31)
BENEFITS_UNTIL = date(2016, 1, 31)
FIRST_SUMMARY, LAST_SUMMARY = Quarter(2011, 4), Quarter(2015, 4)
LATE, RETURNED = Quarter(2013, 1), Quarter(2012, 3)

# Not every application succeeds: by the borrower's number, what became of a first attempt in the quarter before.
_DECLINED, _WITHDRAWN, _BANK_DECLINED, _EDITED = 20, 47, 33, 9
# Who paid which instalment how many working days late; who paid a part early.
_LATE_PAYMENTS = {6: (2, 4), 30: (2, 14), 57: (3, 25)}
_PREPAYING = (3, 16, 40, 63)
# Who fails: 500万 of the first quarter of 2013, compensated in 2014, a fifth of it recovered, written off before the programme ends.
_FAILING, WRITTEN_OFF = 25, date(2015, 12, 15)


@dataclass(slots=True)
class History:
    """Plans the whole programme on a timeline; every event calls a service on its day."""

    cast: Cast
    timeline: Timeline = field(default_factory=Timeline)
    desk: Desk = field(init=False)
    ready: dict[Quarter, list[tuple[Borrower, Recommendation]]] = field(default_factory=dict)

    def play(self) -> None:
        """Let 2011–2015 happen."""
        at = self.timeline.at
        at(SIGNED, self._found)
        at(NET_CAPITAL_ON, self._state_capital)
        at(PROVINCIAL_ON, partial(self._deposit, Kind.PROVINCIAL_CENTRE, PROVINCIAL, "粤科2011-01"))
        at(TOWN_ON, partial(self._deposit, Kind.TOWN, TOWN, "榄财2011-01"))
        lent = borrowers()
        for quarter in batches():
            self._plan_batch(quarter, [borrower for borrower in lent if borrower.batch == quarter], lent)
        at(PROVINCIAL_ON, lambda on, now: self.desk.plan_benefits(self.timeline, SIGNED, BENEFITS_UNTIL))
        for quarter in Quarter.range(FIRST_SUMMARY, LAST_SUMMARY):
            at(quarter.next().start, partial(self._generate, quarter))
        at(ENDED, self._end)
        self.timeline.run()

    def _found(self, on: date, now: datetime) -> None:
        self.desk = open_desk(self.cast, CODE, NAME, on, now)

    def _state_capital(self, on: date, now: datetime) -> None:
        self.desk.state_capital(NET_CAPITAL, on, now)

    def _deposit(self, kind: Kind, amount: Decimal, number: str, on: date, now: datetime) -> None:
        self.desk.deposit(kind, amount, number, on, now)

    def _end(self, on: date, now: datetime) -> None:
        end_programme(
            programme=self.desk.programme,
            ended_on=on,
            reason="试点协议期满，各方书面同意终止，不再新增贷款（演示）",
            by=self.cast["province2"],
            on=on,
            now=now,
        )

    # one batch: register → draft → two signatures → batch → decision → drawdowns → repayments

    def _plan_batch(self, quarter: Quarter, borrowers_now: list[Borrower], everybody: list[Borrower]) -> None:
        start = quarter.start - timedelta(days=1)
        self.ready[quarter] = []
        for borrower in borrowers_now:
            self.timeline.at(workday(start, 4), partial(self._apply, borrower, quarter))
        for borrower in everybody:
            if borrower.batch == quarter.next() and borrower.index in (_DECLINED, _WITHDRAWN, _BANK_DECLINED):
                self.timeline.at(workday(start, 5), partial(self._fail, borrower, quarter))
        self.timeline.at(workday(start, 13), partial(self._send, quarter))

    def _apply(self, borrower: Borrower, quarter: Quarter, on: date, now: datetime) -> None:
        enterprise = self.desk.programme.enterprise_links.filter(enterprise__org_code=borrower.org_code).first()
        known = enterprise.enterprise if enterprise else self.desk.register(borrower, on, now)
        drafter = ("science", "town", "centre")[borrower.index % 3]
        recommendation = self.desk.recommend(borrower, known, drafter, on, now)
        first, second = ("science", "town") if borrower.index % 2 else ("town", "science")
        self.timeline.at(workday(on, 2), partial(self._sign, borrower, recommendation, first, quarter))
        self.timeline.at(workday(on, 5), partial(self._sign, borrower, recommendation, second, quarter))

    def _sign(self, borrower: Borrower, recommendation: Recommendation, office: str, quarter: Quarter, on: date, now: datetime) -> None:
        signed = self.desk.sign(recommendation, office, on, now)
        if borrower.index == _EDITED and signed.version == 1:
            self._edit(borrower, signed, on, now)
            self.timeline.at(workday(on, 1), partial(self._sign, borrower, recommendation, office, quarter))
        elif signed.endorsed_on is not None:
            self.ready[quarter].append((borrower, signed))

    def _edit(self, borrower: Borrower, recommendation: Recommendation, on: date, now: datetime) -> None:
        """The visit note is corrected after one office has signed: a new version, both sign again."""
        edit_recommendation(
            recommendation=recommendation,
            version=recommendation.version,
            bank=recommendation.bank,
            amount=recommendation.amount,
            term_months=recommendation.term_months,
            purpose=recommendation.purpose,
            accepted_on=recommendation.accepted_on,
            papers=recommendation.papers,
            visited_on=recommendation.visited_on,
            visit_note="补充走访：核对了设备清单与在手订单。",
            credit_note=recommendation.credit_note,
            by=self.cast[("science", "town", "centre")[borrower.index % 3]],
            on=on,
            now=now,
        )

    def _fail(self, borrower: Borrower, quarter: Quarter, on: date, now: datetime) -> None:
        enterprise = self.desk.register(borrower, on, now)
        recommendation = self.desk.recommend(borrower, enterprise, "science", on, now)
        reason = "材料不齐，待补充近期财务报表后再申请。"
        if borrower.index == _DECLINED:
            decline_recommendation(recommendation=recommendation, reason=reason, by=self.cast["town2"], on=on, now=now)
        elif borrower.index == _WITHDRAWN:
            withdraw_recommendation(recommendation=recommendation, reason="企业撤回申请。", by=self.cast["science"], on=on, now=now)
        else:
            for office in ("science", "town"):
                recommendation = self.desk.sign(recommendation, office, on, now)
            self.ready[quarter].append((borrower, recommendation))

    def _send(self, quarter: Quarter, on: date, now: datetime) -> None:
        ready = self.ready[quarter]
        document_no = f"中科发〔{quarter.year}〕{quarter.number * 10 + 3}号"
        self.desk.send([recommendation for _, recommendation in ready], document_no, on, now)
        for place, (borrower, recommendation) in enumerate(ready):
            recommendation.refresh_from_db()
            self.timeline.at(
                workday(on, 4 + place % 3),
                partial(self._decide, borrower, recommendation, quarter),
            )

    def _decide(self, borrower: Borrower, recommendation: Recommendation, quarter: Quarter, on: date, now: datetime) -> None:
        if borrower.batch != quarter:
            line = propose_approval(
                recommendation=recommendation, decision="decline", reason="担保条件暂不符合要求。", by=self.cast["bank"], on=on, now=now
            )
            self.timeline.at(workday(on, 2), partial(self._reject, line))
            return
        proposed = self.desk.propose(borrower, recommendation, on, now)
        self.timeline.at(workday(on, 3), partial(self._approve, borrower, proposed))

    def _reject(self, line: CreditLine, on: date, now: datetime) -> None:
        confirm_approval(credit_line=line, by=self.cast["bank2"], on=on, now=now)

    def _approve(self, borrower: Borrower, line: CreditLine, on: date, now: datetime) -> None:
        approved = self.desk.approve(line, on, now)
        for place, amount in enumerate(borrower.drawdowns):
            self.timeline.at(
                workday(on, 3 + borrower.index % 4 + 12 * place),
                partial(self._disburse, borrower, approved, amount, place),
            )

    def _disburse(self, borrower: Borrower, line: CreditLine, amount: Decimal, place: int, on: date, now: datetime) -> None:
        number = f"{on.year}{borrower.index + 1:03d}{place + 1}"
        loan = self.desk.disburse(line, number, amount, on, now)
        Servicing(self.desk, self.timeline).follow(loan, _habit(borrower))
        if borrower.index == _FAILING:
            Failing(self.desk, self.timeline).follow(loan, WRITTEN_OFF)

    # one summary: generated → checked → submitted → (returned → again) → accepted

    def _generate(self, quarter: Quarter, on: date, now: datetime) -> None:
        (summary,) = generate_summaries(quarter=quarter, on=on, now=now)
        self._plan_summary(summary, on, days=12 if quarter == LATE else 4)

    def _plan_summary(self, summary: QuarterlySummary, on: date, days: int) -> None:
        submitted = workday(on, days)
        self.timeline.at(submitted, partial(self._submit, summary))

    def _submit(self, summary: QuarterlySummary, on: date, now: datetime) -> None:
        check_summary(summary=summary, by=self.cast["bank"], on=on, now=now)
        submit_summary(summary=summary, by=self.cast["bank2"], on=on, now=now + timedelta(seconds=20))
        again = summary.quarter == str(RETURNED) and summary.version == 1
        self.timeline.at(workday(on, 3), partial(self._return if again else self._accept, summary))

    def _return(self, summary: QuarterlySummary, on: date, now: datetime) -> None:
        reason = "请核对第2行贷款用途与推荐函是否一致后重新报送。"
        draft = return_summary(summary=summary, reason=reason, by=self.cast["province"], on=on, now=now)
        self._plan_summary(draft, on, days=2)

    def _accept(self, summary: QuarterlySummary, on: date, now: datetime) -> None:
        propose_summary(summary=summary, by=self.cast["province"], on=on, now=now)
        accept_summary(summary=summary, by=self.cast["province2"], on=on, now=now + timedelta(seconds=20))


def _habit(borrower: Borrower) -> Habit:
    """Every sixth settles a month early, three are late once and cured, four prepay a part, one fails; the others pay on the day."""
    return Habit(
        late=_LATE_PAYMENTS.get(borrower.index),
        settles_early=30 if borrower.index % 6 == 2 else 0,
        prepays_after=60 if borrower.index in _PREPAYING else 0,
        fails=borrower.index == _FAILING,
    )

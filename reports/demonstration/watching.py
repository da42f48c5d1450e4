"""Loans looked at while they run: inspected every quarter but one, warned of, the warning lifted or not."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from loans.models import EarlyWarning, Loan
from loans.services.inspections import enter_inspection
from loans.services.warnings import lift_warning, report_warning
from reserve.quarters import Quarter

from .desk import Desk
from .timeline import Timeline, on_or_before, workday, workday_before

DAYS_BEFORE_THE_END = 10


@dataclass(slots=True)
class Watching:
    """Plans what the bank sees of a loan before `today`."""

    desk: Desk
    timeline: Timeline
    today: date

    def inspect(self, loan: Loan, *, result: str = "sound", skip_last: bool = False) -> None:
        """Once in each quarter after the disbursement's; `result`: of the last full quarter, or none is made for it."""
        last = Quarter.of(self.today).previous()
        for quarter in Quarter.range(Quarter.of(loan.disbursed_on).next(), Quarter.of(self.today)):
            day = on_or_before(quarter.end - timedelta(days=DAYS_BEFORE_THE_END))
            if day < self.today and not (skip_last and quarter == last):
                self.timeline.at(day, partial(self._inspect, loan, quarter, result if quarter >= last else "sound"))

    def warn(self, loan: Loan) -> None:
        """Wages were late and paid; a lawsuit goes on."""
        self.timeline.at(workday(loan.disbursed_on, 15), partial(self._wages, loan))
        self.timeline.at(workday_before(self.today, 4), partial(self._lawsuit, loan))

    def _inspect(self, loan: Loan, quarter: Quarter, result: str, on: date, now: datetime) -> None:
        loan.refresh_from_db()
        if not loan.is_running:
            return
        sound = result == "sound"
        enter_inspection(
            loan=loan,
            quarter=quarter,
            inspected_on=on,
            use_of_funds=f"按约定用于{loan.purpose}，已核对合同和发票。",
            operation="生产、用工正常，订单稳定。" if sound else "订单减少约三成，部分生产线开工不足。",
            repayment_ability="销售回款稳定，担保状况无变化。" if sound else "回款放慢，依靠保证人垫付利息。",
            result=result,
            by=self.desk.cast["bank"],
            on=on,
            now=now,
        )

    def _wages(self, loan: Loan, on: date, now: datetime) -> None:
        warning = self._report(loan, "wages", "拖欠工人一个月工资，镇劳动部门已介入。", "约谈法定代表人，要求限期支付。", on, now)
        self.timeline.at(workday(on, 10), partial(self._lift, warning))

    def _lift(self, warning: EarlyWarning, on: date, now: datetime) -> None:
        lift_warning(early_warning=warning, reason="工资已全部付清，镇劳动部门已结案。", by=self.desk.cast["bank2"], on=on, now=now)

    def _lawsuit(self, loan: Loan, on: date, now: datetime) -> None:
        self._report(loan, "lawsuit", "被供应商起诉货款 120 万元，银行账户部分被冻结。", "已上门核实，要求追加保证人。", on, now)

    def _report(self, loan: Loan, kind: str, what: str, measures: str, on: date, now: datetime) -> EarlyWarning:
        happened_on = workday_before(on, 2)
        return report_warning(
            loan=loan,
            kind=kind,
            happened_on=happened_on,
            learned_on=on,
            what=what,
            measures=measures,
            by=self.desk.cast["bank"],
            on=on,
            now=now,
        )

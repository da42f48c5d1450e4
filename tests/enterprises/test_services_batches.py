"""Batches through their services, and what the daily job tells."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.template.loader import render_to_string

from common.errors import Conflict, InvalidInput, NotAllowed, NotFound, WrongState
from enterprises.errors import EmptyBatch, NotBatchable, RecommendationLapsed, WrongOffice
from enterprises.models import Batch
from enterprises.selectors import batchable, letter_context, waits_for
from enterprises.services import batches, daily, recommendations
from enterprises.services.enterprises import record_category, update_enterprise
from parties.enums import OrganisationKind, Role
from parties.models import Notification
from reserve.models import Deadline
from reserve.services.jobs import SomeFailed
from reserve.services.programmes import add_party
from tests.factories import (
    World,
    at,
    enterprise_data,
    make_batch,
    make_draft,
    make_endorsed,
    make_enterprise,
    make_organisation,
    make_person,
    make_sent,
    make_world,
    moment,
    send_batch_of,
)
from tests.support.faults import refuse_rows
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = at(2012, 2, 6)


@pytest.fixture
def world() -> World:
    return make_world()


def endorsed(world, count=1, **values):
    return [make_endorsed(world, make_enterprise(world, number), **values) for number in range(1, count + 1)]


def edit_terms(world, row):
    """The next version of a recommendation, one month shorter."""
    terms = {"bank": row.bank, "amount": row.amount, "term_months": row.term_months - 1, "purpose": row.purpose}
    return recommendations.edit_recommendation(
        recommendation=row, version=row.version, accepted_on=row.accepted_on, by=world.centre, **terms, **DAY
    )


def create(world, rows, by=None, bank=None, **values):
    return batches.create_batch(
        programme=world.programme, bank=bank or world.bank_organisation, recommendations=rows, by=by or world.centre, **{**DAY, **values}
    )


class TestCompose:
    def test_numbers_run_in_the_programme(self, world):
        first, second, third = endorsed(world, 3)
        assert [create(world, [row]).number for row in (first, second)] == [1, 2]
        batch = create(world, [third], by=world.science, document_no=" 中科贷函〔2012〕3号 ")
        assert (batch.number, batch.document_no, batch.status, str(batch)) == (3, "中科贷函〔2012〕3号", "draft", "第3批")

    @pytest.mark.parametrize("who", ["town", "science2", "bank", "province", "auditor"])
    def test_others_may_not(self, world, who):
        rows = endorsed(world)
        with refused(NotAllowed):
            create(world, rows, by=getattr(world, who))

    def test_only_endorsed_ones(self, world):
        draft = make_draft(world)
        with refused(NotBatchable, "双方签署后", field="recommendations"):
            create(world, [draft])

    def test_none_is_refused(self, world):
        with refused(EmptyBatch):
            create(world, [])

    def test_last_day_of_validity_is_the_last_to_batch(self, world):
        [row] = endorsed(world)
        assert row.valid_until == date(2012, 7, 30)
        with refused(RecommendationLapsed, "有效期至 2012-07-30"):
            create(world, [row], **at(2012, 7, 31))
        assert create(world, [row], **at(2012, 7, 30)).pk

    def test_one_in_another_batch_is_refused(self, world):
        rows = endorsed(world)
        create(world, rows)
        with refused(NotBatchable, "已编入第1批"):
            create(world, rows)

    def test_one_for_another_bank_is_refused(self, world):
        rows = endorsed(world)
        other = make_organisation(OrganisationKind.BANK, "第二银行")
        add_party(programme=world.programme, organisation=other, by=world.sysadmin, **at(2012, 1, 5))
        with refused(NotBatchable, "推荐给第二银行"):
            create(world, rows, bank=other)

    def test_foreign_recommendation_does_not_exist(self, world):
        rows = endorsed(world)
        stranger = make_person("stranger", make_organisation(OrganisationKind.CITY_CENTRE, "外市中心"), Role.OFFICER)
        with refused(NotFound):
            create(world, rows, by=stranger)

    def test_edit_says_anew_what_it_holds(self, world):
        first, second = endorsed(world, 2)
        batch = create(world, [first])
        batches.edit_batch(batch=batch, recommendations=[second], document_no="函1号", by=world.science, **DAY)
        assert list(batch.recommendations.all()) == [second]
        first.refresh_from_db()
        assert first.batch is None
        assert list(batchable(world.centre, world.programme, date(2012, 2, 6))) == [first]

    def test_sent_batch_is_not_edited(self, world):
        rows = endorsed(world)
        batch = send_batch_of(world, rows)
        with refused(WrongState, "已发送"):
            batches.edit_batch(batch=batch, recommendations=rows, by=world.centre, **DAY)


class TestSend:
    def test_starts_a_clock_for_each_and_tells_the_bank(self, world):
        batch = make_batch(world, endorsed(world, 2))
        sent = batches.send_batch(batch=batch, by=world.science2, **DAY)
        assert (sent.status, sent.sent_by, sent.sent_on) == ("sent", world.science2, date(2012, 2, 6))
        assert {row.status for row in sent.recommendations.all()} == {"sent"}
        clocks = Deadline.objects.filter(kind="bank_decision")
        assert [(clock.due_on, clock.organisation) for clock in clocks] == [(date(2012, 2, 20), world.bank_organisation)] * 2
        assert all(clock.met_on for clock in Deadline.objects.filter(kind="recommendation_expiry"))
        assert Notification.objects.filter(subject__contains="2 笔待审批").count() == 3

    @pytest.mark.parametrize("who", ["centre", "centre2", "town2", "bank"])
    def test_only_the_science_bureau_sends(self, world, who):
        batch = make_batch(world, endorsed(world))
        with refused(NotAllowed):
            batches.send_batch(batch=batch, by=getattr(world, who), **DAY)

    def test_twice_is_refused(self, world):
        batch = send_batch_of(world, endorsed(world))
        with refused(WrongState):
            batches.send_batch(batch=batch, by=world.science, **DAY)

    def test_lapsed_meanwhile_is_refused_by_name(self, world):
        batch = make_batch(world, endorsed(world))
        with refused(RecommendationLapsed, "中山市演示001锁业有限公司"):
            batches.send_batch(batch=batch, by=world.science, **at(2012, 7, 31))

    def test_emptied_batch_is_refused(self, world):
        [row] = endorsed(world)
        batch = make_batch(world, [row])
        recommendations.withdraw_recommendation(recommendation=row, reason="放弃", by=world.town, **DAY)
        with refused(EmptyBatch):
            batches.send_batch(batch=batch, by=world.science, **DAY)

    @pytest.mark.parametrize("change", ["withdrawn", "edited", "adjusted"])
    def test_sends_what_was_read_or_nothing(self, world, change):
        first, second, third = endorsed(world, 3)
        batch = make_batch(world, [first, second])
        if change == "withdrawn":
            recommendations.withdraw_recommendation(recommendation=second, reason="放弃", by=world.town, **DAY)
        elif change == "edited":
            edit_terms(world, second)
        else:
            batches.edit_batch(batch=batch, recommendations=[first, second, third], version=1, by=world.centre, **DAY)
        with refused(Conflict, "第 1 版，现为第 2 版"):
            batches.send_batch(batch=batch, version=1, by=world.science, **DAY)
        assert batches.send_batch(batch=batch, version=2, by=world.science, **DAY).status == "sent"

    def test_adjusts_what_was_read_or_nothing(self, world):
        first, second = endorsed(world, 2)
        batch = make_batch(world, [first])
        batches.edit_batch(batch=batch, recommendations=[second], version=1, by=world.centre, **DAY)
        with refused(Conflict, "第 1 版，现为第 2 版"):
            batches.edit_batch(batch=batch, recommendations=[first], version=1, by=world.science, **DAY)


class TestPapers:
    def test_document_number_may_come_after_sending(self, world):
        batch = send_batch_of(world, endorsed(world))
        assert batches.register_document(batch=batch, document_no="函2号", by=world.town2, **DAY).document_no == "函2号"

    def test_bank_registers_its_reply_number_after_sending(self, world):
        rows = endorsed(world)
        batch = make_batch(world, rows)
        with refused(WrongState):
            batches.register_reply(batch=batch, reply_no="回1号", by=world.bank, **DAY)
        batches.send_batch(batch=batch, by=world.science, **DAY)
        assert batches.register_reply(batch=batch, reply_no="回1号", by=world.bank, **DAY).reply_no == "回1号"

    def test_each_side_registers_its_own(self, world):
        batch = send_batch_of(world, endorsed(world))
        with refused(WrongOffice):
            batches.register_document(batch=batch, document_no="函2号", by=world.bank, **DAY)
        with refused(WrongOffice):
            batches.register_reply(batch=batch, reply_no="回1号", by=world.science, **DAY)

    @pytest.mark.parametrize("text", ["", " ", "号" * 61])
    def test_number_is_asked_for(self, world, text):
        batch = send_batch_of(world, endorsed(world))
        with refused(InvalidInput, field="document_no"):
            batches.register_document(batch=batch, document_no=text, by=world.science, **DAY)
        with refused(InvalidInput, field="reply_no"):
            batches.register_reply(batch=batch, reply_no=text, by=world.bank, **DAY)

    def letter(self, batch):
        return letter_context(Batch.objects.get(pk=batch.pk))["letter"]

    def test_letter_lists_what_both_offices_signed_with_certificates_and_totals(self, world):
        batch = send_batch_of(world, endorsed(world, 2))
        letter = self.letter(batch)
        assert [office.name for office in letter.offices] == ["中山市科技局", "小榄镇人民政府"]
        assert (letter.total, letter.words, letter.dated) == (Decimal("10000000.00"), "人民币壹仟万元整", date(2012, 2, 6))
        assert [(line.number, line.identifier) for line in letter.lines] == [(1, "72000001-7"), (2, "72000002-5")]
        assert letter.lines[0].certificates == ("高新技术企业（GR201144000001）",)

    def test_a_sent_letter_stays_whatever_becomes_of_its_lines(self, world):
        first, second = endorsed(world, 2)
        batch = send_batch_of(world, [first, second])
        sent = render_to_string("enterprises/letter_body.html", {"letter": self.letter(batch)})
        recommendations.withdraw_recommendation(recommendation=second, reason="放弃", by=world.town, **at(2012, 2, 7))
        for number, until in (("GR201144000001", date(2011, 12, 31)), ("GR2011-OTHER", None)):
            record_category(
                enterprise=first.enterprise,
                category="high_tech",
                certificate_no=number,
                valid_from=date(2011, 6, 1),
                valid_until=until,
                by=world.centre,
                **at(2012, 2, 8),
            )
        data = enterprise_data(name="中山市新名锁业有限公司", identifier="914420007200000172")
        update_enterprise(enterprise=first.enterprise, data=data, version=1, by=world.centre, **at(2012, 2, 8))
        assert render_to_string("enterprises/letter_body.html", {"letter": self.letter(batch)}) == sent

    def test_what_was_withdrawn_before_sending_is_not_in_the_letter(self, world):
        first, second = endorsed(world, 2)
        batch = make_batch(world, [first, second])
        recommendations.withdraw_recommendation(recommendation=second, reason="放弃", by=world.town, **DAY)
        batches.send_batch(batch=batch, by=world.science, **DAY)
        assert [line.recommendation for line in self.letter(batch).lines] == [first]


def test_waits_for_names_whose_turn_it_is(world):
    row = make_draft(world)
    day = date(2012, 2, 6)
    assert waits_for(row, day) == "市科技局、小榄镇签署"
    row = recommendations.sign_recommendation(recommendation=row, by=world.science2, **DAY)
    assert waits_for(row, day) == "小榄镇签署"
    row = recommendations.sign_recommendation(recommendation=row, by=world.town2, **DAY)
    assert waits_for(row, day) == "编入批次"
    batch = make_batch(world, [row])
    row.refresh_from_db()
    assert waits_for(row, day) == "第1批发送"
    batches.send_batch(batch=batch, by=world.science, **DAY)
    row.refresh_from_db()
    assert waits_for(row, day) == "村镇银行审批"
    assert waits_for(row, row.valid_until + timedelta(days=1)) == "推荐已失效"


class TestDaily:
    def told(self, subject: str) -> set[str]:
        return set(Notification.objects.filter(subject__startswith=subject).values_list("recipient__username", flat=True))

    def run(self, first: date, last: date) -> None:
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            daily.tell_of_recommendations(day, moment(day))
            daily.tell_of_certificates(day, moment(day))

    def test_validity_is_told_to_the_city_centre_until_sent(self, world):
        [row] = endorsed(world)  # until 2012-07-30, a Monday
        self.run(date(2012, 7, 1), date(2012, 8, 10))
        assert self.told("推荐剩余") == {"centre", "centre2"}
        subjects = (
            Notification.objects.filter(recipient=world.centre, subject__startswith="推荐剩余")
            .order_by("pk")
            .values_list("subject", flat=True)
        )
        assert [subject.split("个")[0] for subject in subjects] == ["推荐剩余 10 ", "推荐剩余 5 ", "推荐剩余 1 "]
        row.refresh_from_db()
        assert row.status == "endorsed"  # a date lapses it, no job does

    def test_then_to_the_bank(self, world):
        make_sent(world)
        self.run(date(2012, 7, 1), date(2012, 8, 10))
        assert self.told("推荐剩余") == {"bank", "bank2", "bank3"}

    def test_certificates_running_out_are_told_once_for_each_day_that_counts(self, world):
        make_enterprise(world)  # until 2014-05-31
        self.run(date(2014, 4, 1), date(2014, 6, 10))
        self.run(date(2014, 4, 1), date(2014, 6, 10))
        assert self.told("证书剩余") == {"centre", "centre2", "science", "science2"}
        assert Notification.objects.filter(recipient=world.centre, subject__startswith="证书剩余").count() == 3

    def test_renewed_certificate_is_not_told_of(self, world):
        enterprise = make_enterprise(world)
        record_category(
            enterprise=enterprise,
            category="high_tech",
            certificate_no="GR2014",
            valid_from=date(2014, 4, 1),
            by=world.centre,
            **at(2014, 4, 1),
        )
        self.run(date(2014, 4, 1), date(2014, 6, 10))
        assert self.told("证书剩余") == set()

    def test_one_that_fails_is_named_and_keeps_no_other_from_being_told_of(self, world):
        good, bad = (make_enterprise(world, index) for index in (1, 2))
        refuse_rows(Notification, f"NEW.subject LIKE '%{bad.name}'")
        with pytest.raises(SomeFailed) as some:
            self.run(date(2014, 4, 1), date(2014, 6, 10))
        [failure] = some.value.failures
        assert failure.startswith(f"xiaolan 证书 {bad.categories.get().certificate_no} {bad.name}: ")
        assert some.value.counts == {"certificates": 1}
        assert self.told("证书剩余") == {"centre", "centre2", "science", "science2"}
        assert set(Notification.objects.values_list("subject", flat=True)) == {f"证书剩余 30 个工作日到期：{good.name}"}

    def test_a_recommendation_that_fails_keeps_no_other_from_being_told_of(self, world):
        good, bad = endorsed(world, 2)
        refuse_rows(Notification, f"NEW.subject LIKE '%{bad.enterprise_name}'")
        day = date(2012, 7, 27)  # a Friday; both lapse on Monday
        with pytest.raises(SomeFailed) as some:
            daily.tell_of_recommendations(day, moment(day))
        assert some.value.failures[0].startswith(f"xiaolan 推荐 {bad.enterprise_name}: ")
        assert some.value.counts == {"recommendations": 1}
        assert set(Notification.objects.filter(subject__startswith="推荐剩余").values_list("subject", flat=True)) == {
            f"推荐剩余 1 个工作日失效：{good.enterprise_name}"
        }

"""Recommendations through their services: drafting, two signatures on one version, and every way one ends."""

from datetime import date
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from common.errors import Conflict, InvalidInput, NotAllowed, NotFound, WrongState
from enterprises.enums import RECOMMENDATION_LIFECYCLE, RecommendationStatus
from enterprises.errors import AlreadySigned, BadRenewal, NotAParty, NotEligible, OverCap, VersionChanged
from enterprises.models import Enterprise, EnterpriseLink, Recommendation, Signature
from enterprises.services import batches, enterprises, recommendations
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification, User
from parties.selectors import timeline
from reserve.errors import ProgrammeNotActive
from reserve.models import Deadline
from reserve.services import programmes
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
    send_batch_of,
)
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = at(2012, 2, 1)


@pytest.fixture
def world() -> World:
    return make_world()


def sign(world: World, row: Recommendation, by: User, *, day=(2012, 2, 1), **values) -> Recommendation:
    return recommendations.sign_recommendation(recommendation=row, by=by, **values, **at(*day))


def edit(world: World, row: Recommendation, *, version=None, by=None, day=(2012, 2, 1), **changes) -> Recommendation:
    values = {
        "bank": row.bank,
        "amount": row.amount,
        "term_months": row.term_months,
        "purpose": row.purpose,
        "accepted_on": row.accepted_on,
        "papers": row.papers,
        "renewed_note_no": row.renewed_note_no,
    }
    return recommendations.edit_recommendation(
        recommendation=row, version=row.version if version is None else version, **values | changes, by=by or world.town, **at(*day)
    )


def set_rule(world: World, key: str, text: str) -> None:
    programmes.set_rule(
        programme=world.programme, key=key, text=text, effective_on=date(2012, 1, 2), reason="补充协议", by=world.sysadmin, **at(2012, 1, 2)
    )


class TestDraft:
    @pytest.mark.parametrize("who", ["science", "centre", "town"])
    def test_either_office_or_the_city_centre_drafts_and_the_signers_are_told(self, world, who):
        row = make_draft(world, by=getattr(world, who), papers=("project", "application"))
        assert (row.status, row.version, row.enterprise_name) == ("draft", 1, "中山市演示001锁业有限公司")
        assert row.papers == ["application", "project"]
        told = set(Notification.objects.filter(subject__startswith="待签署").values_list("recipient__username", flat=True))
        assert told == {"science", "science2", "town", "town2"}
        assert AuditEvent.objects.filter(action="recommendation.draft").count() == 1

    @pytest.mark.parametrize("who", ["bank", "province", "science2", "town2", "auditor", "sysadmin"])
    def test_others_may_not(self, world, who):
        enterprise = make_enterprise(world)
        with refused(NotAllowed):
            make_draft(world, enterprise, by=getattr(world, who))

    @pytest.mark.parametrize(
        "wrong, field",
        [
            ({"amount": Decimal("0")}, "amount"),
            ({"amount": Decimal("-1")}, "amount"),
            ({"amount": Decimal("0.001")}, "amount"),
            ({"term_months": 0}, "term_months"),
            ({"purpose": " "}, "purpose"),
            ({"purpose": "用" * 101}, "purpose"),
            ({"accepted_on": date(2012, 2, 2)}, "accepted_on"),
            ({"visited_on": date(2012, 2, 2)}, "visited_on"),
            ({"papers": ("bribe",)}, "papers"),
            ({"visit_note": "访" * 501}, "visit_note"),
        ],
    )
    def test_wrong_value_is_refused(self, world, wrong, field):
        enterprise = make_enterprise(world)
        with refused(InvalidInput, field=field):
            make_draft(world, enterprise, **wrong)

    def test_amount_may_pass_one_drawdown_but_not_the_cap_of_the_enterprise(self, world):
        enterprise = make_enterprise(world)
        assert make_draft(world, enterprise, amount=Decimal("20000000")).amount == Decimal("20000000.00")
        with refused(OverCap, "单户限额 20,000,000.00 元", field="amount"):
            make_draft(world, enterprise, amount=Decimal("20000000.01"))

    def test_term_above_its_cap_is_refused(self, world):
        enterprise = make_enterprise(world)
        with refused(OverCap, "最长期限 12 个月", field="term_months"):
            make_draft(world, enterprise, term_months=13)

    def test_caps_are_settings(self, world):
        set_rule(world, "term_months_max", "36")
        assert make_draft(world, term_months=36).term_months == 36

    def test_bank_that_is_no_party_is_refused(self, world):
        enterprise = make_enterprise(world)
        foreign = make_organisation(OrganisationKind.BANK, "外地银行")
        with refused(NotAParty, field="bank"):
            make_draft(world, enterprise, bank=foreign)
        with refused(NotAParty, field="bank"):
            make_draft(world, enterprise, bank=world.town_organisation)

    def test_enterprise_outside_the_programme_is_refused(self, world):
        enterprise = make_enterprise(world)
        EnterpriseLink.objects.all().delete()
        with refused(NotAParty, field="enterprise"):
            make_draft(world, enterprise)

    def test_stranger_to_the_programme_finds_nothing(self, world):
        enterprise = make_enterprise(world)
        stranger = make_person("stranger", make_organisation(OrganisationKind.TOWN, "外镇政府"), Role.OFFICER)
        with refused(NotFound):
            make_draft(world, enterprise, by=stranger)

    def test_ended_programme_takes_none(self, world):
        enterprise = make_enterprise(world)
        programmes.end_programme(
            programme=world.programme, ended_on=date(2012, 1, 31), reason="期满", by=world.province2, **at(2012, 1, 31)
        )
        world.programme.refresh_from_db()
        with refused(ProgrammeNotActive):
            make_draft(world, enterprise)


class TestEligibility:
    def test_registered_elsewhere_is_refused(self, world):
        enterprise = make_enterprise(world, region="佛山市顺德区")
        with refused(NotEligible, "不在中山市"):
            make_draft(world, enterprise)

    def test_without_figures_nobody_knows_the_size(self, world):
        enterprise = make_enterprise(world, size=False)
        with refused(NotEligible, "尚无年度指标"):
            make_draft(world, enterprise)

    def test_large_enterprise_is_refused_unless_the_setting_lets_it_in(self, world):
        enterprise = make_enterprise(world, size=False)
        enterprises.record_year(enterprise=enterprise, year=2011, employees=1000, revenue=Decimal("400000000"), by=world.centre, **DAY)
        with refused(NotEligible, "大型企业"):
            make_draft(world, enterprise)
        set_rule(world, "sme_only", "false")
        assert make_draft(world, enterprise).pk

    def test_certificate_must_be_valid_on_the_day(self, world):
        enterprise = make_enterprise(world, category=False)
        with refused(NotEligible, "没有有效的重点支持类别证书"):
            make_draft(world, enterprise)
        enterprises.record_category(
            enterprise=enterprise,
            category="town_key",
            certificate_no="ZD1",
            valid_from=date(2012, 2, 2),
            valid_until=date(2012, 2, 3),
            by=world.centre,
            **DAY,
        )
        with refused(NotEligible):
            make_draft(world, enterprise)
        assert make_draft(world, enterprise, day=date(2012, 2, 3)).pk
        with refused(NotEligible):
            make_draft(world, enterprise, day=date(2012, 2, 4))

    def test_priority_asks_for_no_certificate(self, world):
        set_rule(world, "category_rule", "priority")
        assert make_draft(world, make_enterprise(world, category=False)).pk

    def test_all_reasons_are_told_at_once(self, world):
        enterprise = make_enterprise(world, region="佛山市", size=False, category=False)
        with refused(NotEligible) as caught:
            make_draft(world, enterprise)
        assert len(caught.value.fields["enterprise"]) == 3


class TestSign:
    def test_two_offices_on_one_version_endorse(self, world):
        row = make_draft(world)
        first = sign(world, row, world.town2)
        assert (first.status, first.endorsed_on, first.valid_until) == ("signed", None, None)
        second = sign(world, row, world.science2, day=(2012, 2, 3), opinion="同意")
        assert (second.status, second.endorsed_on, second.valid_until) == ("endorsed", date(2012, 2, 3), date(2012, 8, 1))
        assert [(one.organisation.short_name, one.version) for one in second.signatures.all()] == [("小榄镇", 1), ("市科技局", 1)]
        clock = Deadline.objects.get(kind="recommendation_expiry", subject_id=row.pk)
        assert (clock.due_on, clock.organisation) == (date(2012, 8, 1), world.science_organisation)

    def test_other_office_is_told_then_who_sends(self, world):
        row = make_draft(world)
        sign(world, row, world.science2)
        assert Notification.objects.filter(recipient=world.town2, subject__startswith="对方已签").count() == 1
        assert not Notification.objects.filter(recipient=world.science2, subject__startswith="对方已签").exists()
        sign(world, row, world.town2)
        assert Notification.objects.filter(recipient=world.centre, subject__startswith="双方已签").count() == 1

    @pytest.mark.parametrize("who", ["science", "town", "centre", "centre2", "bank2", "province2", "auditor"])
    def test_only_reviewers_of_the_two_offices_sign(self, world, who):
        row = make_draft(world)
        with refused(NotAllowed):
            sign(world, row, getattr(world, who))

    def test_office_of_another_programme_finds_nothing(self, world):
        row = make_draft(world)
        foreign = make_person("foreign2", make_organisation(OrganisationKind.SCIENCE_BUREAU, "外市科技局"), Role.REVIEWER)
        with refused(NotFound):
            sign(world, row, foreign)

    def test_same_office_twice_is_refused(self, world):
        row = make_draft(world)
        sign(world, row, world.town2)
        colleague = make_person("town3", world.town_organisation, Role.REVIEWER)
        with refused(AlreadySigned):
            sign(world, row, world.town2)
        with refused(AlreadySigned):
            sign(world, row, colleague)

    def test_who_drafted_does_not_sign(self, world):
        row = make_draft(world, by=world.town)
        User.objects.filter(pk=world.town.pk).update(role=Role.REVIEWER)
        with refused(SamePerson):
            sign(world, row, User.objects.get(pk=world.town.pk))

    def test_edited_version_is_refused_to_who_read_the_old(self, world):
        row = make_draft(world)
        edit(world, row, amount=Decimal("4000000"))
        with refused(VersionChanged, "第 1 版，该推荐现在是第 2 版"):
            sign(world, row, world.town2, version=1)
        assert sign(world, row, world.town2, version=2).status == "signed"

    def test_certificate_run_out_since_the_draft_is_refused(self, world):
        row = make_draft(world)
        with refused(NotEligible):
            sign(world, row, world.town2, day=(2014, 6, 1))

    def test_rule_tightened_since_the_draft_is_refused(self, world):
        row = make_draft(world)
        programmes.set_rule(
            programme=world.programme,
            key="enterprise_cap",
            text="4000000",
            effective_on=date(2012, 2, 10),
            reason="补充协议",
            by=world.sysadmin,
            **at(2012, 2, 5),
        )
        assert sign(world, row, world.town2, day=(2012, 2, 9)).status == "signed"
        with refused(OverCap):
            sign(world, row, world.science2, day=(2012, 2, 10))

    def test_database_itself_takes_one_signature_of_an_office(self, world):
        row = make_draft(world)
        sign(world, row, world.town2)
        with pytest.raises(IntegrityError), transaction.atomic():
            Signature.objects.create(
                recommendation=row,
                version=1,
                organisation=world.town_organisation,
                signed_by=world.town2,
                signed_on=date(2012, 2, 1),
                signed_at=DAY["now"],
            )


class TestEdit:
    def test_edit_voids_the_signatures_and_tells_the_signers(self, world):
        row = make_draft(world)
        sign(world, row, world.science2)
        changed = edit(world, row, amount=Decimal("4000000"), papers=("licence",))
        assert (changed.status, changed.version, changed.amount, changed.drafted_by) == ("draft", 2, Decimal("4000000.00"), world.town)
        assert Notification.objects.filter(recipient=world.science2, subject__startswith="推荐已修改").count() == 1
        [event] = AuditEvent.objects.filter(summary__contains="第 2 版")
        assert event.changes["推荐金额"] == ["5,000,000.00", "4,000,000.00"]
        assert event.changes["已收材料"] == ["贷款推荐申请表、营业执照（组织机构代码证）、科技企业资质证书", "营业执照（组织机构代码证）"]
        assert sign(world, row, world.science2).status == "signed"

    def test_edit_of_an_endorsed_one_ends_its_validity_and_leaves_the_batch(self, world):
        row = make_endorsed(world)
        make_batch(world, [row])
        changed = edit(world, row, day=(2012, 2, 7))
        assert (changed.status, changed.batch, changed.endorsed_on, changed.valid_until) == ("draft", None, None, None)
        assert Deadline.objects.get(subject_id=row.pk).cancelled_on == date(2012, 2, 7)
        sign(world, row, world.science2, day=(2012, 2, 8))
        assert sign(world, row, world.town2, day=(2012, 2, 8)).valid_until == date(2012, 8, 6)
        assert Deadline.objects.get(subject_id=row.pk).cancelled_on is None

    def test_paper_takes_the_name_of_its_day(self, world):
        row = make_draft(world)
        old = row.enterprise
        enterprises.update_enterprise(
            enterprise=old, data=enterprise_data(name="中山市新名有限公司", identifier=old.org_code), version=1, by=world.centre, **DAY
        )
        row.refresh_from_db()
        assert row.enterprise_name == "中山市演示001锁业有限公司"
        assert edit(world, row).enterprise_name == "中山市新名有限公司"

    def test_stale_version_is_a_conflict(self, world):
        row = make_draft(world)
        edit(world, row)
        with refused(Conflict, "现为第 2 版"):
            edit(world, row, version=1)

    def test_rules_hold_for_edits_too(self, world):
        row = make_draft(world)
        with refused(OverCap):
            edit(world, row, amount=Decimal("20000001"))


class TestTakenIn:
    def test_who_took_it_in_stays_whoever_edits_it(self, world):
        row = edit(world, make_draft(world), by=world.town)
        assert (row.accepted_by, row.drafted_by) == (world.centre, world.town)

    def test_who_took_it_in_before_that_was_kept_is_found_in_the_trail(self, world):
        row = edit(world, make_draft(world), by=world.town)
        Recommendation.objects.update(accepted_by=world.science)
        import_module("enterprises.migrations.0004_recommendation_accepted_by").fill(apps, None)
        row.refresh_from_db()
        assert row.accepted_by == world.centre


class TestKept:
    def test_identifier_and_certificates_are_those_of_the_day_both_signed_until_an_edit(self, world):
        row = make_endorsed(world)
        held = {"category": "高新技术企业", "number": "GR201144000001", "valid_until": "2014-05-31"}
        assert (row.identifier, row.certificates) == ("72000001-7", [held])
        draft = edit(world, row)
        assert (draft.identifier, draft.certificates) == ("", [])

    def test_what_was_signed_before_they_were_kept_gets_them(self, world):
        row = make_endorsed(world)
        kept = (row.identifier, row.certificates)
        Recommendation.objects.update(identifier="x", certificates=[])
        import_module("enterprises.migrations.0003_recommendation_keeps_what_was_signed").keep(apps, None)
        row.refresh_from_db()
        assert (row.identifier, row.certificates) == kept


class TestEnds:
    def test_reviewer_declines_with_a_reason(self, world):
        row = make_draft(world)
        sign(world, row, world.science2)
        closed = recommendations.decline_recommendation(recommendation=row, reason=" 用途不符 ", by=world.town2, **DAY)
        assert (closed.status, closed.close_reason, closed.closed_by, closed.closed_on) == (
            "declined",
            "用途不符",
            world.town2,
            date(2012, 2, 1),
        )
        assert Notification.objects.filter(recipient=world.centre, subject__contains="用途不符").count() == 1

    @pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
    def test_reason_is_asked_for(self, world, reason):
        row = make_draft(world)
        with refused(InvalidInput, "理由", field="reason"):
            recommendations.decline_recommendation(recommendation=row, reason=reason, by=world.town2, **DAY)
        with refused(InvalidInput, "理由", field="reason"):
            recommendations.withdraw_recommendation(recommendation=row, reason=reason, by=world.town2, **DAY)

    @pytest.mark.parametrize("end", [recommendations.decline_recommendation, recommendations.withdraw_recommendation])
    def test_what_was_read_ends_or_nothing(self, world, end):
        row = make_draft(world)
        edit(world, row)
        with refused(Conflict, "第 1 版，现为第 2 版"):
            end(recommendation=row, reason="否", version=1, by=world.town2, **DAY)
        assert end(recommendation=row, reason="否", version=2, by=world.town2, **DAY).closed_by == world.town2

    @pytest.mark.parametrize("who", ["town", "science", "centre", "bank2", "auditor"])
    def test_only_reviewers_of_the_offices_decline(self, world, who):
        row = make_draft(world)
        with refused(NotAllowed):
            recommendations.decline_recommendation(recommendation=row, reason="否", by=getattr(world, who), **DAY)

    def test_withdrawn_from_an_unsent_batch_it_leaves_the_batch(self, world):
        row = make_endorsed(world)
        batch = make_batch(world, [row])
        closed = recommendations.withdraw_recommendation(recommendation=row, reason="企业放弃", by=world.science, **at(2012, 2, 7))
        assert (closed.status, closed.batch) == ("withdrawn", None)
        assert not batch.recommendations.exists()

    def test_the_batch_tells_what_left_it_what_was_withdrawn_and_when_it_was_answered(self, world):
        rows = [make_endorsed(world, make_enterprise(world, number)) for number in (1, 2, 3, 4)]
        batch = make_batch(world, rows)
        edit(world, rows[0])
        recommendations.withdraw_recommendation(recommendation=rows[1], reason="企业放弃", by=world.science, **at(2012, 2, 7))
        batches.send_batch(batch=batch, by=world.science, **at(2012, 2, 7))
        recommendations.withdraw_recommendation(recommendation=rows[2], reason="企业放弃", by=world.town, **at(2012, 2, 8))
        recommendations.mark_answered(recommendation=rows[3], by=world.bank2, **at(2012, 2, 9))
        names = [row.enterprise_name for row in rows]
        assert [event.summary for event in reversed(timeline(batch))][1:] == [
            f"{names[0]}的推荐已修改，移出本批",
            f"{names[1]}的推荐已撤回，移出本批",
            "发送第1批至村镇银行，2 笔",
            f"发送后撤回：{names[2]}",
            "本批已全部答复",
        ]

    def test_withdrawn_from_the_bank_stops_its_clock_and_tells_it(self, world):
        row = make_sent(world)
        closed = recommendations.withdraw_recommendation(recommendation=row, reason="企业放弃", by=world.town, **at(2012, 2, 7))
        assert closed.status == "withdrawn"
        assert Deadline.objects.get(kind="bank_decision").cancelled_on == date(2012, 2, 7)
        assert Notification.objects.filter(recipient=world.bank, subject__startswith="推荐已撤回").count() == 1

    @pytest.mark.parametrize("who", ["centre", "bank", "auditor"])
    def test_only_the_offices_withdraw(self, world, who):
        row = make_draft(world)
        with refused(NotAllowed):
            recommendations.withdraw_recommendation(recommendation=row, reason="否", by=getattr(world, who), **DAY)


class TestAnswer:
    def test_last_answer_answers_the_batch(self, world):
        first, second, third = (make_endorsed(world, make_enterprise(world, number)) for number in (1, 2, 3))
        batch = send_batch_of(world, [first, second, third])
        recommendations.mark_answered(recommendation=first, by=world.bank2, **at(2012, 2, 14))
        recommendations.withdraw_recommendation(recommendation=second, reason="放弃", by=world.town, **at(2012, 2, 15))
        batch.refresh_from_db()
        assert batch.status == "sent"
        recommendations.mark_answered(recommendation=third, by=world.bank2, **at(2012, 2, 21))
        batch.refresh_from_db()
        assert (batch.status, batch.answered_on) == ("answered", date(2012, 2, 21))
        clocks = {clock.subject_id: clock for clock in Deadline.objects.filter(kind="bank_decision")}
        assert (clocks[first.pk].met_on, clocks[first.pk].late_workdays) == (date(2012, 2, 14), 0)
        assert (clocks[third.pk].met_on, clocks[third.pk].late_workdays) == (date(2012, 2, 21), 1)

    def test_batch_that_was_withdrawn_whole_is_not_answered(self, world):
        row = make_sent(world)
        recommendations.withdraw_recommendation(recommendation=row, reason="放弃", by=world.town, **at(2012, 2, 7))
        row.batch.refresh_from_db()
        assert row.batch.status == "sent"

    def test_other_organisation_may_not_answer(self, world):
        row = make_sent(world)
        with refused(NotAllowed):
            recommendations.mark_answered(recommendation=row, by=world.town2, **at(2012, 2, 7))


class TestRenewal:
    def answered(self, world: World) -> Recommendation:
        row = make_sent(world)
        return recommendations.mark_answered(recommendation=row, by=world.bank2, **at(2012, 2, 7))

    def renew(self, world: World, old: Recommendation, enterprise: Enterprise | None = None, **changes) -> Recommendation:
        return make_draft(
            world, enterprise or old.enterprise, day=date(2013, 2, 1), renews=old, **{"renewed_note_no": "JJ2012-01"} | changes
        )

    def test_names_the_old_loan_and_is_signed_anew(self, world):
        renewal = self.renew(world, self.answered(world))
        assert (renewal.status, renewal.renewed_note_no) == ("draft", "JJ2012-01")
        sign(world, renewal, world.science2, day=(2013, 2, 1))
        assert sign(world, renewal, world.town2, day=(2013, 2, 1)).status == "endorsed"

    def test_note_number_is_asked_for(self, world):
        old = self.answered(world)
        with refused(BadRenewal, "借据号", field="renewed_note_no"):
            self.renew(world, old, renewed_note_no=" ")

    def test_note_number_without_an_old_recommendation_is_refused(self, world):
        enterprise = make_enterprise(world)
        with refused(BadRenewal):
            make_draft(world, enterprise, renewed_note_no="JJ1")

    def test_old_one_must_be_the_enterprises_and_answered(self, world):
        old, other = self.answered(world), make_enterprise(world, 2)
        pending = make_draft(world, other)
        with refused(BadRenewal, "同一企业"):
            self.renew(world, old, other)
        with refused(BadRenewal, "尚未得到银行答复"):
            self.renew(world, pending)

    def test_categories_are_checked_again(self, world):
        old = self.answered(world)
        with refused(NotEligible):
            make_draft(world, old.enterprise, day=date(2014, 6, 1), renews=old, renewed_note_no="JJ1")


ACTIONS = {
    "edit": lambda world, row: edit(world, row, day=(2012, 2, 10)),
    "sign": lambda world, row: sign(world, row, world.science2, day=(2012, 2, 10)),
    "decline": lambda world, row: recommendations.decline_recommendation(
        recommendation=row, reason="否", by=world.town2, **at(2012, 2, 10)
    ),
    "withdraw": lambda world, row: recommendations.withdraw_recommendation(
        recommendation=row, reason="否", by=world.town2, **at(2012, 2, 10)
    ),
    "answer": lambda world, row: recommendations.mark_answered(recommendation=row, by=world.bank2, **at(2012, 2, 10)),
}


def reached(world: World, status: str) -> Recommendation:
    """A recommendation that has come to `status` through the services."""
    if status in ("sent", "answered"):
        row = make_sent(world)
        return recommendations.mark_answered(recommendation=row, by=world.bank2, **at(2012, 2, 7)) if status == "answered" else row
    if status == "endorsed":
        return make_endorsed(world)
    row = make_draft(world)
    if status == "signed":
        return sign(world, row, world.town2)
    return ACTIONS[{"declined": "decline", "withdrawn": "withdraw"}[status]](world, row) if status != "draft" else row


@pytest.mark.parametrize("action", list(ACTIONS))
@pytest.mark.parametrize("status", RecommendationStatus.values)
def test_every_action_from_every_status_follows_the_table(world, status, action):
    row = reached(world, status)
    names = ("endorse",) if action == "sign" and status == "signed" else (action,)
    allowed = any(RECOMMENDATION_LIFECYCLE.allows(name, status) for name in names)
    if allowed:
        ACTIONS[action](world, row)
    elif action == "sign" and status == "endorsed":
        with refused(AlreadySigned):
            ACTIONS[action](world, row)
    else:
        with refused(WrongState, "当前状态为"):
            ACTIONS[action](world, row)

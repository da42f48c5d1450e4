"""The register through its services: identifiers, links, names, sizes, certificates."""

from datetime import date
from decimal import Decimal

import pytest

from common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from enterprises.enums import Size
from enterprises.errors import AlreadyRegistered, IdentifierChanged, IdentifierMismatch
from enterprises.identifiers import make_org_code, make_uscc
from enterprises.initials import initials_of
from enterprises.models import Enterprise, EnterpriseLink
from enterprises.selectors import size_on
from enterprises.services import enterprises as services
from parties.models import AuditEvent
from reserve.errors import ProgrammeNotActive
from reserve.models import Programme
from reserve.services import programmes
from tests.factories import World, at, enterprise_data, make_enterprise, make_world, on
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = at(2012, 3, 1)


@pytest.fixture
def world() -> World:
    return make_world()


def register(world: World, programme: Programme | None = None, **changes: object) -> Enterprise:
    return services.register_enterprise(programme=programme or world.programme, data=enterprise_data(**changes), by=world.centre, **DAY)


def second_programme(world: World) -> Programme:
    parties = [
        world.province_organisation,
        world.science_organisation,
        world.centre_organisation,
        world.town_organisation,
        world.bank_organisation,
    ]
    return programmes.create_programme(
        code="guzhen",
        name="第二个项目",
        agreement_name="协议",
        agreement_signed_on=date(2011, 10, 28),
        region="中山市",
        parties=parties,
        by=world.sysadmin,
        **at(2011, 10, 28),
    )


class TestRegister:
    def test_organisation_code_is_stored_compact_and_the_programme_sees_it(self, world):
        enterprise = register(world, identifier="１２３４５６７８－8")
        assert (enterprise.org_code, enterprise.uscc) == ("123456788", None)
        assert list(Enterprise.objects.visible_to(world.bank)) == [enterprise]
        assert AuditEvent.objects.filter(object_type="enterprises.enterprise", object_id=str(enterprise.pk)).count() == 1

    def test_unified_code_gives_the_organisation_code(self, world):
        enterprise = register(world, identifier="91442000123456788y")
        assert (enterprise.org_code, enterprise.uscc) == ("123456788", "91442000123456788Y")

    def test_name_brackets_and_blanks_become_the_registers(self, world):
        assert register(world, name=" 中山市演示 (集团) 有限公司 ").name == "中山市演示 （集团） 有限公司"

    def test_initials_follow_the_phrase(self, world):
        assert register(world, name="中山市重庆长虹A1（集团）公司").initials == "zsscqcha1jtgs"
        assert initials_of("中山市") == "zss"

    def test_industry_for_sizing_follows_from_the_code(self, world):
        enterprise = register(world, industry_code="C3351")
        assert (enterprise.industry_code, enterprise.size_industry) == ("3351", "工业")
        assert register(world, number=2, industry_code="6510").size_industry == "软件和信息技术服务业"

    @pytest.mark.parametrize(
        "identifier, words",
        [
            ("12345678-9", "校验码不符"),
            ("91442000123456788A", "校验码不符"),
            ("1234", "应为 18 位"),
            ("9144200012345678OY", "字母 I、O、S、V、Z"),
        ],
    )
    def test_wrong_identifier_is_refused(self, world, identifier, words):
        with refused(InvalidInput, words, field="identifier"):
            register(world, identifier=identifier)

    @pytest.mark.parametrize(
        "change, field",
        [
            ({"name": " "}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"region": ""}, "region"),
            ({"industry_code": "99"}, "size_industry"),
            ({"industry_code": "38", "industry_edition": "2002"}, "industry_code"),
            ({"industry_code": "abc"}, "industry_code"),
            ({"industry_edition": "1994"}, "industry_edition"),
            ({"established_on": date(2012, 3, 2)}, "established_on"),
            ({"address": "址" * 201}, "address"),
        ],
    )
    def test_wrong_value_is_refused(self, world, change, field):
        with refused(InvalidInput, field=field):
            register(world, **change)

    def test_from_october_2015_the_unified_code_is_registered_whenever_the_enterprise_was_founded(self, world):
        def on_day(day, identifier, founded=None):
            data = enterprise_data(identifier=identifier, established_on=founded)
            return services.register_enterprise(programme=world.programme, data=data, by=world.centre, **on(day))

        for day, founded in ((date(2015, 10, 1), None), (date(2026, 2, 2), None), (date(2026, 2, 2), date(2010, 5, 1))):
            with refused(InvalidInput, "应登记 18 位统一社会信用代码", field="identifier"):
                on_day(day, "12345678-8", founded)
        assert on_day(date(2015, 9, 30), "12345678-8").uscc is None
        assert on_day(date(2026, 2, 2), "91442000721234560D").org_code == "721234560"

    def test_code_that_does_not_decide_the_industry_needs_a_choice(self, world):
        with refused(InvalidInput, "请从 16 类中选择", field="size_industry"):
            register(world, industry_code="66")
        assert register(world, industry_code="66", size_industry="其他未列明行业").size_industry == "其他未列明行业"

    def test_same_identifier_twice_in_one_programme_is_refused(self, world):
        register(world, identifier="12345678-8")
        with refused(AlreadyRegistered, "已在本项目登记"):
            register(world, identifier="91442000123456788Y")

    @pytest.mark.parametrize("who", ["bank", "province", "science2", "auditor", "sysadmin"])
    def test_others_may_not(self, world, who):
        with refused(NotAllowed):
            services.register_enterprise(programme=world.programme, data=enterprise_data(), by=getattr(world, who), **DAY)

    def test_foreign_programme_does_not_exist(self, world):
        other = Programme.objects.create(
            code="other", name="外地", agreement_name="外地协议", agreement_signed_on=date(2011, 1, 1), region="佛山市"
        )
        with refused(NotFound):
            register(world, other)

    def test_ended_programme_takes_no_more(self, world):
        programmes.end_programme(programme=world.programme, ended_on=date(2012, 2, 1), reason="期满", by=world.province2, **at(2012, 2, 1))
        world.programme.refresh_from_db()
        with refused(ProgrammeNotActive):
            register(world)


class TestLinking:
    def test_known_elsewhere_with_the_same_name_is_linked_not_copied(self, world):
        enterprise = register(world, identifier="12345678-8")
        linked = register(world, second_programme(world), identifier="12345678-8", address="不会覆盖")
        assert linked == enterprise
        assert Enterprise.objects.count() == 1
        assert EnterpriseLink.objects.count() == 2
        assert linked.address == ""

    def test_linking_by_the_unified_code_upgrades_the_row(self, world):
        register(world, identifier="12345678-8")
        register(world, second_programme(world), identifier="91442000123456788Y")
        assert Enterprise.objects.get().uscc == "91442000123456788Y"

    def test_since_october_2015_an_enterprise_known_by_its_old_code_is_linked_by_the_unified_one(self, world):
        register(world, identifier="12345678-8")
        other, late = second_programme(world), at(2026, 2, 2)

        def link(identifier):
            return services.register_enterprise(programme=other, data=enterprise_data(identifier=identifier), by=world.centre, **late)

        with refused(InvalidInput, field="identifier"):
            link("12345678-8")
        assert link("91442000123456788Y").uscc == Enterprise.objects.get().uscc == "91442000123456788Y"

    def test_other_name_is_refused_without_telling_where_the_code_is_known(self, world):
        register(world, identifier="12345678-8", name="中山市甲公司")
        other = second_programme(world)
        with refused(IdentifierMismatch, "不相符") as caught:
            register(world, other, identifier="12345678-8", name="中山市乙公司")
        assert "甲公司" not in str(caught.value.message) + str(caught.value.fields)
        assert world.programme.name not in caught.value.message

    def test_other_unified_code_on_the_same_organisation_code_is_refused(self, world):
        register(world, identifier="91442000123456788Y")
        other = second_programme(world)
        with refused(IdentifierMismatch):
            register(world, other, identifier=make_uscc("440100", "123456788"))


class TestUpdate:
    def change(self, world, enterprise, version=1, by=None, **changes):
        values = {"identifier": enterprise.org_code, "name": enterprise.name} | changes
        return services.update_enterprise(
            enterprise=enterprise, data=enterprise_data(**values), version=version, by=by or world.science, **DAY
        )

    def test_upgrade_to_the_unified_code_keeps_the_row(self, world):
        enterprise = register(world, identifier="12345678-8")
        changed = self.change(world, enterprise, identifier="91442000123456788Y")
        assert (changed.pk, changed.org_code, changed.uscc, changed.version) == (enterprise.pk, "123456788", "91442000123456788Y", 2)

    def test_organisation_code_given_later_leaves_the_unified_code(self, world):
        enterprise = register(world, identifier="91442000123456788Y")
        assert self.change(world, enterprise, identifier="12345678-8").uscc == "91442000123456788Y"

    def test_what_was_registered_by_its_old_code_is_corrected_later_without_the_unified_one(self, world):
        enterprise = register(world, identifier="12345678-8")

        def correct(founded):
            data = enterprise_data(identifier="12345678-8", established_on=founded)
            return services.update_enterprise(enterprise=enterprise, data=data, version=1, by=world.centre, **at(2026, 2, 2))

        with refused(InvalidInput, "应登记 18 位统一社会信用代码", field="identifier"):
            correct(date(2015, 10, 1))
        assert correct(date(2010, 5, 1)).uscc is None

    def test_unified_code_of_another_enterprise_is_refused(self, world):
        enterprise = register(world, identifier="12345678-8")
        with refused(IdentifierChanged, "9–17 位", field="identifier"):
            self.change(world, enterprise, identifier="91442000721234560D")

    def test_new_name_keeps_the_old_as_former(self, world):
        enterprise = register(world)
        old = enterprise.name
        changed = self.change(world, enterprise, name="中山市新名有限公司")
        assert [(row.name, row.used_until) for row in changed.former_names.all()] == [(old, date(2012, 3, 1))]
        assert changed.initials == "zssxmyxgs"
        [event] = AuditEvent.objects.filter(summary__startswith="修改")
        assert event.changes["企业名称"] == [old, "中山市新名有限公司"]

    def test_stale_version_is_a_conflict(self, world):
        enterprise = register(world)
        self.change(world, enterprise, contact_name="王芳")
        with refused(Conflict, "第 1 版，现为第 2 版"):
            self.change(world, enterprise, contact_name="赵强")

    def test_other_industry_computes_the_sizes_again(self, world):
        enterprise = make_enterprise(world)
        assert size_on(enterprise, date(2012, 1, 1)) == Size.SMALL
        self.change(world, enterprise, industry_code="51")
        assert enterprise.years.get().size == Size.MEDIUM

    def test_foreign_enterprise_does_not_exist(self, world):
        enterprise = register(world)
        EnterpriseLink.objects.all().delete()
        with refused(NotFound):
            self.change(world, enterprise)


class TestYears:
    def record(self, world, enterprise, year=2011, employees=300, revenue="20000000", assets=None, by=None):
        return services.record_year(
            enterprise=enterprise, year=year, employees=employees, revenue=Decimal(revenue), assets=assets, by=by or world.town, **DAY
        )

    @pytest.mark.parametrize(
        "employees, revenue, size",
        [
            (299, "500000000", Size.SMALL),
            (300, "20000000", Size.MEDIUM),
            (300, "19999999.99", Size.SMALL),
            (1000, "400000000", Size.LARGE),
            (1000, "399990000", Size.MEDIUM),
            (19, "50000000", Size.MICRO),
            (20, "3000000", Size.SMALL),
            (0, "0", Size.MICRO),
        ],
    )
    def test_size_follows_from_the_figures(self, world, employees, revenue, size):
        enterprise = make_enterprise(world, size=False)
        self.record(world, enterprise, employees=employees, revenue=revenue)
        assert size_on(enterprise, date(2012, 3, 1)) == size

    def test_latest_year_up_to_the_day_counts(self, world):
        enterprise = make_enterprise(world, size=False)
        self.record(world, enterprise, year=2010, employees=19)
        self.record(world, enterprise, year=2012)
        assert size_on(enterprise, date(2011, 5, 1)) == Size.MICRO
        assert size_on(enterprise, date(2012, 5, 1)) == Size.MEDIUM
        assert size_on(enterprise, date(2009, 5, 1)) is None

    def test_same_year_again_is_a_correction_on_the_trail(self, world):
        enterprise = make_enterprise(world, size=False)
        self.record(world, enterprise)
        self.record(world, enterprise, employees=19)
        assert enterprise.years.get().size == Size.MICRO
        assert AuditEvent.objects.filter(summary__startswith="更正2011年度").get().changes["从业人员（人）"] == ["300", "19"]

    @pytest.mark.parametrize(
        "wrong, field",
        [
            ({"year": 2013}, "year"),
            ({"year": 1989}, "year"),
            ({"employees": -1}, "employees"),
            ({"revenue": "-1"}, "revenue"),
            ({"revenue": "0.001"}, "revenue"),
        ],
    )
    def test_wrong_figures_are_refused(self, world, wrong, field):
        enterprise = make_enterprise(world, size=False)
        with refused(InvalidInput, field=field):
            self.record(world, enterprise, **wrong)

    def test_industry_that_counts_assets_asks_for_them(self, world):
        enterprise = make_enterprise(world, size=False, industry_code="7010")
        with refused(InvalidInput, "资产总额", field="assets"):
            self.record(world, enterprise)


class TestCategories:
    def record(self, world, enterprise, by=None, **changes):
        values = {"category": "innovative", "certificate_no": "CX001", "valid_from": date(2011, 1, 1), "valid_until": date(2013, 12, 31)}
        return services.record_category(enterprise=enterprise, **values | changes, by=by or world.centre, **DAY)

    def test_both_ends_of_validity_count_and_no_end_is_for_good(self, world):
        enterprise = make_enterprise(world, category=False)
        self.record(world, enterprise)
        self.record(world, enterprise, certificate_no="CX002", valid_from=date(2014, 1, 1), valid_until=None)
        first, second = enterprise.categories.order_by("valid_from")
        assert [first.valid_on(day) for day in (date(2010, 12, 31), date(2011, 1, 1), date(2013, 12, 31), date(2014, 1, 1))] == [
            False,
            True,
            True,
            False,
        ]
        assert second.valid_on(date(2044, 1, 1))

    def test_same_certificate_again_corrects_its_dates(self, world):
        enterprise = make_enterprise(world, category=False)
        self.record(world, enterprise)
        self.record(world, enterprise, valid_until=date(2012, 12, 31))
        assert enterprise.categories.get().valid_until == date(2012, 12, 31)

    @pytest.mark.parametrize(
        "wrong, field",
        [
            ({"category": "famous"}, "category"),
            ({"certificate_no": " "}, "certificate_no"),
            ({"valid_until": date(2010, 1, 1)}, "valid_until"),
        ],
    )
    def test_wrong_certificate_is_refused(self, world, wrong, field):
        enterprise = make_enterprise(world, category=False)
        with refused(InvalidInput, field=field):
            self.record(world, enterprise, **wrong)

    def test_bank_may_not(self, world):
        enterprise = make_enterprise(world)
        with refused(NotAllowed):
            self.record(world, enterprise, by=world.bank)


def test_made_codes_of_the_factories_are_valid_and_distinct(world):
    codes = {make_enterprise(world, number).org_code for number in (1, 2, 3)}
    assert codes == {make_org_code(f"7200000{number}") for number in (1, 2, 3)}

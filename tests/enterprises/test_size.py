"""Size by 工信部联企业〔2011〕300号, industries by GB/T 4754, supported categories, validity (domain §3.4, §4, §7)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from enterprises.enums import Category, IndustryEdition, Size
from enterprises.rules import (
    category_reason,
    category_supported,
    classify_size,
    divisions,
    edition_on,
    editions,
    industry_name,
    recommendation_expires_on,
    registered_in,
    runs_out_during,
    size_industries,
    size_industry_of,
    size_standards,
    valid_categories,
)
from reserve.rule_definitions import CATEGORY_LABELS


def wan(amount: str | int | None) -> Decimal | None:
    return None if amount is None else Decimal(amount) * 10000


@pytest.mark.parametrize(
    "employees, revenue, size",
    [
        (299, 50_000, Size.SMALL),
        (1000, 40_000, Size.LARGE),
        (1000, 39_999, Size.MEDIUM),
        (1000, "39999.999999", Size.MEDIUM),
        (19, 5_000, Size.MICRO),
        (999, 40_000, Size.MEDIUM),
        (300, 2_000, Size.MEDIUM),
        (300, "1999.999999", Size.SMALL),
        (299, 2_000, Size.SMALL),
        (20, 300, Size.SMALL),
        (20, "299.99", Size.MICRO),
        (5000, 299, Size.MICRO),
        (5000, 300, Size.SMALL),
        (0, 0, Size.MICRO),
    ],
)
def test_industry_must_reach_all_floors_of_a_grade(employees, revenue, size):
    assert classify_size("工业", employees, wan(revenue), None) is size


@pytest.mark.parametrize(
    "industry, employees, revenue, assets, size",
    [
        ("农、林、牧、渔业", None, 20_000, None, Size.LARGE),
        ("农、林、牧、渔业", None, 500, None, Size.MEDIUM),
        ("农、林、牧、渔业", None, 50, None, Size.SMALL),
        ("农、林、牧、渔业", 9999, 49, None, Size.MICRO),
        ("建筑业", None, 80_000, 80_000, Size.LARGE),
        ("建筑业", None, 80_000, 79_999, Size.MEDIUM),
        ("建筑业", None, 6_000, 5_000, Size.MEDIUM),
        ("建筑业", None, 5_999, 5_000, Size.SMALL),
        ("建筑业", None, 300, 299, Size.MICRO),
        ("批发业", 200, 40_000, None, Size.LARGE),
        ("批发业", 19, 40_000, None, Size.SMALL),
        ("批发业", 5, 1_000, None, Size.SMALL),
        ("批发业", 4, 1_000, None, Size.MICRO),
        ("零售业", 50, 500, None, Size.MEDIUM),
        ("零售业", 10, 99, None, Size.MICRO),
        ("交通运输业", 1000, 30_000, None, Size.LARGE),
        ("交通运输业", 300, 2_999, None, Size.SMALL),
        ("仓储业", 100, 1_000, None, Size.MEDIUM),
        ("邮政业", 299, 2_000, None, Size.SMALL),
        ("住宿业", 300, 10_000, None, Size.LARGE),
        ("餐饮业", 99, 2_000, None, Size.SMALL),
        ("信息传输业", 2000, 100_000, None, Size.LARGE),
        ("信息传输业", 1999, 100_000, None, Size.MEDIUM),
        ("软件和信息技术服务业", 10, 50, None, Size.SMALL),
        ("软件和信息技术服务业", 10, 49, None, Size.MICRO),
        ("房地产开发经营", None, 200_000, 10_000, Size.LARGE),
        ("房地产开发经营", None, 1_000, 5_000, Size.MEDIUM),
        ("房地产开发经营", None, 100, 2_000, Size.SMALL),
        ("房地产开发经营", None, 200_000, 1_999, Size.MICRO),
        ("物业管理", 1000, 5_000, None, Size.LARGE),
        ("物业管理", 100, 500, None, Size.SMALL),
        ("租赁和商务服务业", 300, None, 120_000, Size.LARGE),
        ("租赁和商务服务业", 100, None, 7_999, Size.SMALL),
        ("租赁和商务服务业", 10, None, 99, Size.MICRO),
        ("其他未列明行业", 300, None, None, Size.LARGE),
        ("其他未列明行业", 299, None, None, Size.MEDIUM),
        ("其他未列明行业", 10, 0, 0, Size.SMALL),
        ("其他未列明行业", 9, None, None, Size.MICRO),
    ],
)
def test_each_industry_counts_its_own_figures(industry, employees, revenue, assets, size):
    assert classify_size(industry, employees, wan(revenue), wan(assets)) is size


def test_the_notice_has_sixteen_industries_with_falling_floors():
    assert len(size_industries()) == 16
    for floors in size_standards().values():
        assert list(floors) == [Size.LARGE, Size.MEDIUM, Size.SMALL]
        for name in ("employees", "revenue", "assets"):
            column = [getattr(floor, name) for floor in floors.values()]
            assert column == [None] * 3 or column[0] > column[1] > column[2], column


figures = st.integers(0, 3000), st.integers(0, 300_000), st.integers(0, 300_000)


@given(st.sampled_from(size_industries()), *figures, *figures)
def test_growing_in_every_figure_never_makes_an_enterprise_smaller(industry, e, r, a, more_e, more_r, more_a):
    order = list(Size)
    before = classify_size(industry, e, wan(r), wan(a))
    after = classify_size(industry, e + more_e, wan(r + more_r), wan(a + more_a))
    assert order.index(after) <= order.index(before)


@pytest.mark.parametrize(
    "industry, figures, field",
    [
        ("工业", (None, wan(1), wan(1)), "employees"),
        ("工业", (1, None, wan(1)), "revenue"),
        ("建筑业", (1, wan(1), None), "assets"),
        ("工业", (-1, wan(1), None), "employees"),
        ("工业", (1, Decimal("-0.01"), None), "revenue"),
        ("制造业", (1, wan(1), wan(1)), "size_industry"),
    ],
)
def test_a_missing_or_impossible_figure_is_refused_by_name(industry, figures, field):
    with pytest.raises(InvalidInput) as refusal:
        classify_size(industry, *figures)
    assert list(refusal.value.fields) == [field]


# Industries


@pytest.mark.parametrize(
    "code, edition, name",
    [
        ("33", "2011", "金属制品业"),
        ("33", "2002", "有色金属冶炼及压延加工业"),
        ("3351", "2011", "金属制品业"),
        ("C3351", "2017", "金属制品业"),
        ("25", "2017", "石油、煤炭及其他燃料加工业"),
        ("38", "2011", "电气机械和器材制造业"),
        ("65", "2017", "软件和信息技术服务业"),
    ],
)
def test_a_code_is_named_by_its_edition(code, edition, name):
    assert industry_name(code, edition) == name


@pytest.mark.parametrize(
    "code, edition", [("38", "2002"), ("99", "2017"), ("3", "2011"), ("33512", "2011"), ("三三", "2011"), ("", "2011"), ("33", "1994")]
)
def test_a_code_that_its_edition_does_not_have_is_refused(code, edition):
    with pytest.raises(InvalidInput):
        industry_name(code, edition)


def test_all_manufacturing_divisions_are_known():
    assert [len(divisions(edition)) for edition in editions()] == [30, 31, 31]
    assert list(divisions("2011")) == [str(code) for code in range(13, 44)]


@pytest.mark.parametrize(
    "code, edition, industry",
    [
        ("13", "2002", "工业"),
        ("43", "2017", "工业"),
        ("06", "2011", "工业"),
        ("46", "2011", "工业"),
        ("05", "2011", "农、林、牧、渔业"),
        ("47", "2011", "建筑业"),
        ("51", "2017", "批发业"),
        ("52", "2017", "零售业"),
        ("53", "2017", None),
        ("54", "2017", "交通运输业"),
        ("57", "2017", "交通运输业"),
        ("5810", "2017", "交通运输业"),
        ("5810", "2011", "交通运输业"),
        ("59", "2011", "仓储业"),
        ("59", "2017", None),
        ("5910", "2017", "交通运输业"),
        ("592", "2017", "仓储业"),
        ("5990", "2017", "仓储业"),
        ("64", "2017", "信息传输业"),
        ("7010", "2017", "房地产开发经营"),
        ("7020", "2017", "物业管理"),
        ("7030", "2017", "其他未列明行业"),
        ("7040", "2011", None),
        ("7040", "2017", None),
        ("7090", "2017", "其他未列明行业"),
        ("70", "2017", None),
        ("66", "2017", None),
        ("73", "2017", "其他未列明行业"),
        ("81", "2011", "其他未列明行业"),
        ("82", "2011", None),  # 教育
        ("82", "2017", "其他未列明行业"),
        ("83", "2011", None),  # 卫生
        ("83", "2017", None),  # 教育
        ("84", "2011", "其他未列明行业"),
        ("84", "2017", None),  # 卫生
        ("85", "2017", "其他未列明行业"),
        ("89", "2011", "其他未列明行业"),
        ("90", "2011", None),  # 公共管理
        ("90", "2017", "其他未列明行业"),
        ("91", "2017", None),  # 公共管理
        ("63", "2002", None),
    ],
)
def test_a_code_leads_to_its_industry_of_the_notice_or_leaves_the_choice(code, edition, industry):
    assert size_industry_of(code, edition) == industry
    assert industry is None or industry in size_industries()


def test_a_chosen_industry_names_a_code_that_does_not_decide():
    assert industry_name("8291", "2011", "其他未列明行业") == "其他未列明行业"
    assert industry_name("3351", "2011", "工业") == "金属制品业"
    with pytest.raises(InvalidInput):
        industry_name("8291", "2011")


@pytest.mark.parametrize(
    "day, edition",
    [
        (date(2011, 10, 31), IndustryEdition.GB2002),
        (date(2011, 11, 1), IndustryEdition.GB2011),
        (date(2017, 9, 30), IndustryEdition.GB2011),
        (date(2017, 10, 1), IndustryEdition.GB2017),
    ],
)
def test_the_edition_in_force_goes_by_the_day(day, edition):
    assert edition_on(day) is edition


# Categories


@dataclass(frozen=True)
class Paper:
    category: str
    valid_from: date
    valid_until: date | None


ALL = tuple(Category.values)
HIGH_TECH = Paper("high_tech", date(2011, 9, 1), date(2014, 8, 31))


def test_the_rulebook_and_the_register_know_the_same_categories():
    assert dict(Category.choices) == dict(CATEGORY_LABELS)


@pytest.mark.parametrize(
    "on, supported",
    [
        (date(2011, 8, 31), False),
        (date(2011, 9, 1), True),
        (date(2014, 8, 31), True),
        (date(2014, 9, 1), False),
    ],
)
def test_a_certificate_counts_from_its_first_day_to_its_last(on, supported):
    assert category_supported([HIGH_TECH], supported=ALL, category_rule="required", on=on) is supported


def test_a_category_is_required_or_only_preferred():
    on = date(2012, 1, 1)
    reason = category_reason([], supported=["innovative"], category_rule="required", on=on)
    assert reason is not None
    assert "创新型企业" in reason
    assert category_reason([], supported=["innovative"], category_rule="priority", on=on) is None
    assert not category_supported([HIGH_TECH], supported=["innovative"], category_rule="required", on=on)
    open_ended = Paper("town_key", date(2012, 1, 1), None)
    assert valid_categories([open_ended, HIGH_TECH, HIGH_TECH], supported=ALL, on=on) == ("high_tech", "town_key")


@pytest.mark.parametrize(
    "papers, last_held",
    [
        ([HIGH_TECH], date(2014, 8, 31)),
        ([HIGH_TECH, Paper("innovative", date(2014, 9, 1), date(2015, 2, 1))], date(2015, 2, 1)),
        ([HIGH_TECH, Paper("innovative", date(2014, 9, 2), None)], date(2014, 8, 31)),
        ([HIGH_TECH, Paper("innovative", date(2014, 1, 1), date(2015, 6, 1))], None),
        ([HIGH_TECH, Paper("innovative", date(2014, 1, 1), None)], None),
        ([], None),
        ([Paper("innovative", date(2011, 1, 1), date(2014, 5, 31))], None),
        ([Paper("innovative", date(2014, 1, 1), date(2014, 6, 1))], date(2014, 6, 1)),
    ],
)
def test_a_certificate_that_runs_out_during_a_loan_is_found(papers, last_held):
    assert runs_out_during(papers, supported=ALL, first=date(2014, 6, 1), last=date(2015, 6, 1)) == last_held


def test_region_and_validity():
    assert registered_in("广东省中山市小榄镇", "中山市")
    assert not registered_in("广东省珠海市", "中山市")
    assert recommendation_expires_on(date(2012, 1, 1), 180) == date(2012, 6, 29)

"""What a person keeps of a list's filters: one's own, by name, only as a list signed it."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from common.shown import Shown
from parties.errors import BadFilter
from parties.models import SavedFilter, User
from parties.services import filters
from tests.factories import World, on

SignIn = Callable[[User], Client]
DAY = date(2012, 4, 5)
LOANS = Shown("贷款台账", "/loans/", "q=JJ1&sort=-amount")
SAVE = reverse("parties:saved_filter_save")


def save(world: World, name: str = "大额", shown: Shown = LOANS) -> SavedFilter:
    return filters.save_filter(shown=shown, name=name, by=world.bank, **on(DAY))


def test_what_a_list_shows_is_kept_by_name_and_leads_back_to_it(world: World, sign_in: SignIn, django_assert_max_num_queries):
    client = sign_in(world.bank)
    listing = client.get("/loans/?q=JJ1&sort=-amount&page_size=20").context["listing"]
    assert Shown.read(listing.seal) == LOANS
    answer = client.post(SAVE, {"shown": listing.seal, "name": "大额"})
    assert answer["Location"] == "/loans/?q=JJ1&sort=-amount"
    with django_assert_max_num_queries(5):
        menu = client.get(reverse("parties:saved_filters"), {"list": listing.seal}, headers={"HX-Target": "saved-filters"})
    assert 'href="/loans/?q=JJ1&amp;sort=-amount"' in menu.content.decode()
    assert "<html" not in menu.content.decode()


def test_a_list_with_an_error_has_nothing_to_keep(world: World, sign_in: SignIn):
    shown = Shown.read(sign_in(world.bank).get("/loans/?colour=red").context["listing"].seal)
    assert shown == Shown("贷款台账", "/loans/", "")


def test_a_list_asks_nothing_about_kept_filters_before_they_are_opened(world: World, sign_in: SignIn, django_assert_max_num_queries):
    save(world)
    answer = sign_in(world.bank).get("/loans/")
    assert "大额" not in answer.content.decode()
    assert 'hx-trigger="toggle once"' in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "shown", "word"),
    [
        ("新", Shown("贷款台账", "/loans/", ""), "还没有选择筛选条件"),
        ("新", Shown("贷款台账", "/loans/", f"q={'a' * 999}"), "太长"),
        ("大额", LOANS, "已有名为“大额”"),
    ],
)
def test_a_filter_that_cannot_be_kept_is_refused(world: World, name: str, shown: Shown, word: str):
    save(world)
    with pytest.raises(BadFilter, match=word):
        save(world, name, shown)


def test_a_list_keeps_twenty_and_another_list_its_own(world: World):
    for number in range(filters.MOST):
        save(world, f"第{number}个")
    with pytest.raises(BadFilter, match="已保存 20 个"):
        save(world, "又一个")
    assert save(world, "又一个", Shown("企业", "/enterprises/", "q=1")).pk


def test_only_what_a_list_signed_is_kept(world: World, sign_in: SignIn):
    for forged in ("", "x", LOANS.sealed()[:-1]):
        assert sign_in(world.bank).post(SAVE, {"shown": forged, "name": "大额"}).status_code == 422
    assert not SavedFilter.objects.exists()


def test_one_renames_and_deletes_ones_own(world: World, sign_in: SignIn):
    row, _ = save(world), save(world, "逾期")
    rename, delete = (reverse(f"parties:saved_filter_{what}", args=[row.pk]) for what in ("rename", "delete"))
    assert sign_in(world.bank2).post(rename, {"name": "别人的"}).status_code == 404
    taken = sign_in(world.bank).post(rename, {"name": "逾期"})
    assert "已有“逾期”，请换一个名称。" in taken.content.decode()
    assert sign_in(world.bank).post(rename, {"name": "一千万以上"}).status_code == 302
    row.refresh_from_db()
    assert row.name == "一千万以上"
    page = sign_in(world.bank).get(reverse("parties:saved_filters")).content.decode()
    assert "一千万以上" in page
    assert delete in page
    sign_in(world.bank).post(delete)
    assert [kept.name for kept in SavedFilter.objects.all()] == ["逾期"]

"""推荐日: what both offices see on one page, many signatures in one step, and the page of a batch."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.errors import InvalidInput, NotAllowed
from enterprises.errors import NoneSigned
from enterprises.models import Batch, Recommendation, Signature
from enterprises.services import enterprises, recommendations
from enterprises.services.recommendations.signing import MOST_AT_ONCE
from parties.models import Notification
from tests.factories import make_batch, make_draft, make_enterprise, on

pytestmark = pytest.mark.django_db
DAY, SIGN = reverse("enterprises:recommendation_day"), reverse("enterprises:recommendation_day_sign")


@pytest.fixture
def draft(living, firm, days_ago):
    """A draft of the n-th enterprise, three days old."""
    return lambda number=1, **changes: make_draft(living, firm(number), day=days_ago(3), **changes)


def seen(*rows):
    return [f"{row.pk}:{row.version}" for row in rows]


def edit(living, row, day, **changes):
    values = {name: getattr(row, name) for name in ("bank", "amount", "term_months", "purpose", "accepted_on", "papers")}
    return recommendations.edit_recommendation(recommendation=row, version=row.version, **values | changes, by=living.centre, **on(day))


# --- the service --------------------------------------------------------------------------------------------------


def test_what_can_be_signed_is_signed_and_the_rest_named_with_its_reason(living, draft, days_ago):
    rows = [draft(number) for number in (1, 2, 3)]
    edit(living, Recommendation.objects.get(pk=rows[1].pk), days_ago(2), amount=Decimal("4000000"))
    pairs = [(row, 1) for row in rows]
    outcome = recommendations.sign_recommendations(rows=pairs, by=living.science2, **on(days_ago(1)))
    assert [row.pk for row in outcome.signed] == [rows[0].pk, rows[2].pk]
    [(refused, why)] = outcome.refused
    assert refused == rows[1]
    assert "第 1 版，该推荐现在是第 2 版" in why
    assert Signature.objects.filter(organisation=living.science_organisation).count() == 2
    assert not rows[1].signatures.exists()


def test_when_none_can_be_signed_all_reasons_are_given_and_nothing_is_written(living, draft, days_ago):
    rows = [draft(1), draft(2)]
    told = Notification.objects.count()
    with pytest.raises(NoneSigned, match="所选 2 笔推荐都没有签署") as refusal:
        recommendations.sign_recommendations(rows=[(row, 9) for row in rows], by=living.town2, **on(days_ago(1)))
    assert all(row.enterprise_name in refusal.value.message for row in rows)
    assert (Signature.objects.count(), Notification.objects.count()) == (0, told)


def test_many_are_signed_by_a_reviewer_of_an_office(living, draft, days_ago):
    for by in (living.science, living.centre2, living.province2):
        with pytest.raises(NotAllowed):
            recommendations.sign_recommendations(rows=[(draft(by.pk), 1)], by=by, **on(days_ago(1)))


@pytest.mark.parametrize("count", [0, MOST_AT_ONCE + 1])
def test_a_step_signs_at_least_one_and_no_endless_list(living, draft, days_ago, count):
    with pytest.raises(InvalidInput, match=f"现为 {count} 笔"):
        recommendations.sign_recommendations(rows=[(draft(), 1)] * count if count else [], by=living.town2, **on(days_ago(1)))


# --- the page -----------------------------------------------------------------------------------------------------


def test_two_offices_sign_many_on_one_page_and_the_batch_is_one_click_away(living, draft, sign_in, days_ago):
    """The day as it goes: the bureau ticks three of four, the town the same and one more; batch, letter and sending from there."""
    rows = [draft(number) for number in (1, 2, 3, 4)]
    unfit = rows[3].enterprise.categories.get()
    enterprises.record_category(
        enterprise=rows[3].enterprise,
        category=unfit.category,
        certificate_no=unfit.certificate_no,
        valid_from=unfit.valid_from,
        valid_until=days_ago(1),
        by=living.centre,
        **on(days_ago(1)),
    )
    bureau, town, centre = sign_in(living.science2), sign_in(living.town2), sign_in(living.centre)
    page = bureau.get(DAY).content.decode()
    assert re.findall(r'name="rows" value="([^"]+)"', page) == seen(*rows[:3])  # the fourth has no tick box and says why
    assert "不符合条件" in page
    assert "缺材料" in page
    bureau.post(SIGN, {"rows": seen(*rows[:3]), "opinion": "同意"})
    page = town.get(DAY).content.decode()
    assert page.count(f"{living.science2.name}<span") == 3
    rows[2].refresh_from_db()
    edit(living, rows[2], days_ago(0))
    rows[2].version = 1  # as the town has it on its screen
    answer = town.post(SIGN, {"rows": seen(*rows[:3]), "opinion": "同意"}, follow=True).content.decode()
    assert "已签署 2 笔，10,000,000.00 元；其中 2 笔双方已签，可以编入批次。未签署 1 笔" in answer
    assert "notice-warn" in answer
    page = centre.get(DAY).content.decode()
    compose = f"{reverse('enterprises:batch_create')}?programme=demo&amp;bank={living.bank_organisation.pk}"
    assert (compose in page, "2 笔）" in page) == (True, True)
    centre.post(compose.replace("&amp;", "&"), {"recommendations": [row.pk for row in rows[:2]]})
    batch = Batch.objects.get()
    page = bureau.get(DAY).content.decode()
    assert reverse("enterprises:batch_letter", args=[batch.pk]) in page
    assert f'action="{reverse("enterprises:batch_send", args=[batch.pk])}"' in page
    bureau.post(reverse("enterprises:batch_send", args=[batch.pk]), {"version": batch.version})
    assert "已发送" in sign_in(living.bank).get(DAY).content.decode()


def test_the_same_form_sent_twice_signs_once_and_tells_the_same(living, draft, sign_in):
    row, client = draft(), sign_in(living.science2)
    form = {"rows": seen(row), "opinion": "同意", "form_key": "0f7a5f5e-6a0b-4c56-8f2b-3f2d7c1f0a11"}
    told = [client.post(SIGN, form, follow=True).content.decode() for _ in range(2)]
    assert all("已签署 1 笔，5,000,000.00 元，等待另一方签署。" in page for page in told)
    assert Signature.objects.count() == 1


@pytest.mark.parametrize(
    "rows, status, said", [([], 422, "请勾选要签署的推荐"), (["x"], 422, "没有“x”这一项"), (["999999:1"], 422, "不在本项目中")]
)
def test_nothing_that_can_be_signed_is_refused_on_the_page(living, draft, sign_in, rows, status, said):
    draft()
    answer = sign_in(living.town2).post(SIGN, {"rows": rows, "opinion": "同意"})
    assert answer.status_code == status
    assert said in answer.content.decode()


def test_a_refusal_keeps_the_opinion_and_the_ticks_of_what_has_not_changed(living, draft, sign_in, days_ago):
    changed, other = draft(1), draft(2)
    ticked = seen(changed, other)
    edit(living, changed, days_ago(1))
    answer = sign_in(living.science2).post(SIGN, {"rows": ticked, "opinion": "同意" * 101})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "同意" * 101 in page
    assert re.findall(r'name="rows" value="([^"]+)"', page) == [f"{changed.pk}:2", f"{other.pk}:1"]
    assert re.findall(r'name="rows" value="([^"]+)"[^>]* checked', page) == [f"{other.pk}:1"]


def test_when_none_could_be_signed_the_page_says_why(living, draft, sign_in, days_ago):
    row = draft()
    ticked = seen(row)
    edit(living, row, days_ago(1))
    answer = sign_in(living.science2).post(SIGN, {"rows": ticked, "opinion": "同意"})
    assert answer.status_code == 409
    assert "该推荐现在是第 2 版" in answer.content.decode()


def test_who_does_not_sign_sees_whose_turn_it_is_and_no_tick_box(living, draft, sign_in):
    row = draft()
    recommendations.sign_recommendation(recommendation=row, by=living.town2, **on(row.accepted_on))
    for user in (living.science, living.centre, living.bank, living.auditor):
        page = sign_in(user).get(DAY).content.decode()
        assert 'name="rows"' not in page
        assert "等待市科技局签署" in page


def test_a_person_without_programmes_has_no_day(living, sign_in):
    assert sign_in(living.sysadmin).get(DAY).status_code == 403


def test_the_day_costs_the_same_for_sixty_rows(living, days_ago, sign_in):
    client = sign_in(living.science2)

    def cost():
        client.get(DAY)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(DAY).status_code == 200
        return len(queries)

    first = make_draft(living, make_enterprise(living, 1, day=days_ago(300)), day=days_ago(3))
    second = make_draft(living, make_enterprise(living, 2, day=days_ago(300)), day=days_ago(3))
    for by in (living.science2, living.town2):
        recommendations.sign_recommendation(recommendation=second, by=by, **on(days_ago(2)))
    make_batch(living, [second], day=days_ago(1))
    few = cost()
    facts = {field.attname: getattr(first, field.attname) for field in first._meta.fields if field.name != "id"}
    Recommendation.objects.bulk_create(Recommendation(**facts) for _ in range(59))
    assert client.get(DAY).content.decode().count('name="rows"') == 60
    assert cost() == few <= 20


# --- the page of a batch ------------------------------------------------------------------------------------------


def test_a_batch_shows_both_signatures_size_certificates_and_the_total(living, ready, sign_in, days_ago):
    rows = [ready(1), ready(2)]
    batch = make_batch(living, rows, day=days_ago(5))
    page = sign_in(living.bank).get(batch.get_absolute_url()).content.decode()
    for words in (living.science2.name, living.town2.name, "小型", rows[0].certificates[0]["number"], "合计 2 笔", "10,000,000.00"):
        assert words in page
    assert reverse("loans:reply", args=[batch.pk]) not in page

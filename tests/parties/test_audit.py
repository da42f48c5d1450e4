"""What the trail says of a change is what a page would print."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from enterprises.models import EnterpriseCategory, EnterpriseYear
from parties.models import User
from parties.selectors import action_label, timeline
from parties.services.audit import changed
from reserve.enums import JointKind
from reserve.models import Contribution, Programme
from tests.factories import deposit, fund, make_world


def test_a_code_is_kept_by_its_label_and_an_amount_with_its_separators() -> None:
    before = EnterpriseYear(employees=300, revenue=Decimal("20000000"), assets=None, size="medium")
    after = EnterpriseYear(employees=299, revenue=Decimal("19999999.99"), assets=Decimal("0.5"), size="small")
    assert changed(before, after, ["employees", "revenue", "assets", "size"]) == {
        "从业人员（人）": (300, 299),
        "营业收入": ("20,000,000.00", "19,999,999.99"),
        "资产总额": (None, "0.50"),
        "规模": ("中型", "小型"),
    }


def test_yes_and_no_are_words_and_what_did_not_change_is_left_out() -> None:
    assert changed(User(is_active=True, name="李明"), User(is_active=False, name="李明"), ["is_active", "name"]) == {"启用": ("是", "否")}
    dates = [EnterpriseCategory(valid_until=day) for day in (None, date(2013, 6, 30))]
    assert changed(*dates, ["valid_until"]) == {"有效期止": (None, date(2013, 6, 30))}


def test_every_verb_the_services_write_has_a_chinese_name() -> None:
    sources = [path.read_text() for path in Path(settings.BASE_DIR).glob("*/services/**/*.py")]
    verbs = {verb for text in sources for verb in re.findall(r'"([a-z_]+\.[a-z_]+)"', text) if not verb.endswith(".sql")}
    verbs |= {f"{kind}.joint" for kind in JointKind.values}
    assert {"loan.confirm", "summary.submit"} < verbs
    assert sorted(verb for verb in verbs if action_label(verb) == verb) == []


@pytest.mark.django_db
def test_a_trail_holds_what_was_done_to_the_children_and_says_to_which() -> None:
    obligation = deposit(make_world())
    own = timeline(obligation)
    both = timeline(obligation, Contribution.objects.filter(pk=obligation.source_id))
    assert [event.about for event in own] == [""]
    assert [(event.action, event.about) for event in both if event not in own] == [
        (verb, str(obligation.source)) for verb in ("contribution.confirm", "contribution.receive", "contribution.record")
    ]
    assert both == sorted(both, key=lambda event: -event.pk)
    assert timeline(obligation, Contribution.objects.filter(pk=obligation.source_id), only=("contribution.record",)) == both[-1:]


@pytest.mark.django_db
def test_a_trail_leaves_out_what_other_programmes_did() -> None:
    world = fund(make_world())
    account = world.provincial_account
    codes = Programme.objects.exclude(pk=world.programme.pk).values("code")
    assert timeline(account, account.contributions.all(), codes=Programme.objects.values("code"))
    assert timeline(account, account.contributions.all(), codes=codes) == []

"""Pages of the register, recommendations and batches: what they show, cost, offer and refuse."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.http import today
from enterprises.forms import RecommendationForm
from enterprises.models import Batch, Enterprise, EnterpriseLink, Recommendation
from enterprises.selectors import letter_context
from enterprises.services import batches, enterprises, recommendations
from parties.enums import OrganisationKind, Role
from parties.models import Attachment
from reserve.services.programmes import create_programme
from tests.factories import (
    enterprise_data,
    make_batch,
    make_draft,
    make_endorsed,
    make_enterprise,
    make_organisation,
    make_person,
    make_world,
    on,
    send_batch_of,
)

pytestmark = pytest.mark.django_db
LIMIT = 20


def url(name, *args):
    return reverse(f"enterprises:{name}", args=args)


def cost(client, address):
    """Queries of a page, the first request's caches warmed."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    assert response.status_code == 200
    return len(queries)


# --- cost ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["centre", "science2", "bank", "auditor"])
@pytest.mark.parametrize("name", ["enterprise_list", "recommendation_list", "batch_list"])
def test_list_costs_the_same_for_more_rows(living, ready, sign_in, days_ago, who, name):
    client = sign_in(getattr(living, who))
    send_batch_of(living, [ready(1)], day=days_ago(5))
    make_draft(living, Enterprise.objects.get(), day=days_ago(3))
    first = cost(client, url(name))
    for number in (2, 3):
        row = ready(number)
        make_draft(living, row.enterprise, day=days_ago(3))
        make_batch(living, [row], day=days_ago(5))
    assert cost(client, url(name)) == first <= LIMIT


def test_enterprise_page_costs_the_same_for_more_rows(living, firm, sign_in, days_ago):
    enterprise = firm()
    client = sign_in(living.centre)

    def add(number):
        make_endorsed(living, enterprise, day=days_ago(10))
        enterprises.record_year(
            enterprise=enterprise, year=2000 + number, employees=10, revenue=Decimal("1"), by=living.centre, **on(days_ago(9))
        )
        enterprises.record_category(
            enterprise=enterprise,
            category="innovative",
            certificate_no=f"C{number}",
            valid_from=days_ago(9),
            by=living.centre,
            **on(days_ago(9)),
        )

    add(1)
    first = cost(client, enterprise.get_absolute_url())
    add(2)
    add(3)
    assert cost(client, enterprise.get_absolute_url()) == first <= LIMIT


def test_recommendation_page_costs_the_same_for_more_versions(living, ready, sign_in, days_ago):
    row, client = ready(), sign_in(living.science2)
    first = cost(client, row.get_absolute_url())
    for version in (1, 2):
        recommendations.edit_recommendation(
            recommendation=row,
            version=version,
            bank=row.bank,
            amount=row.amount,
            term_months=row.term_months,
            purpose=row.purpose,
            accepted_on=row.accepted_on,
            by=living.centre,
            **on(days_ago(8)),
        )
        recommendations.sign_recommendation(recommendation=row, by=living.town2, **on(days_ago(8)))
        recommendations.sign_recommendation(recommendation=row, by=living.science2, **on(days_ago(8)))
    assert cost(client, row.get_absolute_url()) == first <= LIMIT


@pytest.mark.parametrize("name", ["batch", "batch_letter", "batch_edit"])
def test_batch_pages_cost_the_same_for_more_rows(living, ready, sign_in, days_ago, name):
    client = sign_in(living.centre)
    first = make_batch(living, [ready(1)], day=days_ago(5))
    three = make_batch(living, [ready(2), ready(3), ready(4)], day=days_ago(5))
    assert cost(client, url(name, three.pk)) == cost(client, url(name, first.pk)) <= LIMIT


@pytest.mark.parametrize("name", ["enterprise_register", "recommendation_draft", "batch_create"])
def test_forms_cost_the_same_for_more_rows(living, ready, sign_in, name):
    client = sign_in(living.centre)
    ready(1)
    first = cost(client, url(name))
    ready(2)
    ready(3)
    assert cost(client, url(name)) == first <= LIMIT


# --- lists --------------------------------------------------------------------------------------------------------


def names(response):
    return [row.name for row in response.context["listing"].page.object_list]


@pytest.mark.parametrize("word", ["锁业", "zssys", "72000001-7", "720000017", "旧名"])
def test_register_is_searched_by_name_former_name_initials_and_code(living, firm, sign_in, days_ago, word):
    enterprise = firm(name="中山市旧名有限公司")
    firm(2, name="中山市别的饲料厂")
    for name in ("中山市旧名二有限公司", "中山市演示锁业公司"):
        enterprise.refresh_from_db()
        data = enterprise_data(name=name, identifier=enterprise.org_code)
        enterprises.update_enterprise(enterprise=enterprise, data=data, version=enterprise.version, by=living.centre, **on(days_ago(9)))
    assert names(sign_in(living.bank).get(url("enterprise_list"), {"q": word})) == ["中山市演示锁业公司"]


def test_register_is_filtered_by_programme_industry_size_and_category(living, firm, sign_in):
    firm(1)
    firm(2, industry_code="2710", size=False)
    firm(3, category=False)
    client = sign_in(living.centre)
    found = {
        "programme=demo": 3,
        "industry=27": 1,
        "size=small": 2,
        "category=high_tech": 2,
        "size=small&category=high_tech": 1,
        "category=innovative": 0,
    }
    assert {query: len(names(client.get(f"{url('enterprise_list')}?{query}"))) for query in found} == found
    assert client.get(f"{url('enterprise_list')}?size=huge").context["listing"].errors


def test_register_is_exported_as_shown(living, firm, sign_in):
    firm(1)
    firm(2, category=False)
    response = sign_in(living.auditor).get(url("enterprise_list"), {"category": "high_tech", "export": "csv"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("企业名称,代码,行业,规模,有效类别")
    assert len(lines) == 2
    assert "914420007200000172,金属制品业,小型,高新技术企业" in lines[1]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ["enterprise_list", "recommendation_list", "batch_list"])
def test_every_list_is_exported(living, ready, sign_in, days_ago, name, kind):
    make_batch(living, [ready()], day=days_ago(5))
    response = sign_in(living.town).get(url(name), {"export": kind})
    assert response.status_code == 200
    assert len(b"".join(response.streaming_content)) > 100


def test_lists_show_nothing_of_other_programmes(living, ready, sign_in):
    make_batch(living, [ready()], day=today())
    stranger = make_person("stranger", make_organisation(OrganisationKind.CITY_CENTRE, "外市中心"), Role.OFFICER)
    client = sign_in(stranger)
    for name in ("enterprise_list", "recommendation_list", "batch_list"):
        assert client.get(url(name)).context["listing"].count == 0


def test_recommendations_are_filtered_by_state_batch_and_lapse(living, ready, sign_in, days_ago):
    batch = make_batch(living, [ready(1)], day=days_ago(5))
    make_draft(living, Enterprise.objects.get(), day=days_ago(3))
    Recommendation.objects.filter(batch=batch).update(valid_until=days_ago(1))
    client = sign_in(living.town)
    found = {"status=draft": 1, f"batch={batch.number}": 1, "batch=9": 0, "lapsed=true": 1, "lapsed=false": 1, "programme=demo": 2}
    assert {query: client.get(f"{url('recommendation_list')}?{query}").context["listing"].count for query in found} == found
    page = client.get(url("recommendation_list")).content.decode()
    assert "推荐已失效" in page
    assert "市科技局、小榄镇签署" in page


@pytest.mark.parametrize("value", ["-1e400000", "1e40", "1.5", "0", "-1", "x", "9" * 4000])
def test_a_batch_that_is_no_whole_number_is_an_error_and_no_row(living, ready, sign_in, value):
    make_batch(living, [ready(1)])
    listing = sign_in(living.town).get(f"{url('recommendation_list')}?batch={value}").context["listing"]
    assert (listing.count, len(listing.errors)) == (0, 1)
    assert listing.errors[0].startswith("批次号：")


# --- access -------------------------------------------------------------------------------------------------------


PAGES = ["enterprise_edit", "enterprise_year", "enterprise_category"]
ROW_PAGES = [
    "recommendation",
    "recommendation_edit",
    "recommendation_sign",
    "recommendation_decline",
    "recommendation_withdraw",
    "recommendation_scan",
]
BATCH_PAGES = ["batch", "batch_edit", "batch_document", "batch_reply", "batch_scan", "batch_letter"]


@pytest.mark.parametrize("name", [*PAGES, *ROW_PAGES, *BATCH_PAGES])
def test_foreign_object_does_not_exist(living, ready, sign_in, days_ago, name):
    row = ready()
    batch = make_batch(living, [row], day=days_ago(5))
    key = {"enterprise": row.enterprise_id, "recommendation": row.pk, "batch": batch.pk}[name.split("_")[0]]
    stranger = make_person("stranger2", make_organisation(OrganisationKind.SCIENCE_BUREAU, "外市科技局"), Role.REVIEWER)
    assert sign_in(stranger).get(url(name, key)).status_code == 404
    assert sign_in(living.sysadmin).get(url(name, key)).status_code == 404


@pytest.mark.parametrize(
    "name, who",
    [
        ("enterprise_edit", "bank"),
        ("enterprise_year", "science2"),
        ("enterprise_category", "auditor"),
        ("recommendation_edit", "bank"),
        ("recommendation_sign", "centre2"),
        ("recommendation_sign", "town"),
        ("recommendation_decline", "science"),
        ("recommendation_withdraw", "bank2"),
        ("batch_edit", "town"),
        ("batch_scan", "auditor"),
    ],
)
def test_who_may_not_gets_403_on_the_form_already(living, ready, sign_in, days_ago, name, who):
    row = ready()
    batch = make_batch(living, [row], day=days_ago(5))
    key = {"enterprise": row.enterprise_id, "recommendation": row.pk, "batch": batch.pk}[name.split("_")[0]]
    assert sign_in(getattr(living, who)).get(url(name, key)).status_code == 403


def test_visitor_signs_in_first(client, living):
    assert client.get(url("enterprise_list")).status_code == 302


# --- doing it -----------------------------------------------------------------------------------------------------


def test_enterprise_is_registered_sized_and_certified(living, sign_in):
    client = sign_in(living.centre)
    form = client.get(url("enterprise_register")).context["form"]
    data = {
        "form_key": str(form["form_key"].value()),
        "programme": living.programme.pk,
        "name": "中山市演示有限公司",
        "identifier": "91442000123456788Y",
        "region": "中山市小榄镇",
        "industry_edition": "2017",
        "industry_code": "3351",
    }
    response = client.post(url("enterprise_register"), data)
    enterprise = Enterprise.objects.get()
    assert response.url == enterprise.get_absolute_url()
    assert client.post(url("enterprise_register"), data).url == enterprise.get_absolute_url()  # the same form twice is one
    assert Enterprise.objects.count() == 1
    client.post(url("enterprise_year", enterprise.pk), {"year": today().year - 1, "employees": "３００", "revenue": "2000万元"})
    client.post(url("enterprise_category", enterprise.pk), {"category": "town_key", "certificate_no": "ZD1", "valid_from": "2024年1月1日"})
    page = client.get(enterprise.get_absolute_url()).content.decode()
    assert "中型" in page
    assert "20,000,000.00" in page
    assert "ZD1" in page
    assert "受理贷款申请" in page


def test_enterprise_page_asks_to_look_again_at_a_unified_code_around_a_failing_organisation_code(living, firm, sign_in):
    doubtful, sound = firm(identifier="914420001234567892"), firm(2)
    client = sign_in(living.town)
    assert "请对照营业执照核对" in client.get(doubtful.get_absolute_url()).content.decode()
    assert "GB 11714" not in client.get(sound.get_absolute_url()).content.decode()


def test_a_known_enterprise_is_said_to_have_joined_with_what_was_typed_in_vain(living, firm, sign_in, days_ago):
    known = firm()
    other = create_programme(
        code="other",
        name="另一项目",
        agreement_name="细则",
        agreement_signed_on=days_ago(200),
        region="中山市",
        parties=list(living.programme.organisations()),
        by=living.sysadmin,
        **on(days_ago(200)),
    )
    form = {
        "programme": other.pk,
        "name": known.name,
        "identifier": "914420007200000172",
        "region": known.region,
        "address": "新址",
        "industry_edition": "2011",
        "industry_code": "3351",
        "contact_name": "王芳",
    }
    page = sign_in(living.centre).post(url("enterprise_register"), form, follow=True).content.decode()
    assert "该企业已有档案，已加入本项目。所填的地址、联系人与档案不同，未采用" in page
    assert "企业已登记" not in page
    known.refresh_from_db()
    assert (known.address, known.contact_name, known.links.count()) == ("", "陈静", 2)


def test_refused_registration_keeps_what_was_typed(living, firm, sign_in):
    enterprise = firm()
    response = sign_in(living.centre).post(
        url("enterprise_register"),
        {
            "programme": living.programme.pk,
            "name": "中山市另一公司",
            "identifier": enterprise.uscc,
            "region": "中山市",
            "industry_edition": "2011",
            "industry_code": "33",
        },
    )
    assert response.status_code == 409
    page = response.content.decode()
    assert "已在本项目登记" in page
    assert "中山市另一公司" in page


def test_edit_form_of_a_stale_version_is_refused(living, firm, sign_in, days_ago):
    enterprise, client = firm(), sign_in(living.science)
    form = client.get(url("enterprise_edit", enterprise.pk)).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    assert client.post(url("enterprise_edit", enterprise.pk), data | {"contact_name": "王芳"}).status_code == 302
    data["form_key"] = ""
    response = client.post(url("enterprise_edit", enterprise.pk), data | {"contact_name": "赵强"})
    assert response.status_code == 409
    page = response.content.decode()
    assert "已被他人修改" in page
    assert "赵强" in page, "what was typed is still there"
    [event] = response.context["form"].meanwhile
    assert (event.actor_name, event.changes["联系人"][1]) == (living.science.name, "王芳")
    assert "您打开本页以后" in page


@pytest.mark.parametrize(
    "name, who, words",
    [
        ("recommendation_sign", "town2", "贵单位已经签署过这一版推荐"),
        ("recommendation_edit", "centre", "不能修改"),
        ("recommendation_decline", "town2", "不能作不予推荐处理"),
        ("batch_edit", "centre", "不能调整"),
    ],
)
def test_a_form_that_cannot_be_sent_says_why_at_once(living, ready, sign_in, days_ago, name, who, words):
    row = ready()
    client = sign_in(getattr(living, who))
    if name != "recommendation_sign":
        send_batch_of(living, [row], day=days_ago(5))
        row.refresh_from_db()
    key = row.batch_id if name.startswith("batch") else row.pk
    response = client.get(url(name, key))
    assert response.url == (row.batch if name.startswith("batch") else row).get_absolute_url()
    assert words in client.get(response.url).content.decode()


def test_steps_name_who_took_it_in_and_who_edited_it_last(living, firm, sign_in, days_ago):
    row = make_draft(living, firm(), day=days_ago(5))
    terms = {"bank": row.bank, "amount": row.amount, "term_months": 6, "purpose": "改", "accepted_on": row.accepted_on}
    recommendations.edit_recommendation(recommendation=row, version=1, by=living.town, **terms, **on(days_ago(3)))
    context = sign_in(living.centre).get(row.get_absolute_url()).context
    assert [(step.label, step.who) for step in context["steps"][:2]] == [("受理起草", "centre"), ("修改为第 2 版", "town")]
    facts = {fact.label: fact.value for fact in context["facts"]}
    assert (facts["受理"], facts["本版起草人"]) == (f"{days_ago(5)} centre", "town（第 2 版）")


def test_batch_is_sent_as_it_was_read(living, ready, sign_in, days_ago):
    rows = [ready(1), ready(2)]
    batch = make_batch(living, rows, day=days_ago(5))
    client = sign_in(living.science)
    assert 'name="version" value="1"' in client.get(batch.get_absolute_url()).content.decode()
    recommendations.withdraw_recommendation(recommendation=rows[0], reason="放弃", by=living.town, **on(days_ago(4)))
    page = client.post(url("batch_send", batch.pk), {"version": 1}, follow=True).content.decode()
    assert "内容已被他人修改" in page
    batch.refresh_from_db()
    assert batch.status == "draft"


@pytest.mark.parametrize("name", ["recommendation_decline", "recommendation_withdraw"])
def test_what_was_read_is_closed(living, firm, sign_in, days_ago, name):
    row = make_draft(living, firm(), day=days_ago(5))
    client = sign_in(living.town2)
    assert client.get(url(name, row.pk)).context["form"]["version"].value() == 1
    Recommendation.objects.filter(pk=row.pk).update(version=2)
    response = client.post(url(name, row.pk), {"reason": "否", "version": 1})
    assert (response.status_code, Recommendation.objects.get(pk=row.pk).status) == (409, "draft")


def test_shared_enterprise_shows_nothing_of_other_programmes(living, ready, sign_in, days_ago):
    from reserve.models import Programme, ProgrammeParty

    row = ready()
    other = Programme.objects.create(code="other", name="另一项目", agreement_name="另", agreement_signed_on=days_ago(300), region="中山市")
    bureau = make_organisation(OrganisationKind.SCIENCE_BUREAU, "外市科技局")
    ProgrammeParty.objects.create(programme=other, organisation=bureau, kind=bureau.kind, joined_on=days_ago(300))
    EnterpriseLink.objects.create(programme=other, enterprise=row.enterprise, linked_on=days_ago(1))
    page = sign_in(make_person("other2", bureau, Role.REVIEWER)).get(row.enterprise.get_absolute_url())
    assert page.status_code == 200
    assert not [row for section in page.context["sections"] for row in section.rows if section.key not in ("years", "certificates")]
    assert page.context["numbers"][0].value == "0万"
    assert all(event.programme_code != "demo" for event in page.context["timeline"])


def test_recommendation_without_a_certificate_does_not_say_that_one_runs_out(days_ago, db, sign_in):
    world = make_world(code="demo", agreement_signed_on=days_ago(400), rules={"category_rule": "priority"})
    row = make_draft(world, make_enterprise(world, day=days_ago(300), category=False), day=days_ago(10))
    assert "早于贷款期满" not in sign_in(world.town).get(row.get_absolute_url()).content.decode()


def test_recommendation_goes_from_draft_to_the_bank(living, firm, sign_in):
    enterprise = firm()
    centre = sign_in(living.centre)
    page = centre.get(f"{url('recommendation_draft')}?enterprise={enterprise.pk}")
    assert "能否推荐" in page.content.decode()
    response = centre.post(
        url("recommendation_draft"),
        {
            "programme": living.programme.pk,
            "enterprise": enterprise.name,
            "bank": living.bank_organisation.pk,
            "amount": "300万",
            "term_months": "6",
            "purpose": "购买设备",
            "accepted_on": str(today()),
            "papers": ["application", "licence"],
        },
    )
    row = Recommendation.objects.get()
    assert response.url == row.get_absolute_url()
    for who in (living.science2, living.town2):
        signer = sign_in(who)
        assert "签署" in [action.label for action in signer.get(row.get_absolute_url()).context["actions"] if not action.reason]
        assert signer.post(url("recommendation_sign", row.pk), {"opinion": "同意", "version": 1}).status_code == 302
    assert centre.post(url("batch_create"), {"recommendations": [row.pk]}).status_code == 302
    batch = Batch.objects.get()
    assert centre.post(url("batch_send", batch.pk)).status_code == 403
    assert sign_in(living.science).get(url("batch_send", batch.pk)).status_code == 405
    assert sign_in(living.science).post(url("batch_send", batch.pk)).status_code == 302
    row.refresh_from_db()
    assert row.status == "sent"


def test_signature_on_an_edited_version_is_refused_on_the_form(living, firm, sign_in, days_ago):
    row = make_draft(living, firm(), day=days_ago(5))
    Recommendation.objects.filter(pk=row.pk).update(version=2)
    response = sign_in(living.town2).post(url("recommendation_sign", row.pk), {"opinion": "同意", "version": 1})
    assert response.status_code == 409
    assert "现在是第 2 版" in response.content.decode()


def test_action_that_cannot_be_taken_says_why(living, ready, sign_in):
    row = ready()
    reasons = {action.label: action.reason for action in sign_in(living.town2).get(row.get_absolute_url()).context["actions"]}
    assert reasons["签署"] == "贵单位已经签署过这一版推荐，不能重复签署。"
    assert "不能作不予推荐处理" in reasons["不予推荐"]
    assert reasons["撤回"] is None


@pytest.mark.parametrize("name, status", [("recommendation_decline", "declined"), ("recommendation_withdraw", "withdrawn")])
def test_closing_asks_for_a_reason(living, firm, sign_in, days_ago, name, status):
    row, client = make_draft(living, firm(), day=days_ago(5)), sign_in(living.science2)
    assert client.post(url(name, row.pk), {"reason": ""}).status_code == 422
    assert client.post(url(name, row.pk), {"reason": "企业放弃"}).status_code == 302
    row.refresh_from_db()
    assert row.status == status
    assert "企业放弃" in client.get(row.get_absolute_url()).content.decode()


def test_renewal_copies_the_old_data(living, ready, sign_in, days_ago):
    row = ready(amount=Decimal("3000000"), purpose="技术改造")
    send_batch_of(living, [row], day=days_ago(5))
    recommendations.mark_answered(recommendation=row, by=living.bank2, **on(days_ago(3)))
    client = sign_in(living.town)
    address = f"{url('recommendation_draft')}?renews={row.pk}"
    form = client.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None} | {"renewed_note_no": "JJ1"}
    assert data["purpose"] == "技术改造"
    assert client.post(address, data | {"renewed_note_no": ""}).status_code == 422
    assert client.post(address, data).status_code == 302
    renewal = Recommendation.objects.get(renews=row)
    assert (renewal.amount, renewal.renewed_note_no, renewal.papers) == (Decimal("3000000.00"), "JJ1", [])  # papers are taken in anew


def test_wrong_number_in_the_address_is_refused(living, sign_in):
    assert sign_in(living.centre).get(f"{url('recommendation_draft')}?enterprise=x").status_code == 400
    assert sign_in(living.centre).get(f"{url('recommendation_draft')}?enterprise=999").status_code == 404


def test_nothing_to_batch_says_so(living, sign_in):
    assert "没有可编入批次的推荐" in sign_in(living.centre).get(url("batch_create")).content.decode()


def test_document_reply_and_scan_are_registered(living, ready, sign_in, days_ago):
    batch = send_batch_of(living, [ready()], day=days_ago(5))
    assert sign_in(living.science).post(url("batch_document", batch.pk), {"document_no": "函1号"}).status_code == 302
    assert sign_in(living.bank).post(url("batch_reply", batch.pk), {"reply_no": "回1号"}).status_code == 302
    assert sign_in(living.science).get(url("batch_reply", batch.pk)).status_code == 403
    assert sign_in(living.science).post(url("batch_reply", batch.pk), {"reply_no": "回2号"}).status_code == 403
    scan = SimpleUploadedFile("推荐函.pdf", b"%PDF-1.7 demo")
    assert sign_in(living.science).post(url("batch_scan", batch.pk), {"kind": "联合推荐函扫描件", "file": scan}).status_code == 302
    batch.refresh_from_db()
    assert (batch.document_no, batch.reply_no) == ("函1号", "回1号")
    assert "推荐函.pdf" in sign_in(living.town).get(batch.get_absolute_url()).content.decode()
    false = SimpleUploadedFile("x.pdf", b"MZ")
    assert sign_in(living.science).post(url("batch_scan", batch.pk), {"kind": "联合推荐函扫描件", "file": false}).status_code == 400
    assert Attachment.objects.count() == 1


def test_paper_of_a_recommendation_is_uploaded(living, ready, sign_in):
    row = ready()
    scan = SimpleUploadedFile("执照.png", b"\x89PNG\r\n\x1a\n0000")
    kind = "营业执照（组织机构代码证）"
    assert sign_in(living.centre).post(url("recommendation_scan", row.pk), {"kind": kind, "file": scan}).status_code == 302
    assert "执照.png" in sign_in(living.bank).get(row.get_absolute_url()).content.decode()


def test_withdrawn_after_sending_is_counted_apart(living, ready, sign_in, days_ago):
    rows = [ready(1), ready(2), ready(3)]
    batch = send_batch_of(living, rows, day=days_ago(5))
    recommendations.withdraw_recommendation(recommendation=rows[0], reason="放弃", by=living.town, **on(days_ago(4)))
    client = sign_in(living.bank)
    facts = {fact.label: (fact.value, fact.hint) for fact in client.get(batch.get_absolute_url()).context["facts"]}
    assert (facts["笔数"], facts["推荐金额"]) == (("3 笔", "其中发送后撤回 1 笔"), ("15,000,000.00 元", ""))
    [row] = client.get(url("batch_list")).context["listing"].page.object_list
    assert (row.count, row.total, row.withdrawn) == (3, Decimal("15000000.00"), 1)


def test_signed_page_keeps_identifier_and_certificates_of_the_day_both_signed(living, ready, sign_in, days_ago):
    row = ready()

    def shown():
        facts = sign_in(living.bank).get(row.get_absolute_url()).context["facts"]
        return [(fact.label, fact.value, fact.hint) for fact in facts if fact.label in ("企业", "有效类别证书")]

    before = shown()
    enterprises.record_category(
        enterprise=row.enterprise,
        category="innovative",
        certificate_no="CX1",
        valid_from=days_ago(30),
        by=living.centre,
        **on(days_ago(2)),
    )
    data = enterprise_data(identifier="914420007200000172")
    enterprises.update_enterprise(enterprise=row.enterprise, data=data, version=1, by=living.centre, **on(days_ago(2)))
    assert shown() == before


@pytest.mark.parametrize("who", ["bank", "province"])
def test_papers_of_what_is_not_sent_are_the_offices(living, ready, sign_in, days_ago, who):
    row = ready()
    batch = make_batch(living, [row], day=days_ago(5))
    client = sign_in(getattr(living, who))
    pages = ((row, "上传材料", url("recommendation_scan", row.pk)), (batch, "上传扫描件", url("batch_scan", batch.pk)))
    for subject, label, form in pages:
        assert label in sign_in(living.town).get(subject.get_absolute_url()).content.decode()
        assert label not in client.get(subject.get_absolute_url()).content.decode()
        assert client.get(form).status_code == 403
        scan = SimpleUploadedFile("a.pdf", b"%PDF-1.7 demo")
        assert client.post(form, {"kind": "其他材料", "file": scan}).status_code == 403
    batches.send_batch(batch=batch, by=living.science, **on(days_ago(4)))
    for subject, label, form in pages:
        assert label in client.get(subject.get_absolute_url()).content.decode()
        assert client.get(form).status_code == 200


def test_letter_has_everything_of_a_letter(living, ready, sign_in, days_ago):
    batch = send_batch_of(living, [ready(1), ready(2)], day=days_ago(5))
    for text in (
        sign_in(living.town).get(url("batch_letter", batch.pk)).content.decode(),
        render_to_string("reports/pdf/letter.html", letter_context(Batch.objects.get(pk=batch.pk))),
    ):
        for part in (
            "小榄村镇银行：",
            "中山市科技局　小榄镇人民政府关于推荐第1批科技贷款项目的函",
            "10,000,000.00 元（人民币壹仟万元整）",
            "自收到本函之日起 10 个工作日内",
            "推荐不构成对贷款的担保",
            "高新技术企业（GR201144000001）",
            "91442000720000025W",
            "（公章）",
            "联系电话：0760-22100000",
        ):
            assert part in text
    assert today() - timedelta(days=5) == batch.sent_on


def test_an_enterprise_is_suggested_by_name_initials_or_code_in_one_query(living, firm, sign_in, django_assert_max_num_queries):
    enterprise, client = firm(), sign_in(living.science)
    client.get(url("enterprise_suggest"))  # the first request of a process asks what the database can do
    for text in (enterprise.name[2:5], enterprise.initials[:4].lower(), enterprise.uscc[2:9], enterprise.org_code):
        with django_assert_max_num_queries(4):  # session, person, organisation
            answer = client.get(url("enterprise_suggest"), {"q": text})
        assert answer.json() == {"options": [{"value": enterprise.name, "hint": enterprise.uscc}]}, text
    for text in ("", " ", "没有这一家", "\x00", "a b " * 500):
        assert client.get(url("enterprise_suggest"), {"q": text}).json() == {"options": []}


def test_the_hints_beside_a_draft_follow_the_enterprise_written_in_it(living, firm, sign_in):
    enterprise, client = firm(), sign_in(living.science)
    assert f'hx-get="{url("recommendation_hints")}"' in client.get(url("recommendation_draft")).content.decode()

    def beside(text):
        page = client.get(url("recommendation_hints"), {"programme": living.programme.pk, "enterprise": text})
        return {fact.label: fact for fact in page.context["hints"]}

    assert beside(enterprise.org_code)["企业"].url == enterprise.get_absolute_url()
    assert beside(enterprise.name)["能否推荐"].value == "可以"
    assert "单户限额" in beside(enterprise.name[:3])
    assert "企业" not in beside(enterprise.name[:3])


def test_a_draft_names_its_enterprise_by_full_name_or_code_and_is_told_what_is_near(living, firm, sign_in):
    enterprise, other = firm(1), firm(2)
    form = sign_in(living.science).get(url("recommendation_draft"), {"enterprise": enterprise.pk}).context["form"]
    assert form["enterprise"].value() == enterprise.name

    def read(text):
        bound = RecommendationForm({"enterprise": text}, user=living.science)
        bound.is_valid()
        return bound.cleaned_data.get("enterprise") or bound.errors["enterprise"][0]

    for text in (enterprise.name, f" {enterprise.name} ", enterprise.uscc, enterprise.uscc.lower(), enterprise.org_code):
        assert read(text) == enterprise
    Enterprise.objects.filter(pk=other.pk).update(name="力丰锁业（演示）有限公司")
    for text in ("力丰锁业（演示）有限公司", "力丰锁业(演示)有限公司"):
        assert read(text).pk == other.pk
    assert "相近的有" in read("（演示）")
    other.refresh_from_db()
    assert "相近的有" in read("有限公司")
    assert other.name in read("有限公司")
    assert read("没有这一家").startswith("名录中没有“没有这一家”")
    assert "无法识别" in read("中山\x00")
    assert "搜索词太长" in read("a b " * 500)
    assert read("") == "请填写企业的全称或代码。"

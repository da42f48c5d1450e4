"""REST resources of the register, recommendations and batches: one happy way and every kind of refusal."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.http import today
from enterprises.enums import BatchStatus, RecommendationStatus
from enterprises.models import Batch, Enterprise, Recommendation
from parties.enums import OrganisationKind, Role
from reserve.models import Deadline
from tests.factories import make_batch, make_draft, make_organisation, make_person, send_batch_of
from tests.support.rows import all_rows

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/"
FACTS = {
    "programme": "demo",
    "name": "中山市演示有限公司",
    "identifier": "91442000123456788Y",
    "region": "中山市小榄镇",
    "industry_code": "3351",
}


def problem(response, status, code, field=""):
    """The answer is this RFC 9457 problem."""
    assert response["Content-Type"].startswith("application/problem+json"), response.content
    body = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code), body
    assert not field or field in body["errors"]
    return body


@pytest.fixture
def nothing_changes():
    """Every row at the end is as it was when the test called `freeze`."""
    kept = {}
    yield lambda: kept.update(all_rows())
    after = all_rows()
    assert kept
    assert [label for label in kept if kept[label] != after[label]] == []


class TestEnterprises:
    def test_register_size_and_certify(self, living, api):
        client = api(living.centre)
        made = client.post(f"{ROOT}enterprises/", FACTS)
        assert made.status_code == 201, made.content
        pk = made.json()["id"]
        assert (made.json()["org_code"], made.json()["size"], made.json()["industry_edition"]) == ("123456788", None, "2017")
        client.post(f"{ROOT}enterprises/{pk}/years/", {"year": today().year - 1, "employees": 300, "revenue": "20000000.00"})
        done = client.post(
            f"{ROOT}enterprises/{pk}/categories/", {"category": "high_tech", "certificate_no": "GR1", "valid_from": "2024-01-01"}
        )
        body = done.json()
        assert body == client.get(f"{ROOT}enterprises/{pk}/").json()
        assert body["size"] == "medium"
        assert body["years"] == [{"year": today().year - 1, "employees": 300, "revenue": "20000000.00", "assets": None, "size": "medium"}]
        assert body["categories"] == [{"category": "high_tech", "certificate_no": "GR1", "valid_from": "2024-01-01", "valid_until": None}]
        assert (body["industry_name"], body["programmes"]) == ("金属制品业", ["demo"])

    def test_partial_update_keeps_the_rest(self, living, firm, api):
        enterprise = firm()
        body = api(living.town).patch(f"{ROOT}enterprises/{enterprise.pk}/", {"version": 1, "name": "中山市新名有限公司"}).json()
        assert (body["name"], body["version"], body["main_products"]) == ("中山市新名有限公司", 2, "锁具")
        assert body["former_names"] == [{"name": enterprise.name, "used_until": str(today())}]

    def test_same_key_same_answer_and_another_body_is_refused(self, living, api):
        client = api(living.centre)
        first, again = (client.post(f"{ROOT}enterprises/", FACTS, headers={"Idempotency-Key": "k1"}) for _ in range(2))
        assert first.json() == again.json()
        assert Enterprise.objects.count() == 1
        other = client.post(f"{ROOT}enterprises/", FACTS | {"name": "别的公司"}, headers={"Idempotency-Key": "k1"})
        problem(other, 409, "idempotency_mismatch")

    @pytest.mark.parametrize(
        "change, status, code, field",
        [
            ({"identifier": "91442000123456788A"}, 400, "invalid_input", "identifier"),
            ({"identifier": "914420007200000172"}, 409, "already_registered", "identifier"),
            ({"programme": "xiaolan"}, 400, "invalid_input", "programme"),
            ({"industry_code": "abc"}, 400, "invalid_input", "industry_code"),
            ({"established_on": "41000"}, 400, "invalid_input", "established_on"),
            ({"name": ""}, 400, "invalid_input", "name"),
        ],
    )
    def test_wrong_registration_is_refused(self, living, firm, api, nothing_changes, change, status, code, field):
        firm()
        nothing_changes()
        problem(api(living.centre).post(f"{ROOT}enterprises/", FACTS | change), status, code, field)

    def test_stale_version_is_a_conflict(self, living, firm, api, nothing_changes):
        enterprise = firm()
        nothing_changes()
        problem(api(living.centre).patch(f"{ROOT}enterprises/{enterprise.pk}/", {"version": 7, "name": "新名"}), 409, "conflict")

    @pytest.mark.parametrize("who", ["bank", "science2", "auditor", "sysadmin"])
    def test_others_may_not_write(self, living, firm, api, nothing_changes, who):
        enterprise = firm()
        client = api(getattr(living, who))
        nothing_changes()
        problem(client.post(f"{ROOT}enterprises/", FACTS), 403, "not_allowed")
        problem(client.post(f"{ROOT}enterprises/{enterprise.pk}/years/", {}), 403, "not_allowed")
        problem(client.patch(f"{ROOT}enterprises/{enterprise.pk}/", {}), 403, "not_allowed")

    def test_list_is_filtered_and_unknown_values_are_errors(self, living, firm, api):
        firm(1)
        firm(2, category=False)
        client = api(living.auditor)
        assert [row["org_code"] for row in client.get(f"{ROOT}enterprises/?category=high_tech").json()["results"]] == ["720000017"]
        assert client.get(f"{ROOT}enterprises/?programme=demo&size=small&ordering=-name").json()["count"] == 2
        problem(client.get(f"{ROOT}enterprises/?size=huge"), 400, "invalid_input", "size")
        problem(client.get(f"{ROOT}enterprises/?colour=red"), 400, "invalid_input", "colour")


class TestRecommendations:
    def terms(self, living, enterprise, **changes):
        return {
            "programme": "demo",
            "enterprise": enterprise.pk,
            "bank": living.bank_organisation.pk,
            "amount": "3000000.00",
            "term_months": 12,
            "purpose": "购买原材料",
            "accepted_on": str(today()),
            "papers": ["application"],
        } | changes

    def test_draft_edit_sign_and_endorse(self, living, firm, api):
        made = api(living.centre).post(f"{ROOT}recommendations/", self.terms(living, firm()))
        assert made.status_code == 201, made.content
        address = f"{ROOT}recommendations/{made.json()['id']}/"
        edited = api(living.town).patch(address, {"version": 1, "amount": "4000000.00"}).json()
        assert (edited["amount"], edited["version"], edited["papers"], edited["term_months"]) == ("4000000.00", 2, ["application"], 12)
        signed = api(living.science2).post(f"{address}sign/", {"version": 2}).json()
        assert (signed["status"], signed["waits_for"]) == ("signed", "小榄镇签署")
        endorsed = api(living.town2).post(f"{address}sign/").json()
        assert (endorsed["status"], endorsed["endorsed_on"]) == ("endorsed", str(today()))
        assert endorsed["valid_until"] == str(today() + timedelta(days=180))
        assert [(row["organisation"], row["valid"]) for row in endorsed["signatures"]] == [("中山市科技局", True), ("小榄镇人民政府", True)]

    @pytest.mark.parametrize(
        "change, status, code, field",
        [
            ({"amount": "20000000.01"}, 400, "over_cap", "amount"),
            ({"amount": "0"}, 400, "invalid_input", "amount"),
            ({"amount": "1.001"}, 400, "invalid_input", "amount"),
            ({"amount": 3000000.5}, 400, "invalid_input", "amount"),
            ({"term_months": 13}, 400, "over_cap", "term_months"),
            ({"enterprise": 999}, 400, "invalid_input", "enterprise"),
            ({"bank": 999}, 400, "invalid_input", "bank"),
            ({"papers": ["bribe"]}, 400, "invalid_input", "papers.0"),
            ({"accepted_on": "2999-01-01"}, 400, "invalid_input", "accepted_on"),
            ({"renewed_note_no": "JJ1"}, 400, "bad_renewal", "renewed_note_no"),
        ],
    )
    def test_wrong_draft_is_refused(self, living, firm, api, nothing_changes, change, status, code, field):
        terms = self.terms(living, firm()) | change
        nothing_changes()
        problem(api(living.centre).post(f"{ROOT}recommendations/", terms), status, code, field)

    def test_full_width_amount_is_understood(self, living, firm, api):
        made = api(living.centre).post(f"{ROOT}recommendations/", self.terms(living, firm(), amount="３００万"))
        assert made.json()["amount"] == "3000000.00"

    def test_ineligible_enterprise_is_refused(self, living, firm, api, nothing_changes):
        terms = self.terms(living, firm(category=False))
        nothing_changes()
        problem(api(living.centre).post(f"{ROOT}recommendations/", terms), 409, "not_eligible", "enterprise")

    def test_signature_on_an_edited_version_twice_or_by_the_wrong_office_is_refused(self, living, firm, api, days_ago):
        row = make_draft(living, firm(), day=days_ago(5))
        address = f"{ROOT}recommendations/{row.pk}/sign/"
        problem(api(living.town2).post(address, {"version": 2}), 409, "version_changed")
        assert api(living.town2).post(address).status_code == 200
        problem(api(living.town2).post(address), 409, "already_signed")
        for who in (living.centre2, living.bank2, living.town, living.auditor):
            problem(api(who).post(address), 403, "not_allowed")
        assert Recommendation.objects.get().status == RecommendationStatus.SIGNED

    @pytest.mark.parametrize("verb, status", [("decline", "declined"), ("withdraw", "withdrawn")])
    def test_decline_and_withdraw(self, living, firm, api, days_ago, verb, status):
        row = make_draft(living, firm(), day=days_ago(5))
        address = f"{ROOT}recommendations/{row.pk}/{verb}/"
        problem(api(living.town2).post(address, {}), 400, "invalid_input", "reason")
        problem(api(living.centre).post(address, {"reason": "否"}), 403, "not_allowed")
        assert api(living.town2).post(address, {"reason": "放弃"}).json()["status"] == status
        problem(api(living.town2).post(address, {"reason": "放弃"}), 409, "wrong_state")

    def test_foreign_object_does_not_exist(self, living, ready, api, days_ago):
        row = ready()
        batch = make_batch(living, [row], day=days_ago(5))
        stranger = api(make_person("stranger2", make_organisation(OrganisationKind.SCIENCE_BUREAU, "外市科技局"), Role.REVIEWER))
        for address in (f"recommendations/{row.pk}/", f"enterprises/{row.enterprise_id}/", f"batches/{batch.pk}/"):
            problem(stranger.get(ROOT + address), 404, "not_found")
        problem(stranger.post(f"{ROOT}recommendations/{row.pk}/sign/"), 404, "not_found")
        problem(stranger.post(f"{ROOT}batches/{batch.pk}/send/"), 404, "not_found")
        assert stranger.get(f"{ROOT}recommendations/").json()["count"] == 0

    def test_list_is_filtered(self, living, ready, api):
        ready(1)
        ready(2)
        client = api(living.bank)
        assert client.get(f"{ROOT}recommendations/?status=endorsed&programme=demo&lapsed=false").json()["count"] == 2
        problem(client.get(f"{ROOT}recommendations/?status=lost"), 400, "invalid_input", "status")
        problem(client.get(f"{ROOT}recommendations/?batch=-1e400000"), 400, "invalid_input", "batch")


class TestBatches:
    def test_compose_change_send_and_register_papers(self, living, ready, api):
        first, second = ready(1), ready(2)
        client = api(living.centre)
        given = {"programme": "demo", "bank": living.bank_organisation.pk, "recommendations": [first.pk]}
        made = client.post(f"{ROOT}batches/", given)
        assert made.status_code == 201, made.content
        assert (made.json()["number"], made.json()["total"], made.json()["count"]) == (1, "5000000.00", 1)
        address = f"{ROOT}batches/{made.json()['id']}/"
        changed = client.put(address, {"recommendations": [first.pk, second.pk], "document_no": "函1号"}).json()
        assert (changed["total"], changed["document_no"]) == ("10000000.00", "函1号")
        problem(client.post(f"{address}send/"), 403, "not_allowed")
        sent = api(living.science).post(f"{address}send/").json()
        assert (sent["status"], sent["sent_on"], sent["recommendations"]) == ("sent", str(today()), [first.pk, second.pk])
        assert Deadline.objects.filter(kind="bank_decision").count() == 2
        assert api(living.bank).post(f"{address}reply/", {"reply_no": "回1号"}).json()["reply_no"] == "回1号"
        assert api(living.town).post(f"{address}document/", {"document_no": "函2号"}).json()["document_no"] == "函2号"

    def test_wrong_batches_are_refused(self, living, firm, ready, api, days_ago):
        draft, row = make_draft(living, firm(), day=days_ago(5)), ready(2)
        client = api(living.centre)
        given = {"programme": "demo", "bank": living.bank_organisation.pk}
        problem(client.post(f"{ROOT}batches/", {**given, "recommendations": [draft.pk]}), 409, "not_batchable", "recommendations")
        problem(client.post(f"{ROOT}batches/", {**given, "recommendations": []}), 400, "invalid_input", "recommendations")
        problem(client.post(f"{ROOT}batches/", {**given, "recommendations": [999]}), 400, "invalid_input", "recommendations")
        Recommendation.objects.filter(pk=row.pk).update(valid_until=days_ago(1))
        problem(client.post(f"{ROOT}batches/", {**given, "recommendations": [row.pk]}), 409, "recommendation_lapsed")
        assert not Batch.objects.exists()

    def test_sent_twice_is_refused(self, living, ready, api, days_ago):
        batch = send_batch_of(living, [ready()], day=days_ago(5))
        problem(api(living.science).post(f"{ROOT}batches/{batch.pk}/send/"), 409, "wrong_state")
        assert Batch.objects.get().status == BatchStatus.SENT


@pytest.mark.parametrize("name", ["enterprises", "recommendations", "batches"])
def test_list_costs_the_same_for_more_rows(living, ready, api, days_ago, name):
    client = api(living.science)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{ROOT}{name}/").status_code == 200
        return len(queries)

    make_batch(living, [ready(1, amount=Decimal("1000000"))], day=days_ago(5))
    cost()
    first = cost()
    make_batch(living, [ready(2), ready(3)], day=days_ago(5))
    make_batch(living, [ready(4)], day=days_ago(5))
    assert cost() == first <= 20

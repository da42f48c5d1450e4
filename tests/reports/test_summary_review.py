"""审核日: remarks on lines, versions and quarters side by side, returned with remarks and mended (domain §3.11)."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from common.errors import Conflict, InvalidInput, NotAllowed, WrongState
from parties.enums import Role
from parties.models import AuditEvent, Notification, User
from parties.services.delegations import make_delegation
from reports.errors import UnknownLine
from reports.models import QuarterlySummary, SummaryRemark
from reports.review import borrower_rows, review_of, totals
from reports.rules import SEVEN_COLUMNS
from reports.selectors.summaries import document
from reports.selectors.summary_review import borrowers, pairs, remarks_read, review_digest, standing_remarks, version_before
from reports.services.remarks import remark_summary
from reports.services.summaries import accept_summary, propose_summary, return_summary
from tests.factories import World, advance, at, make_correction, make_enterprise, make_line, make_loan, make_person, make_summary
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def lend(world: World, number: int, day: date, **changes: Any) -> Any:
    """A loan of 500万 to the n-th enterprise, disbursed on a day."""
    return make_loan(world, make_line(world, make_enterprise(world, number), day=day - timedelta(days=10)), day=day, **changes)


@pytest.fixture
def submitted(world: World) -> QuarterlySummary:
    """The first quarter of 2012 with two loans, in the centre's hands."""
    lend(world, 1, date(2012, 3, 1))
    lend(world, 2, date(2012, 3, 2))
    return make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9))


def remark(world: World, summary: QuarterlySummary, by: str = "province", **remarks: str) -> QuarterlySummary:
    return remark_summary(summary=summary, remarks=remarks, by=getattr(world, by), **at(2012, 4, 10))


def standing(summary: QuarterlySummary) -> list[tuple[str, str, str]]:
    rows = summary.remarks.filter(withdrawn_at__isnull=True)
    return sorted((row.note_no, row.written_by.username, row.text) for row in rows)


def page(summary: QuarterlySummary, name: str = "summary_review") -> str:
    return reverse(f"reports:{name}", args=[summary.pk])


# --- remarks --------------------------------------------------------------------------------------------------------


def test_a_remark_is_written_anew_or_withdrawn_by_its_author_alone_and_each_step_kept(world: World, submitted: QuarterlySummary) -> None:
    remark(world, submitted, JJ00001="用途不明。", JJ00002="利率？")
    remark(world, submitted, JJ00001="用途应写明。", JJ00002="")
    remark(world, submitted, "province2", JJ00001="", JJ00002="期限？")
    assert standing(submitted) == [("JJ00001", "province", "用途应写明。"), ("JJ00002", "province2", "期限？")]
    assert SummaryRemark.objects.count() == 4
    told = AuditEvent.objects.filter(action="summary.remark").order_by("pk").values_list("summary", flat=True)
    assert [text.partition("：")[0] for text in told] == ["批注", "批注", "改写批注", "撤销批注", "批注"]
    assert not any("用途" in text for text in told), "the bank reads the trail before the return"


def test_a_remark_is_on_a_line_of_the_version_and_of_bounded_length(world: World, submitted: QuarterlySummary) -> None:
    with refused(UnknownLine, "没有借据“JJ9”", field="remarks"):
        remark(world, submitted, JJ9="有误。")
    with refused(InvalidInput, "最多 200 字", field="remarks"):
        remark(world, submitted, JJ00001="长" * 201)
    assert standing(submitted) == []


def test_the_centre_alone_remarks_and_only_while_it_reviews(world: World, submitted: QuarterlySummary) -> None:
    for name in ("bank2", "science2", "auditor"):
        with pytest.raises(NotAllowed):
            remark(world, submitted, name, JJ00001="x")
    accepted = advance(world, submitted, until="accepted", day=date(2012, 4, 11))
    with refused(WrongState, "不能批注"):
        remark(world, accepted, JJ00001="晚了。")


def test_remarks_are_read_by_centre_and_auditors_and_by_the_others_once_returned(world: World, submitted: QuarterlySummary) -> None:
    remark(world, submitted, JJ00001="用途不明。")

    def readers() -> set[str]:
        names = ("province", "auditor", "bank", "science", "town")
        return {name for name in names if remarks_read(getattr(world, name), submitted)}

    assert readers() == {"province", "auditor"}
    return_summary(summary=submitted, reason="见批注。", by=world.province, **at(2012, 4, 11))
    submitted.refresh_from_db()
    assert readers() == {"province", "auditor", "bank", "science", "town"}


def test_a_return_takes_the_remarks_of_both_along_and_tells_the_bank_of_each(world: World, submitted: QuarterlySummary) -> None:
    remark(world, submitted, JJ00001="用途不明。")
    values = {"remarks": {"JJ00002": "到期日有误。"}, "by": world.province2, **at(2012, 4, 11)}
    with refused(UnknownLine, "没有借据"):
        return_summary(summary=submitted, reason="见批注。", **values | {"remarks": {"JJ9": "x"}})
    draft = return_summary(summary=submitted, reason="见批注。", **values)
    assert [row[2] for row in standing(submitted)] == ["用途不明。", "到期日有误。"]
    notice = Notification.objects.get(recipient=world.bank, key=f"summary:{draft.pk}:returned")
    assert "（批注 2 条）：见批注。" in notice.subject
    assert re.search(r"第1行 .+（借据 JJ00001）：用途不明。\n第2行 .+（借据 JJ00002）：到期日有误。", notice.body)


# --- what was seen --------------------------------------------------------------------------------------------------


def seen(summary: QuarterlySummary) -> str:
    """What a page of the review opened now goes by."""
    summary.refresh_from_db()
    return review_digest(summary, standing_remarks(summary))


def test_a_version_is_passed_or_returned_by_the_review_that_was_shown_or_not_at_all(world: World, submitted: QuarterlySummary) -> None:
    """Whatever was remarked, written anew, withdrawn or decided meanwhile is to be read first."""
    steps = [
        lambda: remark(world, submitted, JJ00001="用途不明。"),
        lambda: remark(world, submitted, JJ00001="用途应写明。"),
        lambda: remark(world, submitted, JJ00001=""),
        lambda: propose_summary(summary=submitted, digest=seen(submitted), by=world.province, **at(2012, 4, 10)),
        lambda: remark(world, submitted, JJ00002="利率？"),
    ]
    returned = {"reason": "见批注。", "remarks": {"JJ00001": "有误。"}}
    for step in steps:
        outdated = seen(submitted)
        step()
        for service, by, more in (
            (propose_summary, world.province, {}),
            (accept_summary, world.province2, {}),
            (return_summary, world.province2, returned),
        ):
            with refused(Conflict, f"又有批注或办理（最近一次：2012-04-10 10:00 {world.province.name}"):
                service(summary=submitted, digest=outdated, by=by, **more, **at(2012, 4, 11))
    accepted = accept_summary(summary=submitted, digest=seen(submitted), by=world.province2, **at(2012, 4, 11))
    assert accepted.status == "accepted"


def test_a_return_by_the_review_that_was_shown_goes_through(world: World, submitted: QuarterlySummary) -> None:
    remark(world, submitted, JJ00001="用途不明。")
    draft = return_summary(summary=submitted, reason="见批注。", digest=seen(submitted), by=world.province2, **at(2012, 4, 11))
    assert draft.version == 2


# --- side by side ---------------------------------------------------------------------------------------------------


def line(note: str, **changes: Any) -> dict[str, Any]:
    plain = dict.fromkeys(SEVEN_COLUMNS, "x") | {"number": 1, "note_no": note, "amount": "100.00", "annual_rate": "7.8000"}
    return plain | {"enterprise_name": f"企业{note}", "repayment_method_label": "利随本清"} | changes


def test_lines_of_two_versions_are_marked_added_removed_changed_or_the_same() -> None:
    old = [line("A"), line("B", number=2), line("C", number=3)]
    new = [line("B", amount="200.00"), line("C", number=2), line("D", number=3)]
    found = review_of({}, pairs(old, new, {}), {}, None, marked=True)
    assert [(one.mark[0], one.cells[-1].text) for one in found.lines if one.mark] == [
        ("改动", "B"),
        ("相同", "C"),  # another number alone is no change
        ("新增", "D"),
        ("删去", "A"),
    ]
    assert [(cell.before, cell.text) for cell in found.lines[0].cells if cell.before] == [("100.00", "200.00")]
    assert found.differences == "新增 1 行，删去 1 行，改动 1 行"


def test_a_corrected_note_number_is_the_same_loan_with_its_remark(world: World, submitted: QuarterlySummary) -> None:
    remark(world, submitted, JJ00001="借据号有误。")
    second = return_summary(summary=submitted, reason="见批注。", by=world.province, **at(2012, 4, 11))
    loan = world.programme.loans.get(note_no="JJ00001")
    for day, number in ((12, "JJ-1"), (13, "JJ-01")):
        make_correction(world, loan, day=date(2012, 4, day), note_no=number)
    before = version_before(second)
    assert before is not None
    assert before.renamed == {"JJ00001": "JJ-01"}
    assert list(remarks_read(world.bank, second, before)) == ["JJ-01"]
    found = pairs(document(before.version)["lines"], document(second)["lines"], before.renamed)
    assert [(one.before["note_no"], one.after["note_no"]) for one in found if one.before and one.after] == [
        ("JJ00001", "JJ-01"),
        ("JJ00002", "JJ00002"),
    ]


def test_enterprises_of_two_quarters_are_new_again_or_gone() -> None:
    rows = borrower_rows(borrowers([line("A"), line("B")], [line("B"), line("B"), line("C")]))
    assert [(row.borrower.name, row.mark[0], row.borrower.count, row.borrower.amount) for row in rows] == [
        ("企业B", "上季度也有", 2, Decimal(200)),
        ("企业C", "上季度没有", 1, Decimal(100)),
        ("企业A", "本季度没有", 0, Decimal(0)),
    ]


def test_totals_say_by_how_much_and_in_which_direction() -> None:
    def content(count: int, amount: str) -> dict[str, Any]:
        figures = {"loan_count": count, "total_amount": amount, "declared_reserve": "0.00"}
        return figures | {"adjustment_loan_count": 0, "adjustment_total_amount": "0.00"}

    count, amount, reserve, *_ = totals(content(2, "500.00"), content(1, "700.00"))
    assert (count.change, amount.change, reserve.change) == ("减少 1", "增加 200.00", "相同")


# --- pages ----------------------------------------------------------------------------------------------------------


def test_the_centre_returns_with_remarks_the_bank_mends_and_the_centre_sees_what_changed_and_accepts(
    world: World, submitted: QuarterlySummary, sign_in: SignIn
) -> None:
    """The day of review as it goes, on pages."""
    officer, bank = sign_in(world.province), sign_in(world.bank)
    shown = officer.get(page(submitted)).content.decode()
    assert re.findall(r'name="(remark-\d+)"', shown) == ["remark-1", "remark-2"]
    assert "上季度没有" in shown  # a nil return before
    officer.post(page(submitted, "summary_remark"), {"remark-1": "用途应写明品种。", "remark-2": "", "reason": ""})
    assert "用途应写明品种。" not in bank.get(page(submitted, "summary")).content.decode()
    returned = {"remark-1": "用途应写明品种。", "remark-2": "请核对利率。", "reason": "见批注。"}
    answer = officer.post(page(submitted, "summary_return"), returned, follow=True).content.decode()
    assert "已退回，银行将按理由和批注更正后重新报送。" in answer
    second = QuarterlySummary.objects.get(quarter="2012Q1", version=2)
    for name in ("summary", "summary_review"):
        shown = bank.get(page(second, name)).content.decode()
        assert "用途应写明品种。" in shown
        assert "请核对利率。" in shown
        assert 'name="remark-1"' not in shown
    loan = world.programme.loans.get(note_no="JJ00001")
    make_correction(world, loan, day=date(2012, 4, 12), purpose="购买锁具铜材")
    second = advance(world, second, until="submitted", day=date(2012, 4, 13))
    shown = officer.get(page(second)).content.decode()
    assert "改动 1 行" in shown
    assert re.search(r"<del>购买原材料</del> <svg.+?</svg> <ins>购买锁具铜材</ins>", shown)
    assert "见批注。" in shown
    officer.post(page(second, "summary_propose"))
    sign_in(world.province2).post(page(second, "summary_accept"))
    second.refresh_from_db()
    assert second.status == "accepted"


def test_a_refused_return_keeps_every_remark_and_the_reason(world: World, submitted: QuarterlySummary, sign_in: SignIn) -> None:
    client = sign_in(world.province2)
    answer = client.post(page(submitted, "summary_return"), {"remark-1": "用途不明。", "remark-2": "长" * 201, "reason": ""})
    shown = answer.content.decode()
    assert answer.status_code == 422
    for words in ("用途不明。", "长" * 201, "最多 200 字", "请填写退回理由"):
        assert words in shown
    assert standing(submitted) == []
    kept = client.post(page(submitted, "summary_remark"), {"remark-1": "长" * 201, "reason": "有误。"}).content.decode()
    assert "有误。" in kept


def test_a_version_the_centre_has_done_with_is_shown_without_a_form_and_a_late_remark_refused(
    world: World, submitted: QuarterlySummary, sign_in: SignIn
) -> None:
    client = sign_in(world.province)
    advance(world, submitted, until="accepted", day=date(2012, 4, 11))
    assert 'name="remark-1"' not in client.get(page(submitted)).content.decode()
    answer = client.post(page(submitted, "summary_remark"), {"remark-1": "晚了。"})
    assert answer.status_code == 409
    assert "不能批注" in answer.content.decode()
    assert "晚了。" in answer.content.decode(), "what was typed is still there"


def shown_digest(client: Client, address: str) -> str:
    """What the buttons of an opened page post."""
    return str(client.get(address).content.decode().partition('name="digest" value="')[2].partition('"')[0])


@pytest.mark.parametrize("name", ["summary", "summary_review"])
def test_a_remark_made_after_the_page_was_opened_is_read_before_the_version_is_passed(
    world: World, submitted: QuarterlySummary, sign_in: SignIn, name: str
) -> None:
    advance(world, submitted, until="proposed", day=date(2012, 4, 11))
    reviewer, accept = sign_in(world.province2), page(submitted, "summary_accept")
    outdated = shown_digest(reviewer, page(submitted, name))
    sign_in(world.province).post(page(submitted, "summary_remark"), {"remark-1": "用途不明。"})
    answer = reviewer.post(accept, {"digest": outdated}, follow=True).content.decode()
    assert "您打开以后，本版又有批注或办理" in answer
    assert f"{world.province.name} 批注：借据 JJ00001" in answer
    assert "用途不明。" in answer
    submitted.refresh_from_db()
    assert submitted.status == "proposed"
    assert "本版有 1 条批注，通过后不再退回银行。" in reviewer.get(page(submitted, name)).content.decode()
    fresh = shown_digest(reviewer, page(submitted, name))
    assert "已审定。" in reviewer.post(accept, {"digest": fresh}, follow=True).content.decode()


def test_a_version_passed_after_the_page_was_opened_is_not_returned_from_it(
    world: World, submitted: QuarterlySummary, sign_in: SignIn
) -> None:
    client = sign_in(world.province)
    typed = {"remark-1": "用途不明。", "reason": "见批注。"}

    def form() -> dict[str, Any]:
        shown = client.get(page(submitted)).context["form"]
        return {field.html_name: field.value() for field in shown.hidden_fields()} | typed

    outdated = form()
    client.post(page(submitted, "summary_propose"), {"digest": outdated["digest"]})
    answer = client.post(page(submitted, "summary_return"), outdated)
    assert answer.status_code == 409
    shown = answer.content.decode()
    for words in ("又有批注或办理", "您打开本页以后", "初审通过申报汇总表", "用途不明。", "见批注。"):
        assert words in shown
    assert [event.action for event in answer.context["form"].meanwhile] == ["summary.propose"]
    submitted.refresh_from_db()
    assert (submitted.status, standing(submitted)) == ("proposed", [])
    assert not QuarterlySummary.objects.filter(quarter="2012Q1", version=2).exists()
    assert client.post(page(submitted, "summary_return"), form()).status_code == 302
    submitted.refresh_from_db()
    assert submitted.status == "returned"


def test_a_remark_of_ones_own_is_saved_whatever_a_colleague_remarked_meanwhile(
    world: World, submitted: QuarterlySummary, sign_in: SignIn
) -> None:
    client = sign_in(world.province2)
    outdated = shown_digest(client, page(submitted))
    remark(world, submitted, JJ00001="用途不明。")
    assert client.post(page(submitted, "summary_remark"), {"remark-2": "利率？", "digest": outdated}).status_code == 302
    assert len(standing(submitted)) == 2


def test_the_to_do_of_the_centre_leads_to_the_review(world: World, submitted: QuarterlySummary, sign_in: SignIn) -> None:
    assert f'href="{page(submitted)}"' in sign_in(world.province).get("/").content.decode()


def test_what_the_absent_passed_is_left_to_a_third_colleague(world: World, submitted: QuarterlySummary, sign_in: SignIn) -> None:
    third = make_person("province3", world.province_organisation, Role.REVIEWER)
    advance(world, submitted, until="proposed", day=date(2012, 4, 11))
    words, today = "审定2012年第一季度申报汇总表", timezone.localdate()

    def found(user: User) -> bool:
        return any(todo.label == words for todo in sign_in(user).get("/").context["todos"])

    assert found(world.province2)
    days = {"starts_on": today, "ends_on": today, "on": today, "now": timezone.now()}
    make_delegation(absent=world.province, delegate=world.province2, reason="出差", by=world.province, **days)
    assert not found(world.province2)
    assert found(third)


@pytest.mark.parametrize("name", ["summary", "summary_review"])
def test_pages_of_a_version_cost_the_same_for_more_lines_and_remarks(
    world: World, submitted: QuarterlySummary, sign_in: SignIn, name: str
) -> None:
    remark(world, submitted, JJ00001="有误。")
    second = return_summary(summary=submitted, reason="有误。", by=world.province, **at(2012, 4, 10))
    second = advance(world, second, until="submitted", day=date(2012, 4, 11))
    client = sign_in(world.province)

    def cost() -> int:
        client.get(page(second, name))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page(second, name)).status_code == 200
        return len(queries)

    remark(world, second, JJ00001="仍有误。")
    few = cost()
    many = [line | {"note_no": f"N{number}"} for number in range(60) for line in second.snapshot["lines"][:1]]
    QuarterlySummary.objects.filter(pk=second.pk).update(snapshot=second.snapshot | {"lines": many})
    second.refresh_from_db()
    remark(world, second, **{f"N{number}": "有误。" for number in range(60)})
    assert cost() == few <= 20


# --- REST -----------------------------------------------------------------------------------------------------------


def test_remarks_go_with_a_return_over_rest_and_are_shown_with_the_version(
    world: World, submitted: QuarterlySummary, api: Callable[[User], APIClient]
) -> None:
    url = f"/api/v1/quarterly-summaries/{submitted.pk}/"
    twice = [{"line": "JJ00001", "text": "一"}, {"line": "JJ00001", "text": "二"}]
    answer = api(world.province).post(f"{url}return/", {"reason": "有误。", "remarks": twice}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["remarks"])
    unknown = [{"line": "JJ9", "text": "一"}]
    answer = api(world.province).post(f"{url}return/", {"reason": "有误。", "remarks": unknown}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_line")
    remark(world, submitted, JJ00002="利率？")
    assert api(world.bank).get(url).json()["remarks"] == []
    answer = api(world.province2).post(f"{url}return/", {"reason": "有误。", "remarks": twice[:1]}, format="json")
    assert answer.status_code == 200, answer.json()
    shown = api(world.bank).get(url).json()["remarks"]
    assert [(one["line"], one["text"], one["by"]) for one in shown] == [
        ("JJ00002", "利率？", world.province.name),
        ("JJ00001", "一", world.province2.name),
    ]


def test_a_review_over_rest_is_of_what_was_shown(world: World, submitted: QuarterlySummary, api: Callable[[User], APIClient]) -> None:
    url = f"/api/v1/quarterly-summaries/{submitted.pk}/"

    def read() -> dict[str, str]:
        return {"digest": api(world.province).get(url).json()["review_digest"]}

    outdated = read()
    remark(world, submitted, JJ00001="用途不明。")
    for step, more in (("accept", {}), ("return", {"reason": "有误。"})):
        answer = api(world.province).post(f"{url}{step}/", outdated | more)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert "批注：借据 JJ00001" in answer.json()["detail"]
    assert api(world.province).post(f"{url}accept/", read()).json()["status"] == "proposed"
    assert api(world.province2).post(f"{url}accept/", read()).json()["status"] == "accepted"

"""Papers name the colleague in whose place somebody acted, as the trail does: 王五（代李四）."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from loans.services.claims import drafting, reviewing
from parties.delegations import acting
from parties.enums import Role
from parties.models import User
from parties.services.delegations import make_delegation
from parties.signers import Signers
from reports.enterprise_file.paper import paper_of
from reports.renderers import claim_papers
from reports.renderers.papers import receipt_pdf
from reports.renderers.summary import to_pdf
from reports.renderers.summary_xlsx import to_xlsx
from reports.selectors.claim_opinions import approval
from reports.selectors.claim_papers import application, order
from reports.selectors.enterprise_file import enterprise_file
from reports.selectors.papers import receipt
from reports.selectors.summaries import document
from tests.factories import World, advance, confirm, make_contribution, make_endorsed, make_person, make_summary, on
from tests.support.claims import FAILED, failed, make_claim
from tests.support.papers import pdf_text, sheet_rows

pytestmark = pytest.mark.django_db

BANK_DEPUTY, TOWN_DEPUTY, CENTRE_DEPUTY = "bank3（代bank）", "town（代town2）", "province（代province2）"


def deputies(world: World, day: date) -> World:
    """The world on a day when the bank's officer and the reviewers of the town and the centre are away, and colleagues act for them."""
    drafters = {name: make_person(f"{name}3", getattr(world, f"{name}_organisation"), Role.OFFICER) for name in ("town", "province")}
    for absent, delegate in (("bank", "bank3"), ("town2", "town"), ("province2", "province")):
        person: User = getattr(world, absent)
        make_delegation(
            absent=person, delegate=getattr(world, delegate), starts_on=day, ends_on=day, reason="出差", by=person, **on(day - timedelta(1))
        )
    return replace(
        world,
        bank=acting(world.bank3, day),
        town2=acting(world.town, day),
        province2=acting(world.province, day),
        **drafters,
    )


def test_the_papers_of_a_claim_name_both(world: World, django_assert_num_queries: Callable[..., Any]) -> None:
    loan = failed(world)
    claim = make_claim(deputies(world, FAILED), loan)
    assert (application(claim, FAILED).officer, application(claim, FAILED).reviewer) == (BANK_DEPUTY, "bank2")
    sheet = approval(claim, FAILED)
    assert [(box.officer, box.reviewer) for box in sheet.boxes] == [
        (BANK_DEPUTY, "bank2"),
        ("province3", ""),
        ("science", "science2"),
        ("town3", TOWN_DEPUTY),
        ("province3", CENTRE_DEPUTY),
    ]
    assert sheet.payers == (BANK_DEPUTY, "bank2")
    assert [order(one).issuer for one in claim.notices.order_by("pk")] == [CENTRE_DEPUTY, TOWN_DEPUTY]
    assert BANK_DEPUTY in str(sheet_rows(claim_papers.application_xlsx(application(claim, FAILED)), "代偿申请表"))
    assert str(sheet_rows(claim_papers.approval_xlsx(sheet), "代偿审批表")).count(BANK_DEPUTY) == 2
    with django_assert_num_queries(1):
        Signers(claim, loan)


@pytest.mark.usefixtures("quiet")
def test_the_papers_of_a_claim_are_printed_with_both_names(world: World) -> None:
    claim = make_claim(deputies(world, FAILED), failed(world))
    assert f"经办：{BANK_DEPUTY}" in pdf_text(claim_papers.application_pdf(application(claim, FAILED)))
    sheet = pdf_text(claim_papers.approval_pdf(approval(claim, FAILED)))
    assert sheet.count(f"经办：{BANK_DEPUTY}") == 2, "who drafted, who entered the payment"
    assert f"：{TOWN_DEPUTY}" in sheet
    assert f"：{CENTRE_DEPUTY}" in sheet
    notice = claim.notices.get(account=world.town_account)
    assert f"：{TOWN_DEPUTY}" in pdf_text(claim_papers.order_pdf(order(notice)))


def test_a_return_by_ones_own_role_names_nobody_else(world: World) -> None:
    claim = make_claim(world, failed(world), until="filed")
    away = deputies(world, FAILED)
    claim = reviewing.return_claim(claim=claim, opinion="缺催收记录", by=away.province2, **on(FAILED))
    claim = drafting.file_claim(claim=claim, by=world.bank2, **on(FAILED))
    assert [officer for _, officer in approval(claim, FAILED).returns] == ["province"], "either role returns a claim"


def test_the_confirmation_of_money_in_names_both(world: World) -> None:
    day = date(2012, 1, 10)
    deposit = confirm(deputies(world, day), make_contribution(world), arrived_on=day)
    context = receipt(deposit)
    assert (context["officer"], context["reviewer"]) == (BANK_DEPUTY, "bank2")
    assert f"银行经办{BANK_DEPUTY}" in pdf_text(receipt_pdf(context))


def test_a_summary_keeps_both_names_in_its_snapshot(world: World) -> None:
    day = date(2012, 4, 9)
    make_summary(world, "2011Q4", until="submitted")
    checked = make_summary(deputies(world, day), "2012Q1", until="checked", day=day)
    assert (document(checked)["prepared_by"], document(checked)["reviewed_by"]) == (BANK_DEPUTY, "")
    submitted = advance(world, checked, until="submitted", day=day)
    content = document(submitted)
    assert (content["prepared_by"], content["reviewed_by"]) == (BANK_DEPUTY, "bank2")
    assert f"填表人：{BANK_DEPUTY}" in pdf_text(to_pdf(content, submitted.checksum))
    assert f"填表人：{BANK_DEPUTY}" in str(sheet_rows(to_xlsx(content, submitted.checksum), "申报汇总表"))


def test_a_summary_submitted_in_a_reviewers_place_names_both(world: World) -> None:
    day = date(2012, 4, 9)
    bank4 = make_person("bank4", world.bank_organisation, Role.OFFICER)
    make_delegation(
        absent=world.bank2, delegate=world.bank, starts_on=day, ends_on=day, reason="出差", by=world.bank2, **on(day - timedelta(1))
    )
    away = replace(world, bank=bank4, bank2=acting(world.bank, day))
    content = document(make_summary(away, "2012Q1", until="submitted", day=day))
    assert (content["prepared_by"], content["reviewed_by"]) == ("bank4", "bank（代bank2）")


def test_the_file_of_an_enterprise_names_who_signed_for_whom(world: World) -> None:
    day = date(2012, 2, 1)
    row = make_endorsed(deputies(world, day), day=day)
    paper = paper_of(enterprise_file(row.enterprise, world.auditor, day), "市审计局")
    signed = next(one for one in paper.sections if one.key == "recommendations")
    assert f"小榄镇 {TOWN_DEPUTY} 2012-02-01" in str(signed.rows)
    assert "市科技局 science2 2012-02-01" in str(signed.rows)


def test_nobody_is_named_for_what_nobody_did(world: World, django_assert_num_queries: Callable[..., Any]) -> None:
    deposit = make_contribution(world)
    assert Signers(deposit)(deposit, "confirmed") == ""
    with django_assert_num_queries(0):
        Signers()

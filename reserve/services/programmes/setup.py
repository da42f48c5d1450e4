"""Setting a programme up: its agreement, parties, first rules and reserve accounts."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Model

from common.texts import checked_text, untitled
from parties.enums import FUNDERS, OrganisationKind
from parties.models import Organisation, User
from parties.permissions import require
from parties.services import audit

from ...models import Programme, ProgrammeParty, ProgrammeRule, ReserveAccount
from ...rulebook import RULEBOOK, format_value, parse_value
from ...selectors.programmes import rules_from
from .. import ledger
from ..guards import lock_programme, require_active
from .common import refuse

ONE_OF_EACH = (OrganisationKind.PROVINCIAL_CENTRE, OrganisationKind.SCIENCE_BUREAU, OrganisationKind.TOWN)
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@transaction.atomic
def create_programme(
    *,
    code: str,
    name: str,
    agreement_name: str,
    agreement_signed_on: date,
    region: str,
    parties: Sequence[Organisation],
    started_on: date | None = None,
    rules: Mapping[str, str] | None = None,
    by: User,
    on: date,
    now: datetime,
) -> Programme:
    """Open a programme with its parties and a row for every rule, in force from the agreement's day.

    `rules` overrides the rulebook's values by key, in any text `parse_value` reads. `started_on` 启用日: what is older comes in as
    期初; None: run here from the beginning; never changed. Writes Programme, ProgrammeParty, ProgrammeRule, an audit event.

    Raises:
        NotAllowed; BadProgramme: code, dates or parties; InvalidInput: a rule's text.
    """
    require(by, "programme.manage")
    values = _described(code, name, agreement_name, region)
    if agreement_signed_on > on:
        refuse("agreement_signed_on", f"协议签署日 {agreement_signed_on} 晚于今天（{on}）；请在协议签署后建立项目。")
    if started_on is not None and started_on < agreement_signed_on:
        refuse("started_on", f"启用日 {started_on} 早于协议签署日 {agreement_signed_on}；请核对，自始在本系统办理的不填启用日。")
    _check_parties(parties)
    settings = _settings(values["region"], rules or {})
    programme = Programme.objects.create(agreement_signed_on=agreement_signed_on, started_on=started_on, **values)
    ProgrammeParty.objects.bulk_create(
        ProgrammeParty(programme=programme, organisation=party, kind=party.kind, joined_on=agreement_signed_on) for party in parties
    )
    ProgrammeRule.objects.bulk_create(
        ProgrammeRule(
            programme=programme,
            key=key,
            value=value,
            effective_on=agreement_signed_on,
            reason=programme.agreement_name,
            entered_by=by,
            entered_at=now,
        )
        for key, value in settings.items()
    )
    agreement = f"协议《{programme.agreement_name}》签署于 {agreement_signed_on}"
    if started_on is not None:
        agreement = f"{agreement}，{started_on} 起在本系统办理"
    _record(programme, f"建立项目“{programme.name}”，{agreement}，参与方：{_names(parties)}", by, now)
    return programme


@transaction.atomic
def add_party(*, programme: Programme, organisation: Organisation, by: User, on: date, now: datetime) -> Programme:
    """Admit a further party (another bank, a city centre, an auditor). Locks the programme; writes ProgrammeParty, audit.

    Raises:
        NotAllowed; ProgrammeNotActive; BadProgramme: there already, or a second one of a kind there is one of.
    """
    require(by, "programme.manage")
    programme = lock_programme(programme.pk)
    if organisation.kind != OrganisationKind.AUDITOR:  # an audit may come after the end
        require_active(programme, on)
    parties = list(programme.organisations())
    if organisation in parties:
        refuse("organisation", f"{organisation.name}已是本项目的参与方。")
    _check_parties([*parties, organisation])
    ProgrammeParty.objects.create(programme=programme, organisation=organisation, kind=organisation.kind, joined_on=on)
    _record(programme, f"{organisation.get_kind_display()}{organisation.name}加入项目", by, now)
    return programme


@transaction.atomic
def open_reserve_account(
    *,
    programme: Programme,
    funder: Organisation,
    bank: Organisation,
    name: str,
    number: str,
    opened_on: date,
    by: User,
    on: date,
    now: datetime,
) -> ReserveAccount:
    """Register a funder's reserve account at the bank and give it its place in the ledger.

    Locks the programme, then the bank (whose numbers are one series for all programmes); writes ReserveAccount, its ledger
    accounts, an audit event.

    Raises:
        NotAllowed; ProgrammeNotActive; BadProgramme: not a party, a second account, a number in use, a future date.
    """
    require(by, "programme.manage")
    programme = lock_programme(programme.pk)
    require_active(programme, on)
    name, number = checked_text("name", "户名", name, 100), checked_text("number", "账号", number, 40)
    if opened_on > on:
        refuse("opened_on", f"开户日 {opened_on} 晚于今天（{on}）；请核对。")
    bank = Organisation.objects.select_for_update(no_key=True).get(pk=bank.pk)
    _check_account(programme, funder, bank, number)
    account = ReserveAccount.objects.create(programme=programme, funder=funder, bank=bank, name=name, number=number, opened_on=opened_on)
    ledger.open_accounts(reserve_account=account)
    summary = f"登记{funder.short_name}准备金账户：{name}，{bank.name}，账号 {number}，{opened_on} 开户"
    _record(programme, summary, by, now, subject=account)
    return account


def _check_account(programme: Programme, funder: Organisation, bank: Organisation, number: str) -> None:
    """A funder's only account in the programme, at one of its banks, under a number no other reserve account has there."""
    party_ids = set(programme.party_ids())
    if funder.kind not in FUNDERS or funder.pk not in party_ids:
        refuse("funder", f"{funder.name}不是本项目的出资人；准备金账户只能由省生产力促进中心或镇政府开立。")
    if bank.kind != OrganisationKind.BANK or bank.pk not in party_ids:
        refuse("bank", f"{bank.name}不是本项目的合作银行。")
    if ReserveAccount.objects.filter(programme=programme, funder=funder).exists():
        refuse("funder", f"{funder.name}在本项目已有准备金账户，一个出资人只开一个。")
    other = ReserveAccount.objects.filter(bank=bank, number=number).select_related("programme").first()
    if other is not None:
        refuse("number", f"{bank.short_name}账号 {number} 已登记为“{other.programme.name}”的准备金账户；请核对。")


def _described(code: str, name: str, agreement_name: str, region: str) -> dict[str, str]:
    """The programme's own texts, checked."""
    values = {
        "code": code.strip(),
        "name": checked_text("name", "项目名称", name, 100),
        "agreement_name": checked_text("agreement_name", "协议名称", untitled(agreement_name), 100),
        "region": checked_text("region", "地区", region, 40),
    }
    if not CODE.fullmatch(values["code"]) or len(values["code"]) > 32:
        refuse("code", f"项目代码“{code}”只能用小写字母、数字和连字符，例如 xiaolan，不超过 32 个字符。")
    if Programme.objects.filter(code=values["code"]).exists():
        refuse("code", f"项目代码“{values['code']}”已被使用；请换一个。")
    return values


def _settings(region: str, rules: Mapping[str, str]) -> dict[str, str]:
    """The canonical text of every rule: the rulebook's, the programme's region, what was given."""
    texts = {key: definition.default for key, definition in RULEBOOK.items()} | {"region": region, **rules}
    canonical = {key: format_value(key, parse_value(key, text)) for key, text in texts.items()}
    rules_from(canonical).check_consistent()
    return canonical


def _check_parties(parties: Sequence[Organisation]) -> None:
    """One centre, one bureau, one town, at least one bank; nobody twice."""
    if len({party.pk for party in parties}) != len(parties):
        refuse("parties", "同一单位不能重复参与一个项目；请核对参与方。")
    kinds = [party.kind for party in parties]
    for kind in ONE_OF_EACH:
        if kinds.count(kind) != 1:
            refuse("parties", f"一个项目须有且只有一个{kind.label}，现有 {kinds.count(kind)} 个；请核对参与方。")
    if OrganisationKind.BANK not in kinds:
        refuse("parties", "一个项目至少要有一家合作银行；请补充参与方。")


def _names(parties: Sequence[Organisation]) -> str:
    return "、".join(party.short_name for party in parties)


def _record(programme: Programme, summary: str, by: User, now: datetime, *, subject: Model | None = None) -> None:
    audit.record(by=by, now=now, action="programme.manage", subject=subject or programme, programme=programme.code, summary=summary)

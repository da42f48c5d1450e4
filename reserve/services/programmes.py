"""Setting up programmes: parties, reserve accounts, dated rules, and the decision that ends them (domain §3.1, §4)."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from common.errors import InvalidInput
from parties.enums import FUNDERS, OrganisationKind
from parties.models import Organisation, User
from parties.permissions import require
from parties.services import audit, notify

from ..enums import PROGRAMME_LIFECYCLE, DeadlineKind
from ..errors import BadProgramme, RuleAlreadySet, RuleInPast, RuleUnchanged
from ..models import Deadline, Programme, ProgrammeParty, ProgrammeRule, ReserveAccount
from ..permissions import require_party
from ..rulebook import RULEBOOK, display_value, format_value, parse_value
from ..selectors.programmes import rule_texts_on, rules_from
from . import ledger
from .guards import lock_programme, require_active

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
    rules: Mapping[str, str] | None = None,
    by: User,
    on: date,
    now: datetime,
) -> Programme:
    """Open a programme with its parties and a row for every rule, in force from the agreement's day.

    `rules` overrides the rulebook's values by key, in any text `parse_value` reads. Writes Programme, ProgrammeParty,
    ProgrammeRule, an audit event.

    Raises:
        NotAllowed; BadProgramme: code, dates or parties; InvalidInput: a rule's text.
    """
    require(by, "programme.manage")
    values = {
        "code": code.strip(),
        "name": _text("name", "项目名称", name, 100),
        "agreement_name": _text("agreement_name", "协议名称", agreement_name, 100),
        "region": _text("region", "地区", region, 40),
    }
    if not CODE.fullmatch(values["code"]) or len(values["code"]) > 32:
        _refuse("code", f"项目代码“{code}”只能用小写字母、数字和连字符，例如 xiaolan，不超过 32 个字符。")
    if Programme.objects.filter(code=values["code"]).exists():
        _refuse("code", f"项目代码“{values['code']}”已被使用；请换一个。")
    if agreement_signed_on > on:
        _refuse("agreement_signed_on", f"协议签署日 {agreement_signed_on} 晚于今天（{on}）；请在协议签署后建立项目。")
    _check_parties(parties)
    texts = {key: definition.default for key, definition in RULEBOOK.items()} | {"region": values["region"], **(rules or {})}
    canonical = {key: format_value(key, parse_value(key, text)) for key, text in texts.items()}
    rules_from(canonical).check_consistent()
    programme = Programme.objects.create(agreement_signed_on=agreement_signed_on, **values)
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
        for key, value in canonical.items()
    )
    audit.record(
        by=by,
        now=now,
        action="programme.manage",
        subject=programme,
        programme=programme.code,
        summary=f"建立项目“{programme.name}”，协议《{programme.agreement_name}》签署于 {agreement_signed_on}，参与方：{_names(parties)}",
    )
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
        _refuse("organisation", f"{organisation.name}已是本项目的参与方。")
    _check_parties([*parties, organisation])
    ProgrammeParty.objects.create(programme=programme, organisation=organisation, kind=organisation.kind, joined_on=on)
    audit.record(
        by=by,
        now=now,
        action="programme.manage",
        subject=programme,
        programme=programme.code,
        summary=f"{organisation.get_kind_display()}{organisation.name}加入项目",
    )
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

    Locks the programme; writes ReserveAccount, its ledger accounts, an audit event.

    Raises:
        NotAllowed; ProgrammeNotActive; BadProgramme: not a party, a second account, a number in use, a future date.
    """
    require(by, "programme.manage")
    programme = lock_programme(programme.pk)
    require_active(programme, on)
    name, number = _text("name", "户名", name, 100), _text("number", "账号", number, 40)
    party_ids = set(programme.party_ids())
    if funder.kind not in FUNDERS or funder.pk not in party_ids:
        _refuse("funder", f"{funder.name}不是本项目的出资人；准备金账户只能由省生产力促进中心或镇政府开立。")
    if bank.kind != OrganisationKind.BANK or bank.pk not in party_ids:
        _refuse("bank", f"{bank.name}不是本项目的合作银行。")
    if opened_on > on:
        _refuse("opened_on", f"开户日 {opened_on} 晚于今天（{on}）；请核对。")
    if ReserveAccount.objects.filter(programme=programme, funder=funder).exists():
        _refuse("funder", f"{funder.name}在本项目已有准备金账户，一个出资人只开一个。")
    if ReserveAccount.objects.filter(programme=programme, bank=bank, number=number).exists():
        _refuse("number", f"账号 {number} 已登记在本项目另一个准备金账户；请核对。")
    account = ReserveAccount.objects.create(programme=programme, funder=funder, bank=bank, name=name, number=number, opened_on=opened_on)
    ledger.open_accounts(reserve_account=account)
    audit.record(
        by=by,
        now=now,
        action="programme.manage",
        subject=account,
        programme=programme.code,
        summary=f"登记{funder.short_name}准备金账户：{name}，{bank.name}，账号 {number}，{opened_on} 开户",
    )
    return account


@transaction.atomic
def set_rule(
    *, programme: Programme, key: str, text: str, effective_on: date, reason: str, by: User, on: date, now: datetime
) -> ProgrammeRule:
    """Give a setting a new value from `effective_on` (today or later) on; what was, stays.

    Locks the programme; writes ProgrammeRule, an audit event with both values, notices to all parties.

    Raises:
        NotAllowed; ProgrammeNotActive; InvalidInput: key, text, no reason, contradiction with another setting;
        RuleInPast, RuleAlreadySet, RuleUnchanged.
    """
    require(by, "rule.change")
    programme = lock_programme(programme.pk)
    require_active(programme, on)
    reason = _text("reason", "依据", reason, 200)
    value = parse_value(key, text)
    canonical, label = format_value(key, value), RULEBOOK[key].label_cn
    if effective_on < on:
        raise RuleInPast(effective_on=effective_on, today=on)
    same_day = ProgrammeRule.objects.filter(programme=programme, key=key, effective_on=effective_on).first()
    if same_day is not None:
        shown = display_value(key, parse_value(key, same_day.value))
        raise RuleAlreadySet(label=label, effective_on=effective_on, value=shown)
    before = getattr(rules_from(rule_texts_on(programme, effective_on)), key)
    if before == value:
        raise RuleUnchanged(label=label, effective_on=effective_on, value=display_value(key, value))
    row = ProgrammeRule.objects.create(
        programme=programme, key=key, value=canonical, effective_on=effective_on, reason=reason, entered_by=by, entered_at=now
    )
    _check_consistent_from(programme, effective_on)
    changes = {label: (display_value(key, before), display_value(key, value)), "生效日": (None, effective_on)}
    audit.record(
        by=by,
        now=now,
        action="rule.change",
        subject=programme,
        programme=programme.code,
        summary=f"“{label}”自 {effective_on} 起由“{changes[label][0]}”改为“{changes[label][1]}”",
        changes=changes,
        reason=reason,
    )
    notify.notify(
        recipients=notify.people_of(programme.organisations()),
        key=f"rule:{row.pk}",
        subject=f"项目规则变更：{label}",
        body=f"{programme.name}“{label}”自 {effective_on} 起由“{changes[label][0]}”改为“{changes[label][1]}”。依据：{reason}",
        url=row.get_absolute_url(),
        now=now,
    )
    return row


@transaction.atomic
def end_programme(*, programme: Programme, ended_on: date, reason: str, by: User, on: date, now: datetime) -> Programme:
    """Record the decision that ended the programme. Clocks of matches still owed stop; what was lent goes on to its end.

    Locks the programme; writes its status, cancels open match deadlines, audit event, notices to all parties.

    Raises:
        NotAllowed; NotFound; WrongState; BadProgramme: a date in the future or before the agreement; InvalidInput: no reason.
    """
    require(by, "programme.end")
    programme = lock_programme(programme.pk)
    require_party(by, programme)
    target = PROGRAMME_LIFECYCLE.target("end", programme.status)
    reason = _text("reason", "终止依据", reason, 200)
    if not programme.agreement_signed_on <= ended_on <= on:
        _refuse("ended_on", f"终止日 {ended_on} 应在协议签署日（{programme.agreement_signed_on}）与今天（{on}）之间；请核对。")
    programme.status, programme.ended_on, programme.end_reason, programme.ended_by = target, ended_on, reason, by
    programme.save(update_fields=["status", "ended_on", "end_reason", "ended_by"])
    owed = Deadline.objects.filter(programme=programme, kind=DeadlineKind.MATCH, met_on__isnull=True, cancelled_on__isnull=True).update(
        cancelled_on=on
    )
    audit.record(
        by=by,
        now=now,
        action="programme.end",
        subject=programme,
        programme=programme.code,
        summary=f"项目“{programme.name}”于 {ended_on} 终止" + (f"，{owed} 项未履行的配套义务停止计时" if owed else ""),
        changes={"终止日": (None, ended_on)},
        reason=reason,
    )
    notify.notify(
        recipients=notify.people_of(programme.organisations()),
        key=f"programme-ended:{programme.pk}",
        subject=f"项目终止：{programme.name}",
        body=f"{programme.name}已于 {ended_on} 终止，不再新增推荐与贷款。依据：{reason}",
        url=programme.get_absolute_url(),
        now=now,
    )
    return programme


def _check_parties(parties: Sequence[Organisation]) -> None:
    """One centre, one bureau, one town, at least one bank; nobody twice."""
    if len({party.pk for party in parties}) != len(parties):
        _refuse("parties", "同一单位不能重复参与一个项目；请核对参与方。")
    kinds = [party.kind for party in parties]
    for kind in ONE_OF_EACH:
        if kinds.count(kind) != 1:
            _refuse("parties", f"一个项目须有且只有一个{kind.label}，现有 {kinds.count(kind)} 个；请核对参与方。")
    if OrganisationKind.BANK not in kinds:
        _refuse("parties", "一个项目至少要有一家合作银行；请补充参与方。")


def _check_consistent_from(programme: Programme, effective_on: date) -> None:
    """The settings agree with each other on that day and on every later day on which one changes."""
    later = ProgrammeRule.objects.filter(programme=programme, effective_on__gt=effective_on)
    for day in [effective_on, *later.order_by("effective_on").values_list("effective_on", flat=True).distinct()]:
        rules_from(rule_texts_on(programme, day)).check_consistent()


def _text(field: str, label: str, text: str, longest: int) -> str:
    text = text.strip()
    if not text or len(text) > longest:
        sentence = f"请填写{label}，不超过 {longest} 字。"
        raise InvalidInput(sentence, fields={field: [sentence]})
    return text


def _names(parties: Sequence[Organisation]) -> str:
    return "、".join(party.short_name for party in parties)


def _refuse(field: str, sentence: str) -> None:
    raise BadProgramme(sentence, fields={field: [sentence]})

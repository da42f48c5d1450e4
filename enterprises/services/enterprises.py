"""The register: one row per enterprise for the whole installation, seen through its links to programmes (domain §3.4, §7)."""

import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from common.errors import Conflict, InvalidInput, NotFound
from common.money import require_amount
from common.texts import checked_text
from parties.models import User
from parties.permissions import require
from parties.services import audit
from reserve.models import Programme
from reserve.permissions import require_party
from reserve.services.guards import require_active

from .. import rules
from ..enums import Category
from ..errors import AlreadyRegistered, IdentifierChanged, IdentifierMismatch
from ..identifiers import USCC_SINCE, Identifier, IdentifierKind, normalise_identifier, required_identifier
from ..initials import initials_of
from ..models import Enterprise, EnterpriseCategory, EnterpriseLink, EnterpriseYear, FormerName

FIRST_YEAR = 1990
_BRACKETS = str.maketrans("()", "（）")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseData:
    """What a clerk writes down. `identifier`: 统一社会信用代码 or 组织机构代码. `size_industry` only where the code does not decide."""

    name: str
    identifier: str
    region: str
    industry_code: str
    industry_edition: str = ""
    size_industry: str = ""
    address: str = ""
    established_on: date | None = None
    legal_representative: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    main_products: str = ""


@transaction.atomic
def register_enterprise(*, programme: Programme, data: EnterpriseData, by: User, on: date, now: datetime) -> Enterprise:
    """Put an enterprise on the programme's register; one known to the installation is linked, not copied.

    Linking changes nothing but an organisation code's upgrade, and asks that the names agree.
    Locks the enterprise; writes it, its link, audit.

    Raises:
        NotAllowed, NotFound: not a drafting officer of a party of the programme.
        InvalidInput: identifier, industry or another value is wrong; an organisation code from 2015-10-01 on.
        AlreadyRegistered: it is on this programme's register.
        IdentifierMismatch: the identifier belongs to another name.
    """
    require(by, "enterprise.edit")
    require_party(by, programme)
    require_active(programme, on)
    identifier, values = registration_of(data, on)
    enterprise = Enterprise.objects.select_for_update().filter(org_code=identifier.org_code).first()
    if enterprise is None:
        enterprise, summary = _create(identifier, values, by=by, now=now), f"登记企业{values['name']}"
    else:
        check_known(enterprise, identifier, values["name"], linked=enterprise.links.filter(programme=programme).exists())
        summary = f"将已有档案的企业{enterprise.name}加入本项目"
        if identifier.uscc and not enterprise.uscc:
            enterprise.uscc = identifier.uscc
            enterprise.save(update_fields=["uscc"])
    EnterpriseLink.objects.create(programme=programme, enterprise=enterprise, linked_on=on)
    audit.record(by=by, now=now, action="enterprise.edit", subject=enterprise, summary=summary, programme=programme.code)
    return enterprise


def registration_of(data: EnterpriseData, on: date) -> tuple[Identifier, dict[str, Any]]:
    """The codes and columns a registration on a day would write. No query. Raises: InvalidInput."""
    return _identifier(data, on), _values(data, on)


def check_known(enterprise: Enterprise, identifier: Identifier, name: str, *, linked: bool) -> None:
    """What is registered of an enterprise the installation knows must be that enterprise, and not `linked` to the programme yet.

    Raises: AlreadyRegistered, IdentifierMismatch.
    """
    if linked:
        raise AlreadyRegistered(
            f"该代码已在本项目登记，企业为“{enterprise.name}”；请直接使用已有档案，不要重复登记。",
            fields={"identifier": ["该代码已在本项目登记。"]},
        )
    if name != enterprise.name or (identifier.uscc and enterprise.uscc and identifier.uscc != enterprise.uscc):
        raise IdentifierMismatch(
            "企业名称与代码不相符，不能登记；请对照营业执照逐字核对企业名称和代码。",
            fields={"identifier": ["企业名称与代码不相符，请对照证照核对。"]},
        )


@transaction.atomic
def update_enterprise(*, enterprise: Enterprise, data: EnterpriseData, version: int, by: User, on: date, now: datetime) -> Enterprise:
    """Change the register's facts. A new name keeps the old one as 曾用名; an upgraded code keeps the row.

    Locks the enterprise; writes it, a former name, sizes when the industry for sizing changed, audit.

    Raises:
        Conflict: somebody else changed it since `version` was read.
        IdentifierChanged: the new identifier is another enterprise's, or has other characters 9–17.
        InvalidInput, NotAllowed, NotFound: as `register_enterprise`.
    """
    require(by, "enterprise.edit")
    enterprise = _locked(enterprise, by)
    if version != enterprise.version:
        raise Conflict(
            f"{enterprise.name}已被他人修改（您看到的是第 {version} 版，现为第 {enterprise.version} 版），请核对最新内容后重新办理。"
        )
    before = Enterprise.objects.get(pk=enterprise.pk)
    values = _values(data, on)
    identifier = _identifier(data, data.established_on)
    _check_same_code(enterprise, identifier)
    for name, value in {**values, "uscc": identifier.uscc or enterprise.uscc, "version": version + 1}.items():
        setattr(enterprise, name, value)
    enterprise.save()
    if before.name != enterprise.name:
        FormerName.objects.create(enterprise=enterprise, name=before.name, used_until=on)
    if before.size_industry != enterprise.size_industry:
        _resize(enterprise)
    changes = audit.changed(before, enterprise, ["uscc", *(name for name in values if name != "initials")])
    audit.record(by=by, now=now, action="enterprise.edit", subject=enterprise, summary=f"修改{enterprise.name}的登记内容", changes=changes)
    return enterprise


@transaction.atomic
def record_year(
    *,
    enterprise: Enterprise,
    year: int,
    employees: int,
    revenue: Decimal,
    assets: Decimal | None = None,
    by: User,
    on: date,
    now: datetime,
) -> Enterprise:
    """Record, or correct, one year's figures; the size follows from them (工信部联企业〔2011〕300号).

    Locks the enterprise; writes the year, audit.

    Raises: InvalidInput (year, figures), NotAllowed, NotFound.
    """
    require(by, "enterprise.edit")
    enterprise = _locked(enterprise, by)
    if not FIRST_YEAR <= year <= on.year:
        raise _bad("year", f"年度应在 {FIRST_YEAR} 至 {on.year} 之间，不能填写 {year}。")
    if not 0 <= employees < 10_000_000:
        raise _bad("employees", "从业人员应为不小于 0 的整数（人），请核对。")
    figures: dict[str, Any] = {
        "employees": employees,
        "revenue": require_amount(revenue, field="revenue", allow_zero=True),
        "assets": None if assets is None else require_amount(assets, field="assets", allow_zero=True),
    }
    figures["size"] = rules.classify_size(enterprise.size_industry, **figures)
    old = EnterpriseYear.objects.filter(enterprise=enterprise, year=year).first()
    row, _ = EnterpriseYear.objects.update_or_create(enterprise=enterprise, year=year, defaults=figures)
    changes = audit.changed(old, row, list(figures)) if old else {}
    verb = "更正" if old else "登记"
    audit.record(
        by=by,
        now=now,
        action="enterprise.edit",
        subject=enterprise,
        summary=f"{verb}{year}年度指标，按其划为{row.get_size_display()}",
        changes=changes,
    )
    return enterprise


@transaction.atomic
def record_category(
    *,
    enterprise: Enterprise,
    category: str,
    certificate_no: str,
    valid_from: date,
    valid_until: date | None = None,
    by: User,
    on: date,
    now: datetime,
) -> Enterprise:
    """Record a category's certificate; the same certificate again corrects its validity.

    Locks the enterprise; writes the certificate, audit.

    Raises: InvalidInput (category, number, dates), NotAllowed, NotFound.
    """
    require(by, "enterprise.edit")
    enterprise = _locked(enterprise, by)
    if category not in Category.values:
        raise _bad("category", f"没有“{category}”这一类别，可选：{'、'.join(Category.labels)}。")
    number = checked_text("certificate_no", "证书编号", certificate_no, 60)
    if valid_until is not None and valid_until < valid_from:
        raise _bad("valid_until", f"有效期止（{valid_until}）早于有效期起（{valid_from}），请核对证书。")
    dates = {"valid_from": valid_from, "valid_until": valid_until}
    key: dict[str, Any] = {"enterprise": enterprise, "category": category, "certificate_no": number}
    old = EnterpriseCategory.objects.filter(**key).first()
    row, _ = EnterpriseCategory.objects.update_or_create(**key, defaults=dates)
    verb = "更正" if old else "登记"
    audit.record(
        by=by,
        now=now,
        action="enterprise.edit",
        subject=enterprise,
        summary=f"{verb}{row.get_category_display()}证书 {number}",
        changes=audit.changed(old, row, list(dates)) if old else {},
    )
    return enterprise


def canonical_name(name: str) -> str:
    """A name as the register writes it: full-width brackets, no blanks around, one blank inside."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", name)).strip().translate(_BRACKETS)


def _locked(enterprise: Enterprise, by: User) -> Enterprise:
    found = Enterprise.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=enterprise.pk).first()
    if found is None:
        raise NotFound
    return found


def _create(identifier: Identifier, values: dict[str, Any], *, by: User, now: datetime) -> Enterprise:
    try:
        with transaction.atomic():
            return Enterprise.objects.create(**values, org_code=identifier.org_code, uscc=identifier.uscc, created_by=by, created_at=now)
    except IntegrityError as error:  # registered by somebody else a moment ago
        raise Conflict("该企业刚刚由他人登记；请在企业名录中核对，不要重复登记。") from error


def _check_same_code(enterprise: Enterprise, identifier: Identifier) -> None:
    if identifier.org_code != enterprise.org_code:
        raise IdentifierChanged(
            f"新代码第 9–17 位（{identifier.org_code}）与原组织机构代码（{enterprise.org_code}）不同，不是同一家企业；请核对，或另行登记。",
            fields={"identifier": ["与原代码不是同一家企业。"]},
        )


def _resize(enterprise: Enterprise) -> None:
    for row in enterprise.years.all():
        row.size = rules.classify_size(enterprise.size_industry, row.employees, row.revenue, row.assets)
        row.save(update_fields=["size"])


def _identifier(data: EnterpriseData, day: date | None) -> Identifier:
    """Both codes of what was written down; the unified one must be there where `day`, of registration or founding, asks for it."""
    identifier = normalise_identifier(data.identifier)
    if identifier.uscc is None and day is not None and required_identifier(day) is IdentifierKind.USCC:
        raise _bad("identifier", f"{USCC_SINCE} 起登记或成立的企业应登记 18 位统一社会信用代码，请按现行营业执照填写。")
    return identifier


_LIMITS = {
    "region": ("注册地", 40, True),
    "address": ("地址", 200, False),
    "legal_representative": ("法定代表人", 40, False),
    "contact_name": ("联系人", 40, False),
    "contact_phone": ("联系电话", 40, False),
    "main_products": ("主要产品", 200, False),
}


def _values(data: EnterpriseData, on: date) -> dict[str, Any]:
    """The row's columns, checked. Raises InvalidInput."""
    given = asdict(data)
    name = canonical_name(data.name)
    if not 2 <= len(name) <= 100:
        raise _bad("name", "请填写企业全称（2 至 100 字），与营业执照一致。")
    if data.established_on is not None and data.established_on > on:
        raise _bad("established_on", f"成立日期 {data.established_on} 在今天之后，请核对。")
    values = {
        key: checked_text(key, label, given[key], length, required=required, printed=False)
        for key, (label, length, required) in _LIMITS.items()
    }
    return {
        "name": checked_text("name", "企业名称", name, 100),
        "initials": initials_of(name),
        "established_on": data.established_on,
        **_industry(data, on),
        **values,
    }


def _industry(data: EnterpriseData, on: date) -> dict[str, str]:
    """Edition, code and the industry of the size notice that follows from them."""
    edition = data.industry_edition or rules.edition_on(on)
    code = unicodedata.normalize("NFKC", data.industry_code).strip().upper()
    decided = rules.size_industry_of(code, edition)
    code = code[1:] if code[0].isalpha() else code
    if decided == rules.INDUSTRY and code[:2] >= "13":  # the table of divisions holds manufacturing
        rules.industry_name(code, edition)
    chosen = decided or data.size_industry
    if chosen not in rules.size_industries():
        raise _bad("size_industry", f"行业代码 {code} 不能确定划型行业，请从 16 类中选择一类。")
    return {"industry_edition": str(edition), "industry_code": code, "size_industry": chosen}


def _bad(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: [sentence]})

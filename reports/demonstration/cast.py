"""The parties of the programme and the people a newcomer logs in as (architecture §9). All names of people are invented."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from parties.enums import OrganisationKind as Kind
from parties.enums import Role
from parties.models import Organisation, User

PASSWORD = "Demo-2012-2014"  # noqa: S105  # printed by `replay`; these people never exist outside a demonstration

_ORGANISATIONS = {
    Kind.PROVINCIAL_CENTRE: ("广东省生产力促进中心", "省中心", "部长", "陈国梁", "020-00000001"),
    Kind.SCIENCE_BUREAU: ("中山市科技局", "市科技局", "科长", "李明辉", "0760-00000002"),
    Kind.CITY_CENTRE: ("中山市生产力促进中心", "市中心", "部长", "黄嘉欣", "0760-00000003"),
    Kind.TOWN: ("小榄镇政府", "小榄镇", "分管领导", "梁伟文", "0760-00000004"),
    Kind.BANK: ("小榄村镇银行", "小榄村镇银行", "信贷部经理", "何志强", "0760-00000005"),
    Kind.AUDITOR: ("审计事务所（演示）", "审计", "项目经理", "周静", "020-00000006"),
}

_PEOPLE: tuple[tuple[str, str, Kind | None, Role], ...] = (
    ("province", "陈国梁", Kind.PROVINCIAL_CENTRE, Role.OFFICER),
    ("province2", "林淑芬", Kind.PROVINCIAL_CENTRE, Role.REVIEWER),
    ("science", "李明辉", Kind.SCIENCE_BUREAU, Role.OFFICER),
    ("science2", "吴建平", Kind.SCIENCE_BUREAU, Role.REVIEWER),
    ("centre", "黄嘉欣", Kind.CITY_CENTRE, Role.OFFICER),
    ("town", "梁伟文", Kind.TOWN, Role.OFFICER),
    ("town2", "麦少华", Kind.TOWN, Role.REVIEWER),
    ("bank", "何志强", Kind.BANK, Role.OFFICER),
    ("bank2", "欧阳敏", Kind.BANK, Role.REVIEWER),
    ("bank3", "陆文静", Kind.BANK, Role.REVIEWER),
    ("auditor", "周静", Kind.AUDITOR, Role.VIEWER),
    ("sysadmin", "系统管理员", None, Role.SYSTEM_ADMIN),
    ("secadmin", "安全管理员", None, Role.SECURITY_ADMIN),
    ("auditadmin", "审计管理员", None, Role.AUDIT_ADMIN),
    ("client", "省中心接口账号", Kind.PROVINCIAL_CENTRE, Role.VIEWER),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Organisations by kind and people by login name."""

    organisations: dict[Kind, Organisation]
    people: dict[str, User]

    def __getitem__(self, username: str) -> User:
        return self.people[username]

    def organisation(self, kind: Kind) -> Organisation:
        return self.organisations[kind]


def make_cast() -> Cast:
    """Create the six organisations and fifteen people. Written directly: the first accounts have nobody to create them."""
    organisations = {
        kind: Organisation.objects.create(
            kind=kind, name=name, short_name=short, reviewer_title=title, contact_name=contact, contact_phone=phone
        )
        for kind, (name, short, title, contact, phone) in _ORGANISATIONS.items()
    }
    password = make_password(PASSWORD)
    people = {
        username: User.objects.create(
            username=username,
            name=name,
            organisation=organisations[kind] if kind else None,
            role=role,
            is_service=username == "client",
            password=password,
        )
        for username, name, kind, role in _PEOPLE
    }
    return Cast(organisations, people)

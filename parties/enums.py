"""Kinds of organisation and roles of people (domain §2)."""

from django.db import models


class OrganisationKind(models.TextChoices):
    PROVINCIAL_CENTRE = "provincial_centre", "省生产力促进中心"
    SCIENCE_BUREAU = "science_bureau", "市科技局"
    CITY_CENTRE = "city_centre", "市生产力促进中心"
    TOWN = "town", "镇政府"
    BANK = "bank", "合作银行"
    AUDITOR = "auditor", "审计单位"


class Role(models.TextChoices):
    """What a person may be: three roles inside an organisation, three administrators outside all of them."""

    OFFICER = "officer", "经办"
    REVIEWER = "reviewer", "复核"
    VIEWER = "viewer", "查阅"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


BUSINESS = frozenset({Role.OFFICER, Role.REVIEWER})
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})

FUNDERS = frozenset({OrganisationKind.PROVINCIAL_CENTRE, OrganisationKind.TOWN})
OFFICES = frozenset({OrganisationKind.SCIENCE_BUREAU, OrganisationKind.TOWN})

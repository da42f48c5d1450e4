"""Enterprises from a file, put on the programme's register."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef

from common.errors import InvalidInput, Refusal
from enterprises.identifiers import normalise_identifier
from enterprises.models import Enterprise, EnterpriseLink
from enterprises.services.enterprises import EnterpriseData, check_known, register_enterprise, registration_of

from ...models import ImportFile, ImportRow
from ...rules.imports.cells import ReadRow
from .desk import Checked, FileDesk, refused


class EnterpriseDesk(FileDesk):
    """`_known`: enterprises of the installation by organisation code, each with whether it is `linked` to the programme."""

    def __init__(self, file: ImportFile, on: date) -> None:
        super().__init__(file, on)
        self._known: dict[str, Any] = {}

    def prepare(self, rows: Sequence[ReadRow]) -> None:
        """Which of these are known: one statement."""
        codes = {code for row in rows if (code := _org_code(row.values["identifier"]))}
        linked = EnterpriseLink.objects.filter(enterprise=OuterRef("pk"), programme=self.file.programme_id)
        found = Enterprise.objects.filter(org_code__in=codes).annotate(linked=Exists(linked))
        self._known = {enterprise.org_code: enterprise for enterprise in found}

    def check(self, row: ReadRow) -> Checked:
        """What registering it would refuse, and doubles within the file."""
        try:
            identifier, values = registration_of(EnterpriseData(**row.values), self.on)
            known = self._known.get(identifier.org_code)
            if known is not None:
                check_known(known, identifier, values["name"], linked=known.linked)
        except Refusal as refusal:
            return Checked([refused(refusal)])
        return Checked(self.twice(row, identifier.org_code, "E302", f"代码 {row.values['identifier']}"))

    def book(self, row: ImportRow, values: Mapping[str, Any], *, on: date, now: datetime) -> None:
        """Register it by the person who sent the file. Raises: as `register_enterprise`."""
        row.enterprise = register_enterprise(
            programme=self.file.programme, data=EnterpriseData(**values), by=self.file.uploaded_by, on=on, now=now
        )


def _org_code(text: str) -> str:
    try:
        return normalise_identifier(text).org_code
    except InvalidInput:
        return ""

"""A small programme with two reserve accounts, for tests of the ledger and of what posts to it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

from django.core.management import CommandError, call_command

from parties.enums import OrganisationKind, Role
from parties.models import Organisation, User
from reserve.ledger_enums import Purpose
from reserve.models.accounts import ReserveAccount
from reserve.models.ledger import LedgerEntry
from reserve.models.programmes import Programme
from reserve.services import ledger

DAY = date(2012, 5, 2)
NOW = datetime(2012, 5, 2, 3, tzinfo=UTC)


@dataclass
class Books:
    """A programme, the province's and the town's reserve account, and the person who posts."""

    programme: Programme
    province: ReserveAccount
    town: ReserveAccount
    clerk: User
    _keys: int = 0

    def post(
        self,
        purpose: Purpose,
        *lines: ledger.TransferLine,
        on: date = DAY,
        value: date | None = None,
        key: str = "",
        source: tuple[str, int] = ("test", 1),
        memo: str = "",
    ) -> LedgerEntry:
        """Post on a day that is also the value date unless another is given, under a fresh key unless one is given."""
        self._keys += 1
        return ledger.post(
            programme=self.programme,
            purpose=purpose,
            transfers=lines,
            source=source,
            ledger_date=on,
            value_date=value or on,
            by=self.clerk,
            now=NOW,
            key=key or f"test:{self._keys}",
            memo=memo,
        )

    def contribute(self, province: str, town: str = "0", **when: date) -> LedgerEntry:
        """Money comes into one account or both."""
        amounts = [(self.province, Decimal(province)), (self.town, Decimal(town))]
        return self.post(Purpose.CONTRIBUTION, *(ledger.contribute(a, n) for a, n in amounts if n), **when)


def make_books(code: str = "books") -> Books:
    """Create them (organisations are found again by name)."""
    kinds = {"省中心": OrganisationKind.PROVINCIAL_CENTRE, "镇政府": OrganisationKind.TOWN, "村镇银行": OrganisationKind.BANK}
    centre, town, bank = (
        Organisation.objects.get_or_create(name=name, defaults={"kind": kind, "short_name": name})[0] for name, kind in kinds.items()
    )
    clerk, _ = User.objects.get_or_create(username="clerk", defaults={"name": "记账员", "organisation": bank, "role": Role.OFFICER})
    programme = Programme.objects.create(
        code=code, name=f"试验项目{code}", agreement_name="操作细则", agreement_signed_on=date(2011, 10, 28), region="中山市"
    )
    accounts = []
    for funder, number in ((centre, "1"), (town, "2")):
        account = ReserveAccount.objects.create(
            programme=programme,
            funder=funder,
            bank=bank,
            name=f"{funder.name}准备金专户",
            number=f"{code}-{number}",
            opened_on=date(2011, 11, 1),
        )
        ledger.open_accounts(reserve_account=account)
        accounts.append(account)
    return Books(programme, accounts[0], accounts[1], clerk)


def faults_of(programme: Programme) -> str:
    """What the command says of a programme; nothing when all is well."""
    err = StringIO()
    try:
        call_command("verify_ledger", programme=programme.code, stdout=StringIO(), stderr=err)
    except CommandError:
        return err.getvalue()
    return ""

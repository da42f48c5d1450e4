"""What the REST resources of the reserve take and show. Input and output are separate; money is a string."""

from datetime import date
from typing import Any

from rest_framework import serializers

from common.serializers import MoneyField
from parties.api import caller, visible_or_error

from .enums import ContributionStatus, DeadlineKind, JointStatus, ObligationStatus, ProgrammeStatus
from .ledger_enums import AccountKind, Purpose
from .models import Deadline, FundingObligation, Programme, ReserveAccount


class PartyOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="organisation_id")
    kind = serializers.CharField()
    name = serializers.CharField(source="organisation.name")


class ProgrammeOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    agreement_name = serializers.CharField()
    agreement_signed_on = serializers.DateField()
    region = serializers.CharField()
    started_on = serializers.DateField(allow_null=True, help_text="启用日；此前的出资和贷款为期初")
    status = serializers.ChoiceField(choices=ProgrammeStatus.choices)
    ended_on = serializers.DateField(allow_null=True)
    end_reason = serializers.CharField()
    closed_on = serializers.DateField(allow_null=True, help_text="清算日")
    parties = PartyOutput(many=True)


class RuleOutput(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # shadows the field's own attribute
    value = serializers.CharField(help_text="规范写法，可原样再提交")
    display = serializers.CharField()
    basis = serializers.CharField(help_text="source 原文、inferred 推算、practice 惯例、law 法规")
    effective_on = serializers.DateField(allow_null=True)


class ReserveAccountOutput(serializers.Serializer[Any]):
    """`context["balances"]`: by account id."""

    id = serializers.IntegerField()
    programme = serializers.CharField(source="programme.code")
    funder = serializers.CharField(source="funder.name")
    funder_kind = serializers.CharField(source="funder.kind")
    bank = serializers.CharField(source="bank.name")
    name = serializers.CharField()
    number = serializers.CharField()
    opened_on = serializers.DateField()
    as_of = serializers.SerializerMethodField()
    balance = serializers.SerializerMethodField()
    free = serializers.SerializerMethodField()
    earmarked = serializers.SerializerMethodField()
    claims_payable = serializers.SerializerMethodField()

    def get_as_of(self, account: ReserveAccount) -> date:
        found: date = self.context["as_of"]
        return found

    def get_balance(self, account: ReserveAccount) -> str:
        return self._money(account, "balance")

    def get_free(self, account: ReserveAccount) -> str:
        return self._money(account, "free")

    def get_earmarked(self, account: ReserveAccount) -> str:
        return self._money(account, "earmarked")

    def get_claims_payable(self, account: ReserveAccount) -> str:
        return self._money(account, "claims_payable")

    def _money(self, account: ReserveAccount, name: str) -> str:
        return MoneyField().to_representation(getattr(self.context["balances"][account.pk], name))


class TransferOutput(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    reserve_account = serializers.IntegerField(source="debit.reserve_account_id")
    funder_kind = serializers.CharField(source="debit.reserve_account.funder.kind")
    debit = serializers.ChoiceField(choices=AccountKind.choices, source="debit.kind")
    credit = serializers.ChoiceField(choices=AccountKind.choices, source="credit.kind")
    amount = MoneyField()
    debit_balance_after = MoneyField()
    credit_balance_after = MoneyField()


class LedgerEntryOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    programme = serializers.CharField(source="programme.code")
    sequence = serializers.IntegerField()
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    business_date = serializers.DateField(source="ledger_date", help_text="记账日")
    value_date = serializers.DateField(help_text="起息日")
    memo = serializers.CharField()
    source_type = serializers.CharField()
    source_id = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField(source="recorded_by.name")
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    transfers = TransferOutput(many=True)
    hash = serializers.CharField()
    previous_hash = serializers.CharField()


class ContributionOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    programme = serializers.CharField(source="programme.code")
    account = serializers.IntegerField(source="account_id")
    funder = serializers.CharField(source="account.funder.name")
    funder_kind = serializers.CharField(source="account.funder.kind")
    obligation = serializers.IntegerField(source="obligation_id", allow_null=True)
    is_opening = serializers.BooleanField(help_text="期初出资：启用日以前到账")
    amount = MoneyField()
    transferred_on = serializers.DateField()
    voucher_no = serializers.CharField()
    note = serializers.CharField()
    status = serializers.ChoiceField(choices=ContributionStatus.choices)
    version = serializers.IntegerField()
    arrived_on = serializers.DateField(allow_null=True)
    receipt_no = serializers.CharField()
    recorded_by = serializers.CharField(source="recorded_by.name")
    received_by = serializers.CharField(source="received_by.name", default=None, allow_null=True)
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True)
    reject_reason = serializers.CharField()
    ledger_entry = serializers.IntegerField(source="entry_id", allow_null=True)


class ContributionInput(serializers.Serializer[Any]):
    """The account is the caller's own in the programme."""

    programme = serializers.CharField(max_length=32, help_text="项目代码")
    obligation = serializers.IntegerField(required=False, allow_null=True, help_text="镇政府出资对应的配套义务；不填为最早到期的一项")
    amount = MoneyField()
    transferred_on = serializers.DateField()
    voucher_no = serializers.CharField(max_length=40)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        user = caller(self.context["request"])
        programme = visible_or_error(Programme, user, "programme", given.pop("programme"), code=self.initial_data["programme"])
        account = ReserveAccount.objects.filter(programme=programme, funder=user.organisation).first()
        if account is None:
            raise serializers.ValidationError({"programme": ["贵单位在该项目没有准备金账户。"]})
        if given.get("obligation") is not None:
            given["obligation"] = visible_or_error(FundingObligation, user, "obligation", given["obligation"])
        return given | {"account": account}


class ReceiptInput(serializers.Serializer[Any]):
    arrived_on = serializers.DateField()
    receipt_no = serializers.CharField(max_length=40)
    amount = MoneyField(required=False)


class ObligationOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    programme = serializers.CharField(source="programme.code")
    source = serializers.IntegerField(source="source_id", help_text="形成它的省级出资")  # type: ignore[assignment]
    debtor = serializers.CharField(source="debtor.name")
    amount = MoneyField()
    starts_on = serializers.DateField(source="deadline.starts_on")
    workdays = serializers.IntegerField(source="deadline.workdays")
    due_on = serializers.DateField(source="deadline.due_on")
    provisional = serializers.BooleanField(source="deadline.provisional")
    status = serializers.ChoiceField(choices=ObligationStatus.choices)
    fulfilled_on = serializers.DateField(allow_null=True)
    late_workdays = serializers.IntegerField(source="deadline.late_workdays")


class DeadlineOutput(serializers.Serializer[Any]):
    """`context["left"]`: a function of the deadline."""

    id = serializers.IntegerField()
    programme = serializers.CharField(source="programme.code")
    kind = serializers.ChoiceField(choices=DeadlineKind.choices)
    organisation = serializers.CharField(source="organisation.name")
    label = serializers.CharField()  # type: ignore[assignment]  # shadows the field's own attribute
    starts_on = serializers.DateField()
    workdays = serializers.IntegerField(allow_null=True)
    due_on = serializers.DateField()
    provisional = serializers.BooleanField()
    workdays_left = serializers.SerializerMethodField(help_text="负数为逾期；不再计时，或暂定的到期日已过，则为空。")
    met_on = serializers.DateField(allow_null=True)
    late_workdays = serializers.IntegerField()
    cancelled_on = serializers.DateField(allow_null=True)

    def get_workdays_left(self, deadline: Deadline) -> int | None:
        found: int | None = self.context["left"](deadline)
        return found


class JointVoiceOutput(serializers.Serializer[Any]):
    organisation = serializers.IntegerField(source="organisation_id")
    organisation_name = serializers.CharField(source="organisation.name")
    agrees = serializers.BooleanField(allow_null=True, help_text="空为未签署")
    opinion = serializers.CharField()
    spoken_by = serializers.CharField(source="spoken_by.name", default=None, allow_null=True)
    spoken_at = serializers.DateTimeField(allow_null=True)


class JointDecisionOutput(serializers.Serializer[Any]):
    """What was put to the parties, with the word of each."""

    id = serializers.IntegerField()
    grounds = serializers.CharField()
    status = serializers.ChoiceField(choices=JointStatus.choices)
    proposed_by = serializers.CharField(source="proposed_by.name")
    proposed_at = serializers.DateTimeField()
    decided_on = serializers.DateField(allow_null=True)
    withdraw_reason = serializers.CharField()
    voices = JointVoiceOutput(source="voices.all", many=True)


class GroundsInput(serializers.Serializer[Any]):
    grounds = serializers.CharField(max_length=500, help_text="依据")


class JointWordInput(serializers.Serializer[Any]):
    agrees = serializers.BooleanField()
    opinion = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="不同意的必须说明")

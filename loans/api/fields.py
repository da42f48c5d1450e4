"""What the resources of this app share: objects named in a body, and what the caller's bank is warned of."""

from typing import Any

from rest_framework import serializers

from common.serializers import MoneyField
from enterprises.models import Recommendation
from parties.api import ServiceViewSet, caller, visible_or_error

from ..models import CreditLine, Loan
from ..rules.concentration import Concentration


class RecommendationField(serializers.IntegerField):
    """A recommendation the caller sees, by id."""

    def to_internal_value(self, data: Any) -> Any:
        pk = super().to_internal_value(data)
        return visible_or_error(Recommendation, caller(self.context["request"]), self.field_name or "", pk)


class LineField(serializers.IntegerField):
    """A credit line the caller sees, by id."""

    def to_internal_value(self, data: Any) -> Any:
        pk = super().to_internal_value(data)
        return visible_or_error(CreditLine, caller(self.context["request"]), self.field_name or "", pk)


class LoanField(serializers.IntegerField):
    """A loan the caller sees, by id."""

    def to_internal_value(self, data: Any) -> Any:
        pk = super().to_internal_value(data)
        return visible_or_error(Loan, caller(self.context["request"]), self.field_name or "", pk)


class AgreedInstalmentField(serializers.Serializer[Any]):
    """A day and the principal to be paid on it."""

    due_on = serializers.DateField()
    principal = MoneyField()


# What the caller's bank is warned of


class Warned(serializers.Serializer[Any]):
    """`context["excesses"]`: by the row's id."""

    warnings = serializers.SerializerMethodField(help_text="目前应注意的事项，如超过单一客户集中度；只对本行人员列出")

    def get_warnings(self, row: CreditLine | Loan) -> list[str]:
        excess = self.context["excesses"].get(row.pk)
        return [excess.sentence] if excess else []


class WarnedViewSet(ServiceViewSet):
    """Rows shown with their warnings."""

    def excesses(self, rows: list[Any]) -> dict[int, Concentration]:
        raise NotImplementedError

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """The rows about to be shown are asked for their excesses together."""
        rows = list(args[0]) if kwargs.get("many") else list(args)
        kwargs["context"] = {**self.get_serializer_context(), "excesses": self.excesses(rows) if rows else {}}
        return super().get_serializer(*args, **kwargs)

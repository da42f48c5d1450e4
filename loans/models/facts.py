"""Facts of a loan: who sees them. What is entered by one and confirmed by another has the columns of `reserve.models.facts`."""

from typing import Any, Self

from django.db import models

from parties.models import User
from reserve.models.facts import EnteredFact

from .loans import Loan

__all__ = ["EnteredFact", "OfLoanQuerySet"]


class OfLoanQuerySet(models.QuerySet[Any]):
    """Of rows with a `loan`."""

    def visible_to(self, user: User) -> Self:
        """Rows of loans the person sees."""
        return self.filter(loan__in=Loan.objects.visible_to(user))

"""`MoneyField` on the database the suite runs on: stored in 分, exact, and loud about anything that is not money."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, models, transaction
from django.db.models import Case, F, Max, Q, Sum, Value, When
from django.test.utils import isolate_apps

from common.money import LIMIT, ZERO, AmountField, MoneyField, total, yuan

pytestmark = pytest.mark.django_db


@pytest.fixture
def purse() -> Iterator[type[models.Model]]:
    """A throwaway model with a table of its own, gone with the test's transaction."""
    with isolate_apps("common"):

        class Purse(models.Model):
            id = models.BigIntegerField(primary_key=True)
            amount = MoneyField()
            ceiling = MoneyField(null=True)

            class Meta:
                app_label = "common"
                db_table = "test_purse"

        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE test_purse (id BIGINT PRIMARY KEY, amount BIGINT NOT NULL, ceiling BIGINT)")
        yield Purse


@pytest.fixture
def purses(purse):
    purse.objects.bulk_create(
        [
            purse(id=1, amount=Decimal("10000000.00"), ceiling=Decimal("20000000.00")),
            purse(id=2, amount=Decimal("0.01"), ceiling=None),
            purse(id=3, amount=Decimal("260687.95"), ceiling=Decimal("260687.95")),
        ]
    )
    return purse.objects


def test_it_is_stored_as_an_integer_number_of_cents(purses):
    with connection.cursor() as cursor:
        cursor.execute("SELECT amount FROM test_purse ORDER BY id")
        assert cursor.fetchall() == [(1000000000,), (1,), (26068795,)]


def test_it_comes_back_as_a_decimal_with_two_places(purses):
    assert [str(amount) for amount in purses.order_by("id").values_list("amount", flat=True)] == ["10000000.00", "0.01", "260687.95"]
    assert purses.get(id=2).ceiling is None


def test_sums_are_exact_and_zero_when_there_are_no_rows(purses):
    assert purses.aggregate(all=Sum("amount"))["all"] == Decimal("10260687.96")
    assert purses.aggregate(all=total("amount"))["all"] == Decimal("10260687.96")
    assert purses.aggregate(some=total("amount", where=Q(id__gt=1)))["some"] == Decimal("260687.96")
    assert str(purses.none().aggregate(none=total("amount"))["none"]) == "0.00"
    assert str(purses.filter(id=9).aggregate(none=total("amount"))["none"]) == "0.00"
    assert purses.aggregate(most=Max("amount"))["most"] == Decimal("10000000.00")


def test_comparisons_are_in_yuan(purses):
    assert purses.filter(amount__gte=Decimal("260687.95")).count() == 2
    assert purses.filter(amount__gt=0).count() == 3
    assert purses.filter(amount__lt=1).count() == 1
    assert purses.get(amount="0.01").id == 2
    assert purses.filter(amount__in=[Decimal("0.01"), Decimal("260687.95")]).count() == 2
    assert purses.filter(amount__range=(Decimal("0.01"), Decimal("0.02"))).count() == 1
    assert purses.filter(amount=F("ceiling")).count() == 1
    assert purses.filter(amount__lte=yuan(Decimal("0.01"))).count() == 1


def test_arithmetic_in_the_database_stays_money(purses):
    row = purses.annotate(room=F("ceiling") - F("amount"), twice=F("amount") * 2, less=F("amount") - yuan(1)).get(id=1)
    assert (row.room, row.twice, row.less) == (Decimal(10000000), Decimal(20000000), Decimal(9999999))
    purses.filter(id=2).update(amount=F("amount") + yuan(Decimal("0.04")))
    assert purses.get(id=2).amount == Decimal("0.05")
    chosen = purses.annotate(part=Case(When(id=1, then=F("amount")), default=yuan(ZERO)))
    assert chosen.aggregate(sum=Sum("part"))["sum"] == Decimal("10000000.00")
    assert purses.aggregate(room=Sum(F("ceiling") - F("amount")))["room"] == Decimal("10000000.00")


def test_rows_updated_in_bulk_keep_their_cents(purses):
    rows = list(purses.order_by("id"))
    for row in rows:
        row.amount += Decimal("0.01")
    purses.bulk_update(rows, ["amount"])
    assert purses.aggregate(all=Sum("amount"))["all"] == Decimal("10260687.99")


@pytest.mark.parametrize("amount, error", [(1.5, TypeError), (True, TypeError), (Decimal("1.005"), ValueError)])
def test_what_is_no_money_is_not_written(purse, amount, error):
    with pytest.raises(error):
        purse(id=4, amount=amount).save()


def test_what_is_no_money_is_refused_by_queries(purses):
    with pytest.raises(TypeError):
        purses.filter(amount__gte=0.5).count()
    with pytest.raises(ValueError, match="分"):
        purses.filter(amount=Decimal("0.001")).count()
    with pytest.raises(FieldError):
        list(purses.annotate(odd=F("amount") + Value(Decimal(5))))
    with pytest.raises(FieldError):
        list(purses.annotate(odd=F("amount") * F("ceiling")))


@pytest.mark.parametrize(
    "expression", [F("amount") + 5, F("amount") + Decimal(5), F("amount") - Value(Decimal(5)), Value(Decimal(5)), F("id")], ids=str
)
def test_an_expression_that_is_not_money_is_not_written(purses, expression):
    with pytest.raises(FieldError), transaction.atomic():
        purses.update(amount=expression)
    assert purses.get(id=2).amount == Decimal("0.01")


def test_it_is_serialised_as_text_and_read_back(purse, purses):
    text = serializers.serialize("json", purses.filter(id=1))
    assert '"amount": "10000000.00"' in text
    assert purse._meta.get_field("amount").to_python("10000000.00") == Decimal("10000000.00")


@pytest.mark.parametrize("value", [0.5, "1.005", "x", Decimal("0.001"), Decimal("NaN"), Decimal("Infinity"), LIMIT, True])
def test_python_values_that_are_no_amount_do_not_validate(value):
    with pytest.raises(ValidationError):
        MoneyField().to_python(value)


def test_migrations_can_rebuild_it():
    name, path, args, kwargs = MoneyField("本金", null=True).deconstruct()
    assert (path, args, kwargs) == ("common.money.MoneyField", [], {"verbose_name": "本金", "null": True})
    assert MoneyField(*args, **kwargs).get_internal_type() == "BigIntegerField"
    assert name is None


def test_its_form_field_reads_what_people_write():
    field = MoneyField("金额").formfield()
    assert isinstance(field, AmountField)
    assert field.clean("３００万元") == Decimal("3000000.00")
    with pytest.raises(ValidationError, match="千位分隔符"):
        field.clean("1,23")
    with pytest.raises(ValidationError):
        field.clean("")
    assert AmountField(required=False).clean("") is None
    assert AmountField(allow_zero=True).clean("0") == ZERO
    assert field.prepare_value(Decimal("1234.5")) == "1,234.50"

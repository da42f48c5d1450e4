"""Money: the only module that rounds, splits, stores, reads and writes amounts.

An amount is a `Decimal` in yuan with at most two decimals. In the database it is an integer number of 分, exact in SQLite
and PostgreSQL alike. No float ever meets money: every door here refuses one. Words are written by `in_words` after
《支付结算办法》附件一《正确填写票据和结算凭证的基本规定》.
"""

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models.expressions import Combinable, register_combinable_fields
from django.db.models.functions import Coalesce

from .errors import InvalidInput

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
WAN = Decimal("10000")
LIMIT = Decimal(10) ** 13
"""No amount reaches this: ten trillion yuan is a slip of the keyboard."""

Exact = Decimal | Fraction | int


# Arithmetic


def _exact(value: Exact) -> Exact:
    if isinstance(value, bool) or not isinstance(value, Decimal | Fraction | int):
        raise TypeError(f"money arithmetic takes Decimal, Fraction or int, not {type(value).__name__}")
    return value


def _fraction(value: Exact) -> Fraction:
    return Fraction(_exact(value))


def from_cents(cents: int) -> Decimal:
    """Yuan of an integer number of 分, as hand-written SQL sees it."""
    return Decimal(cents).scaleb(-2)


def to_cents(value: Exact) -> int:
    """Integer number of 分 of an amount in yuan; ValueError when it has a fraction of a 分."""
    numerator, denominator = _exact(value).as_integer_ratio()
    cents, rest = divmod(numerator * 100, denominator)
    if rest:
        raise ValueError(f"{value} has a fraction of a 分")
    return cents


def round_half_up(value: Exact, places: int = 2) -> Decimal:
    """Round to `places` decimals, a half away from zero (domain §6); exact for Fraction, unlike a division first."""
    exact = _fraction(value)
    scaled, whole = exact.numerator * 10**places, exact.denominator
    units = (2 * abs(scaled) + whole) // (2 * whole)
    return Decimal(units if scaled >= 0 else -units).scaleb(-places)


def split(total: Decimal, numerator: Exact, denominator: Exact) -> tuple[Decimal, Decimal]:
    """Divide `total` in two: `numerator/denominator` of it rounded half up, and the rest; nothing lost to the 分."""
    share = _fraction(numerator) / _fraction(denominator)
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not {share}")
    cents = to_cents(total)
    first = round_half_up(share * cents, 0)
    return from_cents(int(first)), from_cents(cents - int(first))


# Writing


def api_string(value: Decimal) -> str:
    """As in JSON: `"10000000.00"`."""
    return f"{from_cents(to_cents(value)):f}"


def format_yuan(value: Decimal) -> str:
    """With thousands separators: `"10,000,000.00"`."""
    return f"{from_cents(to_cents(value)):,f}"


def format_wan(value: Decimal, places: int = 2) -> str:
    """In 万元, rounded half up for the eye: 10,000,000 yuan → `"1,000.00"`."""
    return f"{round_half_up(_fraction(value) / 10000, places):,f}"


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))


def in_words(value: Decimal) -> str:
    """人民币大写: `人民币壹仟零伍元整`.

    附件一 二: 整 after 元, none after 角 or 分. 四: one 零 for any run of zeros inside the number; where 元 is 0 and 角 is
    not, 零 stands after 元 (the first of the two forms the rule allows). Negative amounts (adjustments) say 负.
    """
    cents = to_cents(value)
    yuan, small = divmod(abs(cents), 100)
    jiao, fen = divmod(small, 10)
    sign = "人民币负" if cents < 0 else "人民币"
    head = f"{_integer_words(yuan)}元" if yuan or not small else ""
    if not small:
        return f"{sign}{head}整"
    gap = "零" if yuan and (jiao == 0 or yuan % 10 == 0) else ""
    tail = (f"{_DIGITS[jiao]}角" if jiao else "") + (f"{_DIGITS[fen]}分" if fen else "")
    return f"{sign}{head}{gap}{tail}"


def _integer_words(number: int) -> str:
    for base, unit in _UNITS:
        if number >= base:
            high, low = divmod(number, base)
            gap = "零" if 0 < low < base // 10 else ""
            return f"{_integer_words(high)}{unit}{gap}{_integer_words(low) if low else ''}"
    return _DIGITS[number]


# Reading

_HALF_WIDTH = str.maketrans("０１２３４５６７８９，．＋－　￥", "0123456789,.+- ¥")
_FACTORS = {"": 1, "元": 1, "万": 10**4, "万元": 10**4, "亿": 10**8, "亿元": 10**8}
_WITH_UNIT = re.compile(r"¥? ?(?P<number>[^ 元万亿]*) ?(?P<unit>元|万元?|亿元?|)")
_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


def parse_amount(text: str, *, field: str = "amount", allow_zero: bool = False) -> Decimal:
    """Read an amount a person typed or a file holds: `1,000`, `１０００．５`, `100万元`, `0.5亿`.

    Raises:
        InvalidInput: with a sentence of its own for each kind of mistake, filed under `field`.
    """
    try:
        return check_amount(_read(text), allow_zero=allow_zero)
    except ValueError as mistake:
        raise InvalidInput(str(mistake), fields={field: [str(mistake)]}) from None


def check_amount(value: Decimal, *, allow_zero: bool = False) -> Decimal:
    """The limits of every amount: positive (or zero where allowed), at most two decimals, below `LIMIT`.

    Raises:
        ValueError: with a Chinese sentence; `require_amount` turns it into a refusal.
    """
    if not value.is_finite():
        raise ValueError("金额必须是一个确定的数。")
    if value < 0 or (value == 0 and not allow_zero):
        raise ValueError("金额不能小于零。" if allow_zero else "金额必须大于零。")
    if value >= LIMIT:
        raise ValueError("金额过大（达到或超过 10 万亿元），请核对是否多输入了数字或单位选错。")
    cents = Fraction(value) * 100
    if cents.denominator != 1:
        raise ValueError("金额最多两位小数（精确到分）。")
    return from_cents(cents.numerator)


def require_amount(value: Decimal | int, *, field: str = "amount", allow_zero: bool = False) -> Decimal:
    """`check_amount` for services that are handed a Decimal.

    Raises:
        InvalidInput: the value is no lawful amount. (TypeError: a float or something else, a mistake of ours.)
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError(f"an amount is a Decimal, not {type(value).__name__}")
    try:
        return check_amount(Decimal(value), allow_zero=allow_zero)
    except ValueError as mistake:
        raise InvalidInput(str(mistake), fields={field: [str(mistake)]}) from None


def _read(text: str) -> Decimal:
    """The number a text names, before any limit is checked. Raises ValueError with the sentence."""
    plain = text.translate(_HALF_WIDTH).strip()
    if not plain:
        raise ValueError("请填写金额。")
    if len(plain) > 28:  # also keeps the multiplication below exact: Decimal computes with 28 digits
        raise ValueError("金额过长，请核对。")
    parts = _WITH_UNIT.fullmatch(plain)
    number = parts["number"] if parts else ""
    if not parts or not (_PLAIN.fullmatch(number) or _GROUPED.fullmatch(number)):
        raise ValueError(_complaint(text.strip(), plain, number))
    if len(number) > 1 and number[0] == "0" and number[1] != ".":
        raise ValueError(f"金额“{text.strip()}”以 0 开头，请去掉多余的 0。")
    return Decimal(number.replace(",", "")) * _FACTORS[parts["unit"]]


def _complaint(shown: str, plain: str, number: str) -> str:
    """Which mistake it is, as the clerk should read it."""
    if re.fullmatch(r"¥? ?-.*", plain):
        return f"金额“{shown}”是负数，金额不能为负。"
    if re.fullmatch(r"[+-]?[0-9.,]+[eE][+-]?[0-9]+", number):
        return f"金额“{shown}”用了科学记数法，请写出完整数字。"
    if re.fullmatch(r"[0-9]{1,4}([-/])[0-9]{1,2}\1[0-9]{1,4}", plain):
        return f"“{shown}”看起来是日期而不是金额，请核对是否填错了栏。"
    if number and "," in number and re.fullmatch(r"[0-9,]+(\.[0-9]*)?|[0-9.,]+", number):
        return f"金额“{shown}”的千位分隔符位置不对，应每三位一个逗号（如 1,234,567.00），或去掉逗号。"
    if re.fullmatch(r"[0-9.]+", number):
        return f"金额“{shown}”的小数点有误，小数点只能有一个，前后都应有数字。"
    if re.search(r"[0-9] +[0-9.,]", plain):
        return f"金额“{shown}”中间有空格，请去掉空格。"
    if not number:
        return f"金额“{shown}”中没有数字，或单位写法不对（可用：元、万元、亿元）。"
    return f"金额“{shown}”含有不能识别的字符，请用阿拉伯数字，单位只能是元、万元或亿元。"


# Storing


class AmountField(forms.CharField):
    """Form field: text as people write it in, Decimal out; its refusals are those of `parse_amount`."""

    def __init__(self, *, allow_zero: bool = False, **kwargs: Any) -> None:
        self.allow_zero = allow_zero
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            return parse_amount(text, allow_zero=self.allow_zero)
        except InvalidInput as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from None

    def prepare_value(self, value: Any) -> Any:
        return format_yuan(value) if isinstance(value, Decimal) else value


if TYPE_CHECKING:
    _Field = models.Field
else:

    class _Field(models.Field):
        """Django's field, which is generic only in the type stubs."""

        def __class_getitem__(cls, _types: object) -> type[models.Field]:
            return cls


_Set = TypeVar("_Set", contravariant=True)
_Get = TypeVar("_Get", covariant=True)


class MoneyField(_Field[_Set, _Get]):
    """Yuan as Decimal in Python, 分 as BIGINT in the database.

    It is not a BigIntegerField subclass: Django's integer lookups round a float up in silence, and sums of integer
    fields come back as plain integers, which here would be 分 taken for yuan. Sums, differences and multiples by an
    integer stay money; anything else is refused by Django as an unknown combination. A literal inside an expression
    must be written `yuan(...)`, never `Value(Decimal(...))`, which knows nothing of 分.
    """

    if TYPE_CHECKING:
        _pyi_private_set_type: Decimal | int | str | Combinable
        _pyi_private_get_type: Decimal
        _pyi_lookup_exact_type: Decimal | int | str
    description = "Amount of money in yuan, stored in 分"

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def to_python(self, value: Any) -> Decimal | None:
        if value is None:
            return None
        try:
            if isinstance(value, str):
                value = Decimal(value)
            cents = to_cents(value)
        except (TypeError, ValueError, OverflowError, InvalidOperation):
            raise ValidationError("金额应为最多两位小数的十进制数。", code="invalid") from None
        if abs(cents) >= LIMIT * 100:
            raise ValidationError("金额过大。", code="invalid")
        return from_cents(cents)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None:
            return None
        return to_cents(Decimal(value) if isinstance(value, str) else value)

    def get_placeholder(self, value: Any, compiler: object, connection: object) -> str:
        """Django asks here when a value is written: an expression must be money itself (`F("balance") + 5` is not)."""
        if hasattr(value, "as_sql") and not isinstance(value.output_field, MoneyField):
            raise FieldError(f"{self.name} takes an expression of money; write amounts in it as yuan(...)")
        return "%s"

    def from_db_value(self, value: Any, *_: object) -> Decimal | None:
        return None if value is None else from_cents(int(value))  # int: PostgreSQL sums bigint to numeric

    def value_to_string(self, obj: models.Model) -> str:
        value: Any = self.value_from_object(obj)
        return "" if value is None else api_string(value)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": AmountField, **kwargs})


for _connector in (Combinable.ADD, Combinable.SUB):
    register_combinable_fields(MoneyField, _connector, MoneyField, MoneyField)
register_combinable_fields(MoneyField, Combinable.MUL, models.IntegerField, MoneyField)


def yuan(value: Decimal | int) -> models.Value:
    """An amount inside a database expression: `F("balance") + yuan(amount)`."""
    return models.Value(value, output_field=MoneyField())


def total(expression: str | Combinable, *, where: models.Q | None = None) -> Coalesce:
    """Sum of a money expression, 0 instead of NULL when there are no rows."""
    return Coalesce(models.Sum(expression, filter=where), yuan(ZERO))

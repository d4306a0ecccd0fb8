"""How single values stand in the provider's JSON, and what each becomes.

What only describes a number may be missing or odd and then is `None`. What binds the buyer must be readable: an odd
value there makes the whole item unusable, so that nobody approves an obligation that was not shown.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Annotated
from urllib.parse import unquote

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, ValidationInfo

from bot.domain.money import SMALLEST, Money, UnusableAmount
from bot.domain.numbers import E164, e164

_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_MAGNITUDE = 12
"""No fee or balance has as many digits before the point; sums of them stay exact."""
_MOST_DIGITS = 28
"""As many as decimal arithmetic keeps exact."""
_DOUBLE = Context(prec=15)
"""The digits that a double keeps for certain; what stands behind them is noise of its arithmetic."""
_NO_FEE = Decimal(-1)
_BETWEEN_DIGITS = re.compile(r"[\s()\[\]\-\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060\u2212\ufeff]")
"""Spaces, brackets, dashes, and what only steers how they are shown."""
_TRUNK_ZERO = re.compile(r"[(\[]\s*0")
_LONGEST_WITHOUT_CODE = 10
"""Digits: so many may be a number of India without its code, or one of Iran with it."""
_BETWEEN_WORDS = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
_UNREADABLE_STATUS = "unreadable"
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""What lies outside is nobody's time: a zero date stands for none."""
_LONGEST_TEXT = 500
_LONGEST_ID = 128
"""As the tables hold them."""
_OF_AN_ODD_ID = 60
"""Characters that are kept of an id that cannot be kept whole."""
_KINDS = ("voice", "sms", "mms", "fax")


def as_e164(value: object, country: str | None = None) -> E164:
    """A number in full, however it is written: `+91 98765-43210`, `919876543210`, `tel:+91-98765-43210`.

    Without its plus it may lack its country code: then it has to be a valid one of `country`, or where that is not
    known, one of eleven digits at least. Raises `ValueError` for anything else, a trunk zero too.
    """
    text = str(value) if isinstance(value, str | int) else ""
    if text.strip().lower().startswith("tel:"):
        text = unquote(text.strip()[len("tel:") :])
    written = _BETWEEN_DIGITS.sub("", "" if _TRUNK_ZERO.search(text) or text.strip().startswith("-") else text)
    number = e164(f"+{written.removeprefix('+')}")
    if _has_trunk_zero(number):
        raise ValueError("not an E.164 number: with a trunk zero")
    if not written.startswith("+") and not _is_whole(number, country):
        raise ValueError("not an E.164 number: without a plus sign, and of another country")
    return number


def _has_trunk_zero(number: E164) -> bool:
    """Dialled within a country alone; a few countries' own numbers begin with a zero. Quick where none stands there."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    code = next((number[1:end] for end in (2, 3, 4) if int(number[1:end]) in COUNTRY_CODE_TO_REGION_CODE), None)
    if code is None or number[1 + len(code)] != "0":
        return False
    from phonenumbers import PhoneNumberFormat, format_number, parse

    return format_number(parse(number), PhoneNumberFormat.E164) != number


def _is_whole(number: E164, country: str | None) -> bool:
    """Is it sure that its first digits are its country's code?"""
    from phonenumbers import NumberParseException, is_valid_number, parse

    code = _calling_code(country)
    if not number.startswith(code) or (code == "+" and len(number) <= _LONGEST_WITHOUT_CODE + 1):
        return False
    try:
        return is_valid_number(parse(number))
    except NumberParseException:
        return False


def _as_its_countrys(value: object, info: ValidationInfo) -> E164:
    return as_e164(value, info.data.get("country"))


def as_amount(value: object) -> Decimal | None:
    """An exact amount from a JSON int, float (parsed as `Decimal`) or string; `None` for what is no amount.

    The noise of a double is taken off, 100.00000000000001 is 100; nothing else is rounded, 0.1234567 least of all.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, str) and not _PLAIN_NUMBER.fullmatch(value.strip()):
        return None
    amount = Decimal(value.strip() if isinstance(value, str) else value)
    is_exact = amount.is_finite() and len(amount.as_tuple().digits) <= _MOST_DIGITS
    return _without_noise(amount) if is_exact and -_MOST_DIGITS < amount.adjusted() < _MAGNITUDE else None


def _without_noise(amount: Decimal) -> Decimal:
    kept = amount.quantize(SMALLEST)
    return kept.normalize() if kept != amount and kept == _DOUBLE.plus(amount) else amount


def _as_fee(value: object) -> Decimal | None:
    """As `as_amount`, but what is stated and is no amount is told from what is not stated: by a fee that no fee is."""
    amount = as_amount(value)
    return _NO_FEE if amount is None and not _is_blank(value) else amount


def money(amount: Decimal | None, currency: str | None) -> Money | None:
    """A fee: not negative, of a known currency, kept exactly; otherwise `None`, which counts as not stated."""
    if amount is None or currency is None or amount < 0:
        return None
    try:
        return Money(amount, currency.strip().upper())
    except UnusableAmount:
        return None


def country_of(stated: str | None, number: E164) -> str | None:
    """ISO 3166 alpha-2, as stated or else as the number's prefix says; `None` for a number of no one country."""
    from phonenumbers import SUPPORTED_REGIONS, NumberParseException, parse, region_code_for_number

    code = (stated or "").upper()
    if code in SUPPORTED_REGIONS:
        return code
    try:
        by_number = region_code_for_number(parse(number))
    except NumberParseException:
        return None
    return by_number if by_number in SUPPORTED_REGIONS else None


def _calling_code(country: str | None) -> str:
    """`+91` for IN, and the plus alone for what is no country."""
    from phonenumbers import country_code_for_region

    return f"+{country_code_for_region((country or '').upper()) or ''}"


def storable(text: str) -> str:
    """Without what no database takes: JSON may hold NUL characters and halves of surrogate pairs."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return storable(str(value)).strip()[:_LONGEST_TEXT] or None


def _id(value: object) -> str | None:
    """One that is too long, or holds what is not printed, is cut, and told from others by its hash."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    if text.isprintable() and len(text) <= _LONGEST_ID:
        return text or None
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return f"{''.join(filter(str.isprintable, text))[:_OF_AN_ODD_ID]}~{digest}"


def _status(value: object) -> str | None:
    """In small letters, its words joined by underscores: `In-Use` is `in_use`. `None` only when none is stated."""
    if _is_blank(value):
        return None
    text = _text(value)
    return _UNREADABLE_STATUS if text is None else _BETWEEN_WORDS.sub("_", text.lower())


def _owner(value: object) -> str | None:
    """`None` only when none is stated. Raises `ValueError` for one that cannot be read: it is neither us nor nobody."""
    text = _text(value)
    if text is None and not _is_blank(value):
        raise ValueError("an account's id is text")
    return text


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _texts(value: object) -> tuple[str, ...]:
    found = (_text(item) for item in value) if isinstance(value, list) else ()
    return tuple(text for text in found if text is not None)


def _moment(value: object) -> datetime | None:
    """RFC 3339 with any number of fractional digits; without an offset it is taken for UTC.

    `None` for anything else, and for a time that can be nobody's.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if _EARLIEST <= moment < _LATEST else None


def _capabilities(value: object) -> tuple[str, ...] | None:
    """Of `{"voice": true, "sms": false}`, `["voice"]` or `"voice, sms"`; `None` when any of it cannot be read."""
    if isinstance(value, Mapping):
        return _said_yes({kind: value[kind] for kind in _KINDS if value.get(kind) is not None})
    words = re.findall(r"\w+", value) if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    known = tuple(kind for kind in _KINDS if kind in {word.strip().lower() for word in words})
    return known if known or value == [] else None


def _said_yes(flags: Mapping[str, object]) -> tuple[str, ...] | None:
    try:
        said = _FLAGS.validate_python(flags)
    except ValidationError:
        return None
    return tuple(kind for kind in _KINDS if said.get(kind))


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _months(value: object) -> object:
    """Pydantic takes true for one month, and its text for none."""
    return str(value) if isinstance(value, bool) else value


_FLAGS = TypeAdapter(dict[str, bool])

Number = Annotated[E164, BeforeValidator(_as_its_countrys)]
"""Stands behind `country` in its model, which it is compared with."""
Amount = Annotated[Decimal | None, BeforeValidator(as_amount)]
Fee = Annotated[Decimal | None, BeforeValidator(_as_fee)]
Text = Annotated[str | None, BeforeValidator(_text)]
Id = Annotated[str | None, BeforeValidator(_id)]
Owner = Annotated[str | None, BeforeValidator(_owner)]
Status = Annotated[str | None, BeforeValidator(_status)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Capabilities = Annotated[tuple[str, ...] | None, BeforeValidator(_capabilities)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
"""For what only describes; what binds the buyer is a plain `bool | None`, which refuses odd values."""
Months = Annotated[int, Field(ge=0, le=1200), BeforeValidator(_months)]

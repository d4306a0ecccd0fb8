"""How single values stand in the provider's JSON, and what each becomes.

What only describes a number may be missing or odd and then is `None`. What binds the buyer must be readable: an odd
value there makes the whole item unusable, so that nobody approves an obligation that was not shown.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.domain.money import Money, UnusableAmount
from bot.domain.numbers import E164, e164

_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_MAGNITUDE = 12
"""No fee or balance has as many digits before the point; sums of them stay exact."""
_MOST_DIGITS = 28
"""As many as decimal arithmetic keeps exact."""
_NO_FEE = Decimal(-1)
_LONGEST_TEXT = 500
_LONGEST_ID = 128
"""As the tables hold them."""
_OF_AN_ODD_ID = 60
"""Characters that are kept of an id that cannot be kept whole."""
_KINDS = ("voice", "sms", "mms", "fax")


def as_e164(value: object) -> E164:
    """A number with or without its plus sign, as text or as a JSON integer. Raises `ValueError` for anything else."""
    text = str(value) if isinstance(value, str | int) else ""
    return e164(f"+{text.strip().removeprefix('+')}")


def as_amount(value: object) -> Decimal | None:
    """An exact amount from a JSON int, float (parsed as `Decimal`) or string; `None` for what is no amount."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, str) and not _PLAIN_NUMBER.fullmatch(value.strip()):
        return None
    amount = Decimal(value.strip() if isinstance(value, str) else value)
    is_exact = amount.is_finite() and len(amount.as_tuple().digits) <= _MOST_DIGITS
    return amount if is_exact and -_MOST_DIGITS < amount.adjusted() < _MAGNITUDE else None


def _as_fee(value: object) -> Decimal | None:
    """As `as_amount`, but what is stated and is no amount is told from what is not stated: by a fee that no fee is."""
    is_stated = value is not None and str(value).strip() != ""
    amount = as_amount(value)
    return _NO_FEE if is_stated and amount is None else amount


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
    from phonenumbers import SUPPORTED_REGIONS, parse, region_code_for_number

    code = (stated or "").upper()
    if code in SUPPORTED_REGIONS:
        return code
    by_number = region_code_for_number(parse(number))
    return by_number if by_number in SUPPORTED_REGIONS else None


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
    """In small letters, whichever the provider writes it in."""
    text = _text(value)
    return None if text is None else text.lower()


def _texts(value: object) -> tuple[str, ...]:
    found = (_text(item) for item in value) if isinstance(value, list) else ()
    return tuple(text for text in found if text is not None)


def _moment(value: object) -> datetime | None:
    """RFC 3339 with any number of fractional digits; without an offset it is taken for UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _capabilities(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, Mapping):
        return None
    return tuple(kind for kind in _KINDS if value.get(kind) is True)


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


Number = Annotated[E164, BeforeValidator(as_e164)]
Amount = Annotated[Decimal | None, BeforeValidator(as_amount)]
Fee = Annotated[Decimal | None, BeforeValidator(_as_fee)]
Text = Annotated[str | None, BeforeValidator(_text)]
Id = Annotated[str | None, BeforeValidator(_id)]
Status = Annotated[str | None, BeforeValidator(_status)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Capabilities = Annotated[tuple[str, ...] | None, BeforeValidator(_capabilities)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
"""For what only describes; what binds the buyer is a plain `bool | None`, which refuses odd values."""
Months = Annotated[int, Field(ge=0, le=1200)]

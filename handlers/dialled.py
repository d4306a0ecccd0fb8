"""Numbers as people write them in a line: where one may end, whether it is a valid one, and what is wrong with it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.domain.numbers import E164, e164
from handlers.countries import supported
from handlers.typed import UNSEEN

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_MOST_DIGITS = 20  # fifteen of E.164 and the longest international prefix

# Matched against a folded line: see `folded_line`.
_SEPARATORS = rf"-. ()\[\]/·・{UNSEEN}"
_FIRST_DIGITS = re.compile(rf"(?:tel:)?[{_SEPARATORS}]*(?:\+[{_SEPARATORS}]*)?(?P<digits>[0-9]+)", re.IGNORECASE)
_MORE_DIGITS = re.compile(rf"[{_SEPARATORS}]*(?P<digits>[0-9]+)")


def digit_ends(folded: str) -> list[int]:
    """Where each group of digits ends, as far as digits can belong to one number."""
    ends: list[int] = []
    count, group = 0, _FIRST_DIGITS.match(folded)
    while group and count <= _MOST_DIGITS:
        count += len(group["digits"])
        ends.append(group.end())
        group = _MORE_DIGITS.match(folded, group.end())
    return ends


@lru_cache(maxsize=256)  # one line is read in several ways, and each asks after the same beginnings
def valid(written: str, default_country: str) -> E164 | None:
    import phonenumbers

    parsed = next(filter(phonenumbers.is_valid_number, _parsed(written, default_country)), None)
    if parsed is None:
        return None
    try:
        return e164(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    except ValueError:  # a valid number of fewer than seven digits cannot be bought
        return None


def _parsed(written: str, default_country: str) -> "Iterator[PhoneNumber]":
    """Every way to read it, whether it is a valid number or not."""
    import phonenumbers

    plain = digits(written)
    spellings = [f"+{plain}"] if "+" in written else [plain]
    if plain.startswith("00"):
        # The commonest international prefix, for where the default country's own is another.
        spellings.append(f"+{plain[2:]}")
    for spelling in spellings:
        try:
            yield phonenumbers.parse(spelling, default_country)
        except phonenumbers.NumberParseException:
            continue


def country_of(number: E164) -> str | None:
    import phonenumbers

    code = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    return code if code in supported() else None


def land_of(written: str) -> str | None:
    """The country whose code it begins with, behind its plus: the largest of those that share it."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(f"+{digits(written)}")
    except phonenumbers.NumberParseException:
        return None
    code = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return code if code in supported() else None


def fault(written: str, default_country: str) -> str:
    """What is wrong with it: `too short for`, `too long for` or `not` a valid number."""
    from phonenumbers import ValidationResult, is_possible_number_with_reason

    read_so = [*_parsed(written, default_country)]
    verdict = is_possible_number_with_reason(read_so[-1]) if read_so else ValidationResult.INVALID_LENGTH
    faults = {ValidationResult.TOO_SHORT: "too short for", ValidationResult.TOO_LONG: "too long for"}
    return faults.get(verdict, "not")


def digits(folded: str) -> str:
    return re.sub("[^0-9]", "", folded)

"""What somebody typed after `/buynumber`, read into one typed command. The forms are those of `/buynumber help`.

Pure: knows phone numbers and how Slack escapes what people type. Knows nothing of who typed it, whether they may, or
whether the number is for sale.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.numbers import E164, e164
from handlers.typed import UNSEEN, as_typed, folded_line, unwrapped
from handlers.views.wording import REASON_LIMIT, cut, escape, one_line

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

# Room for the longest reason with every character escaped, a number and Slack's links; far below what costs time.
_LONGEST_LINE = 8_000
_ECHOED = 40
_MOST_DIGITS = 20  # fifteen of E.164 and the longest international prefix

# Matched against a folded line: see `folded_line`.
_SEPARATORS = rf"-. ()\[\]/·・{UNSEEN}"
_FIRST_DIGITS = re.compile(rf"(?:tel:)?[{_SEPARATORS}]*(?:\+[{_SEPARATORS}]*)?(?P<digits>[0-9]+)", re.IGNORECASE)
_MORE_DIGITS = re.compile(rf"[{_SEPARATORS}]*(?P<digits>[0-9]+)")
_CLEAN_END = re.compile(rf"[-.()\[\]/·・{UNSEEN}]*(?:[ ,;:]|$)")
_BEFORE_REASON = re.compile(rf"(?:[-/ ,;.)\]{UNSEEN}]|:(?= |$))*(?:for(?=[ :]|$):? *)?", re.IGNORECASE)
_COUNTRY = re.compile(r"(?P<code>[A-Za-z]{2})(?: (?P<rest>.*)|(?P<glued>[0-9].*))?")
_SEARCHED = re.compile(rf"(?:[{_SEPARATORS}]*[0-9])+[{_SEPARATORS}]*")
_MONTH = re.compile("[1-9][0-9]{3}-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class RequestNumber:
    """Request this number. The reason is one line, un-escaped, maybe empty."""

    number: E164
    reason: str


@dataclass(frozen=True, slots=True)
class OpenPicker:
    """Open the picker, filtered by `country` (ISO 3166 alpha-2; `None`: as it comes) and by digits anywhere."""

    country: str | None
    digits: str


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """`status`."""


@dataclass(frozen=True, slots=True)
class Switch:
    """`freeze`, or `unfreeze`: the kill switch."""

    freezes: bool


@dataclass(frozen=True, slots=True)
class Why:
    """`why +…`: what is known of the number."""

    number: E164


@dataclass(frozen=True, slots=True)
class Report:
    """`report`; `month` is `2026-11`, or `None` for the present one."""

    month: str | None


@dataclass(frozen=True, slots=True)
class Help:
    """`help`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhichNumber:
    """Two valid readings of the same digits: the caller is asked. Each has its own reason."""

    shorter: E164
    longer: E164
    reason_of_shorter: str
    reason_of_longer: str


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """`problem` is one line of mrkdwn: what was wrong and what to do next."""

    problem: str


Command = RequestNumber | OpenPicker | ShowStatus | Switch | Why | Report | Help | WhichNumber | NotUnderstood

_ALONE: dict[str, Command] = {
    "status": ShowStatus(),
    "freeze": Switch(freezes=True),
    "unfreeze": Switch(freezes=False),
    "help": Help(),
}
_WORDS = (*_ALONE, "report", "why")


def read(text: str, *, default_country: str) -> Command:
    """Reads the command's `text` as Slack sends it (`should_escape`). `default_country` is ISO 3166 alpha-2.

    Never raises. The first form that fits counts: nothing, a word of its own (`status`, `report 2026-11`), a country
    in capitals, a number.
    """
    text = text.strip()
    if len(text) > _LONGEST_LINE:
        return NotUnderstood(f"That is too long to read: a reason has at most {REASON_LIMIT} characters. Shorten it.")
    line = unwrapped(as_typed(one_line(text)))
    if not line:
        return OpenPicker(None, "")
    folded = folded_line(line)
    seen = folded.replace(UNSEEN, "")
    if seen.partition(" ")[0].casefold() == "why":
        return _why(seen.partition(" ")[2], default_country)
    return _word(seen) or _country(seen) or _number(line, folded, default_country)


def _word(line: str) -> Command | None:
    word, _, rest = line.partition(" ")
    word = word.casefold()
    if word == "report":
        return _report(rest)
    if word not in _ALONE:
        return None
    if rest:
        return NotUnderstood(f"Nothing may follow {word}, but “{_shown(rest)}” does. Write {word} alone.")
    return _ALONE[word]


def _why(rest: str, default_country: str) -> Command:
    number = _valid(rest, default_country)
    if number is not None:
        return Why(number)
    wrong = f"“{_shown(rest)}” is not a number" if rest else "It takes a number"
    return NotUnderstood(f"{wrong}. Write it with + and its country code: why +91 98765 43210.")


def _report(rest: str) -> Command:
    if not rest:
        return Report(None)
    if _MONTH.fullmatch(rest):
        return Report(rest)
    return NotUnderstood(f"“{_shown(rest)}” is not a month. Write year and month: report 2026-11.")


def _country(line: str) -> Command | None:
    written = _COUNTRY.fullmatch(line)
    if written is None:
        return None
    from phonenumbers import SUPPORTED_REGIONS

    code, rest = written["code"].upper(), written["glued"] or written["rest"] or ""
    is_known = code in SUPPORTED_REGIONS
    is_search = not rest or _SEARCHED.fullmatch(rest) is not None
    digits = _digits(rest)
    if not written["code"].isupper():
        meant = _shown(f"{code} {digits}".rstrip()) if is_known and is_search else None
        return NotUnderstood(f"A country is written in capitals. Did you mean {meant}?") if meant else None
    if is_known and is_search and len(digits) <= _MOST_DIGITS:
        return OpenPicker(code, digits)
    if is_known:
        return NotUnderstood(f"After {code} come only digits to search for, such as {code} 80. Leave the rest out.")
    if is_search:
        advice = "the United Kingdom is GB" if code == "UK" else "write two capitals such as IN"
        return NotUnderstood(f"{code} is not a country with phone numbers: {advice}.")
    return None


def _number(line: str, folded: str, default_country: str) -> Command:
    ends = _digit_ends(folded)
    if not ends:
        return _no_number(line)
    # Digits glued to what follows (`24h`, `-24`) are the number's only when nothing else is one.
    clean = [end for end in ends if _CLEAN_END.match(folded, end)]
    readings = _readings(line, folded, clean, default_country) or _readings(line, folded, ends, default_country)[-1:]
    if not readings:
        return _not_valid(folded[: ends[-1]], default_country)
    *others, longest = readings
    shorter = others[-1] if others else longest
    if len(shorter.reason) > REASON_LIMIT:
        return NotUnderstood(
            f"A reason has at most {REASON_LIMIT} characters, this one {len(shorter.reason)}. Shorten it."
        )
    if shorter is longest:
        return longest
    return WhichNumber(
        shorter=shorter.number, longer=longest.number, reason_of_shorter=shorter.reason, reason_of_longer=longest.reason
    )


def _digit_ends(folded: str) -> list[int]:
    """Where each group of digits ends, as far as digits can belong to one number."""
    ends: list[int] = []
    count, group = 0, _FIRST_DIGITS.match(folded)
    while group and count <= _MOST_DIGITS:
        count += len(group["digits"])
        ends.append(group.end())
        group = _MORE_DIGITS.match(folded, group.end())
    return ends


def _readings(line: str, folded: str, ends: list[int], default_country: str) -> list[RequestNumber]:
    """The valid numbers among the beginnings of the line, shortest first, each with the rest as its reason."""
    readings: list[RequestNumber] = []
    for end in ends:
        number = _valid(folded[:end], default_country)
        if number is not None:
            before = _BEFORE_REASON.match(folded, end)
            readings.append(RequestNumber(number, line[before.end() if before else end :]))
    return readings


def _valid(written: str, default_country: str) -> E164 | None:
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

    digits = _digits(written)
    spellings = [f"+{digits}"] if "+" in written else [digits]
    if digits.startswith("00"):
        # The commonest international prefix, for where the default country's own is another.
        spellings.append(f"+{digits[2:]}")
    for spelling in spellings:
        try:
            yield phonenumbers.parse(spelling, default_country)
        except phonenumbers.NumberParseException:
            continue


def _not_valid(written: str, default_country: str) -> NotUnderstood:
    from phonenumbers import ValidationResult, is_possible_number_with_reason

    read_so = [*_parsed(written, default_country)]
    verdict = is_possible_number_with_reason(read_so[-1]) if read_so else ValidationResult.INVALID_LENGTH
    faults = {ValidationResult.TOO_SHORT: "too short for", ValidationResult.TOO_LONG: "too long for"}
    fault = faults.get(verdict, "not")
    return NotUnderstood(
        f"“{_shown(written)}” is {fault} a valid number. Write it with + and its country code: +91 98765 43210."
    )


def _no_number(line: str) -> NotUnderstood:
    word = line.partition(" ")[0]
    near = difflib.get_close_matches(word[:_ECHOED].casefold(), _WORDS, n=1, cutoff=0.75)
    if near:
        return NotUnderstood(f"“{_shown(word)}” is not understood. Did you mean {near[0]}?")
    return NotUnderstood(f"“{_shown(line)}” is not understood. Begin with the number: +91 98765 43210 for support.")


def _digits(folded: str) -> str:
    return re.sub("[^0-9]", "", folded)


def _shown(text: str) -> str:
    return cut(escape(text), _ECHOED)

"""What somebody typed after `/buynumber`, read into one typed command. The forms are those of `/buynumber help`.

Pure: knows phone numbers and how Slack escapes what people type. Knows nothing of who typed it, whether they may, or
whether the number is for sale.
"""

import difflib
import re
from dataclasses import dataclass

from bot.domain.basket import MOST
from bot.domain.numbers import E164
from handlers import dialled, search, several
from handlers.countries import named_country, supported
from handlers.typed import CLOSING, UNSEEN, as_typed, folded_line, unwrapped
from handlers.views.wording import REASON_LIMIT, cut, escape, one_line

# Room for the longest reason with every character escaped, a number and Slack's links; far below what costs time.
_LONGEST_LINE = 8_000
_ECHOED = 40

# Matched against a folded line: see `folded_line`.
_CLEAN_END = re.compile(rf"[-.()\[\]/·・{UNSEEN}{''.join(CLOSING)}]*(?:[ ,;:&|]|$)")
_BEFORE_REASON = re.compile(rf"(?:[-/ ,;.)\]{UNSEEN}]|:(?= |$))*(?:for(?=[ :]|$):? *)?", re.IGNORECASE)
_CODE = re.compile(r"(?P<code>[A-Za-z]{2})(?:[ ,:;]+(?P<rest>.*)|(?P<glued>[0-9].*)|[,:;])?")
_FOR = re.compile(rf"(?:[-/ ,;.)\]{UNSEEN}]|:(?= |$))*for(?=[ :]|$):? *", re.IGNORECASE)
_WHAT_FOR = re.compile(r"(?:^|[ ,;])for(?:$|[ :]+)", re.IGNORECASE)
_LIKE_A_NUMBER = re.compile(r"(?:\+[-. ()]*|\b)[0-9](?:[-. ()]*[0-9]){6,}")
_MONTH = re.compile("[1-9][0-9]{3}-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class RequestNumber:
    """Request this number. The reason is one line, un-escaped, maybe empty."""

    number: E164
    reason: str


@dataclass(frozen=True, slots=True)
class RequestNumbers:
    """Request all of these at once, each named once; the reason is as for one."""

    numbers: tuple[E164, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class OpenPicker:
    """Open the picker with `country` (ISO 3166 alpha-2; `None`: as it comes), what to search for, and the reason."""

    country: str | None
    search: str
    reason: str = ""
    numbers: tuple[E164, ...] = ()
    """Those that are chosen already."""


@dataclass(frozen=True, slots=True)
class LookFor:
    """Words: open the picker if something on sale is called so, otherwise `problem` is what to say."""

    opens: OpenPicker
    problem: str


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
    """`problem` is one line of mrkdwn: what was wrong and what to do next; the picker may help, opened so."""

    problem: str
    opens: OpenPicker = OpenPicker(None, "")


Command = (
    RequestNumber
    | RequestNumbers
    | OpenPicker
    | LookFor
    | ShowStatus
    | Switch
    | Why
    | Report
    | Help
    | WhichNumber
    | NotUnderstood
)

_ALONE: dict[str, Command] = {
    "status": ShowStatus(),
    "freeze": Switch(freezes=True),
    "unfreeze": Switch(freezes=False),
    "help": Help(),
}
_WORDS = (*_ALONE, "report", "why")


def read(text: str, *, default_country: str) -> Command:
    """Reads the command's `text` as Slack sends it (`should_escape`). `default_country` is ISO 3166 alpha-2.

    Never raises. The first form that fits counts: nothing, a word of its own (`status`, `report 2026-11`), a number,
    a country, words.
    """
    text = text.strip()
    if len(text) > _LONGEST_LINE:
        return NotUnderstood(f"That is too long to read: a reason has at most {REASON_LIMIT} characters. Shorten it.")
    line = unwrapped(as_typed(one_line(text)))
    if not line:
        return OpenPicker(None, "")
    folded = folded_line(line)
    return (
        _word(folded.replace(UNSEEN, ""), default_country)
        or _number(line, folded, default_country)
        or _country(line, folded)
        or _words(line, folded)
    )


def _word(line: str, default_country: str) -> Command | None:
    word, _, rest = line.partition(" ")
    word = word.casefold()
    if word == "report":
        return _report(rest)
    if word == "why":
        return _why(rest, default_country)
    if word not in _ALONE:
        return None
    if rest:
        return NotUnderstood(f"Nothing may follow {word}, but “{_shown(rest)}” does. Write {word} alone.")
    return _ALONE[word]


def _why(rest: str, default_country: str) -> Command:
    number = dialled.valid(rest, default_country)
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


def _country(line: str, folded: str) -> Command | None:
    """By its code or its name, and what to search for in it."""
    asked, reason = _what_for(line, folded)
    written = _CODE.fullmatch(asked)
    code, rest = (written["code"], written["glued"] or written["rest"] or "") if written else ("", "")
    is_code = code.upper() in supported()
    if is_code and (code.isupper() or not search.read(rest).words):
        return OpenPicker(code.upper(), rest[: search.LONGEST], reason)
    named = named_country(asked)
    if named is not None:
        rest = named[1] if search.read(named[1]) != search.Search() else ""
        return OpenPicker(named[0], rest[: search.LONGEST], reason)
    if is_code:  # small words are codes too: `is`, `in`, `no`
        return LookFor(OpenPicker(code.upper(), rest[: search.LONGEST], reason), _not_understood(line))
    if code.isupper() and not search.read(rest).words:
        return NotUnderstood(f"{code} is not a country with phone numbers: write its name, or two capitals such as IN.")
    return None


def _what_for(line: str, folded: str) -> tuple[str, str]:
    """What is asked for, with nothing unseen in it, and the reason behind `for`."""
    behind = _WHAT_FOR.search(folded)
    asked, reason = (folded, "") if behind is None else (folded[: behind.start()], line[behind.end() :])
    return asked.replace(UNSEEN, "").strip(), reason


def _number(line: str, folded: str, default_country: str) -> Command | None:
    ends = dialled.digit_ends(folded)
    if not ends:
        return None
    if read_so := _several(line, folded, default_country):
        return read_so
    # Digits glued to what follows (`24h`, `-24`) are the number's only when nothing else is one.
    clean = [end for end in ends if _CLEAN_END.match(folded, end)]
    readings = _readings(line, folded, clean, default_country) or _readings(line, folded, ends, default_country)[-1:]
    if not readings:
        return _no_valid_number(line, folded, folded[: ends[-1]], default_country)
    *others, (longest, end) = readings
    if lost := _lost(folded[end:], default_country):
        return _not_a_reason(lost)
    shorter = others[-1][0] if others and not _FOR.match(folded, end) else longest
    if len(shorter.reason) > REASON_LIMIT:
        return OpenPicker(dialled.country_of(longest.number), longest.number, longest.reason)
    if shorter is longest:
        return longest
    return WhichNumber(
        shorter=shorter.number, longer=longest.number, reason_of_shorter=shorter.reason, reason_of_longer=longest.reason
    )


def _several(line: str, folded: str, default_country: str) -> Command | None:
    """Numbers one after another, and after the last the reason; `None` for fewer than two.

    Beside others nothing is guessed: a number that can be read in two ways, or in none, is said.
    """

    def readings(rest: str) -> list[tuple[int, E164]]:
        ends = [end for end in dialled.digit_ends(rest) if _CLEAN_END.match(rest, end) or rest.startswith("+", end)]
        return [(end, number) for end in ends if (number := dialled.valid(rest[:end], default_country)) is not None]

    found = several.numbers_in(folded, readings)
    if found.not_one:
        return NotUnderstood(_why_not_valid(found.not_one, default_country))
    if len(found.numbers) < 2:
        return None
    if found.doubtful:
        return NotUnderstood(f"“{_shown(found.doubtful)}” can be read as two numbers. Ask for it by itself.")
    if lost := _lost(folded[found.end :], default_country):
        return _not_a_reason(lost)
    before = _BEFORE_REASON.match(folded, found.end)
    reason, numbers = line[before.end() if before else found.end :], tuple(dict.fromkeys(found.numbers))
    if len(numbers) > MOST:
        return NotUnderstood(f"At most {MOST} numbers go together, these are {len(numbers)}. Ask for fewer at once.")
    if len(reason) > REASON_LIMIT:
        return _to_shorten(numbers, reason)
    return RequestNumbers(numbers, reason) if len(numbers) > 1 else RequestNumber(numbers[0], reason)


def _to_shorten(numbers: tuple[E164, ...], reason: str) -> OpenPicker:
    """A form has the numbers of one country: those of others stand before the reason, so that nothing is lost."""
    country = dialled.country_of(numbers[0])
    here = tuple(number for number in numbers if dialled.country_of(number) == country)
    return OpenPicker(country, "", ", ".join([*(number for number in numbers if number not in here), reason]), here)


def _lost(rest: str, default_country: str) -> str:
    """A number that would silently become a reason: it stands before any `for`, or has another `for` behind it."""
    for like in _LIKE_A_NUMBER.finditer(rest):
        if _WHAT_FOR.search(rest[: like.start()]) and not _FOR.match(rest, like.end()):
            continue
        ends = dialled.digit_ends(like[0])
        if "+" in like[0] or any(dialled.valid(like[0][:end], default_country) for end in ends):
            return like[0]
    return ""


def _not_a_reason(lost: str) -> NotUnderstood:
    how = "Write all numbers first, with commas between, then for and the reason."
    return NotUnderstood(f"“{_shown(lost)}” would be part of the reason. {how}")


def _readings(line: str, folded: str, ends: list[int], default_country: str) -> list[tuple[RequestNumber, int]]:
    """The valid numbers among the beginnings of the line, shortest first, each with the rest as its reason and where
    it ends.
    """
    readings: list[tuple[RequestNumber, int]] = []
    for end in ends:
        number = dialled.valid(folded[:end], default_country)
        if number is not None:
            before = _BEFORE_REASON.match(folded, end)
            readings.append((RequestNumber(number, line[before.end() if before else end :]), end))
    return readings


def _no_valid_number(line: str, folded: str, written: str, default_country: str) -> Command:
    """Digits without a plus are something to search for, unless words that say nothing follow them."""
    problem = _why_not_valid(written, default_country)
    if "+" in written:
        return NotUnderstood(problem, OpenPicker(dialled.land_of(written), dialled.digits(written)[: search.LONGEST]))
    asked, reason = _what_for(line, folded)
    if named_country(asked) is not None:
        return _country(line, folded) or NotUnderstood(problem)
    opens = OpenPicker(None, asked[: search.LONGEST], reason)
    return LookFor(opens, problem) if search.read(asked).words else opens


def _why_not_valid(written: str, default_country: str) -> str:
    fault = dialled.fault(written, default_country)
    return f"“{_shown(written)}” is {fault} a valid number. Write it with + and its country code: +91 98765 43210."


def _words(line: str, folded: str) -> Command:
    asked, reason = _what_for(line, folded)
    wanted = search.read(asked)
    if not wanted.words and (wanted.can or wanted.digits or wanted.ending):
        return OpenPicker(None, asked[: search.LONGEST], reason)
    word = line.partition(" ")[0]
    near = difflib.get_close_matches(word[:_ECHOED].casefold(), _WORDS, n=1, cutoff=0.75)
    if near:
        return NotUnderstood(f"“{_shown(word)}” is not understood. Did you mean {near[0]}?")
    if not wanted.words:
        return NotUnderstood(_not_understood(line))
    return LookFor(OpenPicker(None, asked[: search.LONGEST], reason), _not_understood(line))


def _not_understood(line: str) -> str:
    return f"“{_shown(line)}” is not understood. Begin with the number: +91 98765 43210 for support."


def _shown(text: str) -> str:
    return cut(escape(text), _ECHOED)

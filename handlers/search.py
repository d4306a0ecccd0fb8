"""What somebody looks for among numbers: words and digits in one line, what they ask for, and which numbers fit.

Pure: knows how people write digits (`typed.py`) and what a listing states. Knows nothing of forms or the provider.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bot.domain.money import Money, UnusableAmount
from bot.domain.numbers import E164, Listing
from handlers.typed import folded

LONGEST = 100
"""Characters of a search that are read."""

_CAN = {
    **dict.fromkeys(("voice", "call", "calls", "calling"), "voice"),
    **dict.fromkeys(("sms", "text", "texts", "texting"), "sms"),
    **dict.fromkeys(("mms", "fax"), ""),
}
"""What people call it, by what the provider does; nothing where both say the same."""

_ENDS = frozenset({"end", "ends", "ending"})
_FILLING = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "at",
        "can",
        "contains",
        "from",
        "in",
        "me",
        "number",
        "numbers",
        "of",
        "some",
        "the",
        "with",
    ]
)
"""Words that ask for nothing."""

_SAME = (
    (re.compile(r"\b(?:toll free|free ?phone)\b"), "tollfree"),
    (re.compile(r"\bnew delhi\b"), "delhi"),
    (re.compile(r"\bbangalore\b"), "bengaluru"),
    (re.compile(r"\bbombay\b"), "mumbai"),
    (re.compile(r"\bcalcutta\b"), "kolkata"),
    (re.compile(r"\bmadras\b"), "chennai"),
    (re.compile(r"\bgurgaon\b"), "gurugram"),
)
"""Names of one place, or of one kind of number."""

_TRUNK_ZERO = re.compile(r"[(\[]\s*0\s*[)\]]")
_PART = re.compile(r"[0-9]+|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Search:
    """What has to be true of a number: its place holds the `words`, it `can` all of that, and its digits are so."""

    words: tuple[str, ...] = ()
    can: frozenset[str] = frozenset()
    digits: tuple[str, ...] = ()
    """Each stands somewhere in it."""
    ending: str = ""


@dataclass(slots=True)
class Look:
    """Numbers that the provider lists alike in everything but their digits."""

    listing: Listing
    """Any of them."""
    numbers: list[E164] = field(default_factory=list)
    place: str = field(init=False)
    """The words of its region, a blank before each."""
    charge: Money | None = field(init=False)
    """Setup fee and first month; `None` where the provider does not state both."""
    _line: str = field(default="", init=False)
    _in_line: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.place = "".join(f" {part}" for part in _parts(self.listing.region or ""))
        self.charge = _charge(self.listing.setup_fee, self.listing.monthly_fee)

    @property
    def region(self) -> str:
        return self.listing.region or ""

    @property
    def line(self) -> str:
        """All its numbers, an end of line behind each: what is not in it is in none of them."""
        if self._in_line != len(self.numbers):
            self._line, self._in_line = "".join(f"{number}\n" for number in self.numbers), len(self.numbers)
        return self._line


@dataclass(frozen=True, slots=True)
class Found:
    """What fits: numbers by their looks, those of one place beside one another."""

    looks: tuple[tuple[Look, Sequence[E164]], ...] = ()
    unknown: tuple[str, ...] = ()
    """Words that no place has: then nothing fits."""
    too_dear: int = 0
    """How many would fit if they cost less."""

    @property
    def count(self) -> int:
        return sum(len(numbers) for _, numbers in self.looks)


def read(text: str) -> Search:
    """`80 sms` · `Mumbai` · `ends 007` · `toll free`. Groups of digits beside one another are one. Never raises."""
    words: list[str] = []
    can: set[str] = set()
    digits: list[str] = []
    ending, ends, beside = "", False, False
    for part in _parts(text[:LONGEST]):
        is_digits = part.isdecimal()
        if is_digits and ends:
            ending += part
        elif is_digits and beside:
            digits[-1] += part
        elif is_digits:
            digits.append(part)
        elif part in _CAN:
            can.add(_CAN[part] or part)
        elif part not in _ENDS and part not in _FILLING:
            words.append(part)
        ends = part in _ENDS or (ends and (is_digits or part in _FILLING))
        beside = is_digits and not ends
    return Search(tuple(words), frozenset(can), tuple(digits), ending)


def are_known(looks: Sequence[Look], words: Sequence[str]) -> bool:
    """Is something here called so?"""
    return not _unknown(looks, words)


def find(looks: Sequence[Look], wanted: Search, may_charge: Callable[[Money], bool] = lambda _: True) -> Found:
    """What fits among `looks`, in their order. A charge that is not stated is not too dear."""
    unknown = _unknown(looks, wanted.words)
    if unknown:
        return Found(unknown=unknown)
    there = looks
    for named in [f" {word}" for word in wanted.words]:
        there = [look for look in there if named in look.place]
    if not there:  # each word is a place of its own
        there = [look for look in looks if any(f" {word}" in look.place for word in wanted.words)]
    able = [look for look in there if wanted.can.issubset(look.listing.capabilities or ())] if wanted.can else there
    fitting = _with_digits(able, wanted.digits, wanted.ending)
    if not fitting and any("0" in piece for piece in wanted.digits):
        fitting = _with_digits(able, tuple(map(_without_trunk_zero, wanted.digits)), wanted.ending)
    paid = [(look, numbers) for look, numbers in fitting if look.charge is None or may_charge(look.charge)]
    if len(paid) == len(fitting):
        return Found(tuple(paid))
    too_dear = sum(len(numbers) for _, numbers in fitting) - sum(len(numbers) for _, numbers in paid)
    return Found(tuple(paid), too_dear=too_dear)


def _unknown(looks: Sequence[Look], words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if not any(f" {word}" in look.place for look in looks))


def _charge(setup: Money | None, monthly: Money | None) -> Money | None:
    if setup is None or monthly is None:
        return None
    try:
        return setup + monthly
    except UnusableAmount:
        return None


def _with_digits(looks: Iterable[Look], digits: tuple[str, ...], ending: str) -> list[tuple[Look, Sequence[E164]]]:
    fitting: list[tuple[Look, Sequence[E164]]] = []
    for look in looks:
        numbers: Sequence[E164] = look.numbers
        for piece in digits:
            numbers = [number for number in numbers if piece in number] if piece in look.line else ()
        if ending:
            numbers = [number for number in numbers if number.endswith(ending)] if f"{ending}\n" in look.line else ()
        if numbers:
            fitting.append((look, numbers))
    return fitting


def _without_trunk_zero(piece: str) -> str:
    """As it stands behind a country code: `022` as `22`, `0091` as `91`; `91022` as `+9122`, which begins a number."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as CALLING_CODES

    plain = piece[2:] if piece.startswith("00") else piece.removeprefix("0")
    for size in (1, 2, 3):
        if plain[size : size + 1] == "0" and int(plain[:size]) in CALLING_CODES:
            return f"+{plain[:size]}{plain[size + 1 :]}"
    return plain


def _parts(text: str) -> list[str]:
    """Its words and its groups of digits, as they are compared."""
    plain = unicodedata.normalize("NFKD", _TRUNK_ZERO.sub("", folded(text)).casefold())
    line = " ".join(_PART.findall("".join(character for character in plain if not unicodedata.combining(character))))
    for name, same in _SAME:
        line = name.sub(same, line)
    return line.split()

"""Countries as people name them: `india`, `the U.K.`, `80 hong kong`. Knows those that have phone numbers.

All names of a country are known here alone: what is typed, what a form's list narrows by, and a place that says its
country already are read by the same ones.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache

from handlers.views.wording import country

_WORDS_IN_A_NAME = 6
_ALSO_CALLED = {
    **dict.fromkeys(("uk", "u k", "britain", "great britain", "england", "scotland", "wales"), "GB"),
    **dict.fromkeys(("northern ireland", "united kingdom of great britain and northern ireland"), "GB"),
    **dict.fromkeys(("usa", "u s", "u s a", "america", "united states of america"), "US"),
    **dict.fromkeys(("uae", "u a e", "emirates"), "AE"),
    **dict.fromkeys(("hk", "hongkong"), "HK"),
    **dict.fromkeys(("korea", "republic of korea"), "KR"),
    **dict.fromkeys(("czech republic", "czech"), "CZ"),
    **dict.fromkeys(("dr congo", "drc", "democratic republic of congo"), "CD"),
    **dict.fromkeys(("congo", "republic of congo"), "CG"),
    **dict.fromkeys(("holland", "netherland"), "NL"),
    **dict.fromkeys(("vatican", "holy see"), "VA"),
    **dict.fromkeys(("palestine", "west bank"), "PS"),
    **dict.fromkeys(("ksa", "kingdom of saudi arabia"), "SA"),
    "bharat": "IN",
    "turkey": "TR",
    "macau": "MO",
    "prc": "CN",
    "russian federation": "RU",
    "ivory coast": "CI",
    "cape verde": "CV",
    "swaziland": "SZ",
    "macedonia": "MK",
    "east timor": "TL",
    "viet nam": "VN",
    "deutschland": "DE",
    "phillipines": "PH",
}
"""Beside their English names, which are CLDR's."""

_OTHER_PLACES = {"new jersey": "", "new mexico": ""}
"""They end in a country's name, and are no country."""

_WORD = re.compile(r"[^\W_]+")
_SIGNS = " ,:;.-"
_THE = re.compile(r"\bthe$", re.IGNORECASE)
_PARTS = re.compile(r"\s*[,;/|()]\s*|\s+-\s+")


def named_country(asked: str) -> tuple[str, str] | None:
    """The country that is named in it, by the longest of the names, and the rest.

    A code counts behind all else, and in capitals: small ones are words.
    """
    words = [word for word in _WORD.finditer(asked) if word[0].casefold() != "the"]
    for size in range(min(len(words), _WORDS_IN_A_NAME), 0, -1):
        for first in range(len(words) - size + 1):
            named = words[first : first + size]
            code = _names().get(" ".join(_plain(word[0]) for word in named))
            if code is not None:
                return (code, _without(asked, named[0].start(), named[-1].end())) if code else None
    last = words[-1] if words else None
    if last is not None and last[0] in supported() and not asked[: last.start()].isupper():
        return last[0], _without(asked, last.start(), last.end())
    return None


def _without(asked: str, start: int, end: int) -> str:
    before = _THE.sub("", asked[:start].rstrip(_SIGNS + "(")).rstrip(_SIGNS)
    return f"{before} {asked[end:].lstrip(_SIGNS + ')')}".strip()


def is_called(words: str, code: str) -> bool:
    """Are these words, as a whole, that country's code or one of its names?"""
    named = named_country(words)
    return words.strip() == code or (named is not None and named == (code, ""))


def matching(typed: str) -> list[str]:
    """Codes of the countries that have phone numbers and whose code or one of whose names holds what was typed.

    Those that are called so come first, then those with a name that begins so, each by name.
    """
    wanted = " ".join(_plain(word) for word in _WORD.findall(typed))
    if not wanted:
        return sorted(supported(), key=country) if not typed.strip() else []
    ranks: dict[str, int] = {}
    for name, code in [*_names().items(), *((code.casefold(), code) for code in supported())]:
        if code and wanted in name:
            rank = 0 if name == wanted else 1 if name.startswith(wanted) else 2
            ranks[code] = min(rank, ranks.get(code, rank))
    return sorted(ranks, key=lambda code: (ranks[code], country(code)))


def place(code: str | None, region: str | None) -> str:
    """`Bengaluru, India`; the country once, whatever the region calls it. Empty where neither is known."""
    parts = [part for part in _PARTS.split(" ".join((region or "").split())) if part]
    kept = [*dict.fromkeys(part for part in parts if not is_called(part, code or ""))]
    return ", ".join(filter(None, [*([region] if kept == parts else kept), country(code) if code else ""]))


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Countries with phone numbers, by what they are called, in plain words."""
    names: dict[str, str] = {}
    for code in supported():
        full = country(code)
        spelled = {full, full.removesuffix(" SAR China"), re.sub(r"\bSt\.", "Saint", full), full.replace("&", "and")}
        spelled |= {*re.split(r" & | \(|\)", full)} if not full.startswith("St.") else set()
        names |= {" ".join(map(_plain, _WORD.findall(name))): code for name in spelled}
    return {name: code for name, code in names.items() if name} | _ALSO_CALLED | _OTHER_PLACES


def _plain(word: str) -> str:
    """In small letters, without accents."""
    letters = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def supported() -> Collection[str]:
    from phonenumbers import SUPPORTED_REGIONS

    return SUPPORTED_REGIONS

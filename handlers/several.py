"""Several numbers in one line, as people write them one after another. What a valid number is, the grammar says."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.numbers import E164
from handlers.typed import CLOSING, UNSEEN

_GAP = re.compile(rf"(?:[-\s,;&/|>\u2022\u00b7{UNSEEN}{''.join(CLOSING)}]|\b(?:and|plus)\b)*", re.IGNORECASE)
_BEGINS = re.compile(r"[+(0-9]|tel:", re.IGNORECASE)
_LISTS = re.compile("[^- ]")
_CLEAR_END = re.compile(rf"[ {UNSEEN}]*(?:[,;&+|]|for\b|and\b|plus\b|$)", re.IGNORECASE)
_MEANT_AS_ONE = re.compile(r"\+(?:[-. ()]*[0-9]){7,}")
_LISTED_AS_ONE = re.compile(rf"\(?[0-9](?:[-. ()]*[0-9]){{4,}}(?={_CLEAR_END.pattern})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a line begins with; `end` is where the last number ends."""

    numbers: tuple[E164, ...]
    end: int
    doubtful: str = ""
    """The first that can be read in two ways."""
    not_one: str = ""
    """What stands after a number, is meant as one, and is none."""


def numbers_in(folded: str, readings: Callable[[str], list[tuple[int, E164]]]) -> Found:
    """`readings` are the valid numbers with which a text begins, shortest first, each with its end."""
    numbers: list[E164] = []
    at, end, doubtful, gap = 0, 0, "", ""
    while valid := readings(folded[at:]):
        size, number = valid[-1]
        if len(valid) > 1 and not _CLEAR_END.match(folded, at + size):
            doubtful = doubtful or folded[at : at + size]
        numbers.append(number)
        end = _closed(folded, at + size, gap)
        between = _GAP.match(folded, end)
        at = between.end() if between else end
        gap = folded[end:at]
        if not _BEGINS.match(folded, at) or not (gap or folded.startswith("+", at)):
            return Found(numbers=tuple(numbers), end=end, doubtful=doubtful)
    meant = _MEANT_AS_ONE.match(folded, at) if numbers else None
    if numbers and _LISTS.search(gap):
        meant = meant or _LISTED_AS_ONE.match(folded, at)
    return Found(numbers=tuple(numbers), end=end, doubtful=doubtful, not_one=meant[0] if meant else "")


def _closed(folded: str, end: int, opened: str) -> int:
    """Where a number ends with the marks that close those before it."""
    for mark in reversed(opened):
        if mark in CLOSING and folded[end : end + 1] in [*CLOSING[mark]]:
            end += 1
    return end

"""Several numbers in one line, as people write them one after another. What a valid number is, the grammar says."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.numbers import E164
from handlers.typed import UNSEEN

_GAP = rf"[ ,;&/{UNSEEN}]+(?:and +)?"
_BETWEEN = re.compile(rf"(?:{_GAP})?(?=\+)|{_GAP}(?=[(0-9]|tel:)", re.IGNORECASE)
_CLEAR_END = re.compile(rf"[ {UNSEEN}]*(?:[,;&+]|for\b|and\b|$)", re.IGNORECASE)
_MEANT_AS_ONE = re.compile(r"\+(?:[-. ()]*[0-9]){7,}")


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
    at, end, doubtful = 0, 0, ""
    while valid := readings(folded[at:]):
        size, number = valid[-1]
        if len(valid) > 1 and not _CLEAR_END.match(folded, at + size):
            doubtful = doubtful or folded[at : at + size]
        numbers.append(number)
        end = at + size
        between = _BETWEEN.match(folded, end)
        if between is None:
            return Found(numbers=tuple(numbers), end=end, doubtful=doubtful)
        at = between.end()
    meant = _MEANT_AS_ONE.match(folded, at) if numbers else None
    return Found(numbers=tuple(numbers), end=end, doubtful=doubtful, not_one=meant[0] if meant else "")

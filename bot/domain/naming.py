"""Naming: which of many numbers a row of the ledger is about.

A row's words are looked up among the numbers, so that a long ledger and many numbers cost as much as both together.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from bot.domain.ledger import LedgerEntry
from bot.domain.numbers import E164

_DIGITS: Final = re.compile(r"[0-9]+")
_WORD: Final = re.compile(r"\w+")


class Names:
    """Some numbers, each with the id that the provider has for it, if it is known."""

    def __init__(self, numbers: Iterable[tuple[E164, str | None]]) -> None:
        self._by_digits = dict[str, E164]()
        self._by_id = defaultdict[tuple[str, ...], set[tuple[E164, str]]](set)
        for number, number_id in numbers:
            self._by_digits[number.removeprefix("+")] = number
            if number_id:
                self._by_id[tuple(_WORD.findall(number_id))].add((number, number_id))
        self._lengths = {len(words) for words in self._by_id}

    def of(self, row: LedgerEntry) -> list[E164]:
        """Those that the row names, and after them whatever else stands there in E.164 form."""
        found = [self._by_digits.get(digits.lstrip("0")) for digits in _DIGITS.findall(row.words)]
        words = _WORD.findall(row.words)
        for length in self._lengths:
            for place in range(len(words) - length + 1):
                candidates = self._by_id.get(tuple(words[place : place + length]), ())
                found += [number for number, number_id in candidates if row.names(number, number_id)]
        found += row.written_numbers
        return list(dict.fromkeys(number for number in found if number is not None))

"""Column types that are exact on both databases, and rows as the values that are kept in them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Dialect, Row, String, Table, Text, TypeDecorator

from bot.domain.versions import NotKnownHere

_AT_ONCE = 500
"""Fewer than either database takes values in one statement."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def in_parts(asked: Iterable[str]) -> Iterator[list[str]]:
    """Each once, as many at a time as a statement may ask for."""
    each = sorted({*asked})
    return (each[start : start + _AT_ONCE] for start in range(0, len(each), _AT_ONCE))


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as whole microseconds since 1970 (UTC)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Coded(TypeDecorator[StrEnum]):
    """One code of an enumeration, kept as its text. Reading raises `NotKnownHere` for a code of a newer version."""

    impl = String
    cache_ok = True

    def __init__(self, codes: type[StrEnum], length: int) -> None:
        super().__init__(length)
        self.codes = codes

    def process_bind_param(self, value: StrEnum | None, _dialect: Dialect) -> str | None:
        """As plain text: a driver asks around for what knows how to write down any other kind of it."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> StrEnum | None:
        try:
            return None if value is None else self.codes(value)
        except ValueError:
            raise NotKnownHere(f"the {self.codes.__name__.lower()} {value}") from None


class TextList(TypeDecorator[Sequence[str]]):
    """A list of words, kept as JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, _dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(json.loads(value))


def fields(row: Row[Any], table: Table, of: type[Any]) -> dict[str, Any]:
    """The fields of a slotted dataclass that are columns of these names; the row is the whole table's."""
    return {name: row[place] for name, place in _places(table, of)}  # type: ignore[arg-type]


def values(of: object, table: Table) -> dict[str, Any]:
    """The columns whose names a slotted dataclass's attributes have."""
    return {name: getattr(of, name) for name in _names(table, type(of))}  # type: ignore[arg-type]


@cache
def _places(table: Table, of: type[Any]) -> tuple[tuple[str, int], ...]:
    return tuple((column.key, place) for place, column in enumerate(table.c) if column.key in of.__slots__)


@cache
def _names(table: Table, of: type[Any]) -> tuple[str, ...]:
    return tuple(column.key for column in table.c if hasattr(of, column.key))

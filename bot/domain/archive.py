"""An archive: the oldest entries of the trail as lines of JSON, sealed by the entry that tells of the file.

The chain holds its entries together, and the entry in the database its bytes. Knows nothing of files or tables.
"""

import json
from collections.abc import Iterable, Iterator

from bot.domain.audit import Written

HEADER = b'{"archive":1}\n'


class NoArchive(ValueError):
    """These bytes are no archive; where it ceases to be one."""


def line(entry: Written) -> bytes:
    """One entry of it."""
    return f"{json.dumps(entry.facts(), ensure_ascii=False, separators=(',', ':'))}\n".encode()


def entries(lines: Iterable[bytes]) -> Iterator[Written]:
    """Its entries, as they stand. Raises `NoArchive`."""
    for number, found in enumerate(lines):
        if number == 0:
            if found != HEADER:
                raise NoArchive("it does not begin as an archive does")
            continue
        try:
            yield Written.of(json.loads(found))
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
            raise NoArchive(f"line {number + 1} is no entry") from None

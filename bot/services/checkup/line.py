"""One line of a checkup: what was tried, how it stands, and what settles it if it is not right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

NAMED = 10
"""Numbers and rows that one line names at most, and lines of a kind."""


class Mark(StrEnum):
    """How one thing stands."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing, and no fault."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was tried, in plain text for a terminal."""

    mark: Mark
    name: str
    """A setting's, or what it is about: the same for all lines of a kind."""
    words: str
    way: str = ""
    """What settles it: a command, a setting or a place. There is none where nothing is to be settled."""

    def __post_init__(self) -> None:
        if (self.mark is Mark.OK) is not (self.way == ""):
            raise ValueError(f"{self.name}: whatever is not right has a way out, and nothing else")

    @property
    def commands(self) -> list[str]:
        """Those that the way names, as they are typed."""
        return re.findall("`([^`]+)`", self.way)

    def __str__(self) -> str:
        return f"{self.mark.value:5}  {self.name}: {'; '.join(filter(None, (self.words, self.way)))}"


def ok(name: str, words: str) -> Line:
    return Line(Mark.OK, name, words)


def note(name: str, words: str, way: str) -> Line:
    return Line(Mark.NOTE, name, words, way)


def wrong(name: str, words: str, way: str) -> Line:
    return Line(Mark.WRONG, name, words, way)


def listed(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"

"""The small rules Block Kit is made of: texts, numbers, choices, lists, and objects with named keys.

Knows no block and no element. A rule looks at one value and notes every problem with the JSON pointer of its place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.sandbox.slack.shapes import Json, JsonObject


class Problems:
    """What is wrong, in Slack's form: `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def note(self, pointer: str, words: str) -> None:
        self.found.append(f"{words} [json-pointer:{pointer}]")


Rule: TypeAlias = Callable[[Problems, Json, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which keys an object must and may have; any other key is a problem, as it is for Slack."""

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)

    def __call__(self, problems: Problems, value: Json, pointer: str) -> None:
        if not isinstance(value, dict):
            problems.note(pointer, "must provide an object")
            return
        for key in self.required:
            if key not in value:
                problems.note(pointer, f"missing required field: {key}")
        for key, held in value.items():
            rule = self.required.get(key) or self.optional.get(key)
            if rule is None:
                problems.note(pointer, f"invalid additional property: {key}")
            else:
                rule(problems, held, f"{pointer}/{key}")


def anything(_problems: Problems, _value: Json, _pointer: str) -> None:
    """For what Slack checks and this stand-in does not."""


def flag(problems: Problems, value: Json, pointer: str) -> None:
    if not isinstance(value, bool):
        problems.note(pointer, "must provide a boolean")


def words(longest: int, *, shortest: int = 1) -> Rule:
    """A plain string."""

    def check(problems: Problems, value: Json, pointer: str) -> None:
        if not isinstance(value, str):
            problems.note(pointer, "must provide a string")
        elif len(value) < shortest:
            problems.note(pointer, f"must be more than {shortest - 1} characters")
        elif len(value) > longest:
            problems.note(pointer, f"must be less than {longest + 1} characters")

    return check


def whole(lowest: int, highest: int) -> Rule:
    def check(problems: Problems, value: Json, pointer: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            problems.note(pointer, "must provide a number")
        elif not lowest <= value <= highest:
            problems.note(pointer, f"must be between {lowest} and {highest}")

    return check


def one_of(*allowed: str) -> Rule:
    def check(problems: Problems, value: Json, pointer: str) -> None:
        if value not in allowed:
            problems.note(pointer, f"must be a valid enum value ({', '.join(allowed)})")

    return check


def listed(rule: Rule, *, most: int, least: int = 1) -> Rule:
    """A list whose every item keeps `rule`."""

    def check(problems: Problems, value: Json, pointer: str) -> None:
        if not isinstance(value, list):
            problems.note(pointer, "must provide an array")
            return
        if len(value) < least:
            problems.note(pointer, f"no fewer than {least} items allowed")
        if len(value) > most:
            problems.note(pointer, f"no more than {most} items allowed")
        for index, item in enumerate(value):
            rule(problems, item, f"{pointer}/{index}")

    return check


def typed(shapes: Mapping[str, Rule]) -> Rule:
    """An object whose `type` says which of `shapes` it has to keep."""

    def check(problems: Problems, value: Json, pointer: str) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            problems.note(pointer, "missing required field: type")
        elif kind not in shapes:
            problems.note(f"{pointer}/type", f"unsupported type: {kind}")
        else:
            shapes[kind](problems, value, pointer)

    return check


def plain(longest: int) -> Rule:
    """A `plain_text` object."""
    return typed({"plain_text": _plain_shape(longest)})


def any_text(longest: int) -> Rule:
    """A `plain_text` or `mrkdwn` object."""
    return typed({"plain_text": _plain_shape(longest), "mrkdwn": _mrkdwn_shape(longest)})


def _plain_shape(longest: int) -> Shape:
    return Shape(required={"type": anything, "text": words(longest)}, optional={"emoji": flag})


def _mrkdwn_shape(longest: int) -> Shape:
    return Shape(required={"type": anything, "text": words(longest)}, optional={"verbatim": flag})


def exactly_one(problems: Problems, value: JsonObject, pointer: str, keys: Sequence[str]) -> None:
    """Of these keys one has to be there, and no second."""
    present = [key for key in keys if key in value]
    if len(present) != 1:
        problems.note(pointer, f"must define exactly one of `{'` or `'.join(keys)}`")

"""JSON as types, and how to read it without trusting it.

Knows nothing of Slack. Everything that comes in over the wire passes through here once; what is missing or of
another kind reads as empty, so that the checks behind can name what is wrong.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None
JsonObject: TypeAlias = dict[str, Json]


def text_of(source: Mapping[str, Json], key: str, default: str = "") -> str:
    """The string under `key`; numbers count as their digits, because form fields and JSON differ there."""
    value = source.get(key)
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return default


def object_of(source: Mapping[str, Json], key: str) -> JsonObject:
    value = source.get(key)
    return dict(value) if isinstance(value, dict) else {}


def objects_of(source: Mapping[str, Json], key: str) -> list[JsonObject]:
    value = source.get(key)
    return [dict(item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def flag_of(source: Mapping[str, Json], key: str) -> bool | None:
    """A boolean as JSON or as a form writes it (`true`, `1`); `None` when it is absent or something else."""
    match source.get(key):
        case bool(value):
            return value
        case 1 | "1" | "true" | "True":
            return True
        case 0 | "0" | "false" | "False":
            return False
        case _:
            return None


def parsed(raw: str | bytes) -> Json:
    """Raises `ValueError` for what is no JSON."""
    value: Json = json.loads(raw)
    return value


def parsed_object(raw: str | bytes) -> JsonObject:
    """Raises `ValueError` for what is no JSON object."""
    match parsed(raw):
        case dict() as value:
            return dict(value)
        case _:
            raise ValueError("not a JSON object")

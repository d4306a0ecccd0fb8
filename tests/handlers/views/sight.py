"""What people see of a message: written down for snapshots, and compared with what its plain text says.

Texts of blocks are read generically, by their keys, so that a new block is looked at too.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from pydantic import JsonValue

from bot.sandbox.slack.shapes import JsonObject, parsed_object
from handlers.views.message import Message

Blocks = Sequence[Mapping[str, JsonValue]]

_SAID = {"header", "section", "context"}
"""Blocks that state something; what stands in `actions` and `input` is there to be used."""


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as they are read."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def sent(view: Mapping[str, JsonValue]) -> JsonObject:
    """As it comes out at the other end of the wire."""
    return parsed_object(json.dumps(view))


def message_as_seen(message: Message) -> str:
    return view_as_seen({"text": message.text, "blocks": [*message.blocks]})


def view_as_seen(view: Mapping[str, JsonValue]) -> str:
    """As YAML, in the order it was built; text objects are their texts, and a block stands under its type's name."""
    seen = {name: _short(value) for name, value in view.items()}
    return yaml.dump(seen, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)


def _short(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_short(item) for item in value]
    if not isinstance(value, dict):
        return value
    held = {name: _short(item) for name, item in value.items() if name not in ("type", "verbatim", "emoji")}
    if value.get("type") in ("mrkdwn", "plain_text"):
        return held["text"]
    kind = value.get("type")
    return {kind: held or None} if isinstance(kind, str) else held


def facts(blocks: Blocks) -> list[str]:
    """Everything that headers, sections and contexts state, in the pieces that punctuation makes."""
    stated: list[JsonValue] = [dict(block) for block in blocks if block["type"] in _SAID]
    return [piece for text in texts(stated) for piece in _PARTED.split(str(text["text"])) if piece.strip()]


_PARTED = re.compile(r"[\n·,:;.?()“”]")


def bare(text: str) -> str:
    """Without formatting marks and capitals, and with single blanks."""
    return " ".join(re.sub("[*`]", "", text).casefold().split())


def buttons(blocks: Blocks) -> dict[str, dict[str, Any]]:
    """Every button there, by action id."""
    rows: list[Any] = [block["elements"] for block in blocks if block["type"] == "actions"]
    return {button["action_id"]: button for row in rows for button in row}


def texts(value: JsonValue) -> Iterator[Mapping[str, JsonValue]]:
    """Every text object in blocks or a view."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value
        for held in value.values():
            yield from texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from texts(held)

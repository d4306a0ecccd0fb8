"""What no surface takes: buttons that nobody knows, forms and commands that are not the bot's, what it never wrote.

As on a message of an older version, or from a modified client. Whoever sent it is told, and the trail keeps it.
"""

from hashlib import sha256
from typing import Any

import structlog
from pydantic import ValidationError
from slack_bolt import BoltResponse

from bot.domain import refusals
from handlers.payloads import Sender
from handlers.surfaces import Surfaces

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_NUL = (r"\x00", r"\u0000")
"""As it is written down, and as JSON in what was carried has it: Slack sends none."""

KEPT = 200
"""Characters of what was sent that the trail keeps of each part."""


async def turn_away(surfaces: Surfaces, body: dict[str, Any], *, otherwise: int) -> BoltResponse:
    """Stores the refusal, and answers Slack that it was taken; with status `otherwise` where nobody can be told."""
    try:
        sender = Sender.model_validate(body)
    except ValidationError:
        log.warning("payload refused", type=_text(body.get("type")))
        return BoltResponse(status=otherwise, body="")
    name, carried = _named(body)
    refusal = refusals.NotOffered(what=_text(body.get("type")) or "command", name=name, carried=carried)
    once = sha256(repr(body).encode("utf-8", "backslashreplace")).hexdigest()  # the same bytes are one act
    await surfaces.turn_away(sender, refusal, once=once)
    if any(nul in repr(body) for nul in _NUL):
        return BoltResponse(status=400, body="")
    return BoltResponse(status=200, body={"options": []} if body.get("type") == "block_suggestion" else "")


def _named(body: dict[str, Any]) -> tuple[str, str]:
    """What was used, and what it carried, as far as Slack says either."""
    actions = body.get("actions")
    places = [actions[0] if isinstance(actions, list) and actions else None, body.get("view"), body]
    parts = [part for part in places if isinstance(part, dict)]

    def first(*names: str) -> str:
        return next(filter(None, (_text(part.get(name)) for part in parts for name in names)), "")

    return first("action_id", "callback_id", "command"), first("value", "private_metadata", "text")


def _text(given: object) -> str:
    """In characters that every database and terminal takes."""
    return given[:KEPT].encode("unicode_escape").decode()[:KEPT] if isinstance(given, str) else ""

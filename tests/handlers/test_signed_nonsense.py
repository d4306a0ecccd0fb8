"""Rightly signed, and of no form that Slack sends: answered without a stack trace, whatever lies where."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.sandbox.slack.example import ASHA, NUMBERS
from bot.services.acts import TurnedAway
from tests.handlers.door import Door

TEAM = "T0DEMO001"
HOLE = "__hole__"
WHO = {"user": {"id": ASHA, "team_id": TEAM}, "team": {"id": TEAM}, "channel": {"id": NUMBERS, "name": "numbers"}}
VALUE = json.dumps({"e164": "+918069000142", "reason": "x"})
METADATA = json.dumps({"channel": NUMBERS, "is_private": False, "country": "IN"})
CHOSEN = {
    "number.IN": {"number": {"selected_options": [{"value": "+918069000142"}]}},
    "reason": {"reason": {"value": "x"}},
}
VIEW = {
    "id": "V1",
    "type": "modal",
    "hash": "1.a",
    "callback_id": "picker",
    "private_metadata": METADATA,
    "state": {"values": CHOSEN},
}


def _click(action_id: str, value: str = VALUE, **more: object) -> dict[str, Any]:
    action = {"action_id": action_id, "block_id": action_id, "type": "button", "value": value}
    return {"type": "block_actions", "trigger_id": "1.2.3", "actions": [action], **WHO, **more}


PAYLOADS: dict[str, dict[str, Any]] = {
    "card": _click("deny", f"{'0' * 32}.{'1' * 64}", message={"ts": "1.000001"}),
    "choice": _click("choose_number_1"),
    "search": _click("search", view=VIEW),
    "pick": _click("pick_number", json.dumps({"search": "80"})),
    "shortcut": {"type": "shortcut", "callback_id": "request_number", "trigger_id": "1.2.3", **WHO},
    "message shortcut": {"type": "message_action", "callback_id": "request_number_here", "trigger_id": "1.2.3", **WHO},
    "picker": {"type": "view_submission", "trigger_id": "1.2.3", "view": VIEW, **WHO},
    "deny form": {"type": "view_submission", "view": {**VIEW, "callback_id": "deny_form"}, **WHO},
    "suggestion": {
        "type": "block_suggestion",
        "block_id": "country",
        "action_id": "country",
        "value": "8",
        "view": VIEW,
    },
    "home": {
        "type": "event_callback",
        "team_id": TEAM,
        "event_id": "Ev1",
        "authorizations": [{"team_id": TEAM}],
        "event": {"type": "app_home_opened", "user": ASHA, "tab": "home", "channel": "D1"},
    },
}

ODD = [
    *("null", "true", "-1", "1e999", "9" * 400, "9" * 5000, "[]", "{}", "[null]", '{"id": [1]}', '"x"'),
    *(r'"\u0000"', r'"\ud800"', "[" * 400 + "]" * 400, "[" * 3000 + "]" * 3000),
]


def _with_holes(payload: object) -> Iterator[object]:
    """The payload with each of its parts, in turn, left out and replaced."""
    if isinstance(payload, dict):
        for key, value in payload.items():
            yield {name: other for name, other in payload.items() if name != key}
            for inner in _with_holes(value):
                yield {**payload, key: inner}
    elif isinstance(payload, list):
        for inner in _with_holes(payload[0]):
            yield [inner]
    yield HOLE


def _spoilt(payload: dict[str, Any]) -> Iterator[str]:
    """Each hole is filled with two of what is odd, so that every kind of it comes everywhere in the end."""
    for number, holed in enumerate(_with_holes(payload)):
        for odd in (ODD[number % len(ODD)], ODD[(7 * number + 3) % len(ODD)]):
            yield json.dumps(holed).replace(f'"{HOLE}"', odd)


@pytest.mark.parametrize("kind", PAYLOADS)
async def test_no_nonsense_is_a_failure_of_ours(
    door: Door, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    for body in _spoilt(PAYLOADS[kind]):
        if kind == "home":
            status = await door.post_signed(body.encode(), kind="json")
        else:
            status = await door.post_signed(urlencode({"payload": body}).encode())
        assert status in (200, 400, 404), body
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert "Traceback" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("depth", [900, 20_000])
@pytest.mark.parametrize("kind", ["form", "json"])
async def test_what_is_nested_too_deeply_is_no_failure_of_ours(
    door: Door, caplog: pytest.LogCaptureFixture, depth: int, kind: str
) -> None:
    nested = '{"a":' * depth + "1" + "}" * depth
    body = urlencode({"payload": nested}) if kind == "form" else nested
    assert await door.post_signed(body.encode(), kind=kind) in (400, 404)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


TYPED = {
    "team_id": TEAM,
    "channel_id": NUMBERS,
    "user_id": ASHA,
    "command": "/buynumber",
    "text": "+918069000142 for",
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/commands/1/2/3",
}


@pytest.mark.parametrize("field", sorted(TYPED.keys() - {"command"}))
async def test_a_text_with_a_nul_is_refused_and_one_about_it_is_kept(door: Door, field: str) -> None:
    spoilt = {**TYPED, field: f"{TYPED[field]} a\0b"}
    assert await door.post_signed(urlencode(spoilt).encode()) == 400
    before = await door.acts()
    assert all(isinstance(act, TurnedAway) for act in before)
    assert await door.post_signed(urlencode({**TYPED, "text": rf"{TYPED['text']} \u0000"}).encode()) == 200
    assert len(await door.acts()) == len(before) + 1


async def test_a_nul_that_lies_in_what_a_form_remembers_is_refused(door: Door) -> None:
    view = {**VIEW, "private_metadata": json.dumps({"channel": "C\0", "country": "IN"})}
    body = urlencode({"payload": json.dumps({**PAYLOADS["picker"], "view": view})})
    assert await door.post_signed(body.encode()) == 400
    assert all(isinstance(act, TurnedAway) for act in await door.acts())


async def test_slacks_look_at_the_certificate_is_answered_and_nothing_is_done(door: Door) -> None:
    for body in (b"ssl_check=1&token=letmein", b"token=letmein&ssl_check=1&command=%2Fbuynumber&text=status"):
        assert await door.post(body, {}) == 200
        assert await door.post_signed(body) == 200
    assert await door.post(b"ssl_check=0&token=letmein", {}) == 401
    assert await door.acts() == []

"""Spoils what Slack sends: in its parts, in its text, and in the request that carries it. All of it is drawn."""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from secrets import token_hex
from typing import Any, TypeAlias
from urllib.parse import quote_plus, urlencode

from bot.sandbox.slack.delivery import Envelope
from bot.sandbox.slack.http_delivery import FORM
from bot.sandbox.slack.workspace import Workspace
from handlers.http_events import LARGEST_BODY, SIGNED_WITHIN

Anything: TypeAlias = Any
"""JSON, and once it is spoilt none any more."""

DEEP = "__deep__"

ODD: Sequence[Any] = (
    *(None, True, False, 0, -1, 1.5, 2**63, 10**400, -(10**4000), float("inf"), float("nan")),
    *("", " ", "\0", "\ud800", "\u202e", "\u200b", "\u0130", "\x1b]0;x\x07\x1b[2J", "a\r\nX-Evil: 1", "a\u2028b"),
    *(
        "<!channel> <!here> <@U0MEERA01>",
        "<http://evil.test|here>",
        "*_~`>&lt;",
        "=cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(1)",
    ),
    *("../../etc/passwd", "' OR 1=1 --", "%00", "%s%n{0}${x}", "http://169.254.169.254/latest", "file:///etc/passwd"),
    *("x" * 300, "x" * 5000, "9" * 5000, "+91" + "8" * 400, "0" * 32 + "." + "1" * 64, DEEP),
    *([], {}, [[]], [None], {"": ""}, {"id": {"id": 1}}, [{}] * 200, {str(n): n for n in range(500)}),
)

OTHERS_TEAMS: Sequence[Any] = ("T0OTHER01", "E0GRID001", "", None, {"id": "T0OTHER01"}, "T" * 65)

CONTENT_TYPES = (
    *(FORM, "application/json", "text/plain", "", "x", "multipart/form-data; boundary=x", "application/xml"),
    *(f"{FORM}; charset=utf-16", f"{FORM}; charset=none", "application/json; charset=utf-7", "a/" + "b" * 4000, ";;;"),
)

HEADERS: Sequence[Mapping[str, str]] = (
    *({"X-Slack-Retry-Num": "9" * 400}, {"X-Slack-Retry-Num": "-1", "X-Slack-Retry-Reason": "\u00e9"}),
    *(
        {"Content-Encoding": "gzip"},
        {"Cookie": "a=" + "b" * 4000},
        {"Accept-Encoding": "x, *;q=0"},
        {"Expect": "100-continue"},
    ),
    *({f"X-{number}": "x" * 50 for number in range(100)}, {"X-Forwarded-For": "127.0.0.1"}, {"Range": "bytes=0-"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """`text` is the payload's JSON, of which Socket Mode needs no more; the rest is the request over HTTP."""

    kind: str
    text: str
    body: bytes
    headers: Mapping[str, str]
    is_signed: bool


class Spoiler:
    """`corpus` is what Slack sends, done by those who may not decide: values are taken from one into another."""

    def __init__(self, workspace: Workspace, corpus: Sequence[Envelope]) -> None:
        self._workspace = workspace
        self._corpus = corpus
        self._values: dict[str, list[Any]] = {}
        for envelope in corpus:
            for holder, key in _places(envelope.payload):
                if isinstance(key, str):
                    self._values.setdefault(key, []).append(holder[key])

    def draw(self, random: Random) -> Spoilt:
        envelope = random.choice(self._corpus)
        payload: Any = deepcopy(envelope.payload)
        if random.random() < 0.9:
            self._make_new(payload)
        for _ in range(random.choice((0, 1, 1, 1, 2, 4))):
            payload = self._spoil(payload, random)
        text = json.dumps(payload)
        if random.random() < 0.05:
            text = _spoilt_text(text, random)
        depth = random.choice((400, 3000, 20_000))
        text = text.replace(f'"{DEEP}"', "[" * depth + "]" * depth)
        body, content_type = _as_body(envelope.kind, payload, text)
        headers = {"Content-Type": content_type}
        chance = random.random()
        if chance < 0.1:
            body = _spoilt_bytes(body, random)
        elif chance < 0.15:
            headers = {"Content-Type": random.choice(CONTENT_TYPES)}
        elif chance < 0.2:
            headers |= random.choice(HEADERS)
        is_signed = random.random() > 0.05
        signature = self._workspace.sign(body) if is_signed else self._badly_signed(body, random)
        return Spoilt(kind=envelope.kind, text=text, body=body, headers={**headers, **signature}, is_signed=is_signed)

    def _make_new(self, payload: Anything) -> None:
        """Without that it is a replay, and nothing comes of those."""
        if "trigger_id" in payload:
            who = payload.get("user_id") or payload["user"]["id"]
            payload["trigger_id"] = self._workspace.triggers.issue(who)
        if "event_id" in payload:
            payload["event_id"] = f"Ev{token_hex(5).upper()}"

    def _spoil(self, payload: Anything, random: Random) -> Anything:
        found = _one_place(payload, random)
        if found is None:
            return random.choice(ODD)
        holder, key = found
        match random.choice(
            ("drop", "odd", "odd", "odd", "other", "other", "nest", "repeat", "lengthen", "rename", "team")
        ):
            case "drop":
                del holder[key]
            case "odd":
                holder[key] = random.choice(ODD)
            case "other":
                holder[key] = deepcopy(random.choice(self._values.get(str(key)) or ODD))
            case "nest":
                for _ in range(random.choice((1, 2, 300))):
                    holder[key] = [holder[key]] if random.random() < 0.5 else {str(key): holder[key]}
            case "repeat":
                holder[key] = [holder[key]] * random.choice((2, 50))
            case "lengthen":
                holder[key] = str(holder[key])[:100] * random.choice((2, 40, 4000))
            case "rename" if isinstance(holder, dict):
                holder[f"{key}_"] = holder.pop(key)
            case "team" if isinstance(payload, dict):
                payload[random.choice(("team", "team_id", "enterprise", "is_enterprise_install"))] = random.choice(
                    OTHERS_TEAMS
                )
            case _:
                pass
        return payload

    def _badly_signed(self, body: bytes, random: Random) -> dict[str, str]:
        now = int(self._workspace.wall())
        right = self._workspace.sign(body)
        match random.randrange(6):
            case 0:
                return self._workspace.sign(body, now - SIGNED_WITHIN - 60)
            case 1:
                return self._workspace.sign(body, now + SIGNED_WITHIN + 60)
            case 2:
                return self._workspace.sign(body, secret="somebody else's")
            case 3:
                return {
                    **right,
                    "X-Slack-Request-Timestamp": random.choice(("", "now", "-1", "1e9", "9" * 400, str(now + 1))),
                }
            case 4:
                return {**right, "X-Slack-Signature": random.choice(("", "v0=", "v1=" + "0" * 64, "v0=" + "f" * 64))}
            case _:
                return {}


def _places(value: Anything) -> Sequence[tuple[Any, str | int]]:
    """Everything that stands in it: what holds it, and under which key."""
    found: list[tuple[Any, str | int]] = []
    rest = [value]
    while rest:
        holder = rest.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else []
        found += [(holder, key) for key in keys]
        rest += [holder[key] for key in keys]
    return found


def _one_place(value: Anything, random: Random) -> tuple[Any, str | int] | None:
    """What lies near the top comes often: that is what the bot reads, and blocks are long."""
    found = None
    while isinstance(value, dict | list) and value and (found is None or random.random() < 0.75):
        key: Any = random.choice(list(value)) if isinstance(value, dict) else random.randrange(len(value))
        found, value = (value, key), value[key]
    return found


def _as_body(kind: str, payload: Anything, text: str) -> tuple[bytes, str]:
    if kind == "events_api":
        return text.encode(), "application/json"
    if kind == "interactive" or not isinstance(payload, dict):
        return urlencode({"payload": text}).encode(), FORM
    fields = {str(key): value if isinstance(value, str) else str(value)[:100_000] for key, value in payload.items()}
    return urlencode(fields, errors="surrogatepass").encode(), FORM


def _spoilt_text(text: str, random: Random) -> str:
    """No JSON any more, or with a key twice."""
    at = random.randrange(len(text) + 1)
    return random.choice(
        (
            *(text[:at], text[at:], text[:at] + random.choice('{}[]",:\\\0') + text[at:], text + text, f"[{text}]"),
            *(text.replace("{", '{"type": 1, "user": {"id": "U1"}, ', 1), text.replace('"id":', '"id": 5, "id":')),
        )
    )


def _spoilt_bytes(body: bytes, random: Random) -> bytes:
    at = random.randrange(len(body) + 1)
    bad = random.choice(
        (b"%", b"%zz", b"%00", b"%ff%fe", b"\xff", b"\0", b"&", b"&&==&", b"+", b";", b"\r\n\r\n", b"%u0041")
    )
    return random.choice(
        (
            *(
                b"",
                body[:at],
                body[at:],
                body[:at] + bad + body[at:],
                body + b"&" + body,
                b"payload=" + quote_plus(body).encode(),
            ),
            *(
                body.decode("utf-8", "replace").encode("utf-16"),
                b"a=&" * 20_000,
                b"&".join(b"a%d=1" % n for n in range(5000)),
            ),
            *(body + b"x" * (LARGEST_BODY - len(body)), body + b"x" * LARGEST_BODY, random.randbytes(2000)),
        )
    )

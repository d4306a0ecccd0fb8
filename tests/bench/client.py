"""People in Slack, as far as the benchmark goes: commands and clicks, signed and posted, and what is seen of them.

When a card or a reply came is what the stand-in says: clocks of one machine are one clock.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count, cycle
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS
from tests.bench.standins import BOT_ID, BOT_USER, TEAM
from tests.harness.patience import PATIENCE

SECRET = "4f1c9a7e20b85d63a9e1c4720fd8b36e"
"""As Slack makes them, and the token too: one that shares a word with what is said costs the bot a second look."""

IS_BOUGHT = "is bought."
"""What the reply with the details says, whoever wrote it; what was only approved `is bought next`."""

_NUMBER = re.compile(r"\+[\d ]{8,}\d")
_LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)

_signer = SignatureVerifier(SECRET)


class NotAnswered(Exception):
    """What was posted was refused, or came to nothing."""


class Slack:
    """What happens between people and the one bot that serves on `ports`."""

    def __init__(self, ports: Sequence[int], answers_url: str) -> None:
        self._ports = cycle(ports)
        self._answers_url = answers_url
        self._idle: dict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {port: [] for port in ports}
        self._triggers = count(1)
        self._numbers = count(1)
        self._judged: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._details: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._last = 0.0
        self.calls = 0
        """How often the bot called Slack."""
        self.refused = 0
        """Commands that came to words for one person alone."""
        self.lost = 0
        """Clicks that nobody waits for any more."""

    def hear(self, line: bytes) -> None:
        """One call of the bot's, as the stand-in tells it."""
        call = json.loads(line)
        self._last = call["at"]
        self.calls += 1
        found = _NUMBER.search(call.get("text", ""))
        if found is None:
            return
        number, thread = found[0].replace(" ", ""), call.get("thread_ts")
        if thread is None:
            self.refused += "ts" not in call
            _happens(self._judged, number, call)
        elif IS_BOUGHT in call["text"]:
            _happens(self._details, number, call)

    def next_number(self) -> str:
        """One that nobody asked for yet."""
        return f"+918069{next(self._numbers):06d}"

    async def ask(self, number: str) -> float:
        """Seconds until the command was answered."""
        self._judged[number] = asyncio.get_running_loop().create_future()
        return await self._answered(
            {
                "token": "of-slack",
                "team_id": TEAM,
                "team_domain": "bench",
                "channel_id": NUMBERS,
                "channel_name": "numbers",
                "user_id": ASHA,
                "user_name": "asha",
                "command": "/buynumber",
                "text": f"{number} for the benchmark",
                "api_app_id": "A0BENCH01",
                "is_enterprise_install": "false",
                "response_url": self._answers_url,
                "trigger_id": self._trigger(),
            }
        )

    async def card(self, number: str) -> dict[str, Any]:
        """The call that posted the card, once it came. Raises `NotAnswered` when it was refused."""
        if not await self.is_asked_for(number):
            raise NotAnswered(f"{number} was refused")
        return self._judged[number].result()

    async def is_asked_for(self, number: str) -> bool:
        """Whether the command came to a card, once it came to that or to words."""
        return "ts" in await self._seen(self._judged, number)

    async def approve(self, number: str) -> float:
        """Seconds until the click on the card was answered."""
        card = await self.card(number)
        self._details[number] = asyncio.get_running_loop().create_future()
        ts = card["ts"]
        buttons = [one for block in card["blocks"] if block["type"] == "actions" for one in block["elements"]]
        (approve,) = (one for one in buttons if one["action_id"] == "approve")
        click: dict[str, Any] = {
            "type": "block_actions",
            "user": {"id": MEERA, "username": "meera", "name": "meera", "team_id": TEAM},
            "api_app_id": "A0BENCH01",
            "token": "of-slack",
            "team": {"id": TEAM, "domain": "bench"},
            "enterprise": None,
            "is_enterprise_install": False,
            "container": {"type": "message", "message_ts": ts, "channel_id": NUMBERS, "is_ephemeral": False},
            "channel": {"id": NUMBERS, "name": "numbers"},
            "message": {
                "type": "message",
                "user": BOT_USER,
                "bot_id": BOT_ID,
                "text": card["text"],
                "ts": ts,
                "team": TEAM,
                "blocks": card["blocks"],
            },
            "trigger_id": self._trigger(),
            "state": {"values": {}},
            "response_url": self._answers_url,
            "actions": [{**approve, "block_id": "b1", "action_ts": f"{time.time():.6f}"}],
        }
        return await self._answered({"payload": json.dumps(click)})

    async def details(self, number: str) -> dict[str, Any]:
        """The call that posted the number's details into the thread, once it came."""
        return await self._seen(self._details, number)

    async def quiet(self, seconds: float = 0.3) -> None:
        """Returns when the bot has called nothing for so long."""
        while (left := self._last + seconds - time.monotonic()) > 0:  # noqa: ASYNC110 - nobody tells of silence
            await asyncio.sleep(left)

    def hang_up(self) -> None:
        for idle in self._idle.values():
            for _, writer in idle:
                writer.close()
            idle.clear()

    async def _seen(self, awaited: dict[str, asyncio.Future[dict[str, Any]]], number: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.shield(awaited[number])
        except TimeoutError:
            raise NotAnswered(f"nothing came of {number}") from None

    async def _answered(self, form: dict[str, str]) -> float:
        port, body = next(self._ports), urlencode(form).encode()
        stamp = str(int(time.time()))
        head = (
            f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: Slackbot 1.0\r\nAccept: */*\r\n"
            f"X-Slack-Request-Timestamp: {stamp}\r\n"
            f"X-Slack-Signature: {_signer.generate_signature(timestamp=stamp, body=body)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        idle = self._idle[port]
        while idle and idle[-1][0].at_eof():  # nobody used it for so long that the server closed it
            idle.pop()[1].close()
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        began = time.monotonic()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answer)
        await reader.readexactly(int(length[1]) if length else 0)
        took = time.monotonic() - began
        idle.append((reader, writer))
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise NotAnswered(answer.decode(errors="replace"))
        return took

    def _trigger(self) -> str:
        return f"{next(self._triggers)}.{time.monotonic_ns()}.bench"


def _happens(awaited: dict[str, asyncio.Future[dict[str, Any]]], number: str, call: dict[str, Any]) -> None:
    seen = awaited.get(number)
    if seen is not None and not seen.done():
        seen.set_result(call)


@asynccontextmanager
async def a_slack(ports: Sequence[int], answers_url: str) -> AsyncIterator[Slack]:
    slack = Slack(ports, answers_url)
    try:
        yield slack
    finally:
        slack.hang_up()

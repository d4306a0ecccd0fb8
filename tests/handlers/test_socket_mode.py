"""Socket Mode, over the stand-in's real WebSockets: two connections that come back, and what ends them for good."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.sandbox.slack import Done, Failed
from bot.sandbox.slack.example import ASHA, NUMBERS
from handlers.socket_mode import Sockets
from tests.handlers.desk import a_client
from tests.handlers.door import Door, a_door, listening
from tests.harness.clock import FakeClock
from tests.harness.office import BENGALURU
from tests.harness.patience import PATIENCE

SOON_CONNECTED_ANEW = pytest.mark.parametrize("ping_every", [0.2])
"""Whoever does not answer for four of these seconds is replaced, so the others do not ping at all."""

OPEN = "apps.connections.open"


@dataclass
class Line:
    """Socket Mode between the stand-in and the real app."""

    door: Door
    sockets: Sockets
    ended: asyncio.Queue[str]
    """What Slack said for good."""

    async def are_up(self, how_many: int) -> None:
        """Returns once so many connections live."""
        server = self.door.slack.sockets
        await self.door.slack.wait_for(lambda _: sum(not one.is_dead for one in server.connections) == how_many)


@asynccontextmanager
async def a_line(door: Door, *, api_url: str = "", ping_every: float = PATIENCE) -> AsyncIterator[Line]:
    token = SecretStr(door.slack.workspace.app.app_token)
    client = a_client(api_url or door.slack.api_url, door.session, token.get_secret_value())
    ended: asyncio.Queue[str] = asyncio.Queue()
    line = Line(
        door, Sockets(door.app, token, client, ended.put_nowait, answering=nullcontext, ping_every=ping_every), ended
    )
    door.slack.events_url = None
    try:
        yield line
    finally:
        await line.sockets.stop()


@pytest.fixture
def ping_every() -> float:
    return PATIENCE


@pytest.fixture
async def line(door: Door, ping_every: float) -> AsyncIterator[Line]:
    """Connected."""
    async with a_line(door, ping_every=ping_every) as opened:
        await opened.sockets.start()
        await opened.are_up(2)
        yield opened


async def test_two_connections_carry_what_is_stored_and_what_is_answered(line: Line) -> None:
    slack = line.door.slack
    assert await line.sockets.is_up()
    assert await slack.command(ASHA, NUMBERS, BENGALURU) == Done()
    assert len(await line.door.acts()) == 1
    assert await slack.command(ASHA, NUMBERS, "help") == Done()
    assert "/buynumber" in slack.ephemerals_for(ASHA)[0].text
    assert [len(connection.carried) for connection in slack.sockets.connections] == [1, 1]
    await slack.command(ASHA, NUMBERS, "")
    form = await line.door.form()
    assert "India (IN)" in str(await slack.options(ASHA, form.id, "country", "india"))


@SOON_CONNECTED_ANEW
@pytest.mark.parametrize("is_closed", [False, True], ids=["dead", "closed"])
async def test_a_connection_that_is_lost_is_noticed_and_replaced(line: Line, is_closed: bool) -> None:
    server = line.door.slack.sockets
    lost = server.connections[0]
    if is_closed:
        await server.close(lost)
    else:
        server.deaden(lost)
    await line.door.slack.wait_for(lambda _: lost not in server.connections)
    await line.are_up(2)
    assert await line.door.slack.command(ASHA, NUMBERS, "help") == Done()


@SOON_CONNECTED_ANEW
async def test_a_connection_that_is_to_be_refreshed_is_replaced_while_the_other_serves(line: Line) -> None:
    server = line.door.slack.sockets
    going = server.connections[1]
    await server.announce("refresh_requested", going)
    assert await line.door.slack.command(ASHA, NUMBERS, BENGALURU) == Done()
    await line.door.slack.wait_for(lambda _: going not in server.connections and len(server.connections) == 2)
    assert line.ended.empty()


@SOON_CONNECTED_ANEW
async def test_while_slack_is_away_nothing_is_up_and_afterwards_both_connections_are(line: Line) -> None:
    slack = line.door.slack
    await slack.go_away()
    await slack.wait_for(lambda workspace: len(workspace.calls_of(OPEN)) > 2)
    assert not await line.sockets.is_up()
    assert isinstance(await slack.command(ASHA, NUMBERS, "help"), Failed)
    slack.come_back()
    await line.are_up(2)
    assert await slack.command(ASHA, NUMBERS, "help") == Done()
    assert line.ended.empty()


async def test_a_slack_that_is_away_at_first_is_waited_for(door: Door) -> None:
    door.slack.workspace.faults.refuse(OPEN, "internal_error", times=2)
    door.slack.workspace.faults.drop(OPEN)
    async with a_line(door, ping_every=0.2) as line:
        await line.sockets.start()
        await line.are_up(2)
        assert line.ended.empty()


@pytest.mark.parametrize(
    "code", ["invalid_auth", "token_revoked", "not_authed", "account_inactive", "missing_scope", "link_disabled"]
)
async def test_an_answer_that_will_never_get_better_ends_it_at_the_start(door: Door, code: str) -> None:
    door.slack.workspace.faults.refuse(OPEN, code, times=2)
    async with a_line(door) as line:
        await line.sockets.start()
        assert await line.ended.get() == code
        assert not await line.sockets.is_up()


@SOON_CONNECTED_ANEW
async def test_a_token_that_was_revoked_ends_it_when_a_connection_is_to_be_replaced(line: Line) -> None:
    slack = line.door.slack
    slack.workspace.faults.refuse(OPEN, "token_revoked", times=2)
    await slack.sockets.close()
    assert await line.ended.get() == "token_revoked"


async def test_socket_mode_that_was_switched_off_ends_it(line: Line) -> None:
    await line.door.slack.sockets.announce("link_disabled")
    assert await line.ended.get() == "link_disabled"
    await line.door.slack.wait_for(lambda _: not line.door.slack.sockets.connections)
    assert not await line.sockets.is_up()


class WatchedClock(FakeClock):
    """Notes when somebody reads it: a handler does, right before it hands in what a person did."""

    def __init__(self) -> None:
        super().__init__()
        self.was_read = asyncio.Event()

    def now(self) -> datetime:
        self.was_read.set()
        return super().now()


async def test_what_is_being_answered_when_it_stops_is_answered(tmp_path: Path) -> None:
    clock = WatchedClock()
    async with a_door(tmp_path, clock=clock) as door, a_line(door) as line:
        await line.sockets.start()
        clock.was_read.clear()
        with closing(sqlite3.connect(tmp_path / "buynumber.db", isolation_level=None)) as another_process:
            another_process.execute("BEGIN IMMEDIATE")
            typing = asyncio.create_task(door.slack.command(ASHA, NUMBERS, BENGALURU))
            await clock.was_read.wait()
            stopping = asyncio.create_task(line.sockets.stop())
            await asyncio.sleep(0)
            assert [typing.done(), stopping.done()] == [False, False]
        assert await typing == Done()
        await stopping
        assert len(await door.acts()) == 1


async def test_after_it_stopped_slack_tells_whoever_types_that_nobody_is_there(line: Line) -> None:
    await line.sockets.stop()
    assert isinstance(await line.door.slack.command(ASHA, NUMBERS, BENGALURU), Failed)
    assert await line.door.acts() == []


@asynccontextmanager
async def a_slack_that_never_says_goodbye() -> AsyncIterator[str]:
    """Opens WebSockets and reads nothing from them; its API's address."""
    over = asyncio.Event()

    async def open_connection(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})

    async def link(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await over.wait()
        return socket

    async with listening(web.post(f"/api/{OPEN}", open_connection), web.get("/link", link)) as url:
        try:
            yield f"{url}/api/"
        finally:
            over.set()


async def test_connections_that_never_say_goodbye_do_not_hold_up_the_end(door: Door) -> None:
    async with a_slack_that_never_says_goodbye() as api_url, a_line(door, api_url=api_url) as line:
        await line.sockets.start()
        async with asyncio.timeout(PATIENCE):
            await line.sockets.stop()


@pytest.mark.parametrize(
    "payload", ["null", "5", '"text"', "[]", "[{}]", "", "{half", "[" * 20_000 + "]" * 20_000, '{"a": ' * 20_000]
)
async def test_what_is_no_payload_is_one_line_and_the_next_is_taken(
    line: Line, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], payload: str
) -> None:
    slack = line.door.slack
    for connection in slack.sockets.connections:
        await connection.socket.send_str(f'{{"type": "interactive", "envelope_id": "1", "payload": {payload}}}')
    for _ in slack.sockets.connections:
        assert await slack.command(ASHA, NUMBERS, "help") == Done()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert "".join(capsys.readouterr()).count("payload refused") == len(slack.sockets.connections)

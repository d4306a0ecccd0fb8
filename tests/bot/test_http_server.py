"""The HTTP server before anybody knows who is there: connections that say nothing, too little, or nonsense."""

import asyncio
import errno
import gc
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

from bot.http_connections import saying_seldom
from bot.http_server import Events, HttpServer
from tests.harness.clock import FakeClock
from tests.harness.office import a_closed_office
from tests.harness.process import a_bot
from tests.harness.stores import a_store

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

SOON = 0.05
"""Seconds for a header, where a test waits until they are over."""


async def _known() -> bool:
    return True


async def _takes(request: web.Request) -> web.Response:
    return web.Response(text=f"{len(await request.read())}")


class Listening:
    """A server, and whoever is connected to it."""

    def __init__(self, port: int, opened: AsyncExitStack) -> None:
        self._port = port
        self._opened = opened

    async def connect(self, sends: bytes = b"") -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._opened.callback(writer.close)
        writer.write(sends)
        await writer.drain()
        return reader, writer

    async def answers(self, path: str = "/readyz") -> int:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._port}") as client:
            return (await client.get(path)).status_code


@asynccontextmanager
async def a_listening_server(
    folder: Path, *, most: int = 100, header_within: float = 100, events: Events = _takes
) -> AsyncIterator[Listening]:
    served = a_store(folder)
    server = HttpServer(
        served.store,
        FakeClock(),
        is_known=_known,
        takes_events=True,
        most_connections=most,
        header_within=header_within,
    )
    server.events = events
    async with AsyncExitStack() as opened:
        opened.callback(served.close)
        port = await server.open("127.0.0.1", 0)
        opened.push_async_callback(server.close)
        yield Listening(port, opened)


HEAD = b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"
WHOLE = HEAD + b"Content-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "first", [b"", b"P", HEAD, WHOLE + b"G"], ids=["nothing", "a letter", "half", "half of a second"]
)
async def test_a_connection_whose_header_does_not_come_whole_is_closed_however_it_trickles(
    tmp_path: Path, first: bytes
) -> None:
    async with a_listening_server(tmp_path, header_within=SOON) as listening:
        reader, writer = await listening.connect(first)

        async def trickle() -> None:
            while True:
                writer.write(b"x")
                await asyncio.sleep(SOON / 10)

        trickling = asyncio.create_task(trickle())
        await _until_closed(reader)
        trickling.cancel()


async def test_a_connection_that_does_not_take_its_answers_is_closed(tmp_path: Path) -> None:
    async with a_listening_server(tmp_path, header_within=SOON * 10) as listening:
        _, writer = await listening.connect()
        assert isinstance(writer.transport, asyncio.Transport)
        writer.transport.pause_reading()
        with suppress(ConnectionError):
            while not writer.transport.is_closing():
                writer.write(WHOLE * 1000)
                await writer.drain()


async def test_one_that_has_asked_may_ask_again_after_longer_than_a_header_may_take(tmp_path: Path) -> None:
    async with a_listening_server(tmp_path, header_within=SOON * 10) as listening:
        reader, writer = await listening.connect()
        for _ in range(2):
            writer.write(WHOLE)
            assert (await reader.readuntil(b"\r\n\r\n2")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(SOON * 12)


@pytest.mark.parametrize("sent", [b"", HEAD, HEAD + b"Content-Length: 2\r\n\r\no"], ids=["silent", "slow", "no body"])
async def test_among_too_many_the_one_that_keeps_us_waiting_the_longest_makes_room(tmp_path: Path, sent: bytes) -> None:
    async with a_listening_server(tmp_path, most=8) as listening:
        crowd = [await listening.connect(sent) for _ in range(20)]
        assert await listening.answers() == 200
        for reader, _ in crowd[:12]:
            await _until_closed(reader)
        assert not crowd[-1][0].at_eof()


async def _until_closed(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        await reader.read()


async def test_those_that_are_worked_on_are_not_sent_away_for_a_new_one(tmp_path: Path) -> None:
    begun, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def wait(request: web.Request) -> web.Response:
        await request.read()
        begun.release()
        await go_on.wait()
        return web.Response(text="2")

    async with a_listening_server(tmp_path, most=3, events=wait) as listening:
        busy = [await listening.connect(WHOLE) for _ in range(3)]
        for _ in busy:
            await begun.acquire()
        await _until_closed((await listening.connect(WHOLE))[0])
        go_on.set()
        assert [(await reader.readline()).split()[1] for reader, _ in busy] == [b"200"] * 3


NONSENSE = {
    "another protocol": b"\x16\x03\x01\x02\x00letmein\r\n\r\n",
    "no line": b"letmein\r\n\r\n",
    "a header that is none": b"GET / HTTP/1.1\r\nletmein\xff\r\n\r\n",
    "too long a header": b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"letmein" * 5000 + b"\r\n\r\n",
    "an address that is none": b"GET http://[letmein HTTP/1.1\r\nHost: x\r\n\r\n",
    "a length that is none": b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: letmein\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nletmein\r\n",
    "chunks that are none": b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nletmein\r\n\r\n",
    "chunks that are none, read": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\nletmein\r\n",
    "a version to come": b"GET / HTTP/9.9\r\nHost: letmein\r\n\r\n",
    "no text": bytes(range(256)) + b"letmein\r\n\r\n",
}


@pytest.mark.parametrize("kind", NONSENSE)
async def test_what_is_no_http_is_refused_in_a_line_that_repeats_none_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    caplog.set_level("DEBUG")
    async with a_listening_server(tmp_path) as listening:
        reader, _ = await listening.connect(NONSENSE[kind])
        answer = await reader.read()
        assert await listening.answers() == 200
    logged = caplog.text + "".join(capsys.readouterr())
    assert answer.split()[1:2] == [b"400"] or b"HTTP/1.1 404" in answer
    assert b"letmein" not in answer
    assert "letmein" not in logged
    assert "Traceback" not in logged
    assert "malformed request" in logged


@pytest.mark.parametrize("kind", NONSENSE)
async def test_of_what_is_no_http_nothing_is_left_that_only_a_rare_collection_frees(tmp_path: Path, kind: str) -> None:
    """It holds what was sent, a quarter of a megabyte each: the memory would be gone before it is looked through."""
    async with a_listening_server(tmp_path) as listening:
        gc.collect()
        gc.disable()
        try:
            reader, _ = await listening.connect(NONSENSE[kind])
            await reader.read()
            _, writer = await listening.connect(NONSENSE[kind])
            writer.transport.abort()
            assert await listening.answers() == 200
            left = [one for one in gc.get_objects() if isinstance(one, HttpProcessingError | RequestPayloadError)]
            assert [type(one) for one in left] == []
        finally:
            gc.enable()


async def test_connections_that_cannot_be_accepted_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    loop = asyncio.get_running_loop()
    with saying_seldom():
        for number in (errno.EMFILE, errno.ENFILE, errno.EMFILE):
            loop.call_exception_handler({"exception": OSError(number, "Too many"), "socket": None})
    assert capsys.readouterr().out.count("connections cannot be accepted") == 1


async def test_a_crowd_larger_than_its_descriptors_keeps_nobody_from_being_heard(tmp_path: Path) -> None:
    async with a_closed_office(tmp_path, {"LOG_FORMAT": "json"}) as office, AsyncExitStack() as opened:
        bot = await opened.enter_async_context(a_bot("serve", folder=tmp_path, env=office.environment))
        await bot.is_open()
        office.slack.events_url = bot.url
        resource.prlimit(bot.pid, resource.RLIMIT_NOFILE, (200, 200))
        listening = Listening(int(bot.address.rpartition(":")[2]), opened)
        for _ in range(300):
            await listening.connect()
        assert await listening.answers() == 200
        await office.a_card()
        assert {line["event"] for line in bot.failures} <= {"connections cannot be accepted"}
        assert len(bot.failures) <= 1, "a slow machine may take more at once than it has descriptors, and says so"

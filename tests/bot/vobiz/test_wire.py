"""Below the provider's JSON: what the heads of calls and of answers say, and whose call asks whether it may leave."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable

import pytest

from bot.domain.outcome import Bought, Refused, Unknown
from bot.sandbox.vobiz import VobizStandIn
from bot.vobiz.client import Vobiz
from tests.bot.vobiz.conftest import ClientOf, buy


class Server:
    """Answers every request with the same bytes, and keeps the heads of what it was sent."""

    def __init__(self) -> None:
        self.says = b""
        self.heard: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 " + self.says + b"\r\nContent-Length: 2\r\n\r\n{}")
        await reader.read()
        writer.close()


@pytest.fixture
async def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server, client_of: ClientOf) -> AsyncIterator[Vobiz]:
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        yield client_of(base_url=f"http://localhost:{listening.sockets[0].getsockname()[1]}/api")


@pytest.mark.parametrize(
    "head",
    [
        b"418 \xe9t\xe9",
        b"418",
        b"307 Elsewhere\r\nLocation: https://[",
        b"307 Elsewhere\r\nLocation: //xn--",
        b"302 Elsewhere\r\nLocation: http:nowhere",
        b"302 Elsewhere\r\nLocation: \xff",
        b"418 Odd\r\nContent-Type: \xff; charset=nowhere\r\nSet-Cookie: \xff=; expires=never",
    ],
)
async def test_an_answer_is_told_by_its_status_whatever_its_head_says_beside(
    server: Server, client: Vobiz, head: bytes
) -> None:
    server.says = head
    assert await buy(client) == Unknown(reason=f"http_{head[:3].decode()}")
    assert len(server.heard) == 1


async def test_a_cookie_of_the_providers_never_comes_back_to_it(server: Server, client: Vobiz) -> None:
    server.says = b"418 Odd\r\nSet-Cookie: who=somebody; Path=/"
    await buy(client)
    await buy(client)
    assert [b"\r\ncookie:" in head.lower() for head in server.heard] == [False, False]


async def test_a_purchase_says_that_its_connection_ends_with_it(server: Server, client: Vobiz) -> None:
    server.says = b"418 Odd"
    await buy(client)
    assert b"\r\nconnection: close\r\n" in server.heard[0].lower()


async def test_a_login_in_the_base_url_is_sent_as_one_and_stands_in_no_address(
    server: Server, client_of: ClientOf
) -> None:
    server.says = b"418 Odd"
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        await buy(client_of(base_url=f"http://bot:let%40me@localhost:{port}/api"))
    head = server.heard[0].lower()
    assert b"\r\nauthorization: basic " + b64encode(b"bot:let@me").lower() + b"\r\n" in head
    assert b"let%40me" not in head


async def test_calls_made_at_once_are_each_asked_whether_they_may_leave(standin: VobizStandIn, vobiz: Vobiz) -> None:
    def answers(yes: bool) -> Callable[[], bool]:
        return lambda: yes

    outcomes = await asyncio.gather(*[buy(vobiz, may_leave=answers(place == 3)) for place in range(8)])
    assert [type(outcome) for outcome in outcomes] == [Bought if place == 3 else Refused for place in range(8)]
    assert len(standin.purchase_calls) == 1

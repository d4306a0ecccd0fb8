"""The serving process put together: what its door says at every moment, and what keeps it from serving at all."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.app import CannotServe, Service
from bot.clients import SLACK_ANSWERS_WITHIN
from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.faults import Faults
from bot.sandbox.vobiz import VobizStandIn
from bot.settings import given
from bot.store.store import InUse
from tests.harness.office import Transport, a_closed_office, environment_for
from tests.harness.postgres import Server


@dataclass(kw_only=True)
class Place:
    """Both stand-ins, a folder for the database, and an HTTP client that knocks at the service's door."""

    slack: SlackStandIn
    vobiz: VobizStandIn
    folder: Path
    session: aiohttp.ClientSession
    opened: AsyncExitStack

    def service(self, transport: Transport = "http", **settings: str) -> Service:
        """Stopped when the test ends."""
        service = Service(given(environment_for(self.slack, self.vobiz, self.folder, transport, settings)))
        self.opened.push_async_callback(service.stop)
        return service

    async def serving(self, transport: Transport = "http", **settings: str) -> Service:
        service = self.service(transport, **settings)
        await service.start()
        await service.ready()
        return service

    async def healthz_readyz(self, service: Service) -> tuple[int, int]:
        return await self.answer(service, "GET", "/healthz"), await self.answer(service, "GET", "/readyz")

    async def answer(self, service: Service, method: str, path: str) -> int:
        async with self.session.request(method, f"http://127.0.0.1:{service.port}{path}", data=b"{}") as answer:
            return answer.status


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with a_closed_office(tmp_path) as office, aiohttp.ClientSession() as session, AsyncExitStack() as opened:
        yield Place(slack=office.slack, vobiz=office.vobiz, folder=tmp_path, session=session, opened=opened)


@pytest.mark.parametrize(("transport", "not_yet", "unsigned"), [("http", 503, 401), ("socket mode", 404, 404)])
async def test_it_lives_at_once_is_ready_once_slack_knows_it_and_takes_nothing_unsigned(
    place: Place, transport: Transport, not_yet: int, unsigned: int
) -> None:
    known = place.slack.workspace.faults.hang("auth.test")
    service = place.service(transport)
    await service.start()
    await place.slack.wait_for(lambda workspace: workspace.calls_of("auth.test"))
    assert await place.healthz_readyz(service) == (200, 503)
    assert await place.answer(service, "POST", "/slack/events") == not_yet
    known.set()
    await service.ready()
    assert await place.healthz_readyz(service) == (200, 200)
    assert await place.answer(service, "POST", "/slack/events") == unsigned


async def test_in_socket_mode_it_is_not_ready_while_no_connection_is_up(place: Place) -> None:
    service = await place.serving("socket mode")
    await place.slack.go_away()
    while await place.healthz_readyz(service) != (200, 503):
        continue


async def test_it_is_ready_without_the_provider_but_not_when_the_database_cannot_be_read(place: Place) -> None:
    await place.vobiz.stop()
    service = await place.serving()
    assert await place.healthz_readyz(service) == (200, 200)
    with closing(sqlite3.connect(place.folder / "office.db")) as database:
        database.execute("DROP TABLE alembic_version")
    assert await place.healthz_readyz(service) == (200, 503)


async def test_it_is_not_ready_while_a_server_takes_no_writes(
    place: Place, postgres: Server, postgres_database: str
) -> None:
    service = await place.serving(DATABASE_URL=postgres.url(postgres_database))
    assert await place.healthz_readyz(service) == (200, 200)
    postgres.run("ALTER DATABASE {} SET default_transaction_read_only = on", postgres_database)
    postgres.end_connections(postgres_database)
    while await place.healthz_readyz(service) != (200, 503):
        continue


@pytest.mark.parametrize(("trouble", "within"), [(Faults.break_with, SLACK_ANSWERS_WITHIN), (Faults.hang, 1.0)])
async def test_it_asks_slack_again_when_slack_gives_no_answer_at_first(
    place: Place, monkeypatch: pytest.MonkeyPatch, trouble: Callable[[Faults, str], object], within: float
) -> None:
    monkeypatch.setattr("bot.clients.SLACK_ANSWERS_WITHIN", within)
    trouble(place.slack.workspace.faults, "auth.test")
    await place.serving()
    assert len(place.slack.workspace.calls_of("auth.test")) == 2


async def test_how_long_a_call_may_take_says_nothing_of_how_long_a_connection_may_live(place: Place) -> None:
    service = await place.serving("socket mode")
    assert service._sockets is not None
    sessions = {connection.aiohttp_client_session for connection in service._sockets._connections}
    assert service._session.timeout.total == SLACK_ANSWERS_WITHIN
    assert service._session not in sessions


@pytest.mark.parametrize(
    ("transport", "setting", "token"),
    [
        ("http", "SLACK_BOT_TOKEN", "xoxb-wrong"),
        ("socket mode", "SLACK_BOT_TOKEN", "xoxb-wrong"),
        ("socket mode", "SLACK_APP_TOKEN", "xapp-wrong"),
    ],
)
async def test_a_token_that_slack_refuses_is_named_with_slacks_reason(
    place: Place, transport: Transport, setting: str, token: str
) -> None:
    with pytest.raises(CannotServe, match=f"^Slack refuses {setting}: invalid_auth$"):
        await place.serving(transport, **{setting: token})


async def test_a_token_that_is_revoked_while_it_serves_ends_it(place: Place) -> None:
    service = await place.serving("socket mode")
    place.slack.workspace.faults.refuse("apps.connections.open", "token_revoked", times=9)
    await place.slack.sockets.close()
    with pytest.raises(CannotServe, match=r"^Slack refuses SLACK_APP_TOKEN: token_revoked$"):
        await service.failed()


async def test_a_start_on_a_taken_port_is_said_in_one_line_and_leaves_the_database_free(place: Place) -> None:
    other = place.service(DATABASE_URL=f"sqlite:///{place.folder / 'other.db'}")
    await other.start()
    with pytest.raises(CannotServe, match=r"^HOST, PORT: cannot listen there "):
        await place.service(PORT=str(other.port)).start()
    await place.service().start()


async def test_a_database_is_served_by_one_at_a_time(place: Place) -> None:
    first = await place.serving()
    with pytest.raises(InUse, match=r"^another process serves from .*office\.db: stop it first"):
        await place.service().start()
    await first.stop()
    await place.service().start()

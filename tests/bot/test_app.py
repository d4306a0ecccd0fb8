"""The serving process put together: what its door says at every moment, and what keeps it from serving at all."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.app import SLACK_ANSWERS_WITHIN, CannotServe, Service
from bot.sandbox.slack import SlackStandIn
from bot.sandbox.vobiz import VobizStandIn
from bot.settings import given
from bot.store.store import CannotOpen, InUse
from tests.harness.office import Transport, a_closed_office, environment_for


@dataclass(kw_only=True)
class Place:
    """Both stand-ins, a folder for the database, and an HTTP client that knocks at the service's door."""

    slack: SlackStandIn
    vobiz: VobizStandIn
    folder: Path
    session: aiohttp.ClientSession

    async def get(self, service: Service, path: str) -> int:
        async with self.session.get(f"http://127.0.0.1:{service.port}{path}") as answer:
            return answer.status

    async def post(self, service: Service) -> int:
        async with self.session.post(f"http://127.0.0.1:{service.port}/slack/events", data=b"{}") as answer:
            return answer.status

    async def until(self, service: Service, path: str, status: int) -> None:
        """Asks until it is answered with this status."""
        while await self.get(service, path) != status:
            continue

    async def calls(self, method: str, how_many: int = 1) -> None:
        await self.slack.wait_for(lambda workspace: len(workspace.calls_of(method)) >= how_many)


ServiceOf = Callable[..., Service]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with a_closed_office(tmp_path) as office, aiohttp.ClientSession() as session:
        yield Place(slack=office.slack, vobiz=office.vobiz, folder=tmp_path, session=session)


@pytest.fixture
async def service_of(place: Place) -> AsyncIterator[ServiceOf]:
    """Makes services that are stopped when the test ends."""
    async with AsyncExitStack() as stack:

        def make(transport: Transport = "http", **settings: str) -> Service:
            service = Service(given(environment_for(place.slack, place.vobiz, place.folder, transport, settings)))
            stack.push_async_callback(service.stop)
            return service

        yield make


@pytest.mark.parametrize("transport", ["http", "socket mode"])
async def test_it_lives_and_is_ready_once_slack_knows_it(
    place: Place, service_of: ServiceOf, transport: Transport
) -> None:
    service = service_of(transport)
    await service.start()
    await service.ready()
    assert [await place.get(service, path) for path in ("/healthz", "/readyz")] == [200, 200]


@pytest.mark.parametrize("transport", ["http", "socket mode"])
async def test_it_lives_but_is_not_ready_while_slack_does_not_know_it(
    place: Place, service_of: ServiceOf, transport: Transport
) -> None:
    known = place.slack.workspace.faults.hang("auth.test")
    service = service_of(transport)
    await service.start()
    await place.calls("auth.test")
    assert [await place.get(service, path) for path in ("/healthz", "/readyz")] == [200, 503]
    known.set()
    await service.ready()
    assert await place.get(service, "/readyz") == 200


async def test_before_it_is_ready_nothing_is_taken_from_slack(place: Place, service_of: ServiceOf) -> None:
    place.slack.workspace.faults.hang("auth.test").clear()
    service = service_of("http")
    await service.start()
    assert await place.post(service) == 503


async def test_in_socket_mode_nothing_is_taken_over_http(place: Place, service_of: ServiceOf) -> None:
    service = service_of("socket mode")
    await service.start()
    await service.ready()
    assert await place.post(service) == 404


async def test_over_http_nothing_unsigned_is_taken(place: Place, service_of: ServiceOf) -> None:
    service = service_of("http")
    await service.start()
    await service.ready()
    assert await place.post(service) == 401


async def test_in_socket_mode_it_is_not_ready_while_no_connection_is_up(place: Place, service_of: ServiceOf) -> None:
    service = service_of("socket mode")
    await service.start()
    await service.ready()
    await place.slack.go_away()
    await place.until(service, "/readyz", 503)
    assert await place.get(service, "/healthz") == 200


async def test_it_is_not_ready_when_the_database_cannot_be_read(place: Place, service_of: ServiceOf) -> None:
    service = service_of("http")
    await service.start()
    await service.ready()
    with closing(sqlite3.connect(place.folder / "office.db")) as database:
        database.execute("DROP TABLE alembic_version")
    assert [await place.get(service, path) for path in ("/healthz", "/readyz")] == [200, 503]


async def test_it_asks_slack_again_when_slack_cannot_be_reached_at_first(place: Place, service_of: ServiceOf) -> None:
    place.slack.workspace.faults.break_with("auth.test")
    service = service_of("http")
    await service.start()
    await service.ready()
    assert len(place.slack.workspace.calls_of("auth.test")) == 2


async def test_it_asks_slack_again_when_slack_does_not_answer_at_first(
    place: Place, service_of: ServiceOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.SLACK_ANSWERS_WITHIN", 0.2)
    place.slack.workspace.faults.hang("auth.test")
    service = service_of("http")
    await service.start()
    await service.ready()
    assert len(place.slack.workspace.calls_of("auth.test")) == 2


async def test_how_long_a_call_may_take_says_nothing_of_how_long_a_connection_may_live(
    place: Place, service_of: ServiceOf
) -> None:
    service = service_of("socket mode")
    await service.start()
    await service.ready()
    assert service._sockets is not None
    sessions = {connection.aiohttp_client_session for connection in service._sockets._connections}
    assert service._session.timeout.total == SLACK_ANSWERS_WITHIN
    assert service._session not in sessions


async def test_a_provider_that_cannot_be_reached_does_not_keep_it_from_serving(
    place: Place, service_of: ServiceOf
) -> None:
    await place.vobiz.stop()
    service = service_of("http")
    await service.start()
    await service.ready()
    assert await place.get(service, "/readyz") == 200


@pytest.mark.parametrize(
    ("transport", "setting", "token", "code"),
    [
        ("http", "SLACK_BOT_TOKEN", "xoxb-wrong", "invalid_auth"),
        ("socket mode", "SLACK_BOT_TOKEN", "xoxb-wrong", "invalid_auth"),
        ("socket mode", "SLACK_APP_TOKEN", "xapp-wrong", "invalid_auth"),
    ],
)
async def test_a_token_that_slack_refuses_is_named_with_slacks_reason(
    service_of: ServiceOf, transport: Transport, setting: str, token: str, code: str
) -> None:
    service = service_of(transport, **{setting: token})
    await service.start()
    with pytest.raises(CannotServe, match=f"^Slack refuses {setting}: {code}$"):
        await service.ready()


async def test_a_token_that_is_revoked_while_it_serves_ends_it(place: Place, service_of: ServiceOf) -> None:
    service = service_of("socket mode")
    await service.start()
    await service.ready()
    place.slack.workspace.faults.refuse("apps.connections.open", "token_revoked", times=9)
    await place.slack.sockets.close()
    with pytest.raises(CannotServe, match=r"^Slack refuses SLACK_APP_TOKEN: token_revoked$"):
        await service.failed()


async def test_a_taken_port_is_said_in_one_line(place: Place, service_of: ServiceOf) -> None:
    first = service_of("http")
    await first.start()
    second = service_of("http", PORT=str(first.port), DATABASE_URL=f"sqlite:///{place.folder / 'second.db'}")
    with pytest.raises(CannotServe, match=r"^HOST, PORT: cannot listen there "):
        await second.start()


async def test_a_second_one_on_the_same_database_does_not_start(service_of: ServiceOf) -> None:
    await service_of("http").start()
    with pytest.raises(InUse, match=r"^another process serves from .*office\.db: stop it first"):
        await service_of("http").start()


async def test_a_start_that_failed_leaves_the_database_free(place: Place, service_of: ServiceOf) -> None:
    other = service_of("http", DATABASE_URL=f"sqlite:///{place.folder / 'other.db'}")
    await other.start()
    with pytest.raises(CannotServe):
        await service_of("http", PORT=str(other.port)).start()
    await service_of("http").start()


async def test_a_stopped_one_leaves_the_database_to_the_next(service_of: ServiceOf) -> None:
    first = service_of("http")
    await first.start()
    await first.ready()
    await first.stop()
    await service_of("http").start()


async def test_a_damaged_database_is_not_served(place: Place, service_of: ServiceOf) -> None:
    (place.folder / "office.db").write_bytes(b"not a database at all, whatever its name says" * 100)
    with pytest.raises(CannotOpen, match=r"office\.db is no database of this bot, or is damaged$"):
        await service_of("http").start()

"""Slack alone, the handlers alone, and the whole office, each opened for one test."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn
from handlers.calls import SlackCalls
from handlers.outgoing import SlackMessenger
from handlers.people import SlackPeople
from tests.handlers.door import Door, a_client, a_door, a_workspace, people
from tests.harness.clock import FakeClock
from tests.harness.office import Office, a_slack, an_office

PeopleOf = Callable[..., SlackPeople]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def slack(clock: FakeClock) -> AsyncIterator[SlackStandIn]:
    async with a_slack(a_workspace(clock)) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def client(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncWebClient:
    return a_client(slack.api_url, session, slack.workspace.app.bot_token)


@pytest.fixture
def calls(clock: FakeClock) -> SlackCalls:
    return SlackCalls(clock)


@pytest.fixture
def people_of(slack: SlackStandIn, client: AsyncWebClient, calls: SlackCalls, clock: FakeClock) -> PeopleOf:
    """People whose approvers are these users and groups."""
    return partial(people, slack.workspace, client, calls, clock)


@pytest.fixture
def messenger(client: AsyncWebClient, session: aiohttp.ClientSession, calls: SlackCalls) -> SlackMessenger:
    return SlackMessenger(client, session, calls)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with a_door(tmp_path) as opened:
        yield opened


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened

"""Slack alone, and what of ours speaks to it: nobody listens to what people do, and time is the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Message, SlackStandIn, Workspace, furnish
from bot.sandbox.slack.example import ASHA
from bot.sandbox.slack.faults import Faults
from handlers.calls import SlackCalls
from handlers.outgoing import SlackMessenger
from handlers.people import SlackPeople
from tests.harness.clock import FakeClock
from tests.harness.office import a_slack
from tests.harness.patience import PATIENCE


@dataclass(frozen=True, slots=True)
class Desk:
    """`client` is the bot's own."""

    slack: SlackStandIn
    clock: FakeClock
    session: aiohttp.ClientSession
    client: AsyncWebClient
    calls: SlackCalls

    @property
    def workspace(self) -> Workspace:
        return self.slack.workspace

    @property
    def faults(self) -> Faults:
        return self.workspace.faults

    @property
    def messenger(self) -> SlackMessenger:
        return SlackMessenger(self.client, self.session, self.calls, workspace="https://team.slack.com/")

    def client_with(self, token: str) -> AsyncWebClient:
        return a_client(self.slack.api_url, self.session, token)

    def people(self, *approvers: str) -> SlackPeople:
        return SlackPeople(self.client, self.calls, self.clock, team=self.workspace.team.id, approvers=approvers)

    def heard(self, user: str = ASHA) -> list[Message]:
        """What this person alone hears: in channels, and in their conversation with the bot."""
        direct = self.workspace.channels.direct(user)
        return [*self.slack.ephemerals_for(user), *self.slack.messages(direct.id)]


@asynccontextmanager
async def a_desk() -> AsyncIterator[Desk]:
    clock = FakeClock()
    async with a_slack(a_workspace(clock)) as slack, aiohttp.ClientSession() as session:
        client = a_client(slack.api_url, session, slack.workspace.app.bot_token)
        yield Desk(slack, clock, session, client, SlackCalls(clock))


def a_workspace(clock: FakeClock) -> Workspace:
    """Furnished, with the test's own time."""
    return furnish(Workspace(monotonic=clock.monotonic, wall=lambda: clock.now().timestamp()))


def a_client(api_url: str, session: aiohttp.ClientSession, token: str) -> AsyncWebClient:
    """The bot's own: one session, no retries, as the service uses it."""
    return AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=[], timeout=int(PATIENCE))

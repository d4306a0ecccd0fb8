"""Tokens and scopes: who may call what."""

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import InstalledApp, SlackStandIn, Workspace, furnish
from bot.sandbox.slack.example import ASHA, GENERAL, NUMBERS
from tests.bot.sandbox.slack.conftest import error_of, refusal_of


async def test_auth_test_says_who_the_app_is(client: AsyncWebClient, slack: SlackStandIn) -> None:
    answer = await client.auth_test()
    app, team = slack.workspace.app, slack.workspace.team
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == (team.id, app.user, app.bot_id)
    assert "chat:write" in answer.headers["X-OAuth-Scopes"]


@pytest.mark.parametrize(("token", "error"), [(None, "not_authed"), ("xoxb-of-somebody-else", "invalid_auth")])
async def test_a_missing_or_wrong_token_is_refused(slack: SlackStandIn, token: str | None, error: str) -> None:
    assert await error_of(AsyncWebClient(token=token, base_url=slack.api_url).auth_test()) == error


async def test_each_kind_of_token_opens_its_own_methods_only(client: AsyncWebClient, slack: SlackStandIn) -> None:
    app = slack.workspace.app
    with_app_token = AsyncWebClient(token=app.app_token, base_url=slack.api_url)
    for call in (
        client.apps_connections_open(app_token=app.bot_token),
        with_app_token.chat_postMessage(channel=NUMBERS, text="x"),
    ):
        assert await error_of(call) == "not_allowed_token_type"


async def test_a_missing_scope_is_named(client: AsyncWebClient) -> None:
    answer = await refusal_of(client.conversations_history(channel=NUMBERS))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")
    assert answer["provided"] == "commands,chat:write,chat:write.public,users:read,usergroups:read"


async def test_without_chat_write_public_the_app_has_to_be_a_member() -> None:
    app = InstalledApp(scopes=("chat:write",))
    async with SlackStandIn(workspace=furnish(Workspace(app=app))) as slack:
        client = AsyncWebClient(token=app.bot_token, base_url=slack.api_url)
        assert await error_of(client.chat_postMessage(channel=GENERAL, text="x")) == "not_in_channel"


async def test_what_slack_does_not_read(client: AsyncWebClient, slack: SlackStandIn, session: ClientSession) -> None:
    assert await error_of(client.api_call("chat.shout")) == "unknown_method"
    assert await error_of(client.api_call("users.info", json={"user": ASHA})) == "user_not_found"
    headers = {"Authorization": f"Bearer {slack.workspace.app.bot_token}", "Content-Type": "application/json"}
    async with session.post(f"{slack.api_url}chat.postMessage", data="{", headers=headers) as response:
        assert await response.json() == {"ok": False, "error": "invalid_json"}

"""Tokens and scopes: who may call what."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import InstalledApp, SlackStandIn, Workspace, furnish
from bot.sandbox.slack.example import GENERAL, NUMBERS


async def test_auth_test_says_who_the_app_is(client: AsyncWebClient, slack: SlackStandIn) -> None:
    answer = await client.auth_test()
    app, team = slack.workspace.app, slack.workspace.team
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == (team.id, app.user, app.bot_id)
    assert "chat:write" in answer.headers["X-OAuth-Scopes"]


@pytest.mark.parametrize(("token", "error"), [(None, "not_authed"), ("xoxb-of-somebody-else", "invalid_auth")])
async def test_a_missing_or_wrong_token_is_refused(slack: SlackStandIn, token: str | None, error: str) -> None:
    stranger = AsyncWebClient(token=token, base_url=slack.api_url)
    with pytest.raises(SlackApiError, match=error):
        await stranger.auth_test()


async def test_each_kind_of_token_opens_its_own_methods_only(client: AsyncWebClient, slack: SlackStandIn) -> None:
    app = slack.workspace.app
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await client.apps_connections_open(app_token=app.bot_token)
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await AsyncWebClient(token=app.app_token, base_url=slack.api_url).chat_postMessage(channel=NUMBERS, text="x")


async def test_a_missing_scope_is_named(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.conversations_history(channel=NUMBERS)
    answer = caught.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")
    assert answer["provided"] == "commands,chat:write,chat:write.public,users:read,usergroups:read"


async def test_without_chat_write_public_the_app_has_to_be_a_member() -> None:
    app = InstalledApp(scopes=("chat:write",))
    async with SlackStandIn(workspace=furnish(Workspace(app=app))) as slack:
        client = AsyncWebClient(token=app.bot_token, base_url=slack.api_url)
        with pytest.raises(SlackApiError, match="not_in_channel"):
            await client.chat_postMessage(channel=GENERAL, text="x")


async def test_a_method_nobody_knows_is_unknown(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="unknown_method"):
        await client.api_call("chat.shout")


async def test_older_methods_do_not_read_json(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="user_not_found"):
        await client.api_call("users.info", json={"user": "U0ASHA001"})


async def test_a_body_that_is_no_json_is_refused(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {slack.workspace.app.bot_token}", "Content-Type": "application/json"}
    async with session.post(f"{slack.api_url}chat.postMessage", data="{", headers=headers) as response:
        assert await response.json() == {"ok": False, "error": "invalid_json"}

"""Users and user groups as the app asks for them."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.example import (
    ASHA,
    GONE,
    GUEST,
    MANAGERS,
    MEERA,
    NAMESAKE,
    NOBODY,
    OTHER_BOT,
    PARTNER_TEAM,
    SINGLE_CHANNEL_GUEST,
    STRANGER,
    TARA,
    VIKRAM,
)
from tests.bot.sandbox.slack.conftest import error_of


@pytest.mark.parametrize(
    ("user", "facts"),
    [
        (ASHA, {"deleted": False, "is_bot": False, "is_restricted": False, "is_ultra_restricted": False}),
        (GUEST, {"is_restricted": True, "is_ultra_restricted": False}),
        (SINGLE_CHANNEL_GUEST, {"is_restricted": True, "is_ultra_restricted": True}),
        (OTHER_BOT, {"is_bot": True}),
        (GONE, {"deleted": True}),
        (STRANGER, {"team_id": PARTNER_TEAM}),
    ],
)
async def test_users_info_tells_the_kinds_of_accounts_apart(
    client: AsyncWebClient, user: str, facts: dict[str, object]
) -> None:
    told = (await client.users_info(user=user))["user"]
    assert {key: told[key] for key in facts} == facts


async def test_two_people_can_share_a_display_name(client: AsyncWebClient) -> None:
    names = {(await client.users_info(user=user))["user"]["profile"]["display_name"] for user in (ASHA, NAMESAKE)}
    assert names == {"Asha"}


async def test_somebody_can_be_hidden_deactivated_or_become_a_guest(
    client: AsyncWebClient, slack: SlackStandIn
) -> None:
    people = slack.workspace.people
    people.deactivate(ASHA)
    assert (await client.users_info(user=ASHA))["user"]["deleted"]
    people.make_guest(TARA)
    assert (await client.users_info(user=TARA))["user"]["is_restricted"]
    people.hide(TARA)
    assert await error_of(client.users_info(user=TARA)) == "user_not_visible"
    assert await error_of(client.users_info(user="U0UNKNOWN")) == "user_not_found"


async def test_a_groups_members_can_change_until_it_is_disabled(client: AsyncWebClient, slack: SlackStandIn) -> None:
    people = slack.workspace.people
    listed = (await client.usergroups_list(include_users=True))["usergroups"]
    assert {group["id"]: group["users"] for group in listed} == {MANAGERS: [MEERA, VIKRAM], NOBODY: []}
    assert (await client.usergroups_users_list(usergroup=MANAGERS))["users"] == [MEERA, VIKRAM]
    people.set_group_members(MANAGERS, TARA)
    assert (await client.usergroups_users_list(usergroup=MANAGERS))["users"] == [TARA]
    people.disable_group(MANAGERS)
    for group in (MANAGERS, "S0UNKNOWN"):
        assert await error_of(client.usergroups_users_list(usergroup=group)) == "no_such_subteam"


async def test_bots_info_describes_the_app(client: AsyncWebClient, slack: SlackStandIn) -> None:
    assert (await client.bots_info(bot=slack.workspace.app.bot_id))["bot"]["app_id"] == slack.workspace.app.id

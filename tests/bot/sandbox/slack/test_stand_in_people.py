"""Users and user groups as the app asks for them."""

import pytest
from slack_sdk.errors import SlackApiError
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


async def test_an_unknown_and_a_hidden_user_are_refused_differently(
    client: AsyncWebClient, slack: SlackStandIn
) -> None:
    slack.workspace.people.hide(TARA)
    with pytest.raises(SlackApiError, match="user_not_visible"):
        await client.users_info(user=TARA)
    with pytest.raises(SlackApiError, match="user_not_found"):
        await client.users_info(user="U0UNKNOWN")


async def test_somebody_can_be_deactivated_or_become_a_guest(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.workspace.people.deactivate(ASHA)
    slack.workspace.people.make_guest(TARA)
    assert (await client.users_info(user=ASHA))["user"]["deleted"]
    assert (await client.users_info(user=TARA))["user"]["is_restricted"]


async def test_a_groups_members_can_change(client: AsyncWebClient, slack: SlackStandIn) -> None:
    assert (await client.usergroups_users_list(usergroup=MANAGERS))["users"] == [MEERA, VIKRAM]
    slack.workspace.people.set_group_members(MANAGERS, TARA)
    assert (await client.usergroups_users_list(usergroup=MANAGERS))["users"] == [TARA]


async def test_an_unknown_or_disabled_group_is_no_such_subteam(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.workspace.people.disable_group(MANAGERS)
    for group in (MANAGERS, "S0UNKNOWN"):
        with pytest.raises(SlackApiError, match="no_such_subteam"):
            await client.usergroups_users_list(usergroup=group)


async def test_groups_are_listed_with_their_members_when_asked_for(client: AsyncWebClient) -> None:
    listed = (await client.usergroups_list(include_users=True))["usergroups"]
    assert {group["id"]: group["users"] for group in listed} == {MANAGERS: [MEERA, VIKRAM], NOBODY: []}


async def test_bots_info_describes_the_app(client: AsyncWebClient, slack: SlackStandIn) -> None:
    assert (await client.bots_info(bot=slack.workspace.app.bot_id))["bot"]["app_id"] == slack.workspace.app.id

"""What people do, and the payloads the app gets for it."""

import asyncio
from typing import Any, TypeAlias

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Failed, ImpossibleError, SlackStandIn
from bot.sandbox.slack.example import ASHA, BOARD, FINANCE, GENERAL, GUEST, MEERA, NUMBERS, OLD, STRANGER, TARA
from bot.sandbox.slack.shapes import JsonObject
from tests.harness.blocks import actions, button, option
from tests.harness.patience import PATIENCE

Bodies: TypeAlias = list[dict[str, Any]]

APPROVE = button(action_id="approve", value="r1", style="primary")
CARD = [actions(APPROVE, button(action_id="deny", value="r1"), block_id="decide")]
COMMAND_FIELDS = (
    "token team_id team_domain channel_id channel_name user_id user_name command text api_app_id "
    "is_enterprise_install response_url trigger_id"
)


@pytest.fixture
def bodies(app: AsyncApp) -> Bodies:
    """Every payload of a connected app that takes everything."""
    got: Bodies = []

    async def take(ack: AsyncAck, body: dict[str, Any]) -> None:
        got.append(body)
        await ack()

    app.command("/buynumber")(take)
    for action in ("approve", "deny", "forged"):
        app.action(action)(take)
    return got


@pytest.fixture
async def card(client: AsyncWebClient) -> str:
    ts: str = (await client.chat_postMessage(channel=NUMBERS, text="card", blocks=CARD))["ts"]
    return ts


async def test_a_command_carries_slacks_fields_and_slacks_channel_names(slack: SlackStandIn, bodies: Bodies) -> None:
    for channel in (NUMBERS, FINANCE, "D0ASHA001"):
        await slack.command(ASHA, channel, "  help ")
    body = bodies[0]
    assert set(body) == set(COMMAND_FIELDS.split())
    assert (body["user_id"], body["user_name"]) == (ASHA, "asha")
    assert (body["text"], body["is_enterprise_install"]) == ("help", "false")
    assert [body["channel_name"] for body in bodies] == ["numbers", "privategroup", "directmessage"]


@pytest.mark.parametrize(
    ("tel_links", "typed", "sent"),
    [
        (False, "for @meera", f"for <@{MEERA}>"),
        (False, "for @managers in #numbers", f"for <!subteam^S0MANAGER> in <#{NUMBERS}>"),
        (False, "@nobody.there", "@nobody.there"),
        (False, "R&D <now>", "R&amp;D &lt;now&gt;"),
        (False, f"<@{MEERA}> and <tel:+911|+91 1>", f"<@{MEERA}> and <tel:+911|+91 1>"),
        (False, "+91 98765 43210", "+91 98765 43210"),
        (True, "+91 98765 43210 for support", "<tel:+919876543210|+91 98765 43210> for support"),
        (True, "(080) 4718-1234", "(<tel:08047181234|080) 4718-1234>"),
        (True, "IN 80", "IN 80"),
    ],
)
async def test_what_is_typed_arrives_escaped_and_phone_numbers_as_links_when_the_workspace_does_so(
    slack: SlackStandIn, bodies: Bodies, tel_links: bool, typed: str, sent: str
) -> None:
    slack.workspace.tel_links = tel_links
    await slack.command(ASHA, NUMBERS, typed)
    assert bodies[0]["text"] == sent


async def test_a_click_carries_what_slack_sends_with_it(slack: SlackStandIn, bodies: Bodies, card: str) -> None:
    await slack.click(MEERA, card, "approve")
    [body] = bodies
    assert body["user"] == {"id": MEERA, "username": "meera", "name": "meera", "team_id": slack.workspace.team.id}
    assert body["container"] == {"type": "message", "message_ts": card, "channel_id": NUMBERS, "is_ephemeral": False}
    [action] = body["actions"]
    assert (action["block_id"], action["action_id"], action["value"]) == ("decide", "approve", "r1")
    assert {"action_ts", "text", "type", "style"} <= set(action)
    assert (body["enterprise"], body["message"]["ts"]) == (None, card)
    assert body["response_url"].startswith(f"{slack.origin}/actions/")
    assert body["state"] == {"values": {}}


async def test_a_stranger_carries_the_team_of_their_own(slack: SlackStandIn, bodies: Bodies, card: str) -> None:
    await slack.click(STRANGER, card, "approve")
    await slack.command(STRANGER, NUMBERS, "x")
    click, command = bodies
    theirs = slack.workspace.people.get(STRANGER).team
    assert click["team"]["id"] == slack.workspace.team.id != theirs
    assert (click["user"]["team_id"], command["team_id"]) == (theirs, theirs)


async def test_an_ephemeral_message_is_clicked_by_its_reader_alone_and_does_not_come_with_the_click(
    slack: SlackStandIn, bodies: Bodies, client: AsyncWebClient
) -> None:
    ts = (await client.chat_postEphemeral(channel=NUMBERS, user=ASHA, text="x", blocks=CARD))["message_ts"]
    await slack.click(ASHA, ts, "approve")
    assert bodies[0]["container"]["is_ephemeral"]
    assert "message" not in bodies[0]
    with pytest.raises(ImpossibleError):
        await slack.click(MEERA, ts, "approve")


async def test_what_is_not_there_cannot_be_clicked(slack: SlackStandIn, client: AsyncWebClient, card: str) -> None:
    rewritten = str((await client.chat_postMessage(channel=NUMBERS, text="card", blocks=CARD))["ts"])
    await client.chat_update(channel=NUMBERS, ts=rewritten, text="decided")
    for user, target, action in (
        (MEERA, card, "withdraw"),
        (MEERA, "1.000001", "approve"),
        ("U0UNKNOWN", card, "approve"),
        (MEERA, rewritten, "approve"),
    ):
        with pytest.raises(ImpossibleError):
            await slack.click(user, target, action)


async def test_a_forged_click_is_sent_with_any_value(slack: SlackStandIn, bodies: Bodies, card: str) -> None:
    await slack.forge_click(MEERA, card, "approve", value="other")
    await slack.forge_click(MEERA, card, "forged", value="made up")
    assert [body["actions"][0]["value"] for body in bodies] == ["other", "made up"]


async def test_a_menus_choice_stays_in_its_message(slack: SlackStandIn, bodies: Bodies, client: AsyncWebClient) -> None:
    menu: JsonObject = {"type": "static_select", "action_id": "deny", "options": [option("India")]}
    blocks = [actions(menu, APPROVE, block_id="decide")]
    ts = (await client.chat_postMessage(channel=NUMBERS, text="x", blocks=blocks))["ts"]
    await slack.click(MEERA, ts, "deny", chosen={"selected_option": option("India")})
    await slack.click(MEERA, ts, "approve")
    chosen = {"type": "static_select", "selected_option": option("India")}
    assert bodies[1]["state"]["values"] == {"decide": {"deny": chosen}}


@pytest.mark.parametrize(("user", "channel"), [(TARA, FINANCE), (ASHA, BOARD), (GUEST, GENERAL), (ASHA, OLD)])
async def test_nobody_types_where_they_cannot(slack: SlackStandIn, user: str, channel: str) -> None:
    with pytest.raises(ImpossibleError):
        await slack.command(user, channel, "x")


async def test_an_answer_with_wrong_blocks_is_shown_as_slack_shows_it(slack: SlackStandIn, app: AsyncApp) -> None:
    @app.command("/buynumber")
    async def answer(ack: AsyncAck) -> None:
        await ack(text="x", blocks=[{"type": "section"}])

    code = "invalid_command_response"
    assert await slack.command(ASHA, NUMBERS) == Failed(code=code, words=f'/buynumber failed with the error "{code}"')


async def test_waiting_for_what_never_comes_names_the_last_calls(slack: SlackStandIn, client: AsyncWebClient) -> None:
    await client.auth_test()
    with pytest.raises(TimeoutError, match=r"the last calls were: auth\.test"):
        await slack.wait_for(lambda _: False, timeout=0.05)


async def test_who_waits_for_something_to_be_sent_to_the_app_is_woken_by_it(slack: SlackStandIn, card: str) -> None:
    waiting = asyncio.ensure_future(slack.wait_for(lambda _: slack.sent, timeout=PATIENCE))
    await asyncio.sleep(0)
    await slack.click(MEERA, card, "approve")
    assert len(await waiting) == 1

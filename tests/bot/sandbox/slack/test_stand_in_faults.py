"""What goes wrong on order, and the rate limits that hold by themselves."""

import asyncio
from collections.abc import Callable

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn, Workspace, furnish
from bot.sandbox.slack.example import FINANCE, NUMBERS
from bot.sandbox.slack.rates import Rates

Clock = Callable[[], float]
Advance = Callable[[float], None]


def texts(slack: SlackStandIn) -> list[str]:
    return [message.text for message in slack.messages(NUMBERS)]


async def test_a_limit_on_order_is_a_429_with_retry_after(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.workspace.faults.limit("chat.postMessage", times=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=NUMBERS, text="x")
        assert (caught.value.response.status_code, caught.value.response["error"]) == (429, "ratelimited")
        assert caught.value.response.headers["Retry-After"] == "7"
    await client.chat_postMessage(channel=NUMBERS, text="third")
    assert texts(slack) == ["third"]


async def test_an_order_for_one_channel_leaves_the_others_alone(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.workspace.faults.limit("chat.postMessage", channel=NUMBERS)
    assert (await client.chat_postMessage(channel=FINANCE, text="x"))["ok"]
    with pytest.raises(SlackApiError, match="ratelimited"):
        await client.chat_postMessage(channel=NUMBERS, text="x")


async def test_any_error_code_can_be_ordered_for_any_method(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.workspace.faults.refuse("*", "internal_error")
    with pytest.raises(SlackApiError, match="internal_error"):
        await client.auth_test()
    assert (await client.auth_test())["ok"]


async def test_a_broken_answer_is_no_json_and_nothing_happened(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.workspace.faults.break_with("chat.postMessage", 502)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=NUMBERS, text="x")
    assert caught.value.response.status_code == 502
    assert texts(slack) == []


async def test_a_dropped_call_has_no_effect(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.workspace.faults.drop("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=NUMBERS, text="x")
    assert texts(slack) == []


async def test_a_lost_answer_has_its_effect_all_the_same(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.workspace.faults.lose_answer("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=NUMBERS, text="posted")
    assert texts(slack) == ["posted"]


@pytest.mark.parametrize(("after_effect", "meanwhile"), [(False, []), (True, ["x"])])
async def test_a_hanging_call_waits_until_it_is_released(
    client: AsyncWebClient, slack: SlackStandIn, after_effect: bool, meanwhile: list[str]
) -> None:
    released = slack.workspace.faults.hang("chat.postMessage", after_effect=after_effect)
    call = asyncio.create_task(client.chat_postMessage(channel=NUMBERS, text="x"))
    await slack.wait_for(lambda workspace: workspace.calls_of("chat.postMessage"))
    await client.auth_test()
    assert (call.done(), texts(slack)) == (False, meanwhile)
    released.set()
    assert (await call)["ok"]
    assert texts(slack) == ["x"]


async def test_what_hangs_does_not_hold_up_the_end(session: aiohttp.ClientSession) -> None:
    slack = SlackStandIn(workspace=furnish(Workspace()))
    await slack.start()
    slack.workspace.faults.hang("auth.test")
    client = AsyncWebClient(token="x", base_url=slack.api_url, session=session, retry_handlers=[])
    call = asyncio.create_task(client.auth_test())
    await slack.wait_for(lambda workspace: workspace.calls)
    await slack.stop()
    with pytest.raises(aiohttp.ClientError):
        await call


async def test_every_call_is_recorded_with_its_arguments_and_time(
    client: AsyncWebClient, slack: SlackStandIn, clock: Clock
) -> None:
    slack.workspace.faults.refuse("chat.postMessage", "fatal_error")
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=NUMBERS, text="x")
    [call] = slack.workspace.calls
    assert (call.method, call.channel, call.at) == ("chat.postMessage", NUMBERS, clock())
    assert call.arguments == {"channel": NUMBERS, "text": "x"}


def test_an_order_for_no_call_is_a_mistake(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        workspace.faults.limit("auth.test", times=0)


def test_posting_is_limited_per_channel_and_recovers_with_time(clock: Clock, advance: Advance) -> None:
    rates = Rates(clock)
    assert [rates.take("chat.postMessage", NUMBERS) for _ in range(6)] == [None] * 5 + [1]
    assert rates.take("chat.postMessage", FINANCE) is None
    advance(1)
    assert rates.take("chat.postMessage", NUMBERS) is None


def test_rewriting_is_limited_across_channels(clock: Clock) -> None:
    rates = Rates(clock)
    taken = [rates.take("chat.update", channel) for channel in (NUMBERS, FINANCE) * 7]
    assert taken.count(None) == 12
    assert taken[-2:] == [1, 1]


async def test_realistic_limits_hold_when_the_workspace_wants_them(clock: Clock) -> None:
    async with SlackStandIn(workspace=furnish(Workspace(monotonic=clock, realistic_limits=True))) as slack:
        client = AsyncWebClient(token=slack.workspace.app.bot_token, base_url=slack.api_url, retry_handlers=[])
        for _ in range(5):
            await client.chat_postMessage(channel=NUMBERS, text="x")
        with pytest.raises(SlackApiError, match="ratelimited"):
            await client.chat_postMessage(channel=NUMBERS, text="x")

"""What goes wrong on order, and the rate limits that hold by themselves."""

import asyncio
from collections.abc import Callable

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn, Workspace, furnish
from bot.sandbox.slack.example import FINANCE, NUMBERS
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.rates import Rates
from tests.bot.sandbox.slack.conftest import error_of, refusal_of, words_of
from tests.harness.clock import FakeClock


async def test_a_limit_on_order_is_a_429_in_its_channel_and_passes(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.workspace.faults.limit("chat.postMessage", times=2, retry_after=7, channel=NUMBERS)
    assert (await client.chat_postMessage(channel=FINANCE, text="x"))["ok"]
    for _ in range(2):
        answer = await refusal_of(client.chat_postMessage(channel=NUMBERS, text="x"))
        assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "7")
    await client.chat_postMessage(channel=NUMBERS, text="third")
    assert words_of(slack.messages(NUMBERS)) == ["third"]


async def test_any_error_code_can_be_ordered_for_any_method_and_every_call_is_recorded(
    client: AsyncWebClient, slack: SlackStandIn, clock: FakeClock
) -> None:
    slack.workspace.faults.refuse("*", "internal_error")
    assert await error_of(client.chat_postMessage(channel=NUMBERS, text="x")) == "internal_error"
    assert (await client.auth_test())["ok"]
    refused, _ = slack.workspace.calls
    assert (refused.method, refused.channel, refused.at) == ("chat.postMessage", NUMBERS, clock.monotonic())
    assert refused.arguments == {"channel": NUMBERS, "text": "x"}


@pytest.mark.parametrize(
    ("order", "error", "posted"),
    [
        pytest.param(Faults.break_with, SlackApiError, [], id="a broken answer is no JSON and nothing happened"),
        pytest.param(Faults.drop, aiohttp.ClientError, [], id="a dropped call has no effect"),
        pytest.param(Faults.lose_answer, aiohttp.ClientError, ["x"], id="a lost answer has its effect all the same"),
    ],
)
async def test_what_comes_of_a_call_whose_answer_says_nothing(
    client: AsyncWebClient,
    slack: SlackStandIn,
    order: Callable[[Faults, str], None],
    error: type[Exception],
    posted: list[str],
) -> None:
    order(slack.workspace.faults, "chat.postMessage")
    with pytest.raises(error):
        await client.chat_postMessage(channel=NUMBERS, text="x")
    assert words_of(slack.messages(NUMBERS)) == posted


@pytest.mark.parametrize(("after_effect", "meanwhile"), [(False, []), (True, ["x"])])
async def test_a_hanging_call_waits_until_it_is_released(
    client: AsyncWebClient, slack: SlackStandIn, after_effect: bool, meanwhile: list[str]
) -> None:
    released = slack.workspace.faults.hang("chat.postMessage", after_effect=after_effect)
    call = asyncio.create_task(client.chat_postMessage(channel=NUMBERS, text="x"))
    await slack.wait_for(lambda workspace: workspace.calls_of("chat.postMessage"))
    await client.auth_test()
    assert (call.done(), words_of(slack.messages(NUMBERS))) == (False, meanwhile)
    released.set()
    assert (await call)["ok"]
    assert words_of(slack.messages(NUMBERS)) == ["x"]


async def test_what_hangs_does_not_hold_up_the_end(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.workspace.faults.hang("auth.test")
    call = asyncio.create_task(client.auth_test())
    await slack.wait_for(lambda workspace: workspace.calls)
    await slack.stop()
    with pytest.raises(aiohttp.ClientError):
        await call


def test_an_order_for_no_call_is_a_mistake(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        workspace.faults.limit("auth.test", times=0)


def test_posting_is_limited_per_channel_and_recovers_with_time_and_rewriting_across_channels(clock: FakeClock) -> None:
    rates = Rates(clock.monotonic)
    assert [rates.take("chat.postMessage", NUMBERS) for _ in range(6)] == [None] * 5 + [1]
    assert rates.take("chat.postMessage", FINANCE) is None
    assert [rates.take("chat.update", channel) for channel in (NUMBERS, FINANCE) * 7] == [None] * 12 + [1, 1]
    clock.advance(1)
    assert rates.take("chat.postMessage", NUMBERS) is None


async def test_realistic_limits_hold_when_the_workspace_wants_them(clock: FakeClock) -> None:
    async with SlackStandIn(workspace=furnish(Workspace(monotonic=clock.monotonic, realistic_limits=True))) as slack:
        client = AsyncWebClient(token=slack.workspace.app.bot_token, base_url=slack.api_url, retry_handlers=[])
        for _ in range(5):
            await client.chat_postMessage(channel=NUMBERS, text="x")
        assert await error_of(client.chat_postMessage(channel=NUMBERS, text="x")) == "ratelimited"

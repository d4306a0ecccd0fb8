"""Reads under faults: repeated while it helps, bounded in time and memory, honest at the end."""

import asyncio
import socket
import time

import pytest

from bot.sandbox.vobiz import ReadMood, Says, Script, VobizStandIn
from bot.services.ports import ProviderUnavailable
from bot.vobiz.client import Vobiz
from tests.bot.vobiz.conftest import NUMBER, ClientOf, answer, buy

SOON = 30.0
"""Seconds: long for a busy machine, and short of what is waited for otherwise."""


@pytest.mark.parametrize("mood", [ReadMood.TOO_MANY_429, ReadMood.UNAVAILABLE_503, ReadMood.DROPPED])
async def test_a_passing_fault_is_outlived(standin: VobizStandIn, vobiz: Vobiz, mood: ReadMood) -> None:
    standin.next_read(mood)
    assert await vobiz.find(NUMBER) is not None
    assert len(standin.read_calls) == 2


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        (ReadMood.TOO_MANY_429, "http_429"),
        (ReadMood.UNAVAILABLE_503, "http_503"),
        (ReadMood.DROPPED, "connection_lost"),
        (ReadMood.NEVER_ANSWERED, "timeout"),
        (ReadMood.DRIP, "timeout"),
        (ReadMood.GARBAGE, "unreadable"),
        (ReadMood.EMPTY, "unreadable"),
        (ReadMood.HUGE, "too_big"),
    ],
)
async def test_a_lasting_fault_ends_within_the_budget_with_its_reason(
    standin: VobizStandIn, client_of: ClientOf, mood: ReadMood, reason: str
) -> None:
    standin.every_read(mood)
    vobiz = client_of(read_budget=1.0 if reason == "timeout" else SOON)
    with pytest.raises(ProviderUnavailable, match=reason):
        async with asyncio.timeout(SOON * 2):
            await vobiz.find(NUMBER)
    assert len(standin.read_calls) <= 4
    assert standin.bytes_sent < 25 * 1024 * 1024


async def test_a_repetition_without_time_left_does_not_hide_why(standin: VobizStandIn, client_of: ClientOf) -> None:
    standin.next_read(ReadMood.UNAVAILABLE_503)
    standin.every_read(ReadMood.NEVER_ANSWERED)
    with pytest.raises(ProviderUnavailable, match="http_503"):
        await client_of(read_budget=1.5).find(NUMBER)


async def test_whoever_asks_for_one_number_may_give_the_read_less_time_and_no_more_than_its_budget(
    standin: VobizStandIn, vobiz: Vobiz, client_of: ClientOf
) -> None:
    standin.every_read(ReadMood.NEVER_ANSWERED)
    async with asyncio.timeout(SOON):
        for read, within in ((vobiz.find, 0.1), (vobiz.owned, 0.1), (client_of(read_budget=0.1).find, 60.0)):
            with pytest.raises(ProviderUnavailable, match="timeout"):
                await read(NUMBER, within=within)


async def test_a_wait_longer_than_the_budget_is_not_begun(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.every_read(Script(says=Says.BODY, status=429, headers={"Retry-After": "60"}))
    async with asyncio.timeout(SOON):
        with pytest.raises(ProviderUnavailable, match="http_429"):
            await vobiz.find(NUMBER)
    assert len(standin.read_calls) == 1


async def test_a_wait_the_provider_asks_for_in_the_body_is_kept(standin: VobizStandIn, vobiz: Vobiz) -> None:
    standin.next_read(answer({"error": {"code": "slow", "details": {"retryAfter": 0.3}}}, 429))
    started = time.monotonic()
    await vobiz.find(NUMBER)
    assert time.monotonic() - started >= 0.3


async def test_the_failure_carries_the_providers_request_id(standin: VobizStandIn, client_of: ClientOf) -> None:
    standin.every_read(ReadMood.TOO_MANY_429)
    with pytest.raises(ProviderUnavailable) as failure:
        await client_of(read_budget=5).find(NUMBER)
    assert failure.value.provider_request_id == f"req_{len(standin.read_calls):06d}"


async def test_nobody_listening_is_a_connection_failure(client_of: ClientOf) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with pytest.raises(ProviderUnavailable, match="connection"):
            await client_of(base_url=f"http://127.0.0.1:{unheard.getsockname()[1]}/api", read_budget=5).find(NUMBER)


async def test_neither_token_nor_secret_stands_in_the_log(
    standin: VobizStandIn, vobiz: Vobiz, capsys: pytest.CaptureFixture[str]
) -> None:
    await vobiz.own_numbers()
    await buy(vobiz)
    printed = capsys.readouterr()
    assert "route=purchase" in printed.out
    assert standin.master.token not in printed.out + printed.err


@pytest.mark.parametrize("base_url", ["api", "ftp://example.test", "/api"])
def test_a_base_url_that_is_no_http_url_is_refused(client_of: ClientOf, base_url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        client_of(base_url=base_url)

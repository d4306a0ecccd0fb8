"""Many calls at once, and calls that somebody gives up: what is given up takes no place from what comes after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.domain.outcome import Bought
from bot.sandbox.vobiz import ReadMood, VobizStandIn
from bot.services.ports import ProviderUnavailable
from bot.vobiz.client import Vobiz
from bot.vobiz.reads import READS_AT_ONCE
from tests.bot.vobiz.conftest import NUMBER, ClientOf, buy
from tests.harness.patience import PATIENCE

A_CROWD = 200
"""More than any pool of connections holds."""


async def _read_in_vain(vobiz: Vobiz, seconds: float) -> None:
    with pytest.raises(ProviderUnavailable, match="timeout"):
        await vobiz.find(NUMBER, within=seconds)


async def test_reads_work_after_a_crowd_whose_reads_all_ran_out_of_time(
    standin: VobizStandIn, client_of: ClientOf
) -> None:
    vobiz = client_of(read_budget=PATIENCE)
    standin.every_read(ReadMood.NEVER_ANSWERED)
    await asyncio.gather(*[_read_in_vain(vobiz, 0.3) for _ in range(A_CROWD)])
    standin.reads_recover()
    assert await vobiz.find(NUMBER) is not None


@pytest.mark.parametrize("steps", [2, 3])
async def test_reads_work_after_a_crowd_that_stopped_waiting_while_connections_were_handed_on(
    standin: VobizStandIn, client_of: ClientOf, steps: int
) -> None:
    """Half of the crowd goes, and the other half some steps of the event loop later."""
    vobiz = client_of(read_budget=PATIENCE)
    standin.every_read(ReadMood.NEVER_ANSWERED)
    arrived = asyncio.Event()
    standin.listen(reads=lambda _: arrived.set())
    crowd = [asyncio.create_task(vobiz.find(NUMBER, within=0.5)) for _ in range(A_CROWD)]
    await arrived.wait()
    for place, reading in enumerate(crowd):
        for _ in range(steps if place == A_CROWD // 2 else 0):
            await asyncio.sleep(0)
        reading.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    standin.reads_recover()
    assert await vobiz.find(NUMBER) is not None


async def test_a_purchase_waits_for_no_read(standin: VobizStandIn, client_of: ClientOf) -> None:
    vobiz = client_of(read_budget=PATIENCE)
    standin.every_read(ReadMood.NEVER_ANSWERED)
    crowd = [asyncio.create_task(vobiz.find(NUMBER)) for _ in range(A_CROWD)]
    assert isinstance(await buy(vobiz), Bought)
    assert not any(reading.done() for reading in crowd)
    assert len(standin.read_calls) <= READS_AT_ONCE
    for reading in crowd:
        reading.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)


async def test_a_purchase_whose_buyer_went_away_before_its_first_byte_does_not_leave(
    standin: VobizStandIn, vobiz: Vobiz
) -> None:
    asked: list[str] = []

    def may_leave() -> bool:
        asked.append("by somebody who went away")
        return True

    buying = asyncio.create_task(buy(vobiz, may_leave=may_leave))
    await asyncio.sleep(0)
    buying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await buying
    assert isinstance(await buy(vobiz), Bought)
    assert (asked, len(standin.purchase_calls)) == ([], 1)


@asynccontextmanager
async def _dripping_headers() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A server whose answer never comes past its headers, and when the last of its clients hung up."""
    hung_up = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not writer.transport.is_closing():
            writer.write(b".")
            await asyncio.sleep(0.02)
        writer.close()
        hung_up.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api", hung_up


async def test_an_answer_that_never_ends_its_headers_ends_at_the_deadline(client_of: ClientOf) -> None:
    async with _dripping_headers() as (url, hung_up):
        await _read_in_vain(client_of(base_url=url), 0.2)
        await hung_up.wait()


async def test_waiting_for_a_turn_takes_nothing_of_the_time_that_a_read_has(
    standin: VobizStandIn, client_of: ClientOf
) -> None:
    """A turn is free when a crowd before it has waited in vain for as long as this one waits too."""
    vobiz = client_of()
    standin.every_read(ReadMood.NEVER_ANSWERED)
    first = asyncio.create_task(_read_in_vain(vobiz, 1.0))
    crowd = [asyncio.create_task(vobiz.find(NUMBER, within=1.0)) for _ in range(READS_AT_ONCE - 1)]
    last = asyncio.create_task(vobiz.find(NUMBER, within=1.0))
    await first
    standin.reads_recover()
    assert await last is not None
    await asyncio.gather(*crowd, return_exceptions=True)


async def test_the_provider_is_silent_while_one_of_its_lists_is_asked_for_in_vain(
    standin: VobizStandIn, client_of: ClientOf
) -> None:
    vobiz = client_of(read_budget=PATIENCE, silent_after=0)
    seen = [vobiz.is_silent]
    standin.every_read(ReadMood.NEVER_ANSWERED)
    arrived = asyncio.Event()
    standin.listen(reads=lambda _: arrived.set())
    asking = asyncio.create_task(vobiz.find(NUMBER))
    await arrived.wait()
    seen.append(vobiz.is_silent)
    standin.reads_recover()
    await vobiz.balance("INR")
    seen.append(vobiz.is_silent)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    seen.append(vobiz.is_silent)
    assert seen == [False, True, True, False]

"""What every surface is given."""

import asyncio

import pytest
from structlog.testing import capture_logs

from handlers import surfaces
from tests.handlers.door import Door


async def test_what_fails_beside_an_answer_is_said_in_the_log(door: Door) -> None:
    async def fail() -> None:
        raise KeyError("a form")

    with capture_logs() as logged:
        door.surfaces.beside(fail())
        await asyncio.wait(door.surfaces._beside)
        await asyncio.sleep(0)
    assert [(line["event"], repr(line["exc_info"])) for line in logged] == [("a handler failed", "KeyError('a form')")]
    assert not door.surfaces._beside


async def test_what_goes_on_beside_an_answer_is_over_when_the_bot_stops(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    async def wait_for(opened: asyncio.Event) -> None:
        try:
            await opened.wait()
            ended.append("opened")
        except asyncio.CancelledError:
            ended.append("given up")
            raise

    soon, never = asyncio.Event(), asyncio.Event()
    door.surfaces.beside(wait_for(soon))
    asyncio.get_running_loop().call_soon(soon.set)
    await door.surfaces.finish()
    monkeypatch.setattr(surfaces, "OF_USE", 0.0)
    door.surfaces.beside(wait_for(never))
    await asyncio.sleep(0)
    await door.surfaces.finish()
    assert ended == ["opened", "given up"]

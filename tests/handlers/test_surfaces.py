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
    never = asyncio.Event()

    async def wait_for(what: asyncio.Event | asyncio.Future[None]) -> None:
        try:
            await (what.wait() if isinstance(what, asyncio.Event) else what)
            ended.append("done")
        except asyncio.CancelledError:
            ended.append("given up")
            raise

    soon = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(surfaces, "OF_USE", 0.0)
    door.surfaces.beside(wait_for(never))
    door.surfaces.beside(wait_for(soon))
    soon.set_result(None)
    await asyncio.sleep(0)
    await door.surfaces.finish()
    await asyncio.sleep(0)
    assert sorted(ended) == ["done", "given up"]
    assert not door.surfaces._beside

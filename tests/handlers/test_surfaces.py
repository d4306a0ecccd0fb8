"""What every surface is given."""

import asyncio

from structlog.testing import capture_logs

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

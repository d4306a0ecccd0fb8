"""Offices with the real bot inside: one over each transport, or one with settings of the test's own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.harness.clock import FakeClock
from tests.harness.office import Office, OpenOffice, Transport, an_office


@pytest.fixture(params=["http", "socket mode"])
def transport(request: pytest.FixtureRequest) -> Transport:
    chosen: Transport = request.param
    return chosen


@pytest.fixture
def clock() -> FakeClock:
    """Begins now: the stand-in signs its requests with the present time."""
    return FakeClock(datetime.now(UTC))


@pytest.fixture
async def office(tmp_path: Path, transport: Transport) -> AsyncIterator[Office]:
    """One over each transport."""
    async with an_office(tmp_path, transport=transport) as opened:
        yield opened


@pytest.fixture
async def clocked(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Office]:
    """One whose clock the test moves."""
    async with an_office(tmp_path, clock=clock) as opened:
        yield opened


@pytest.fixture
async def open_office(tmp_path: Path) -> AsyncIterator[OpenOffice]:
    async with AsyncExitStack() as stack:
        yield lambda **outfit: stack.enter_async_context(an_office(tmp_path, **outfit))

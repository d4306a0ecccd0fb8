"""Slack alone, the handlers alone, and the whole office, each opened for one test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.handlers.desk import Desk, a_desk
from tests.handlers.door import Door, a_door
from tests.harness.office import Office, an_office
from tests.harness.patience import LOOKS_AT_ONCE, PATIENCE


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in LOOKS_AT_ONCE:
        monkeypatch.setattr(limit, PATIENCE)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk() as opened:
        yield opened


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with a_door(tmp_path) as opened:
        yield opened


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened

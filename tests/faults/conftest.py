"""Processes of the bot that die, and where what came of them is kept."""

from collections.abc import Callable, Iterator

import pytest

from tests.faults.lives import Keep
from tests.faults.processes import Forks
from tests.faults.tables import TABLE


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Imports once for all tests of a worker."""
    running = Forks()
    yield running
    running.stop()


@pytest.fixture
def keep(record_property: Callable[[str, object], None]) -> Keep:
    """Keeps lives for the summary."""
    return lambda found: record_property(TABLE, [life.row() for life in found])

"""Where what came of processes that die is kept."""

from collections.abc import Callable

import pytest

from tests.faults.lives import Keep
from tests.harness.tables import TABLE


@pytest.fixture
def keep(record_property: Callable[[str, object], None]) -> Keep:
    """Keeps lives for the summary."""
    return lambda found: record_property(TABLE, [life.row() for life in found])

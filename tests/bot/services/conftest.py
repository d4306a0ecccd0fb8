"""All services on one bench, over a database of their own; where money moves, over one of each kind."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import an_address_of
from tests.harness.bench import Bench
from tests.harness.clock import FakeClock
from tests.harness.stores import a_store_at

ON_BOTH = {
    "test_credit",
    "test_decide",
    "test_freeze",
    "test_limits",
    "test_limits_shown",
    "test_outcome",
    "test_people",
    "test_purchase",
    "test_record",
    "test_checking",
    "test_resolve",
    "test_submit",
    "test_sweep",
}
"""The other modules' statements are among theirs, or in the store's own tests."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames:
        is_on_both = metafunc.module.__name__.rpartition(".")[2] in ON_BOTH
        metafunc.parametrize("database_url", ["sqlite", "postgresql"] if is_on_both else ["sqlite"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    return an_address_of(request.param, request)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def bench(database_url: str, clock: FakeClock) -> AsyncIterator[Bench]:
    served = a_store_at(database_url)
    yield Bench(served.store, clock)
    served.close()

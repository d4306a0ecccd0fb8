"""The promise, whatever people, Slack, the provider, the clocks and a dying process do, in whichever order."""

import pytest

from tests.machine.running import WORLDS, run


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(8))
def test_a_number_is_bought_once_or_not_at_all_and_everyone_can_see_which(seed: int) -> None:
    run(WORLDS[seed % len(WORLDS)], seed=seed, examples=5)

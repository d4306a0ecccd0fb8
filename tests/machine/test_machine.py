"""The promise, whatever people, Slack, the provider, the clocks and a dying process do, in whichever order."""

import pytest

from tests.machine.__main__ import WORLDS, run


@pytest.mark.parametrize("seed", range(len(WORLDS)))
def test_a_number_is_bought_once_or_not_at_all_and_everyone_can_see_which(seed: int) -> None:
    run(WORLDS[seed], seed=seed, examples=1)

"""The promise, whatever people, Slack, the provider, the clocks and a dying process do, in whichever order."""

import pytest

from tests.machine.running import WORLDS, World, run


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_a_number_is_bought_once_or_not_at_all_and_everyone_can_see_which(world: World, seed: int) -> None:
    run(world, seed=seed, examples=6)

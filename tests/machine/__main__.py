"""`python -m tests.machine --examples 1000`: as many examples as there is time for, in every world."""

import argparse
import logging
import sys
import time

from tests.machine.running import STEPS, WORLDS, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.machine", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="in each world (default: 100)")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"in each example (default: {STEPS})")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws other examples (default: 0)")
    parser.add_argument("--world", choices=[world.name for world in WORLDS], help="one of them alone")
    parser.add_argument("--no-shrinking", action="store_true", help="show the first failure as it was drawn")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    for world in WORLDS:
        if given.world in (None, world.name):
            began = time.monotonic()
            run(world, seed=given.seed, examples=given.examples, steps=given.steps, shrinks=not given.no_shrinking)
            sys.stdout.write(f"{world.name}: {given.examples} examples hold, {time.monotonic() - began:.0f} s\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

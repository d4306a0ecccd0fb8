"""`python -m tests.soak --minutes N [--seed S] [--database URL]`: everything goes wrong, and in the end it all adds up.

Prints one table. Exit codes: 0 nothing differs, 1 something does (the seed to repeat it is printed), 2 wrong use.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from random import SystemRandom

from bot.store.database import bring_up_to_date
from tests.soak.report import Report, hear_the_log
from tests.soak.run import a_soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long, in real time (default: 1)")
    parser.add_argument("--seed", type=int, default=None, help="what to repeat; a random one when it is left out")
    parser.add_argument("--database", default="", help="an empty PostgreSQL database; without one, a SQLite file")
    chosen = parser.parse_args()
    seed = SystemRandom().randrange(2**32) if chosen.seed is None else chosen.seed
    with tempfile.TemporaryDirectory(prefix="buynumber-soak-") as folder:
        return asyncio.run(soak(Path(folder), seconds=chosen.minutes * 60, seed=seed, database=chosen.database))


async def soak(folder: Path, *, seconds: float, seed: int, database: str) -> int:
    """Runs it and returns the exit code; what stops it on the way is raised when its seed is printed."""
    settings = {}
    if database:
        bring_up_to_date(database)
        settings["DATABASE_URL"] = database
    database = " --database …" if database else ""  # its address may hold a password
    again = f"Repeat it with: python -m tests.soak --minutes {seconds / 60:g} --seed {seed}{database}"
    logged, report = hear_the_log(), Report(seed, again)
    try:
        async with a_soak(folder, seed, **settings) as running:
            await running.go_on(seconds / 10)
            report.warm()
            await running.go_on(seconds * 9 / 10)
            await running.settle()
            await running.compare()
            running.tally.differences += logged
            await report.write(running)
    except BaseException:
        sys.stdout.write(f"{again}\n")
        raise
    return 1 if running.tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.bench.reading`: what the longest lines cost that somebody may type behind the command.

Each is one that a careless pattern reads again from every letter. Exit codes: 0 within what is wanted, 1 more than
that, 2 wrong use.
"""

import argparse
import sys
from statistics import median
from time import thread_time

from handlers.grammar import read

ROUNDS, MOST = 5, 200
"""Of each line; milliseconds at their median. Read anew from every letter, one takes seconds."""

LINES = (
    "a" * 100_000,
    "1" * 100_000,
    "1 " * 3_900,
    "(" * 7_900,
    "\uff08" * 7_900,
    "IN " + "1-" * 3_900 + "x",
    "<tel:" * 1_500,
    "<tel:1|2>" * 800,
    "+91 98765 43210" + " :" * 3_900,
    "&amp;" * 1_500,
    '"' * 3_900 + "x" * 4_000,
)


def main() -> int:
    argparse.ArgumentParser(prog="python -m tests.bench.reading", description=__doc__).parse_args()
    read("+1", default_country="IN")  # the libraries are imported
    slowest = max(median(_milliseconds(line) for _ in range(ROUNDS)) for line in LINES)
    sys.stdout.write(f"the slowest of {len(LINES)} long lines took {slowest:.0f} ms ({MOST} are wanted)\n")
    return 0 if slowest <= MOST else 1


def _milliseconds(line: str) -> float:
    began = thread_time()
    read(line, default_country="IN")
    return (thread_time() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())

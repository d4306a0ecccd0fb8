"""How far a long command is: a bar on a terminal, and nothing anywhere else."""

import sys
from types import TracebackType
from typing import Self

WIDTH = 30


class Progress:
    """`of` is what there is to do. To be used in `with`, which wipes the bar away."""

    def __init__(self, of: int) -> None:
        self._of = max(of, 1)
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._shown:
            self._show(" " * len(self._shown))
            self._show("")

    def at(self, done: int) -> None:
        """So much is done."""
        share = min(done / self._of, 1)
        bar = f"[{'#' * int(share * WIDTH):{WIDTH}}] {share:4.0%}"
        if bar != self._shown and sys.stderr.isatty():
            self._show(bar)
            self._shown = bar

    def _show(self, bar: str) -> None:
        sys.stderr.write(f"\r{bar}")
        sys.stderr.flush()

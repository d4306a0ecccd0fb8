"""A process that stands still."""

import os
import signal
from contextlib import suppress
from pathlib import Path


def stall(pid: int) -> None:
    """Nothing of it runs when this returns, until it is told to go on; what it has open stays so.

    The signal alone is not enough: the thread that it reaches first tells the others, and one of those may meanwhile
    be woken by what it waited for and run on, into a commit.
    """
    os.kill(pid, signal.SIGSTOP)
    while not _stands_still(pid):
        pass


def _stands_still(pid: int) -> bool:
    """Where the system tells of threads: https://man7.org/linux/man-pages/man5/proc_pid_task.5.html."""
    with suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended just now
        return all(_state(said) in "TZ" for said in Path(f"/proc/{pid}/task").glob("*/stat"))
    return False


def _state(said: Path) -> str:
    """`T` if it was stopped, `Z` if it has ended."""
    return said.read_text("utf-8").rpartition(") ")[2][0]

"""`python -m tests.harness.forking`: processes forked from one that has imported the bot, and bought a number once.

Its stdin is a socket. Each message on it is a job with four file descriptors: the process' stdin, stdout and stderr,
and where its number is written at once, and its exit code in the end. Ends when nobody sends jobs any more.
"""

import asyncio
import gc
import importlib
import os
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from bot import clients, traces
from bot.store import postgres
from tests.harness.once import share_what_is_dear
from tests.harness.patience import LOOKS_AT_ONCE, PATIENCE
from tests.harness.process import LONGEST_JOB, Job
from tests.harness.timeline import a_timed_office

WARM = ("psycopg", "bot.commands.serve", "bot.commands.check", "bot.metrics", "bot.sandbox.demo", "tests.faults.dying")


def main() -> None:
    warm_up()
    reports: dict[int, int] = {}

    def bury(*_: object) -> None:
        """The next signal may come amid this one, and bury the last: then there is nobody to wait for."""
        with suppress(ChildProcessError):
            while reports and (ended := os.waitpid(-1, os.WNOHANG))[0]:
                with os.fdopen(reports.pop(ended[0]), "w", encoding="ascii") as report:
                    report.write(f"{os.waitstatus_to_exitcode(ended[1])}\n")

    signal.signal(signal.SIGCHLD, bury)
    with socket.socket(fileno=0) as jobs:
        while True:
            said, streams, *_ = socket.recv_fds(jobs, LONGEST_JOB, 4)
            if not said:
                return
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
            if (pid := os.fork()) == 0:
                _be(Job.model_validate_json(said), streams, others=[*reports.values(), jobs.detach()])
            *its_own, reports[pid] = streams
            os.write(reports[pid], f"{pid}\n".encode())
            for stream in its_own:
                os.close(stream)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def warm_up() -> None:
    """Whatever is imported, read or compiled on first use in a purchase, so that nobody who is forked does it anew.

    How patient the bot is with others is no promise: here it is as patient as its test.
    """
    postgres.PATIENCE = f"SET lock_timeout = '{PATIENCE}s'; SET idle_in_transaction_session_timeout = '{PATIENCE}s'"
    clients.SLACK_ANSWERS_WITHIN = PATIENCE
    traces.SENT_WITHIN = PATIENCE
    for limit in LOOKS_AT_ONCE:
        module, _, name = limit.rpartition(".")
        setattr(importlib.import_module(module), name, PATIENCE)
    share_what_is_dear()
    for module in WARM:
        importlib.import_module(module)
    with TemporaryDirectory() as folder:
        asyncio.run(_buy_once(Path(folder)))
    gc.collect()
    gc.freeze()


async def _buy_once(folder: Path) -> None:
    async with a_timed_office(folder, VOBIZ_TIMEOUT="2m") as timed:
        card = await timed.office.a_card()
        await timed.office.approve(card)
        await timed.rest()


def _be(job: Job, streams: Sequence[int], *, others: Sequence[int]) -> NoReturn:
    """The forked process: as if it had been started there, with these streams and this environment."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    for number, stream in enumerate(streams[:3]):
        os.dup2(stream, number)
    for inherited in {*others, *streams} - {0, 1, 2}:
        os.close(inherited)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    os.chdir(job.folder)
    os.environ.clear()
    os.environ.update(job.environment)
    tempfile.tempdir = None
    module, _, name = job.run.partition(":")
    code = _code_of(getattr(importlib.import_module(module), name), job.arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _code_of(run: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """As the interpreter ends."""
    try:
        return run(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    main()

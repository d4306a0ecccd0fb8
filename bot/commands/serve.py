"""`serve`: the bot, until it is told to stop or Slack says no for good."""

import asyncio
import gc
import os
import signal
import threading

import structlog

from bot.app import Service
from bot.setting_sources import traces_to
from bot.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

LEAVES_AFTER = 14.0
"""Seconds to stop in. Fifteen are promised, and a thread that waits for a database that hangs never ends."""


async def serve(settings: Settings) -> None:
    """Returns after SIGTERM or SIGINT, when everything is in its place. Raises `CannotServe` or `StoreError`.

    What does not stop in time is left as it is, with the process: what was acknowledged is on disk.
    """
    service = Service(settings, traces_to=traces_to())
    told = asyncio.Event()
    for reason in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(reason, told.set)
    await service.start()
    gc.freeze()  # what was made by now stays: looking through it again and again took a tenth of each purchase
    gc.enable()
    stopping = asyncio.create_task(told.wait())
    failing = asyncio.create_task(service.failed())
    try:
        await asyncio.wait([stopping, failing], return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving = threading.Timer(LEAVES_AFTER, _leave, [failing.exception() if failing.done() else None])
        leaving.daemon = True
        leaving.start()
        await service.stop()
        leaving.cancel()
        stopping.cancel()
    if failing.done():
        await failing
    failing.cancel()


def _leave(refusal: BaseException | None) -> None:
    """Ends the process with the exit code that it would have had."""
    if refusal is not None:
        log.error("cannot serve", reason=str(refusal))
    log.warning("left without closing: something does not answer")
    os._exit(0 if refusal is None else 2)

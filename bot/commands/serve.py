"""`serve`: the bot, until it is told to stop or Slack says no for good."""

import asyncio
import signal

from bot.app import Service
from bot.settings import Settings


async def serve(settings: Settings) -> None:
    """Returns after SIGTERM or SIGINT, when everything is in its place. Raises `CannotServe` or `StoreError`."""
    service = Service(settings)
    told = asyncio.Event()
    for reason in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(reason, told.set)
    await service.start()
    stopping = asyncio.create_task(told.wait())
    failing = asyncio.create_task(service.failed())
    try:
        await asyncio.wait([stopping, failing], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await service.stop()
        stopping.cancel()
    if failing.done():
        await failing
    failing.cancel()

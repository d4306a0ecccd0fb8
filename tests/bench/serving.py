"""How everything beside the bot is served: aiohttp on a free port of this machine, until the process is ended."""

import asyncio
import sys

from aiohttp import web


async def serve(app: web.Application) -> None:
    """Never returns; says on stdout where it listens."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"serving port={runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()

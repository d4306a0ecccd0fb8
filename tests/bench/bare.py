"""The least that answers a command: Bolt's `AsyncApp`, and a listener that only acknowledges.

`--before` sets `process_before_response`: Bolt awaits the listener and does not look every 10 ms for its answer.
"""

import asyncio
import os
import sys

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.bench.serving import serve


def slack_app(*, before: bool = False) -> AsyncApp:
    """As Bolt's documentation has it."""
    return AsyncApp(
        client=AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]),
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
        process_before_response=before,
    )


async def main() -> None:
    app = slack_app(before="--before" in sys.argv)

    @app.command("/buynumber")
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    await serve(app.web_app())


if __name__ == "__main__":
    asyncio.run(main())

"""A button that no surface knows: words to the clicker, so no click is silent.

As on a message of an older version, or one that carries what the bot never wrote.
"""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from handlers.payloads import Interaction, whole
from handlers.surfaces import Surfaces
from handlers.views.answers import UNKNOWN_BUTTON, one_line_answer


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    """To be registered last: Bolt takes the first listener that fits."""

    async def take(ack: AsyncAck) -> None:
        await ack()

    async def tell(body: dict[str, Any]) -> None:
        clicked = Interaction.model_validate(body)
        await surfaces.messenger.answer(clicked.address(surfaces.clock.now()), one_line_answer(UNKNOWN_BUTTON))

    app.action(re.compile(".*", re.DOTALL), matchers=[whole(Interaction)])(ack=take, lazy=[tell])

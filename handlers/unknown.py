"""A button that no surface knows, as on a message of an older version: words to the clicker, so no click is silent."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from handlers.payloads import Click
from handlers.surfaces import Surfaces
from handlers.views.answers import UNKNOWN_BUTTON, one_line_answer


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    """To be registered last: Bolt takes the first listener that fits."""

    async def take(ack: AsyncAck, body: dict[str, Any]) -> None:
        Click.model_validate(body)
        await ack()

    async def tell(body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        await surfaces.messenger.answer(click.address(surfaces.clock.now()), one_line_answer(UNKNOWN_BUTTON))

    app.action(re.compile(".*", re.DOTALL))(ack=take, lazy=[tell])

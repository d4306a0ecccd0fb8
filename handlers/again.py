"""Asking again: **Ask again**, and the buttons of similar numbers. Parsed, stored, answered."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.similar import OFFERED
from bot.services.acts import AskAgain
from handlers.decisions import carries_a_request, read_value
from handlers.payloads import Click
from handlers.surfaces import Surfaces
from handlers.views.again import ASK_AGAIN, SIMILAR


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    async def ask_again(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        request, digest = read_value(click.actions[0].value)
        await surfaces.reception.take(
            AskAgain(
                team=click.team_id,
                trigger_id=click.trigger_id,
                by=click.address(surfaces.clock.now()),
                request=request,
                digest=digest,
                channel=click.channel.id if click.channel else None,
            )
        )
        await ack()

    app.action(ASK_AGAIN, matchers=[carries_a_request])(ask_again)
    app.action(re.compile(rf"\A{SIMILAR}_[1-{OFFERED}]\Z"), matchers=[carries_a_request])(ask_again)

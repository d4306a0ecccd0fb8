"""App Home: whoever opens it gets what waits for them and what they asked for, and approvers what the bot gave up."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.services.acts import Address, AskForStatus, Unpark
from handlers.payloads import Click, HomeOpened, carrying
from handlers.surfaces import Surfaces
from handlers.views.lists import LET_GO, UNPARK


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    async def opened(body: dict[str, Any], event: dict[str, Any]) -> None:
        """Slack sends events again until they are answered: the event's id is what makes it one."""
        home = HomeOpened.model_validate(event)
        if home.tab != "home":
            return
        by = Address(user=home.user, at=surfaces.clock.now())
        await surfaces.reception.take(
            AskForStatus(team=str(body["team_id"] or ""), trigger_id=str(body["event_id"]), by=by, in_home=True)
        )

    async def unpark(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        await surfaces.reception.take(
            Unpark(
                team=click.team_id,
                trigger_id=click.trigger_id,
                by=click.address(surfaces.clock.now()),
                work=_row(click),
                drops=click.actions[0].action_id == LET_GO,
            )
        )
        await ack()

    app.event("app_home_opened")(opened)
    app.action(UNPARK, matchers=[carrying(_row)])(unpark)
    app.action(LET_GO, matchers=[carrying(_row)])(unpark)


def _row(click: Click) -> int:
    """Raises `ValueError` for what the bot never offers."""
    value = click.actions[0].value
    if not re.fullmatch(r"[0-9]{1,18}", value):
        raise ValueError("no row")
    return int(value)

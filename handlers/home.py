"""App Home: whoever opens it gets what waits for them and what they asked for, and approvers what the bot gave up."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.services.acts import Address, AskForStatus, Unpark
from handlers.payloads import Click, HomeOpened
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
        used = click.actions[0]
        await surfaces.reception.take(
            Unpark(
                team=click.team_id,
                trigger_id=click.trigger_id,
                by=click.address(surfaces.clock.now()),
                work=int(used.value),
                drops=used.action_id == LET_GO,
            )
        )
        await ack()

    app.event("app_home_opened")(opened)
    app.action(UNPARK, matchers=[_carries_a_row])(unpark)
    app.action(LET_GO, matchers=[_carries_a_row])(unpark)


async def _carries_a_row(body: dict[str, Any]) -> bool:
    """Did the bot write what the button carries? With anything else it is a button that nobody knows: `unknown.py`."""
    try:
        return re.fullmatch(r"[0-9]{1,18}", Click.model_validate(body).actions[0].value) is not None
    except ValueError:
        return False

"""App Home: whoever opens it gets what waits for them and what they asked for."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.services.acts import Address, AskForStatus
from handlers.payloads import HomeOpened
from handlers.surfaces import Surfaces


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

    app.event("app_home_opened")(opened)

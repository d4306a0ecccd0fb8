"""App Home: whoever opens it gets what waits for them and what they asked for."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.clock import Clock
from bot.services.acts import Address, AskForStatus, Reception
from handlers.payloads import HomeOpened


def register(app: AsyncApp, reception: Reception, clock: Clock) -> None:
    async def opened(body: dict[str, Any], event: dict[str, Any]) -> None:
        """Slack sends events again until they are answered: the event's id is what makes it one."""
        home = HomeOpened.model_validate(event)
        if home.tab != "home":
            return
        by = Address(user=home.user, at=clock.now())
        await reception.take(
            AskForStatus(team=str(body["team_id"]), trigger_id=str(body["event_id"]), by=by, in_home=True)
        )

    app.event("app_home_opened")(opened)

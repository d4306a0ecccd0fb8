"""What opens the picker beside the command: shortcuts, the button in App Home, and the one below what was not read."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.places import may_ask_in
from bot.domain.refusals import NotAllowed
from handlers.filling import open_picker
from handlers.grammar import OpenPicker
from handlers.payloads import Channel, Click, Shortcut, carrying
from handlers.search import LONGEST
from handlers.surfaces import Surfaces
from handlers.views.answers import PICK
from handlers.views.forms import REQUEST_NUMBER, REQUEST_NUMBER_HERE
from handlers.views.wording import REASON_LIMIT

ANYWHERE = OpenPicker(None, "")


class Picking(BaseModel):
    """What the button that opens it carries."""

    model_config = ConfigDict(frozen=True)

    search: Annotated[str, Field(max_length=LONGEST)] = ""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    reason: Annotated[str, Field(max_length=REASON_LIMIT)] = ""


def register(app: AsyncApp, surfaces: Surfaces) -> None:
    async def use_shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        surfaces.beside(open_anywhere(Shortcut.model_validate(body)))
        await ack()

    async def use_message_shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        shortcut = Shortcut.model_validate(body)
        if shortcut.channel is None:
            raise ValueError("a message stands in a channel")
        await open_in(shortcut, shortcut.channel, ANYWHERE)
        await ack()

    async def press(ack: AsyncAck, body: dict[str, Any]) -> None:
        """In App Home, or wherever else the bot puts it."""
        click = Click.model_validate(body)
        if click.channel is None:
            surfaces.beside(open_anywhere(click))
        else:
            await open_in(click, click.channel, ANYWHERE)
        await ack()

    async def pick(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.model_validate(body)
        picking, place = _picking(click)
        await open_in(click, place, OpenPicker(picking.country, picking.search, picking.reason))
        await ack()

    async def open_in(who: Shortcut | Click, place: Channel, opens: OpenPicker) -> None:
        allowed = may_ask_in(place.id, surfaces.rules)
        if isinstance(allowed, NotAllowed):
            await surfaces.turn_away(who, allowed, once=who.trigger_id)
        else:
            surfaces.beside(open_picker(surfaces, who, opens, channel=place.id, is_private=place.is_private))

    async def open_anywhere(who: Shortcut | Click) -> None:
        """For the channel of approvals; where that is none to ask in, the form asks for one that everybody reads.

        Who may read the channel of approvals is not known, so what is asked there counts as private.
        """
        channel = surfaces.rules.approval_channel or ""
        if channel and isinstance(may_ask_in(channel, surfaces.rules), NotAllowed):
            channel = ""
        await open_picker(surfaces, who, ANYWHERE, channel=channel, is_private=bool(channel))

    app.shortcut(REQUEST_NUMBER)(use_shortcut)
    app.shortcut(REQUEST_NUMBER_HERE)(use_message_shortcut)
    app.action(REQUEST_NUMBER)(press)
    app.action(PICK, matchers=[carrying(_picking)])(pick)


def _picking(click: Click) -> tuple[Picking, Channel]:
    """Raises `ValueError` for what the bot never offers."""
    if click.channel is None:
        raise ValueError("clicked outside a channel")
    return Picking.model_validate_json(click.actions[0].value), click.channel

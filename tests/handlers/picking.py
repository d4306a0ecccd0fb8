"""What somebody does with the picker, in front of the handlers alone."""

from dataclasses import replace

from bot.sandbox.slack import Done, View
from bot.sandbox.slack.example import ASHA, NUMBERS
from bot.sandbox.slack.shapes import JsonObject
from bot.sandbox.vobiz import StockNumber
from tests.handlers.door import Door

OTHER = "+918069000187"
WITHOUT_A_PRICE = "+918069000401"
BLOCKED = "+918069000402"
IMPOSSIBLE = "+918069000403"


async def a_picker(door: Door, text: str = "IN", *, channel: str = NUMBERS, user: str = ASHA) -> View:
    await door.slack.command(user, channel, text)
    return await door.form(user)


def an_option(value: str) -> JsonObject:
    return {"selected_option": {"value": value, "text": {"type": "plain_text", "text": value}}}


def fill(door: Door, form: View, **fields: JsonObject) -> None:
    """What somebody puts into fields that tell the bot nothing by themselves."""
    door.slack.workspace.views.put_in(form, {name: {name: value} for name, value in fields.items()})


async def choose(door: Door, form: View, number: str) -> None:
    assert await door.slack.click(ASHA, form.id, "number", chosen=an_option(number)) == Done()


async def search(door: Door, form: View, *, digits: str | None = None, country: str | None = None) -> None:
    """Puts in what narrows the list, and waits until the form knows it."""
    remembered = form.definition["private_metadata"]
    put_in: JsonObject = an_option(country) if country else {"value": digits or None}
    assert await door.slack.click(ASHA, form.id, "country" if country else "digits", chosen=put_in) == Done()

    def knows(_: object) -> bool:
        now = door.slack.modal(ASHA)
        return now is not None and now.definition["private_metadata"] != remembered

    await door.slack.wait_for(knows)


async def shows(door: Door, words: str) -> View:
    """The form in front, once it says so."""
    [form] = await door.slack.wait_for(
        lambda _: [form for form in [door.slack.modal(ASHA)] if form is not None and words in str(form.blocks)]
    )
    return form


def a_number(e164: str, **more: bool | None) -> StockNumber:
    plain = StockNumber(id=f"num_{e164}", e164=e164, country="IN", region="Bengaluru")
    return replace(plain, blocked=bool(more.get("blocked")), setup_fee=more.get("setup_fee", 100))

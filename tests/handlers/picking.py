"""What somebody does with the picker, in front of the handlers alone."""

from dataclasses import replace

from bot.sandbox.slack import Done, View
from bot.sandbox.slack.example import ASHA, NUMBERS
from bot.sandbox.slack.shapes import JsonObject, object_of, objects_of, text_of
from bot.sandbox.vobiz import StockNumber
from tests.handlers.door import Door
from tests.harness.patience import PATIENCE

OTHER = "+918069000187"
WITHOUT_A_PRICE = "+918069000401"
BLOCKED = "+918069000402"
IMPOSSIBLE = "+918069000403"


async def a_picker(door: Door, text: str = "IN", *, channel: str = NUMBERS, user: str = ASHA) -> View:
    await door.slack.command(user, channel, text)
    return await door.form(user)


async def a_filled_picker(door: Door, text: str = "IN", **where: str) -> View:
    """One that is opened when the inventory is known: nothing writes it but what somebody does."""
    await door.surfaces.offering.inventory.stock("IN", within=PATIENCE)
    return await a_picker(door, text, **where)


def an_option(value: str) -> JsonObject:
    return {"selected_option": {"value": value, "text": {"type": "plain_text", "text": value}}}


def several(*values: str) -> JsonObject:
    return {"selected_options": [object_of(an_option(value), "selected_option") for value in values]}


def fill(door: Door, form: View, **fields: JsonObject) -> None:
    """What somebody puts into fields that tell the bot nothing by themselves."""
    door.slack.workspace.views.put_in(form, {name: {name: value} for name, value in fields.items()})


async def choose(door: Door, form: View, *numbers: str) -> None:
    assert await door.slack.click(ASHA, form.id, "number", chosen=several(*numbers)) == Done()


async def search(door: Door, form: View, text: str | None = None, *, country: str | None = None) -> None:
    """Puts in what narrows the list, and waits until the form knows it."""
    [now] = door.slack.workspace.views.stack(ASHA)
    remembered = now.definition["private_metadata"]
    put_in: JsonObject = an_option(country) if country else {"value": text or None}
    assert await door.slack.click(ASHA, form.id, "country" if country else "search", chosen=put_in) == Done()

    def knows(_: object) -> bool:
        now = door.slack.modal(ASHA)
        return now is not None and now.definition["private_metadata"] != remembered

    await door.slack.wait_for(knows)


def chosen(form: View) -> list[str]:
    """The numbers that are chosen in a form."""
    [field] = [fields["number"] for fields in form.state.values() if "number" in fields]
    return [text_of(option, "value") for option in objects_of(field, "selected_options")]


async def shows(door: Door, words: str) -> View:
    """The form in front, once it says so."""
    [form] = await door.slack.wait_for(
        lambda _: [form for form in [door.slack.modal(ASHA)] if form is not None and words in str(form.blocks)]
    )
    return form


def a_number(e164: str, **more: bool | None) -> StockNumber:
    plain = StockNumber(id=f"num_{e164}", e164=e164, country="IN", region="Bengaluru")
    return replace(plain, blocked=bool(more.get("blocked")), setup_fee=more.get("setup_fee", 100))

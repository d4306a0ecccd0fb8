"""The picker's lists: what is offered while somebody types."""

import asyncio
from pathlib import Path

import pytest

from bot.sandbox.slack import Offered, View
from bot.sandbox.slack.example import ASHA, MEMBERS
from bot.sandbox.slack.shapes import text_of
from bot.sandbox.vobiz import ReadMood
from handlers.lookups import AT_ONCE
from handlers.picker import OFFERED
from handlers.views.forms import NOTHING
from tests.handlers.door import Door, a_door
from tests.handlers.picking import BLOCKED, OTHER, a_number, a_picker, search
from tests.harness.office import BENGALURU


async def offered(door: Door, form: View, typed: str, *, field: str = "number", user: str = ASHA) -> dict[str, str]:
    """What is offered, and how it is written."""
    found = await door.slack.options(user, form.id, field, typed)
    assert isinstance(found, Offered)
    return {text_of(option, "value"): str(option) for option in found.options}


async def test_countries_are_offered_by_what_was_typed(door: Door) -> None:
    form = await a_picker(door)
    found = await offered(door, form, "united k", field="country")
    assert list(found) == ["GB"]
    assert "United Kingdom (GB)" in found["GB"]
    assert await offered(door, form, "atlantis", field="country") == {}


async def test_an_open_list_offers_the_countrys_numbers_with_their_places_and_fees(door: Door) -> None:
    found = await offered(door, await a_picker(door), "")
    assert "+91 80 6900 0142" in found[BENGALURU]
    assert "Bengaluru, ₹100 + ₹1 a month" in found[BENGALURU]
    assert all(number.startswith("+91") for number in found)


@pytest.mark.parametrize(("command", "typed"), [("IN", "00-187"), ("IN 0187", "")])
async def test_digits_are_looked_for_anywhere_in_the_number(door: Door, command: str, typed: str) -> None:
    found = await offered(door, await a_picker(door, command), typed)
    assert list(found) == [OTHER]


async def test_digits_of_the_form_narrow_the_list_and_what_is_typed_goes_first(door: Door) -> None:
    form = await a_picker(door)
    await search(door, form, digits="0187")
    assert list(await offered(door, form, "")) == [OTHER]
    assert list(await offered(door, form, "0142")) == [BENGALURU]


async def test_digits_that_were_cleared_narrow_nothing(door: Door) -> None:
    form = await a_picker(door, "IN 0187")
    await search(door, form, digits="")
    assert len(await offered(door, form, "")) > 1


async def test_another_country_offers_its_own_numbers(door: Door) -> None:
    form = await a_picker(door)
    await search(door, form, country="GB")
    found = await offered(door, form, "")
    assert found
    assert all(number.startswith("+44") for number in found)


async def test_a_blocked_number_is_not_offered(door: Door) -> None:
    door.vobiz.world.stock([a_number(BLOCKED, blocked=True)])
    assert BLOCKED not in await offered(door, await a_picker(door), "")


async def test_a_long_list_is_bounded(door: Door) -> None:
    door.vobiz.world.stock([a_number(f"+91806901{end:04d}") for end in range(OFFERED + 30)])
    assert len(await offered(door, await a_picker(door), "")) == OFFERED


async def test_when_no_number_fits_the_list_says_so(door: Door) -> None:
    found = await offered(door, await a_picker(door), "99999999")
    assert list(found) == [NOTHING]
    assert "No number fits. Try other digits or another country." in found[NOTHING]


@pytest.mark.parametrize("mood", [ReadMood.UNAVAILABLE_503, ReadMood.GARBAGE, ReadMood.NEVER_ANSWERED])
async def test_when_vobiz_cannot_be_read_the_list_says_so(door: Door, mood: ReadMood) -> None:
    form = await a_picker(door)
    door.vobiz.every_read(mood)
    found = await offered(door, form, "")
    assert list(found) == [NOTHING]
    assert "Vobiz could not be read. Type again in a moment." in found[NOTHING]


async def test_while_vobiz_is_slow_a_few_forms_read_it_at_once_and_the_others_hear_why(tmp_path: Path) -> None:
    crowd = MEMBERS[: AT_ONCE + 1]
    async with a_door(tmp_path, read_budget=60.0) as door:
        forms = [await a_picker(door, user=user) for user in crowd]
        door.vobiz.every_read(ReadMood.NEVER_ANSWERED)
        searches = [offered(door, form, f"9{place}", user=form.user) for place, form in enumerate(forms)]
        told = [found[NOTHING] for found in await asyncio.gather(*searches)]
        assert len(door.vobiz.read_calls) == AT_ONCE
        assert ["Too many people search just now. Type again" in words for words in told] == [False] * AT_ONCE + [True]

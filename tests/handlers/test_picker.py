"""The picker's lists: what is offered while somebody types."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.money import Money
from bot.domain.rules import Rules
from bot.sandbox.slack import Offered, View
from bot.sandbox.slack.example import ASHA, MEMBERS
from bot.sandbox.slack.shapes import JsonObject, object_of, objects_of, text_of
from bot.sandbox.vobiz import ReadMood
from handlers import picker
from handlers.inventory import AT_ONCE, FRESH
from handlers.offering import SHOWN
from handlers.views.offers import NOTHING
from tests.handlers.door import Door, a_door
from tests.handlers.picking import BLOCKED, OTHER, a_number, a_picker, search
from tests.harness.office import BENGALURU, Office
from tests.harness.patience import PATIENCE

MUMBAI = ["+912269000119", "+912269000156", "+912269000203", "+912269000248"]


async def listed(door: Door, form: View, typed: str, *, field: str = "number", user: str = ASHA) -> Offered:
    found = await door.slack.options(user, form.id, field, typed)
    assert isinstance(found, Offered)
    return found


def options_of(found: Offered) -> dict[str, JsonObject]:
    """What is offered, by its value."""
    options = [*found.options, *(option for group in found.option_groups for option in objects_of(group, "options"))]
    return {text_of(option, "value"): option for option in options}


async def offered(door: Door, form: View, typed: str, *, field: str = "number", user: str = ASHA) -> dict[str, str]:
    """What is offered, and how it is written."""
    found = options_of(await listed(door, form, typed, field=field, user=user))
    return {value: str(option) for value, option in found.items()}


def places(found: Offered) -> list[str]:
    return [text_of(object_of(group, "label"), "text") for group in found.option_groups]


async def test_countries_are_offered_by_what_was_typed(door: Door) -> None:
    form = await a_picker(door)
    found = await offered(door, form, "united k", field="country")
    assert list(found) == ["GB"]
    assert "United Kingdom (GB)" in found["GB"]
    assert list(await offered(door, form, "england", field="country")) == ["GB"]
    assert await offered(door, form, "atlantis", field="country") == {}


async def test_the_search_knows_the_countrys_name_and_says_that_another_is_another(door: Door) -> None:
    form = await a_picker(door)
    assert await offered(door, form, "Mumbai, India") == await offered(door, form, "Mumbai")
    assert await offered(door, form, "india") == await offered(door, form, "")
    assert "“uk” is in United Kingdom: change the country." in (await offered(door, form, "the uk"))[NOTHING]


async def test_countries_where_something_is_on_sale_come_first(door: Door) -> None:
    form = await a_picker(door)
    await door.surfaces.offering.inventory.survey(within=60)
    assert {*list(await offered(door, form, "", field="country"))[:5]} == {"IN", "US", "GB", "DE", "SG"}
    assert next(iter(await offered(door, form, "united", field="country"))) in ("GB", "US")


async def test_numbers_are_grouped_by_place_and_say_what_they_can_do_what_they_cost_and_what_binds(door: Door) -> None:
    found = await listed(door, await a_picker(door), "")
    assert places(found) == ["Bengaluru", "Chennai", "Delhi", "Hyderabad", "Mobile", "Mumbai"]
    descriptions = [text_of(object_of(option, "description"), "text") for option in options_of(found).values()]
    assert "Mumbai · calls, SMS · ₹249.50 + ₹499 a month" in descriptions
    assert "Chennai · calls · ₹100 + ₹350 a month · 6 months" in descriptions
    assert "Mobile · calls, SMS · ₹500 + ₹750 a month · ID check" in descriptions
    assert "Delhi · calls · no setup fee, ₹299.90 a month" in descriptions
    assert "Hyderabad · calls · no setup fee, nothing a month · trial" in descriptions
    assert "+91 80 6900 0142" in str(options_of(found)[BENGALURU])


@pytest.mark.parametrize(
    ("command", "typed", "numbers"),
    [
        ("IN", "00-187", [OTHER]),
        ("IN 0187", "", [OTHER]),
        ("IN", "mumbai", MUMBAI),
        ("IN", "Bombay ends 19", MUMBAI[:1]),
        ("IN", "022 6900 0156", MUMBAI[1:2]),
        ("IN", "0091 22 6900 0156", MUMBAI[1:2]),
        ("IN", "+91 (0)22 6900 0156", MUMBAI[1:2]),
        ("IN", "२२ ६९०० ०१५६", MUMBAI[1:2]),
        ("IN", "".join(chr(ord(digit) + 0xFEE0) for digit in "2269000156"), MUMBAI[1:2]),
        ("IN Mumbai", "", MUMBAI),
        ("US", "toll free", ["+18005550199"]),
        ("GB", "tollfree", ["+448081570123"]),
        ("US", "212 mms", ["+12125550142", "+12125550187", "+12125550119"]),
    ],
)
async def test_words_and_digits_are_looked_for(door: Door, command: str, typed: str, numbers: list[str]) -> None:
    assert list(await offered(door, await a_picker(door, command), typed)) == numbers


async def test_a_search_of_the_form_narrows_the_list_and_what_is_typed_in_it_goes_first(door: Door) -> None:
    form = await a_picker(door)
    await search(door, form, "mumbai")
    assert list(await offered(door, form, "")) == MUMBAI
    assert list(await offered(door, form, "0142")) == [BENGALURU]
    await search(door, form, "")
    assert len(await offered(door, form, "")) > len(MUMBAI)


async def test_another_country_offers_its_own_numbers(door: Door) -> None:
    form = await a_picker(door)
    await search(door, form, country="GB")
    found = await offered(door, form, "")
    assert found
    assert all(number.startswith("+44") for number in found)


async def test_a_long_list_is_bounded_and_has_something_of_every_place(door: Door) -> None:
    door.vobiz.world.stock([a_number(f"+91806901{end:04d}") for end in range(SHOWN + 80)])
    found = await listed(door, await a_picker(door), "")
    assert len(options_of(found)) == SHOWN
    assert places(found) == ["Bengaluru", "Chennai", "Delhi", "Hyderabad", "Mobile", "Mumbai"]


async def test_numbers_that_nobody_may_ask_for_are_not_offered(office: Office) -> None:
    """Requested, bought a moment ago, and dearer than may be charged."""
    first = await office.a_card()
    await office.a_card(OTHER)
    await office.approve(first)
    await office.told(first, BENGALURU[-4:])
    await office.sees(lambda: office.vobiz.world.sales)
    await office.ask("IN 80")
    form = await office.sees(lambda: office.slack.modal(ASHA))
    assert form is not None
    found = await office.slack.options(ASHA, form.id, "number", "Bengaluru")
    assert isinstance(found, Offered)
    assert {BENGALURU, OTHER}.isdisjoint(options_of(found))
    assert len(options_of(found)) == 4


async def test_what_costs_more_than_may_be_charged_and_what_is_blocked_is_not_offered(tmp_path: Path) -> None:
    async with a_door(tmp_path, rules=Rules(max_charge={"INR": Money.of("300 INR")})) as door:
        door.vobiz.world.stock([a_number(BLOCKED, blocked=True)])
        form = await a_picker(door)
        assert places(await listed(door, form, "")) == ["Bengaluru", "Delhi", "Hyderabad"]
        assert BLOCKED not in await offered(door, form, "")
        assert "What fits costs more than may be charged" in (await offered(door, form, "mumbai"))[NOTHING]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("99999999", "No number fits. Try other digits or another country."),
        ("fax", "No number fits."),
        ("xyzzy", "“xyzzy” is not understood: try a city, digits or SMS."),
        ("mumbai xyzzy", "“xyzzy” is not understood"),
        ("<!channel> *bold*", "“channel bold” is not understood"),
    ],
)
async def test_when_nothing_fits_the_list_says_why(door: Door, typed: str, said: str) -> None:
    found = await offered(door, await a_picker(door), typed)
    assert list(found) == [NOTHING]
    assert said in found[NOTHING]


async def test_a_city_of_another_country_and_a_country_without_numbers_are_named(door: Door) -> None:
    form = await a_picker(door)
    await door.surfaces.offering.inventory.survey(within=60)
    assert "“london” is in United Kingdom: change the country." in (await offered(door, form, "London"))[NOTHING]
    await search(door, form, country="FR")
    assert "Nothing is on sale in France just now." in (await offered(door, form, ""))[NOTHING]


@pytest.mark.parametrize("mood", [ReadMood.UNAVAILABLE_503, ReadMood.GARBAGE, ReadMood.NEVER_ANSWERED])
async def test_when_vobiz_cannot_be_read_the_list_says_so(door: Door, mood: ReadMood) -> None:
    door.vobiz.every_read(mood)
    found = await offered(door, await a_picker(door), "")
    assert list(found) == [NOTHING]
    assert "Vobiz could not be read. Type again in a moment." in found[NOTHING]


async def test_a_vobiz_that_went_away_leaves_what_was_read_and_past_a_minute_its_age_is_said(door: Door) -> None:
    form = await a_picker(door)
    before = await listed(door, form, "mumbai")
    door.vobiz.every_read(ReadMood.NEVER_ANSWERED)
    for seconds, age in ((FRESH + 1, ""), (FRESH, " · as of 1 minute ago"), (120.0, " · as of 3 minutes ago")):
        door.clock.advance(seconds)
        found = await listed(door, form, "mumbai")
        assert places(found) == [f"Mumbai{age}"]
        assert options_of(found) == options_of(before)


def _move_the_database(folder: Path) -> None:
    for part in folder.glob("*.db*"):
        part.unlink()


async def test_while_the_database_is_away_numbers_are_offered_all_the_same(door: Door, tmp_path: Path) -> None:
    form = await a_picker(door)
    _move_the_database(tmp_path)
    assert BENGALURU in await offered(door, form, "0142")


async def test_a_number_that_was_sold_is_gone_once_the_list_was_read_anew(door: Door) -> None:
    form = await a_picker(door)
    assert BENGALURU in await offered(door, form, "0142")
    door.vobiz.world.numbers[BENGALURU] = replace(door.vobiz.world.numbers[BENGALURU], owner="MA_OTHER")
    door.clock.advance(FRESH + 1)
    await offered(door, form, "0142")  # and has it read again beside
    await asyncio.gather(*(load.task for load in door.surfaces.offering.inventory._loads.values()))
    assert NOTHING in await offered(door, form, "0142")


async def test_while_vobiz_is_slow_a_few_countries_are_read_at_once_and_the_others_hear_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picker, "OPTIONS_WITHIN", PATIENCE)
    monkeypatch.setattr(picker, "READ_WITHIN", 0.3)
    crowd = MEMBERS[: AT_ONCE + 1]
    async with a_door(tmp_path, read_budget=60.0) as door:
        door.vobiz.every_read(ReadMood.NEVER_ANSWERED)
        codes = ("IN", "US", "GB", "DE", "SG")
        forms = [await a_picker(door, code, user=user) for code, user in zip(codes, crowd, strict=True)]
        told = [
            found[NOTHING]
            for found in await asyncio.gather(*(offered(door, form, "", user=form.user) for form in forms))
        ]
        assert len(door.vobiz.read_calls) == AT_ONCE
        assert ["Too many people search just now. Type again" in words for words in told] == [False] * AT_ONCE + [True]

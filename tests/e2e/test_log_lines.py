"""The log of a serving process, for machines: every line that concerns a request says which."""

from pathlib import Path

from bot.sandbox.slack.example import VIKRAM
from tests.harness.office import DATABASE, a_closed_office, environment_for
from tests.harness.process import a_bot
from tests.harness.stores import lay_down_a_database

OF_NO_REQUEST = {"beginning", "sweep", "tidy", "submit", "announcement"}
"""Kinds of work: whose asking it is has no request yet."""


async def test_every_line_that_concerns_a_request_names_it(tmp_path: Path) -> None:
    lay_down_a_database(tmp_path / DATABASE)
    async with a_closed_office(tmp_path) as office:
        more = {"LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG"}
        env = environment_for(office.slack, office.vobiz, tmp_path, "http", more)
        async with a_bot("serve", folder=tmp_path, env=env) as bot:
            await bot.is_open()
            office.slack.events_url = bot.url
            faults = office.slack.workspace.faults
            card = await office.a_card()
            faults.refuse("views.open", "internal_error")
            await office.slack.click(VIKRAM, card.ts, "deny")
            form = await bot.logs("form not opened")
            faults.drop("chat.postMessage")
            await office.approve(card)
            await office.told(card, "is bought.")
            await office.shows(card, "Bought")
            assert await bot.stop() == 0
            lines = bot.lines
    of_work = [line for line in lines if "work" in line and line["kind"] not in OF_NO_REQUEST]
    calls = [line for line in of_work if line["event"] == "provider answered"]
    waits = [line for line in of_work if line["event"] == "work waits"]
    assert {str(line["route"]) for line in calls} >= {"inventory", "own_numbers", "balance", "purchase"}
    assert {(line["route"] == "purchase", line["level"]) for line in calls} == {(True, "info"), (False, "debug")}
    assert waits
    assert {line.get("request") for line in (*of_work, form)} == {form["request"]}
    assert form["request"] is not None

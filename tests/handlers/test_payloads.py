"""The parts of Slack's payloads that are used: what they mean, and what must be there."""

from typing import Any

import pytest
from pydantic import ValidationError

from handlers.payloads import Click, Interaction, SlashCommand, Values
from tests.harness.builders import NOON

COMMAND: dict[str, Any] = {
    "team_id": "T1",
    "channel_id": "C1",
    "user_id": "U1",
    "text": "status",
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.example/commands/letmein",
}

CLICK: dict[str, Any] = {"user": {"id": "U1"}, "trigger_id": "1.2.3", "actions": [{"action_id": "approve"}]}


def test_what_slack_adds_one_day_is_ignored() -> None:
    assert SlashCommand.model_validate({**COMMAND, "something_new": {"a": 1}}).user_id == "U1"


@pytest.mark.parametrize("field", ["team_id", "channel_id", "user_id", "trigger_id", "response_url"])
def test_a_command_that_lacks_what_it_must_hold_is_refused(field: str) -> None:
    with pytest.raises(ValidationError):
        SlashCommand.model_validate({name: value for name, value in COMMAND.items() if name != field})


@pytest.mark.parametrize("field", ["team_id", "channel_id", "user_id", "trigger_id"])
@pytest.mark.parametrize("value", ["", "x" * 256, None, 5, ["U1"]])
def test_an_id_is_a_short_text(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        SlashCommand.model_validate({**COMMAND, field: value})


def test_a_refused_payload_is_never_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        SlashCommand.model_validate({**COMMAND, "user_id": 5})
    assert "letmein" not in str(refused.value)
    assert "letmein" not in repr(SlashCommand.model_validate(COMMAND))


@pytest.mark.parametrize(
    ("name", "is_private"),
    [
        ("numbers", False),
        ("privategroup", True),
        ("directmessage", True),
        ("mpdm-asha--meera--vikram-1", True),
        ("mpdm", False),
        ("", False),
    ],
)
def test_a_place_that_not_everybody_reads_is_private(name: str, is_private: bool) -> None:
    assert SlashCommand.model_validate({**COMMAND, "channel_name": name}).is_private == is_private
    channel = Click.model_validate({**CLICK, "channel": {"id": "C1", "name": name}}).channel
    assert channel is not None
    assert channel.is_private == is_private


@pytest.mark.parametrize("actions", [[], None, [{}], "approve"])
def test_a_click_is_on_something(actions: object) -> None:
    with pytest.raises(ValidationError):
        Click.model_validate({**CLICK, "actions": actions})


@pytest.mark.parametrize(
    ("user", "team", "expected"),
    [
        ({"id": "U1", "team_id": "T_THEIRS"}, {"id": "T_OURS"}, "T_THEIRS"),
        ({"id": "U1"}, {"id": "T_OURS"}, "T_OURS"),
        ({"id": "U1"}, None, ""),
    ],
)
def test_a_person_is_of_their_own_workspace(user: dict[str, str], team: dict[str, str] | None, expected: str) -> None:
    assert Interaction.model_validate({**CLICK, "user": user, "team": team}).team_id == expected


def test_words_about_a_click_go_where_it_was_made() -> None:
    url = "https://hooks.slack.example/actions/letmein"
    address = Click.model_validate({**CLICK, "channel": {"id": "C1"}, "response_url": url}).address(NOON)
    assert (address.user, address.channel, address.at) == ("U1", "C1", NOON)
    assert address.response_url is not None
    assert address.response_url.get_secret_value() == url


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"digits": {"digits": {"value": "80"}}}, "80"),
        ({"digits": {"digits": {"selected_option": {"value": "IN"}}}}, "IN"),
        ({"digits": {"digits": {"value": None}}}, ""),
        ({"digits": {"digits": {"selected_option": None}}}, ""),
        ({"digits": {"other": {"value": "80"}}}, "not said"),
        ({}, "not said"),
    ],
)
def test_a_field_is_told_apart_from_one_the_form_does_not_name(values: dict[str, Any], text: str) -> None:
    assert Values.model_validate({"values": values}).text("digits", "not said") == text

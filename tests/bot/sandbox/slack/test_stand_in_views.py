"""Modals and App Home: opened with triggers, filled in, submitted, answered."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Done, Failed, ImpossibleError, Invalid, Offered, SlackStandIn, View
from bot.sandbox.slack.acks import TROUBLE
from bot.sandbox.slack.example import ASHA, MEERA
from bot.sandbox.slack.shapes import Json, JsonObject
from tests.bot.sandbox.slack.conftest import HandClock, error_of, refusal_of
from tests.harness.blocks import actions, asking, modal, option, plain, section

Opened = Callable[..., Awaitable[View]]

TYPED: JsonObject = {"type": "plain_text_input", "action_id": "reason", "min_length": 3, "max_length": 10}
SEARCHED: JsonObject = {"type": "external_select", "action_id": "number", "min_query_length": 2}
CHOSEN: JsonObject = {"type": "static_select", "action_id": "country", "options": [option("India"), option("Spain")]}
REASON = asking(TYPED, block_id="why")
FILTER = actions(CHOSEN, block_id="filter")
FORM = modal(REASON, asking(SEARCHED, block_id="which", optional=True), callback_id="picker")
HOME: JsonObject = {"type": "home", "blocks": [section("Nothing waits")]}
FILLED_IN = {"why": {"reason": "support"}}


@pytest.fixture
def views(app: AsyncApp) -> dict[str, Any]:
    """What the app answers to submissions (`answer`), and the last payload it got (`body`)."""
    kept: dict[str, Any] = {"answer": {}}

    @app.view("picker")
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        kept["body"] = body
        await ack(**kept["answer"])

    @app.options("number")
    async def offer(ack: AsyncAck, body: dict[str, Any]) -> None:
        kept["body"] = body
        await ack(options=[option(body["value"])])

    async def take(ack: AsyncAck, body: dict[str, Any]) -> None:
        kept["body"] = body
        await ack()

    app.view_closed("picker")(take)
    app.action("country")(take)
    return kept


@pytest.fixture
def opened(slack: SlackStandIn, client: AsyncWebClient, views: object) -> Opened:
    """Opens the form, or one that differs in this, for ASHA and gives the view in front."""

    async def open_for_asha(**more: Json) -> View:
        await client.views_open(trigger_id=slack.workspace.triggers.issue(ASHA), view={**FORM, **more})
        return front(slack)

    return open_for_asha


def front(slack: SlackStandIn) -> View:
    view = slack.modal(ASHA)
    assert view is not None
    return view


async def test_a_trigger_opens_one_modal_within_three_seconds(
    slack: SlackStandIn, client: AsyncWebClient, clock: HandClock
) -> None:
    used, unused = (slack.workspace.triggers.issue(ASHA) for _ in range(2))
    await client.views_open(trigger_id=used, view=FORM)
    assert await error_of(client.views_open(trigger_id=used, view=FORM)) == "exchanged_trigger_id"
    clock.advance(3.1)
    assert await error_of(client.views_open(trigger_id=unused, view=FORM)) == "expired_trigger_id"
    assert await error_of(client.views_open(trigger_id="1.2.3", view=FORM)) == "invalid_trigger_id"


async def test_a_wrong_view_is_named_with_its_place_and_leaves_the_trigger_unused(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    trigger_id = slack.workspace.triggers.issue(ASHA)
    answer = await refusal_of(client.views_open(trigger_id=trigger_id, view={**FORM, "title": plain("x" * 25)}))
    assert answer["error"] == "invalid_arguments"
    words = "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    assert answer["response_metadata"]["messages"] == [words]
    await client.views_open(trigger_id=trigger_id, view=FORM)


async def test_what_is_too_large_the_wrong_kind_of_view_or_known_already_is_refused(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    large = modal(*[section("x" * 3000)] * 90)
    known = {**FORM, "external_id": "one"}
    await client.views_open(trigger_id=slack.workspace.triggers.issue(ASHA), view=known)
    for view, error in ((large, "view_too_large"), (HOME, "invalid_arguments"), (known, "duplicate_external_id")):
        call = client.views_open(trigger_id=slack.workspace.triggers.issue(MEERA), view=view)
        assert await error_of(call) == error
    assert await error_of(client.views_publish(user_id=ASHA, view=FORM)) == "invalid_arguments"


async def test_an_update_with_an_old_hash_conflicts_and_a_closed_modal_is_not_found(
    opened: Opened, client: AsyncWebClient, slack: SlackStandIn
) -> None:
    view = await opened()
    await client.views_update(view_id=view.id, hash=view.hash, view=FORM)
    assert await error_of(client.views_update(view_id=view.id, hash=view.hash, view=FORM)) == "hash_conflict"
    await slack.close(ASHA, view.id)
    assert await error_of(client.views_update(view_id=view.id, view=FORM)) == "not_found"


async def test_an_update_keeps_what_was_put_into_the_same_field_and_forgets_fields_that_are_gone(
    opened: Opened, client: AsyncWebClient, slack: SlackStandIn
) -> None:
    view = await opened(blocks=[FILTER, REASON])
    await slack.click(ASHA, view.id, "country", chosen={"selected_option": option("Spain")})
    await client.views_update(view_id=view.id, view=modal(FILTER, REASON, title=plain("Again")))
    assert front(slack).state["filter"]["country"]["selected_option"] == option("Spain")
    await client.views_update(view_id=view.id, view=modal(REASON))
    assert set(front(slack).state) == {"why"}


async def test_three_modals_can_be_stacked_and_no_fourth(
    opened: Opened, client: AsyncWebClient, slack: SlackStandIn
) -> None:
    root = await opened()
    first, second, third = (slack.workspace.triggers.issue(ASHA, root.id) for _ in range(3))
    for trigger in (first, second):
        await client.views_push(trigger_id=trigger, view=FORM)
    assert await error_of(client.views_push(trigger_id=third, view=FORM)) == "push_limit_reached"
    assert front(slack).root_id == root.id


async def test_a_submission_carries_every_field_and_closes_the_modal(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    view = await opened(private_metadata="C1")
    assert await slack.submit(ASHA, view.id, FILLED_IN) == Done()
    sent = views["body"]["view"]
    assert sent["private_metadata"] == "C1"
    assert sent["state"]["values"] == {
        "why": {"reason": {"type": "plain_text_input", "value": "support"}},
        "which": {"number": {"type": "external_select", "selected_option": None}},
    }
    assert slack.modal(ASHA) is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Please complete this required field."),
        ("ab", "Must be at least 3 characters."),
        ("x" * 11, "Must be at most 10 characters."),
    ],
)
async def test_slack_itself_refuses_what_its_fields_do_not_allow(
    opened: Opened, slack: SlackStandIn, typed: str, words: str
) -> None:
    view = await opened()
    assert await slack.submit(ASHA, view.id, {"why": {"reason": typed}}) == Invalid(errors={"why": words})
    assert slack.sent == []


async def test_errors_of_the_app_keep_the_modal_open_and_are_trouble_where_no_input_is(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    view = await opened()
    views["answer"] = {"response_action": "errors", "errors": {"why": "Say more."}}
    assert await slack.submit(ASHA, view.id, FILLED_IN) == Invalid(errors={"why": "Say more."})
    assert slack.modal(ASHA) is not None
    views["answer"] = {"response_action": "errors", "errors": {"nowhere": "Say more."}}
    assert await slack.submit(ASHA, view.id, FILLED_IN) == Failed(code="invalid_arguments", words=TROUBLE)


NEXT = {"view": {**FORM, "title": plain("Next")}}


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"response_action": "update", **NEXT}, ["Next"]),
        ({"response_action": "push", **NEXT}, ["Buy", "Next"]),
        ({"response_action": "clear"}, []),
    ],
)
async def test_a_submission_can_be_answered_with_another_view(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn, answer: JsonObject, left: list[str]
) -> None:
    views["answer"] = answer
    assert await slack.submit(ASHA, (await opened()).id, FILLED_IN) == Done()
    assert [shown.definition["title"] for shown in slack.workspace.views.stack(ASHA)] == [plain(text) for text in left]


async def test_the_app_hears_of_a_close_only_when_it_asked_to(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    await slack.close(ASHA, (await opened()).id)
    assert "body" not in views
    told = await opened(notify_on_close=True)
    await slack.close(ASHA, told.id)
    assert views["body"]["view"]["id"] == told.id


async def test_an_external_menu_asks_the_app_from_its_shortest_query_on(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    view = await opened()
    assert await slack.options(ASHA, view.id, "number", "9") == Offered()
    assert slack.sent == []
    assert await slack.options(ASHA, view.id, "number", "98") == Offered(options=(option("98"),))
    assert views["body"]["view"]["id"] == view.id


async def test_an_action_in_a_modal_carries_the_view_and_no_response_url(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    view = await opened(blocks=[FILTER])
    await slack.click(ASHA, view.id, "country", chosen={"selected_option": option("Spain")})
    body = views["body"]
    assert body["container"] == {"type": "view", "view_id": view.id}
    assert body["view"]["state"]["values"]["filter"]["country"]["selected_option"] == option("Spain")
    assert {"response_url", "message"}.isdisjoint(body)


async def test_what_a_person_cannot_do_is_impossible(opened: Opened, slack: SlackStandIn) -> None:
    view = await opened(blocks=[FILTER, REASON])
    with pytest.raises(ImpossibleError, match="does not offer"):
        await slack.click(ASHA, view.id, "country", chosen={"selected_option": {"value": "FR"}})
    with pytest.raises(ImpossibleError, match="before it is submitted"):
        await slack.click(ASHA, view.id, "reason", chosen={"value": "x"})
    with pytest.raises(ImpossibleError, match="no field"):
        await slack.submit(ASHA, view.id, {"why": {"nothing": "x"}})
    with pytest.raises(ImpossibleError, match="not in front"):
        await slack.submit(MEERA, view.id)


async def test_app_home_is_published_for_one_person_and_the_app_hears_when_it_is_opened_and_with_which_view(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient
) -> None:
    events: list[dict[str, Any]] = []

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any]) -> None:
        events.append(event)

    await slack.open_home(ASHA)
    published = await client.views_publish(user_id=ASHA, view=HOME)
    await slack.open_home(ASHA)
    assert [event["user"] for event in events] == [ASHA, ASHA]
    assert [event.get("view", {}).get("id") for event in events] == [None, published["view"]["id"]]
    home = slack.home(ASHA)
    assert home is not None
    assert home.blocks[0]["text"] == section("Nothing waits")["text"]
    assert slack.home(MEERA) is None

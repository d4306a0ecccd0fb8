"""Modals and App Home: opened with triggers, filled in, submitted, answered."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Done, Failed, ImpossibleError, Invalid, Offered, SlackStandIn, View
from bot.sandbox.slack.acks import TROUBLE
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS
from bot.sandbox.slack.shapes import Json, JsonObject

Connect = Callable[[AsyncApp], Awaitable[object]]
Opened = Callable[..., Awaitable[View]]


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}


REASON: JsonObject = {
    "type": "input",
    "block_id": "why",
    "label": plain("Reason"),
    "element": {"type": "plain_text_input", "action_id": "reason", "min_length": 3, "max_length": 10},
}
NUMBER: JsonObject = {
    "type": "input",
    "block_id": "which",
    "label": plain("Number"),
    "optional": True,
    "element": {"type": "external_select", "action_id": "number", "min_query_length": 2},
}
FILTER: JsonObject = {
    "type": "actions",
    "block_id": "filter",
    "elements": [
        {
            "type": "static_select",
            "action_id": "country",
            "options": [{"text": plain("India"), "value": "IN"}, {"text": plain("Spain"), "value": "ES"}],
        }
    ],
}


def modal(*blocks: JsonObject, **more: Json) -> JsonObject:
    return {
        "type": "modal",
        "callback_id": "picker",
        "title": plain("Buy"),
        "submit": plain("Ask"),
        "blocks": list(blocks) or [REASON, NUMBER],
        **more,
    }


@pytest.fixture
def views(app: AsyncApp) -> dict[str, Any]:
    """What the app answers to submissions (`answer`), and the last payload it got (`body`)."""
    kept: dict[str, Any] = {"answer": {}}

    @app.view("picker")
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        kept["body"] = body
        await ack(**kept["answer"])

    @app.view_closed("picker")
    async def closed(ack: AsyncAck, body: dict[str, Any]) -> None:
        kept["closed"] = body
        await ack()

    @app.options("number")
    async def offer(ack: AsyncAck, body: dict[str, Any]) -> None:
        kept["body"] = body
        await ack(options=[{"text": plain(body["value"]), "value": "1"}])

    @app.action("country")
    async def filtered(ack: AsyncAck, body: dict[str, Any]) -> None:
        kept["body"] = body
        await ack()

    return kept


@pytest.fixture
async def opened(
    slack: SlackStandIn, app: AsyncApp, connect: Connect, client: AsyncWebClient, views: dict[str, Any]
) -> Opened:
    """Opens a modal for ASHA and gives the view in front."""
    await connect(app)

    async def open_for_asha(*blocks: JsonObject, **more: Json) -> View:
        trigger_id = slack.workspace.triggers.issue(ASHA)
        await client.views_open(trigger_id=trigger_id, view=modal(*blocks, **more))
        view = slack.modal(ASHA)
        assert view is not None
        return view

    return open_for_asha


async def error_of(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_trigger_opens_one_modal_only(slack: SlackStandIn, client: AsyncWebClient) -> None:
    trigger_id = slack.workspace.triggers.issue(ASHA)
    await client.views_open(trigger_id=trigger_id, view=modal())
    assert await error_of(client.views_open(trigger_id=trigger_id, view=modal())) == "exchanged_trigger_id"


async def test_a_trigger_lives_three_seconds(
    slack: SlackStandIn, client: AsyncWebClient, advance: Callable[[float], None]
) -> None:
    trigger_id = slack.workspace.triggers.issue(ASHA)
    advance(3.1)
    assert await error_of(client.views_open(trigger_id=trigger_id, view=modal())) == "expired_trigger_id"


async def test_an_invented_trigger_is_invalid(client: AsyncWebClient) -> None:
    assert await error_of(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"


async def test_a_wrong_view_is_named_with_its_place_and_leaves_the_trigger_unused(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    trigger_id = slack.workspace.triggers.issue(ASHA)
    with pytest.raises(SlackApiError) as caught:
        await client.views_open(trigger_id=trigger_id, view=modal(title=plain("x" * 25)))
    assert caught.value.response["error"] == "invalid_arguments"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    await client.views_open(trigger_id=trigger_id, view=modal())


async def test_a_view_above_250_kilobytes_is_too_large(slack: SlackStandIn, client: AsyncWebClient) -> None:
    section: JsonObject = {"type": "section", "text": plain("x" * 3000)}
    trigger_id = slack.workspace.triggers.issue(ASHA)
    call = client.views_open(trigger_id=trigger_id, view=modal(*[section] * 90))
    assert await error_of(call) == "view_too_large"


async def test_an_external_id_is_unique(slack: SlackStandIn, client: AsyncWebClient) -> None:
    for user, expected in ((ASHA, None), (MEERA, "duplicate_external_id")):
        call = client.views_open(trigger_id=slack.workspace.triggers.issue(user), view=modal(external_id="one"))
        if expected is None:
            await call
        else:
            assert await error_of(call) == expected


async def test_an_update_with_an_old_hash_conflicts(
    opened: Opened, client: AsyncWebClient, slack: SlackStandIn
) -> None:
    view = await opened()
    await client.views_update(view_id=view.id, hash=view.hash, view=modal())
    assert await error_of(client.views_update(view_id=view.id, hash=view.hash, view=modal())) == "hash_conflict"


async def test_an_update_keeps_what_was_put_into_the_same_field(
    opened: Opened, client: AsyncWebClient, slack: SlackStandIn
) -> None:
    view = await opened(FILTER, REASON)
    spain: JsonObject = {"text": plain("Spain"), "value": "ES"}
    await slack.click(ASHA, view.id, "country", chosen={"selected_option": spain})
    await client.views_update(view_id=view.id, view=modal(FILTER, REASON, title=plain("Again")))
    front = slack.modal(ASHA)
    assert front is not None
    assert front.state["filter"]["country"]["selected_option"] == spain


async def test_an_update_forgets_fields_that_are_gone(
    opened: Opened, client: AsyncWebClient, slack: SlackStandIn
) -> None:
    view = await opened(FILTER, REASON)
    await client.views_update(view_id=view.id, view=modal(REASON))
    front = slack.modal(ASHA)
    assert front is not None
    assert set(front.state) == {"why"}


async def test_a_closed_modal_cannot_be_updated(opened: Opened, client: AsyncWebClient, slack: SlackStandIn) -> None:
    view = await opened()
    await slack.close(ASHA, view.id)
    assert await error_of(client.views_update(view_id=view.id, view=modal())) == "not_found"


async def test_three_modals_can_be_stacked_and_no_fourth(
    opened: Opened, client: AsyncWebClient, slack: SlackStandIn
) -> None:
    root = await opened()
    triggers = slack.workspace.triggers
    for _ in range(2):
        await client.views_push(trigger_id=triggers.issue(ASHA, root.id), view=modal())
    assert await error_of(client.views_push(trigger_id=triggers.issue(ASHA, root.id), view=modal())) == (
        "push_limit_reached"
    )
    front = slack.modal(ASHA)
    assert front is not None
    assert front.root_id == root.id


async def test_a_submission_carries_every_field_and_closes_the_modal(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    view = await opened(private_metadata="C1")
    assert await slack.submit(ASHA, view.id, {"why": {"reason": "support"}}) == Done()
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


async def test_errors_of_the_app_keep_the_modal_open(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    views["answer"] = {"response_action": "errors", "errors": {"why": "Say more."}}
    view = await opened()
    assert await slack.submit(ASHA, view.id, {"why": {"reason": "support"}}) == Invalid(errors={"why": "Say more."})
    assert slack.modal(ASHA) is not None


async def test_errors_for_a_block_that_is_no_input_are_trouble(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    views["answer"] = {"response_action": "errors", "errors": {"nowhere": "Say more."}}
    view = await opened()
    outcome = await slack.submit(ASHA, view.id, {"why": {"reason": "support"}})
    assert outcome == Failed(code="invalid_arguments", words=TROUBLE)


@pytest.mark.parametrize(("action", "left"), [("update", ["Next"]), ("push", ["Buy", "Next"]), ("clear", [])])
async def test_a_submission_can_be_answered_with_another_view(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn, action: str, left: list[str]
) -> None:
    views["answer"] = {"response_action": action, **({} if action == "clear" else {"view": modal(title=plain("Next"))})}
    view = await opened()
    assert await slack.submit(ASHA, view.id, {"why": {"reason": "support"}}) == Done()
    assert [shown.definition["title"] for shown in slack.workspace.views.stack(ASHA)] == [plain(text) for text in left]


async def test_the_app_hears_of_a_close_only_when_it_asked_to(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    silent = await opened()
    await slack.close(ASHA, silent.id)
    assert "closed" not in views
    told = await opened(notify_on_close=True)
    await slack.close(ASHA, told.id)
    assert views["closed"]["view"]["id"] == told.id


async def test_an_external_menu_asks_the_app_from_its_shortest_query_on(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    view = await opened()
    assert await slack.options(ASHA, view.id, "number", "9") == Offered()
    assert slack.sent == []
    offered = await slack.options(ASHA, view.id, "number", "98")
    assert offered == Offered(options=({"text": plain("98"), "value": "1"},))
    assert views["body"]["view"]["id"] == view.id


async def test_an_action_in_a_modal_carries_the_view_and_no_response_url(
    opened: Opened, views: dict[str, Any], slack: SlackStandIn
) -> None:
    view = await opened(FILTER)
    spain: JsonObject = {"text": plain("Spain"), "value": "ES"}
    await slack.click(ASHA, view.id, "country", chosen={"selected_option": spain})
    body = views["body"]
    assert body["container"] == {"type": "view", "view_id": view.id}
    assert body["view"]["state"]["values"]["filter"]["country"]["selected_option"] == spain
    assert "response_url" not in body
    assert "message" not in body


async def test_what_a_person_cannot_do_is_impossible(opened: Opened, slack: SlackStandIn) -> None:
    view = await opened(FILTER, REASON)
    with pytest.raises(ImpossibleError, match="does not offer"):
        await slack.click(ASHA, view.id, "country", chosen={"selected_option": {"value": "FR"}})
    with pytest.raises(ImpossibleError, match="before it is submitted"):
        await slack.click(ASHA, view.id, "reason", chosen={"value": "x"})
    with pytest.raises(ImpossibleError, match="no field"):
        await slack.submit(ASHA, view.id, {"why": {"nothing": "x"}})
    with pytest.raises(ImpossibleError, match="not in front"):
        await slack.submit(MEERA, view.id)


async def test_app_home_is_published_for_one_person(client: AsyncWebClient, slack: SlackStandIn) -> None:
    section = {"type": "section", "text": plain("Nothing waits")}
    await client.views_publish(user_id=ASHA, view={"type": "home", "blocks": [section]})
    home = slack.home(ASHA)
    assert home is not None
    assert home.blocks[0]["text"] == plain("Nothing waits")
    assert slack.home(MEERA) is None


async def test_opening_app_home_tells_the_app_with_the_view_it_has(
    slack: SlackStandIn, app: AsyncApp, connect: Connect, client: AsyncWebClient
) -> None:
    events: list[dict[str, Any]] = []

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any]) -> None:
        events.append(event)

    await connect(app)
    await slack.open_home(ASHA)
    published = await client.views_publish(user_id=ASHA, view={"type": "home", "blocks": []})
    await slack.open_home(ASHA)
    assert [event["user"] for event in events] == [ASHA, ASHA]
    assert "view" not in events[0]
    assert events[1]["view"]["id"] == published["view"]["id"]


async def test_only_the_right_kind_of_view_goes_to_each_place(client: AsyncWebClient, slack: SlackStandIn) -> None:
    home = {"type": "home", "blocks": []}
    call = client.views_open(trigger_id=slack.workspace.triggers.issue(ASHA), view=home)
    assert await error_of(call) == "invalid_arguments"
    assert await error_of(client.views_publish(user_id=ASHA, view=modal())) == "invalid_arguments"
    assert slack.messages(NUMBERS) == []

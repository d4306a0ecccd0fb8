"""Modals and App Home: opened with triggers, filled in, submitted, answered."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Done, Failed, ImpossibleError, Invalid, Offered, SlackStandIn, View
from bot.sandbox.slack.acks import TROUBLE
from bot.sandbox.slack.example import ASHA, MEERA
from bot.sandbox.slack.shapes import Json, JsonObject
from tests.bot.sandbox.slack.conftest import error_of, refusal_of
from tests.harness.blocks import actions, asking, modal, option, plain, section
from tests.harness.clock import FakeClock

TYPED: JsonObject = {"type": "plain_text_input", "action_id": "reason", "min_length": 3, "max_length": 10}
SEARCHED: JsonObject = {"type": "external_select", "action_id": "number", "min_query_length": 2}
CHOSEN: JsonObject = {"type": "static_select", "action_id": "country", "options": [option("India"), option("Spain")]}
REASON = asking(TYPED, block_id="why")
FILTER = actions(CHOSEN, block_id="filter")
FORM = modal(REASON, asking(SEARCHED, block_id="which", optional=True), callback_id="picker")
HOME: JsonObject = {"type": "home", "blocks": [section("Nothing waits")]}
FILLED_IN = {"why": {"reason": "support"}}


@dataclass(kw_only=True)
class Desk:
    """ASHA with the stand-in before her, and an app behind it."""

    slack: SlackStandIn
    client: AsyncWebClient
    answer: dict[str, Any] = field(default_factory=dict)
    """What the app says to a submission."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    """What the app was sent."""

    def trigger(self, user: str = ASHA, view_id: str | None = None) -> str:
        return self.slack.workspace.triggers.issue(user, view_id)

    async def open(self, **more: Json) -> View:
        """The form, or one that differs in this."""
        await self.client.views_open(trigger_id=self.trigger(), view={**FORM, **more})
        return self.front()

    def front(self) -> View:
        view = self.slack.modal(ASHA)
        assert view is not None
        return view

    async def update(self, view: View, to: JsonObject = FORM, **more: str) -> None:
        await self.client.views_update(view_id=view.id, view=to, **more)

    async def take(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.bodies.append(body)
        await ack()

    async def submitted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.bodies.append(body)
        await ack(**self.answer)

    async def offer(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.bodies.append(body)
        await ack(options=[option(body["value"])])


@pytest.fixture
def desk(slack: SlackStandIn, client: AsyncWebClient, app: AsyncApp) -> Desk:
    desk = Desk(slack=slack, client=client)
    app.view("picker")(desk.submitted)
    app.options("number")(desk.offer)
    app.view_closed("picker")(desk.take)
    app.action("country")(desk.take)
    app.event("app_home_opened")(desk.take)
    return desk


async def test_a_trigger_opens_one_modal_within_three_seconds(desk: Desk, clock: FakeClock) -> None:
    used, unused = desk.trigger(), desk.trigger()
    await desk.client.views_open(trigger_id=used, view=FORM)
    assert await error_of(desk.client.views_open(trigger_id=used, view=FORM)) == "exchanged_trigger_id"
    clock.advance(3.1)
    assert await error_of(desk.client.views_open(trigger_id=unused, view=FORM)) == "expired_trigger_id"
    assert await error_of(desk.client.views_open(trigger_id="1.2.3", view=FORM)) == "invalid_trigger_id"


async def test_a_wrong_view_is_named_with_its_place_and_leaves_the_trigger_unused(desk: Desk) -> None:
    trigger_id, wrong = desk.trigger(), {**FORM, "title": plain("x" * 25)}
    answer = await refusal_of(desk.client.views_open(trigger_id=trigger_id, view=wrong))
    assert answer["error"] == "invalid_arguments"
    words = "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    assert answer["response_metadata"]["messages"] == [words]
    await desk.client.views_open(trigger_id=trigger_id, view=FORM)


async def test_what_is_too_large_the_wrong_kind_of_view_or_known_already_is_refused(desk: Desk) -> None:
    large = modal(*[section("x" * 3000)] * 90)
    await desk.open(external_id="one")
    known = {**FORM, "external_id": "one"}
    for view, error in ((large, "view_too_large"), (HOME, "invalid_arguments"), (known, "duplicate_external_id")):
        assert await error_of(desk.client.views_open(trigger_id=desk.trigger(MEERA), view=view)) == error
    assert await error_of(desk.client.views_publish(user_id=ASHA, view=FORM)) == "invalid_arguments"


async def test_an_update_with_an_old_hash_conflicts_and_a_closed_modal_is_not_found(desk: Desk) -> None:
    view = await desk.open()
    await desk.update(view, hash=view.hash)
    assert await error_of(desk.update(view, hash=view.hash)) == "hash_conflict"
    await desk.slack.close(ASHA, view.id)
    assert await error_of(desk.update(view)) == "not_found"


async def test_an_update_keeps_what_was_put_into_the_same_field_and_forgets_fields_that_are_gone(desk: Desk) -> None:
    view = await desk.open(blocks=[FILTER, REASON])
    await desk.slack.click(ASHA, view.id, "country", chosen={"selected_option": option("Spain")})
    await desk.update(view, modal(FILTER, REASON, title=plain("Again")))
    assert desk.front().state["filter"]["country"]["selected_option"] == option("Spain")
    await desk.update(view, modal(REASON))
    assert set(desk.front().state) == {"why"}


async def test_three_modals_can_be_stacked_and_no_fourth(desk: Desk) -> None:
    root = await desk.open()
    first, second, third = (desk.trigger(ASHA, root.id) for _ in range(3))
    for trigger in (first, second):
        await desk.client.views_push(trigger_id=trigger, view=FORM)
    assert await error_of(desk.client.views_push(trigger_id=third, view=FORM)) == "push_limit_reached"
    assert desk.front().root_id == root.id


async def test_a_submission_carries_every_field_and_closes_the_modal(desk: Desk) -> None:
    view = await desk.open(private_metadata="C1")
    assert await desk.slack.submit(ASHA, view.id, FILLED_IN) == Done()
    sent = desk.bodies[0]["view"]
    assert sent["private_metadata"] == "C1"
    assert sent["state"]["values"] == {
        "why": {"reason": {"type": "plain_text_input", "value": "support"}},
        "which": {"number": {"type": "external_select", "selected_option": None}},
    }
    assert desk.slack.modal(ASHA) is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Please complete this required field."),
        ("ab", "Must be at least 3 characters."),
        ("x" * 11, "Must be at most 10 characters."),
    ],
)
async def test_slack_itself_refuses_what_its_fields_do_not_allow(desk: Desk, typed: str, words: str) -> None:
    view = await desk.open()
    assert await desk.slack.submit(ASHA, view.id, {"why": {"reason": typed}}) == Invalid(errors={"why": words})
    assert desk.slack.sent == []


async def test_errors_of_the_app_keep_the_modal_open_and_are_trouble_where_no_input_is(desk: Desk) -> None:
    view = await desk.open()
    desk.answer = {"response_action": "errors", "errors": {"why": "Say more."}}
    assert await desk.slack.submit(ASHA, view.id, FILLED_IN) == Invalid(errors={"why": "Say more."})
    assert desk.slack.modal(ASHA) is not None
    desk.answer = {"response_action": "errors", "errors": {"nowhere": "Say more."}}
    assert await desk.slack.submit(ASHA, view.id, FILLED_IN) == Failed(code="invalid_arguments", words=TROUBLE)


NEXT = {"view": {**FORM, "title": plain("Next")}}


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"response_action": "update", **NEXT}, ["Next"]),
        ({"response_action": "push", **NEXT}, ["Buy", "Next"]),
        ({"response_action": "clear"}, []),
    ],
)
async def test_a_submission_may_be_answered_by_a_view(desk: Desk, answer: dict[str, Any], left: list[str]) -> None:
    desk.answer = answer
    assert await desk.slack.submit(ASHA, (await desk.open()).id, FILLED_IN) == Done()
    stack = desk.slack.workspace.views.stack(ASHA)
    assert [shown.definition["title"] for shown in stack] == [plain(text) for text in left]


async def test_the_app_hears_of_a_close_only_when_it_asked_to(desk: Desk) -> None:
    await desk.slack.close(ASHA, (await desk.open()).id)
    assert desk.bodies == []
    told = await desk.open(notify_on_close=True)
    await desk.slack.close(ASHA, told.id)
    assert desk.bodies[0]["view"]["id"] == told.id


async def test_an_external_menu_asks_the_app_from_its_shortest_query_on(desk: Desk) -> None:
    view = await desk.open()
    assert await desk.slack.options(ASHA, view.id, "number", "9") == Offered()
    assert desk.slack.sent == []
    assert await desk.slack.options(ASHA, view.id, "number", "98") == Offered(options=(option("98"),))
    assert desk.bodies[0]["view"]["id"] == view.id


async def test_an_action_in_a_modal_carries_the_view_and_no_response_url(desk: Desk) -> None:
    view = await desk.open(blocks=[FILTER])
    await desk.slack.click(ASHA, view.id, "country", chosen={"selected_option": option("Spain")})
    [body] = desk.bodies
    assert body["container"] == {"type": "view", "view_id": view.id}
    assert body["view"]["state"]["values"]["filter"]["country"]["selected_option"] == option("Spain")
    assert {"response_url", "message"}.isdisjoint(body)


async def test_what_a_person_cannot_do_is_impossible(desk: Desk) -> None:
    view = await desk.open(blocks=[FILTER, REASON])
    with pytest.raises(ImpossibleError, match="does not offer"):
        await desk.slack.click(ASHA, view.id, "country", chosen={"selected_option": {"value": "FR"}})
    with pytest.raises(ImpossibleError, match="before it is submitted"):
        await desk.slack.click(ASHA, view.id, "reason", chosen={"value": "x"})
    with pytest.raises(ImpossibleError, match="no field"):
        await desk.slack.submit(ASHA, view.id, {"why": {"nothing": "x"}})
    with pytest.raises(ImpossibleError, match="not in front"):
        await desk.slack.submit(MEERA, view.id)


async def test_app_home_is_published_for_one_person_and_the_app_hears_when_which_view_is_opened(desk: Desk) -> None:
    await desk.slack.open_home(ASHA)
    published = await desk.client.views_publish(user_id=ASHA, view=HOME)
    await desk.slack.open_home(ASHA)
    events = [body["event"] for body in desk.bodies]
    assert [event["user"] for event in events] == [ASHA, ASHA]
    assert [event.get("view", {}).get("id") for event in events] == [None, published["view"]["id"]]
    home = desk.slack.home(ASHA)
    assert home is not None
    assert home.blocks[0]["text"] == section("Nothing waits")["text"]
    assert desk.slack.home(MEERA) is None

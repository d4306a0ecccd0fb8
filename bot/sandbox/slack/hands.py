"""What people do: type, click, choose, fill in modals, open App Home.

Only what a person could do: a button that is not there cannot be clicked, only forged (`forge_click`). Knows
the workspace and a way to the app; the page and tests both act through here.
"""

from collections.abc import Awaitable, Callable, Mapping

from bot.sandbox.slack import payloads
from bot.sandbox.slack.acks import (
    Done,
    Failed,
    Invalid,
    Offered,
    Outcome,
    apply_to_command,
    apply_to_search,
    apply_to_submission,
    failure_of_click,
    failure_of_command,
    failure_of_modal,
)
from bot.sandbox.slack.actions import DEFAULT_QUERY_LENGTH, action_of, entered_values, forged_action, typed_into
from bot.sandbox.slack.changes import Closed, Noted
from bot.sandbox.slack.channels import Channel
from bot.sandbox.slack.delivery import Acknowledged, Answer, Envelope
from bot.sandbox.slack.errors import ImpossibleError
from bot.sandbox.slack.eyes import Eyes
from bot.sandbox.slack.fields import Element, Values, find_element, initial_values, merged, refusals
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import User
from bot.sandbox.slack.posting import say
from bot.sandbox.slack.shapes import JsonObject
from bot.sandbox.slack.typed import as_sent
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace


class Hands(Eyes):
    """Everyone's hands. `sent` is every payload that went to the app, `unacknowledged` the events it did not take."""

    def __init__(
        self, workspace: Workspace, *, carry: Callable[[Envelope], Awaitable[Answer]], address: Callable[[str], str]
    ) -> None:
        super().__init__(workspace)
        self._carry = carry
        self._address = address
        self._values: dict[tuple[str, str], Values] = {}
        self.sent: list[Envelope] = []
        self.unacknowledged: list[Envelope] = []

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """A plain message; the app is not told."""
        self._check_place(user, channel)
        return say(self.workspace, user, channel, text, thread_ts)

    async def command(self, user: str, channel: str, text: str = "", *, command: str | None = None) -> Outcome:
        """Types the app's command (or another `command`) and `text`; answered words arrive as messages."""
        person, place = self._check_place(user, channel)
        typed = command or self.workspace.app.command
        url = self.workspace.response_urls.issue("commands", user=user, channel=channel)
        payload = payloads.slash_command(
            self.workspace,
            person,
            place,
            command=typed,
            text=as_sent(self.workspace, text.strip()),
            response_url=self._address(url.path),
        )
        answer = await self._send(Envelope(kind="slash_commands", payload=payload))
        if not isinstance(answer, Acknowledged):
            return failure_of_command(answer, typed)
        return apply_to_command(self.workspace, user, place, typed, answer.body)

    async def shortcut(self, user: str, callback_id: str, *, message: str | None = None) -> Outcome:
        """Uses a shortcut of the app, or one of those on a message (its `ts`)."""
        person = self._person(user)
        if message is None:
            payload = payloads.shortcut(self.workspace, person, callback_id=callback_id)
        else:
            on = self._place(user, message)
            if not isinstance(on, Message):
                raise ImpossibleError(f"{message} is no message")
            url = self.workspace.response_urls.issue("actions", user=person.id, channel=on.channel, message_ts=on.ts)
            payload = payloads.message_shortcut(
                self.workspace, person, on, callback_id=callback_id, response_url=self._address(url.path)
            )
        answer = await self._send(Envelope(kind="interactive", payload=payload))
        return Done() if isinstance(answer, Acknowledged) else failure_of_click(answer)

    async def click(
        self, user: str, target: str, action_id: str, *, block_id: str | None = None, chosen: JsonObject | None = None
    ) -> Outcome:
        """Acts on an element of a message (`target` its `ts`) or of a view (its id); a confirm dialog is confirmed.

        `chosen` is what a menu or an input adds (`{"selected_option": {…}}`). Raises `ImpossibleError` for what does
        not stand there.
        """
        place = self._place(user, target)
        found = find_element(list(place.blocks), action_id, block_id)
        if found is None:
            raise ImpossibleError(f"nothing with action {action_id} stands in {target}")
        return await self._act(user, place, found, action_of(self.workspace, found, chosen or {}))

    async def forge_click(
        self, user: str, target: str, action_id: str, *, value: str | None = None, block_id: str | None = None
    ) -> Outcome:
        """A button press that somebody with a modified client could send.

        The button need not stand there, and `value` replaces the stored one.
        """
        place = self._place(user, target)
        found = find_element(list(place.blocks), action_id, block_id)
        action = forged_action(self.workspace, found, action_id, block_id, value)
        return await self._act(user, place, found, action)

    async def options(self, user: str, target: str, action_id: str, value: str) -> Offered | Failed:
        """What an external menu offers for what was typed; shorter than its `min_query_length` nothing is asked."""
        person = self._person(user)
        place = self._place(user, target)
        found = find_element(list(place.blocks), action_id)
        if found is None or found.type not in {"external_select", "multi_external_select"}:
            raise ImpossibleError(f"no external menu with action {action_id} stands in {target}")
        shortest = found.element.get("min_query_length", DEFAULT_QUERY_LENGTH)
        if isinstance(shortest, int) and len(value) < shortest:
            return Offered()
        payload = payloads.block_suggestion(self.workspace, person, place, found, value)
        answer = await self._send(Envelope(kind="interactive", payload=payload))
        return apply_to_search(answer.body) if isinstance(answer, Acknowledged) else failure_of_click(answer)

    async def submit(
        self, user: str, view_id: str, values: Mapping[str, Mapping[str, JsonObject | str]] | None = None
    ) -> Outcome:
        """Submits the modal in front, with `values` as `state.values`; a plain string is what was typed there."""
        person = self._person(user)
        view = self._front(user, view_id)
        if "submit" not in view.definition:
            raise ImpossibleError("this modal has no submit button")
        view = self.workspace.views.put_in(view, typed_into(view, values or {}))
        refused = refusals(view.blocks, view.state)
        if refused:
            return Invalid(errors=refused)
        payload = payloads.view_submission(self.workspace, person, view)
        answer = await self._send(Envelope(kind="interactive", payload=payload))
        if not isinstance(answer, Acknowledged):
            return failure_of_modal(answer)
        return apply_to_submission(self.workspace, view, answer.body)

    async def close(self, user: str, view_id: str) -> Outcome:
        """Closes the modal in front; the app hears of it when it asked to. Slack shows nothing if it does not."""
        person = self._person(user)
        view = self._front(user, view_id)
        is_cleared = view.definition.get("clear_on_close") is True
        closed = reversed(self.workspace.views.stack(user)) if is_cleared else (view,)
        for gone in closed:
            self.workspace.views.close(gone)
            self.workspace.changes.tell(Closed(view=gone))
            if gone.is_told_when_closed():
                payload = payloads.view_closed(self.workspace, person, gone, is_cleared=is_cleared)
                await self._send(Envelope(kind="interactive", payload=payload))
        return Done()

    async def open_home(self, user: str) -> Outcome:
        """Opens App Home; people see no error when the app does not take the event."""
        person = self._person(user)
        envelope = Envelope(kind="events_api", payload=payloads.home_opened(self.workspace, person))
        await self._send_event(envelope)
        return Done()

    async def retry_events(self) -> None:
        """Sends once more what was not acknowledged, as Slack does after a while (`retry` counts up)."""
        waiting, self.unacknowledged = self.unacknowledged, []
        for envelope in waiting:
            again = Envelope(kind=envelope.kind, payload=envelope.payload, retry=envelope.retry + 1)
            await self._send_event(again)

    async def _act(self, user: str, place: Message | View, found: Element | None, action: JsonObject) -> Outcome:
        payload = self._action_payload(self._person(user), place, found, action)
        answer = await self._send(Envelope(kind="interactive", payload=payload))
        return Done() if isinstance(answer, Acknowledged) else failure_of_click(answer)

    async def _send(self, envelope: Envelope) -> Answer:
        self.sent.append(envelope)
        self.workspace.changes.tell(Noted())
        return await self._carry(envelope)

    async def _send_event(self, envelope: Envelope) -> None:
        answer = await self._send(envelope)
        if not isinstance(answer, Acknowledged):
            self.unacknowledged.append(envelope)

    def _person(self, user: str) -> User:
        person = self.workspace.people.find(user)
        if person is None:
            raise ImpossibleError(f"nobody is {user}")
        return person

    def _check_place(self, user: str, channel: str) -> tuple[User, Channel]:
        person = self._person(user)
        place = self.workspace.channels.find(channel)
        if place is None or not self.workspace.sees(user, place):
            raise ImpossibleError(f"{user} does not see a channel {channel}")
        if place.is_archived:
            raise ImpossibleError(f"{channel} is archived")
        return person, place

    def _place(self, user: str, target: str) -> Message | View:
        view = self.workspace.views.find(target)
        if view is not None and view.user == user:
            return view
        message = self.workspace.messages.by_ts(target)
        if message is None or not self.sees_message(user, message):
            raise ImpossibleError(f"{user} sees no message or view {target}")
        return message

    def _front(self, user: str, view_id: str) -> View:
        view = self.modal(user)
        if view is None or view.id != view_id:
            raise ImpossibleError(f"the modal {view_id} is not in front of {user}")
        return view

    def _action_payload(
        self, person: User, place: Message | View, found: Element | None, action: JsonObject
    ) -> JsonObject:
        entered = entered_values(found, action)
        if isinstance(place, View):
            view = self.workspace.views.put_in(place, entered)
            return payloads.view_action(self.workspace, person, view, action=action)
        key = (person.id, place.ts)
        kept = merged(initial_values(list(place.blocks)), self._values.get(key, {}), only_known=True)
        self._values[key] = merged(kept, entered)
        url = self.workspace.response_urls.issue("actions", user=person.id, channel=place.channel, message_ts=place.ts)
        return payloads.message_action(
            self.workspace, person, place, action=action, state=self._values[key], response_url=self._address(url.path)
        )

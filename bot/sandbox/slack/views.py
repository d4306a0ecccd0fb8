"""What stands in front of people: stacks of modals, and App Home.

Knows nothing of block rules (`blocks.py`) and of who asked. A view changes only by being replaced; every replacement
has a new `hash`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.fields import Values, initial_values, merged
from bot.sandbox.slack.shapes import JsonObject, flag_of, objects_of, text_of

MOST_IN_STACK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A modal or App Home of one person. `definition` is what the app gave; `state` what the person put in."""

    id: str
    user: str
    definition: JsonObject
    root_id: str
    previous_id: str | None = None
    hash: str
    state: Values = field(default_factory=dict)

    @property
    def type(self) -> str:
        return text_of(self.definition, "type")

    @property
    def external_id(self) -> str:
        return text_of(self.definition, "external_id")

    @property
    def blocks(self) -> list[JsonObject]:
        return objects_of(self.definition, "blocks")

    def is_told_when_closed(self) -> bool:
        return flag_of(self.definition, "notify_on_close") is True

    def as_slack(self, *, team: str, app: str, bot: str) -> JsonObject:
        """As payloads and answers of `views.*` carry it."""
        given = self.definition
        return {
            "id": self.id,
            "team_id": team,
            "type": self.type,
            "blocks": self.blocks,
            "private_metadata": text_of(given, "private_metadata"),
            "callback_id": text_of(given, "callback_id"),
            "state": {"values": self.state},
            "hash": self.hash,
            "title": given.get("title"),
            "clear_on_close": flag_of(given, "clear_on_close") is True,
            "notify_on_close": self.is_told_when_closed(),
            "close": given.get("close"),
            "submit": given.get("submit"),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": app,
            "external_id": self.external_id,
            "app_installed_team_id": team,
            "bot_id": bot,
        }


def _new_hash() -> str:
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"


class Views:
    """Open modals as one stack per person, and one App Home per person."""

    def __init__(self) -> None:
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def open(self, user: str, definition: JsonObject) -> View:
        """A new modal in front of `user`; one of the same app that was open before goes."""
        self._refuse_taken_external_id(definition, besides=None)
        view = self._new(user, definition)
        self._stacks[user] = [view]
        return view

    def push(self, user: str, definition: JsonObject) -> View:
        """Raises `SlackError` (`push_limit_reached`) above three, or `not_found` when nothing is open."""
        stack = self._stacks.get(user, [])
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= MOST_IN_STACK:
            raise SlackError("push_limit_reached")
        self._refuse_taken_external_id(definition, besides=None)
        fresh = self._new(user, definition)
        view = replace(fresh, root_id=stack[0].id, previous_id=stack[-1].id)
        stack.append(view)
        return view

    def update(self, view: View, definition: JsonObject, expected_hash: str = "") -> View:
        """Raises `SlackError` (`hash_conflict`, `duplicate_external_id`)."""
        if expected_hash and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        self._refuse_taken_external_id(definition, besides=view)
        kept = merged(initial_values(objects_of(definition, "blocks")), view.state, only_known=True)
        return self._put(replace(view, definition=definition, hash=_new_hash(), state=kept))

    def publish(self, user: str, definition: JsonObject, expected_hash: str = "") -> View:
        """Raises `SlackError` (`hash_conflict`)."""
        shown = self._homes.get(user)
        if shown is None:
            shown = self._new(user, definition)
        elif expected_hash and expected_hash != shown.hash:
            raise SlackError("hash_conflict")
        self._homes[user] = replace(
            shown, definition=definition, hash=_new_hash(), state=initial_values(objects_of(definition, "blocks"))
        )
        return self._homes[user]

    def put_in(self, view: View, values: Mapping[str, Mapping[str, JsonObject]]) -> View:
        """What the person typed or chose, over what was there."""
        return self._put(replace(view, state=merged(view.state, values)))

    def close(self, view: View) -> None:
        """Takes this modal away, and what was pushed on top of it."""
        stack = self._stacks.get(view.user, [])
        ids = [shown.id for shown in stack]
        if view.id in ids:
            del stack[ids.index(view.id) :]

    def find(self, view_id: str) -> View | None:
        for view in [*self._homes.values(), *(view for stack in self._stacks.values() for view in stack)]:
            if view.id == view_id:
                return view
        return None

    def find_external(self, external_id: str) -> View | None:
        everything = [*self._homes.values(), *(view for stack in self._stacks.values() for view in stack)]
        return next((view for view in everything if external_id and view.external_id == external_id), None)

    def stack(self, user: str) -> tuple[View, ...]:
        """The open modals, the one in front last."""
        return tuple(self._stacks.get(user, ()))

    def home(self, user: str) -> View | None:
        return self._homes.get(user)

    def _new(self, user: str, definition: JsonObject) -> View:
        view_id = f"V{secrets.token_hex(5).upper()}"
        state = initial_values(objects_of(definition, "blocks"))
        return View(id=view_id, user=user, definition=definition, root_id=view_id, hash=_new_hash(), state=state)

    def _put(self, view: View) -> View:
        if view.user in self._homes and self._homes[view.user].id == view.id:
            self._homes[view.user] = view
            return view
        stack = self._stacks.get(view.user, [])
        for index, shown in enumerate(stack):
            if shown.id == view.id:
                stack[index] = view
                return view
        raise SlackError("not_found")

    def _refuse_taken_external_id(self, definition: JsonObject, *, besides: View | None) -> None:
        holder = self.find_external(text_of(definition, "external_id"))
        if holder is not None and (besides is None or holder.id != besides.id):
            raise SlackError("duplicate_external_id")

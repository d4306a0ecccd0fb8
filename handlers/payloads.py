"""The parts of Slack's payloads that the handlers use, parsed once at the edge (source: Slack's interaction payloads).

A payload that lacks one of these raises pydantic's `ValidationError`, which `bolt.py` answers with 400.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from bot.services.acts import Address


class Payload(BaseModel):
    """Unknown fields are ignored: Slack adds some now and then.

    Parts of others are never built alone; what every purchase begins with is built at the start.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, defer_build=True)

    @model_validator(mode="after")
    def _holds_no_nul(self) -> Self:
        """Nobody types one, and PostgreSQL keeps none."""
        if any(isinstance(value, str) and "\0" in value for value in self.__dict__.values()):
            raise ValueError("NUL")
        return self


Id = Annotated[str, Field(min_length=1, max_length=64)]


def is_private_place(name: str) -> bool:
    """Slack names private places so instead of by their name (source: its page on slash commands)."""
    return name in ("privategroup", "directmessage") or name.startswith("mpdm-")


class SlashCommand(Payload, defer_build=False):
    """`/buynumber …` as Slack posts it."""

    team_id: Id
    channel_id: Id
    channel_name: str = ""
    user_id: Id
    text: str = ""
    trigger_id: Annotated[str, Field(min_length=1, max_length=255)]
    response_url: SecretStr

    @property
    def sender(self) -> str:
        return self.user_id

    @property
    def is_private(self) -> bool:
        return is_private_place(self.channel_name)

    def address(self, at: datetime) -> Address:
        """Where words for the caller alone go; `at` is now."""
        return Address(user=self.user_id, channel=self.channel_id, response_url=self.response_url, at=at)


class User(Payload):
    """Who clicked; `team_id` is their own workspace's, on Enterprise Grid the primary one's or the organisation's."""

    id: Id
    team_id: Annotated[str, Field(max_length=64)] | None = None


class Team(Payload):
    """The workspace the click came from."""

    id: Id


class Channel(Payload):
    """Where the clicked message stands."""

    id: Id
    name: str = ""

    @property
    def is_private(self) -> bool:
        return is_private_place(self.name)


class Clicked(Payload):
    """The message that was clicked."""

    ts: Id


class Option(Payload):
    """A chosen option."""

    value: str


class Action(Payload):
    """The element that was used."""

    action_id: str
    value: Annotated[str, BeforeValidator(lambda given: "" if given is None else given)] = ""
    """Null comes from a text field that was cleared."""
    selected_option: Option | None = None


class State(Payload):
    """One element's value in a form."""

    value: str | None = None
    selected_option: Option | None = None
    selected_options: list[Option] | None = None
    selected_conversation: str | None = None

    @property
    def text(self) -> str:
        """What was typed in, or the value chosen; empty when nothing."""
        chosen = "" if self.selected_option is None else self.selected_option.value
        return self.value or chosen or self.selected_conversation or ""

    @property
    def several(self) -> list[str]:
        """The values chosen; a form of an older version has one."""
        chosen = self.selected_options or [option for option in [self.selected_option] if option is not None]
        return [option.value for option in chosen]


class Values(Payload):
    """What a form holds: block id, action id, value."""

    values: dict[str, dict[str, State]] = {}

    def text(self, action: str, default: str = "") -> str:
        """What stands in the field with this action id, in whichever block; `default` when the form does not say."""
        found = self._of(action)
        return default if found is None else found.text

    def several(self, action: str) -> list[str]:
        """The values chosen there."""
        found = self._of(action)
        return [] if found is None else found.several

    def _of(self, action: str) -> State | None:
        return next((fields[action] for fields in self.values.values() if action in fields), None)


class FormView(Payload):
    """An open form."""

    id: Id
    hash: Annotated[str, Field(max_length=128)] | None = None
    private_metadata: str = ""
    state: Values = Values()


class Interaction(Payload):
    """What every interaction carries: who acted, and where they can be answered."""

    user: User
    team: Team | None = None
    channel: Channel | None = None
    response_url: SecretStr | None = None

    @property
    def sender(self) -> str:
        return self.user.id

    @property
    def team_id(self) -> str:
        """The person's own workspace, as far as Slack says: it need not be the one the click came from."""
        return self.user.team_id or (self.team.id if self.team else "")

    def address(self, at: datetime) -> Address:
        """Where words for whoever acted alone go; `at` is now."""
        channel = self.channel.id if self.channel else None
        return Address(user=self.user.id, channel=channel, response_url=self.response_url, at=at)


SlackId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,64}$")]


class Sender(Interaction):
    """Whoever sent anything, an interaction or a command, as far as they can be named and answered."""

    user: "Named"

    @model_validator(mode="before")
    @classmethod
    def _of_a_command(cls, given: object) -> object:
        if not isinstance(given, dict) or "user" in given or "user_id" not in given:
            return given
        names = {"user": "user_id", "team": "team_id", "channel": "channel_id"}
        parts = {part: {"id": given[name]} for part, name in names.items() if given.get(name)}
        return {**parts, "response_url": given.get("response_url")}


class Named(User):
    """Somebody whose ids are Slack's."""

    id: SlackId
    team_id: SlackId | None = None


class Click(Interaction, defer_build=False):
    """A button was pressed, on a message or in a view."""

    trigger_id: Annotated[str, Field(min_length=1, max_length=255)]
    actions: Annotated[list[Action], Field(min_length=1)]
    message: Clicked | None = None
    view: FormView | None = None


def carrying(read: Callable[[Click], object]) -> Callable[[dict[str, Any]], Awaitable[bool]]:
    """A matcher for Bolt: did the bot write what the button carries? `read` raises `ValueError` when it did not.

    Any other is a button that nobody knows: `unknown.py`.
    """

    async def is_ours(body: dict[str, Any]) -> bool:
        try:
            read(Click.model_validate(body))
        except ValueError:
            return False
        return True

    return is_ours


class Submission(Interaction):
    """A form was sent."""

    trigger_id: Annotated[str, Field(max_length=255)] | None = None
    view: FormView

    @property
    def once(self) -> str:
        """Unique to this submission. Slack's page on it shows no `trigger_id`; a form as it stood is sent once."""
        return self.trigger_id or f"{self.view.id}.{self.view.hash or ''}"


class Suggestion(Interaction):
    """Somebody types into a form's select that asks for options."""

    value: str = ""
    view: FormView


class Shortcut(Interaction):
    """A shortcut of the app was used: anywhere, or on a message, which then is in `channel`."""

    trigger_id: Annotated[str, Field(min_length=1, max_length=255)]


class HomeOpened(Payload):
    """App Home was opened."""

    user: Id
    tab: str = "home"

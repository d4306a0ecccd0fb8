"""What goes wrong in the stand-in.

SlackStandInError
├── SlackError      Slack's own refusal: an error code, and what else its answer carries
└── ImpossibleError what no person could do in Slack: click a button that is not there, submit a closed modal
"""

from bot.sandbox.slack.shapes import Json, JsonObject


class SlackStandInError(Exception):
    """Something the stand-in will not do."""


class SlackError(SlackStandInError):
    """`code` is Slack's (`channel_not_found`); `extra` joins the answer (`needed`, `response_metadata`, …)."""

    def __init__(self, code: str, **extra: Json) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    def answer(self) -> JsonObject:
        return {"ok": False, "error": self.code, **self.extra}


class ImpossibleError(SlackStandInError):
    """`reason` says what is not there, in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

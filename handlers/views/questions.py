"""A question to the requester, and the answer: their buttons, their lines on a card, their words in the thread."""

from bot.domain import trail
from bot.domain.audit import Entry
from bot.domain.shown import Asked, Shown
from handlers.views.again import ABOVE
from handlers.views.blocks import LABEL, Element, button
from handlers.views.wording import actor, cut, ended, escape, mention

REQUEST_CHANGES, ANSWER = "request_changes", "answer"
"""Action ids."""

SHORT = 50
"""Characters of a question and of an answer on a card: the thread has them all."""


def request_changes_button(value: str, about: str) -> Element:
    return button("Request changes", REQUEST_CHANGES, value, cut(f"Request changes to buying {about}", LABEL))


def answer_button(shown: Shown, what: str) -> Element:
    """For the requester alone; others hear so when they press it. It names the question by its entry."""
    value = f"{shown.request.thread}.{shown.entry.seq}"
    return button("Answer", ANSWER, value, cut(f"Answer the question about {what}", LABEL), "primary")


def question_lines(asked: Asked | None) -> list[str]:
    """The newest question about what waits, and its answer, on the card."""
    if asked is None:
        return []
    question = f"*Question* by {mention(asked.by)}: {_short(asked.question)}"
    if asked.answer is None:
        return [f"{question} *Not answered yet.*"]
    return [question, f"*Answer*: {_short(asked.answer)}"]


def _short(said: str) -> str:
    return cut(ended(escape(said)), SHORT)


def asks(told: trail.ChangesRequested, entry: Entry, requester: str, what: str) -> str:
    return (
        f"{mention(requester)}, {actor(entry.actor)} asks before deciding about {what}: {ended(escape(told.question))} "
        f"Answer with the button below, or withdraw the request with the button {ABOVE}. Votes stay."
    )


def answers(told: trail.Answered, entry: Entry, what: str) -> str:
    return (
        f"{mention(told.asked_by)}, {actor(entry.actor)} answers about {what}: {ended(escape(told.answer))} "
        f"It still waits for a decision, with the buttons {ABOVE}."
    )

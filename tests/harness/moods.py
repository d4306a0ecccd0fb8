"""What Slack and the provider may do wrong, for those that draw from it: the machine and the soak."""

from bot.sandbox.slack.faults import Faults
from bot.sandbox.vobiz import Mood, Script
from bot.sandbox.vobiz.moods import HTML_502, Says, Sells

Moods = tuple[Mood | Script, ...]

SOLD: Moods = (
    Mood.SOLD_ANSWER_LOST,
    Mood.OWN_500_SOLD,
    Mood.HTML_502_SOLD,
    Mood.GARBAGE_SOLD,
    Mood.EMPTY_SOLD,
    Mood.NO_OWNER,
)
NOTHING: Moods = (Mood.DROPPED, Mood.OWN_500, Mood.HTML_502, Mood.GARBAGE, Mood.EMPTY, Mood.OTHER_NUMBER)
"""Neither sold nor charged, and no definite answer."""
NOT_SOLD: Moods = (*NOTHING, Mood.DEBIT_ONLY, Mood.DEBIT_ONLY_AND_GONE)
REFUSED: Moods = tuple(mood for mood in Mood if mood.startswith(("refused", "balance", "gone", "too_many", "router")))
SOLD_LATE: Moods = (Mood.COMMITS_LATE, Mood.COMMITS_LATE_AFTER_500, Mood.PENDING)
HELD_BACK: Moods = (
    Mood.SOLD_WHEN_RELEASED,
    Script(sells=Sells.BEFORE_A_LATE_ANSWER, says=Says.NOTHING),
    Script(sells=Sells.BEFORE_A_LATE_ANSWER, says=Says.BODY, status=502, body=HTML_502),
)
"""Nothing comes before it is released."""
NEVER_ANSWERED: Moods = (Mood.SOLD_NEVER_ANSWERED, Mood.NEVER_ANSWERED)
"""They cost real time: a call is given up after a second of it at the least."""

READ_ROUTES = ("own_numbers", "inventory", "balance", "transactions")

SLACK_FAILS = ("limited", "dropped", "answer lost", "broken")


def slack_fails(faults: Faults, method: str, how: str, *, times: int = 1, retry_after: int = 30) -> None:
    """The next calls of this method are one of `SLACK_FAILS`."""
    match how:
        case "limited":
            faults.limit(method, times=times, retry_after=retry_after)
        case "dropped":
            faults.drop(method, times=times)
        case "answer lost":
            faults.lose_answer(method, times=times)
        case _:
            faults.break_with(method, times=times)

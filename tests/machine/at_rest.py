"""What holds once all faults are lifted and only waiting for people is left: the bot's word is the provider's truth.

Nothing waits for ever except for people, who are reminded; card and thread of every request have caught up.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from bot.sandbox.slack.example import NUMBERS
from tests.machine import invariants
from tests.machine.crowd import PEOPLE, mark_of
from tests.machine.invariants import BY_LOOKS, SALES, Picture, total
from tests.machine.limits import EXPIRES_AFTER, REMINDED_AFTER, SETTLED_AFTER, micros
from tests.machine.records import moment
from tests.machine.stage import RICH, Stage
from tests.machine.stories import CHECKING, OPEN, PENDING, TOLD_IN_THE_THREAD

LONG_ENOUGH = EXPIRES_AFTER + timedelta(hours=1)
"""For the last looks, two sweeps after the hour, and for what nobody decides to expire."""

WAIT_FOR_PEOPLE = ("nudge",)
ALWAYS_THERE = ("sweep", "tidy")

DECIDE = ("requested", "request_refused", "voted", "approved", "denied", "withdrawn", "decision_refused")
OF_PEOPLE = (*DECIDE, "purchased", "failed", "look_asked", "written_off", "frozen", "unfrozen")
"""What one acknowledged command, click or form becomes: exactly one of these, by whoever did it."""


async def come_to_rest(stage: Stage) -> None:
    """Lifts every fault and lets the clocks run until nothing but people is waited for."""
    stage.turns.forget()
    stage.slack.come_back()
    stage.slack.workspace.faults.clear()
    stage.slack.http.is_twice = False
    stage.witness.moments.clear()
    stage.vobiz.reads_recover()
    stage.vobiz.next_purchases_are_normal()
    stage.vobiz.set_balance("INR", RICH)
    await stage.rest()
    await stage.catch_up()
    await stage.jump(stage.clock.put_right)
    await stage.pass_time(LONG_ENOUGH.total_seconds(), stops=True)


def only_people_are_waited_for(now: Picture) -> Iterator[str]:
    for row in now.stage.records.rows("SELECT * FROM work"):
        if row["parked_at"] is not None:
            yield f"Way out: {row['kind']} is parked ({row['error']})"
        elif row["kind"] not in (*WAIT_FOR_PEOPLE, *ALWAYS_THERE):
            yield f"Way out: {row['kind']} still waits until {moment(row['not_before'])} ({row['error']})"
    for kind in ALWAYS_THERE:
        if len(now.stage.records.rows("SELECT id FROM work WHERE kind = ?", kind)) != 1:
            yield f"Way out: there is not one {kind}"


def open_requests_ask_people(now: Picture) -> Iterator[str]:
    for request, row in now.requests.items():
        if row["status"] in OPEN and row["status"] != CHECKING:
            yield f"Way out: {request[:6]} is still {row['status']}"
        if row["status"] != CHECKING:
            continue
        (attempt,) = [attempt for attempt in now.attempts_of(request) if attempt["outcome"] == "open"]
        nudges = now.stage.records.rows("SELECT id FROM work WHERE kind = 'nudge' AND request = ?", request)
        if not attempt["asks_people"] or not nudges:
            yield f"Way out: {request[:6]} is checking, and nobody is asked or reminded"


def who_waits_was_reminded(now: Picture) -> Iterator[str]:
    for story in now.stories.values():
        if story.status != PENDING:
            continue
        since = next(entry.at for entry in story.entries if entry.seq == story.since)
        reminded = [entry for entry in story.entries if entry.event == "reminded" and entry.seq > story.since]
        if now.stage.clock.now() - moment(since) > REMINDED_AFTER and not reminded:
            yield f"Way out: nobody was reminded of {story.request[:6]}"


def every_sale_is_credited(now: Picture) -> Iterator[str]:
    for call in now.stage.witness.calls:
        outcomes = [row["outcome"] for row in now.attempts if row["id"] == call.attempt]
        if call.sold and outcomes[0] not in SALES:
            yield f"Truth: {call.e164} was sold to attempt {call.attempt[:6]}, which is {outcomes[0]}"


def every_charge_is_explained_or_told(now: Picture) -> Iterator[str]:
    for call in now.stage.witness.calls:
        rows = now.live(call.rows)
        if not rows:
            continue
        (attempt,) = [row for row in now.attempts if row["id"] == call.attempt]
        story = now.stories[attempt["request"]]
        if attempt["outcome"] in SALES:
            if attempt["charged"] not in (None, micros(total(rows))) and not now.console_bought(call.e164):
                yield f"Charge: {call.e164} cost {total(rows)}, the bot says {attempt['charged'] / 1e6}"
        elif not any(entry.event in ("charged_without_number", "sweep_alert") for entry in story.entries):
            yield f"Truth: {call.e164} was charged ({rows[0].id}), {story.status}, and nobody was told"


def nothing_stays_unsettled(now: Picture) -> Iterator[str]:
    for row in now.attempts:
        if row["outcome"] in BY_LOOKS and row["settled_at"] is None and row["alerted_at"] is None:
            age = now.stage.clock.now() - moment(row["call_ended_at"] or row["lease_until"])
            if age > SETTLED_AFTER + timedelta(hours=1, minutes=10):
                yield f"Way out: attempt {row['id'][:6]} is not settled after {age}"


def cards_and_threads_have_caught_up(now: Picture) -> Iterator[str]:
    entries = {entry.seq: entry for entry in now.trail}
    known = now.stage.records.rows("SELECT * FROM cards")
    for request, row in now.requests.items():
        latest = entries[row["entry"]].mark
        standing = [card for card in known if row["card"] in (card["id"], card["copy_of"])]
        if not any(card["id"] == row["card"] and card["ts"] for card in standing):
            yield f"Channel: {request[:6]} has no card"
        for card in standing:
            shown = card["ts"] and now.stage.slack.workspace.messages.find(NUMBERS, card["ts"])
            if shown and mark_of(shown) != latest:
                yield f"Channel: the card of {request[:6]} shows {mark_of(shown)}, not {latest}"
        due = {entry.mark for entry in now.stories[request].entries if _is_reply(entry.event, entry.actor)}
        roots = [card["ts"] for card in standing if card["ts"]] + [lost.ts for lost in now.stage.crowd.lost]
        told = {mark_of(reply) for root in roots for reply in now.stage.slack.thread(NUMBERS, root)}
        if missing := due - told:
            yield f"Channel: the thread of {request[:6]} lacks {sorted(seq for seq, _ in missing)}"


def _is_reply(event: str, actor: str) -> bool:
    return event in TOLD_IN_THE_THREAD and not (event == "withdrawn" and actor == "bot")


def what_changed_nothing_was_answered(now: Picture) -> Iterator[str]:
    """To whoever did it alone, by words in the channel or a direct message."""
    slack = now.stage.slack
    for person in PEOPLE:
        refused = [entry for entry in now.trail if entry.actor == person and entry.event.endswith("_refused")]
        heard = slack.ephemerals_for(person) + slack.messages(slack.workspace.channels.direct(person).id)
        if len(heard) < len(refused):
            yield f"Click: {person} was refused {len(refused)} times and heard it {len(heard)} times"


def the_channel_knows_of_the_freeze(now: Picture) -> Iterator[str]:
    said = {mark_of(message) for message in now.stage.slack.messages(NUMBERS)}
    for entry in now.trail:
        if entry.event in ("frozen", "unfrozen") and entry.mark not in said | set(map(mark_of, now.stage.crowd.lost)):
            yield f"Channel: #{entry.seq} {entry.event} was not announced"


def what_is_bought_elsewhere_is_listed(now: Picture) -> Iterator[str]:
    listed = {row["subject"] for row in now.stage.records.rows("SELECT subject FROM findings")}
    credited = {row["e164"] for row in now.attempts if row["outcome"] in SALES}
    for e164 in now.numbers:
        if now.is_ours(e164) and e164 not in listed | credited:
            yield f"Truth: {e164} is ours, and neither bought by a request nor listed for `check`"


def every_click_was_judged_once(now: Picture) -> Iterator[str]:
    crowd = now.stage.crowd
    for person in PEOPLE:
        done = sum(1 for entry in now.trail if entry.actor == person and entry.event in OF_PEOPLE)
        least, most = crowd.certain[person], crowd.certain[person] + crowd.possible[person]
        if not least <= done <= most:
            yield f"Click: {person} did {least} to {most} things, the trail tells {done}"


CHECKS: tuple[Callable[[Picture], Iterator[str]], ...] = (
    only_people_are_waited_for,
    open_requests_ask_people,
    who_waits_was_reminded,
    every_sale_is_credited,
    every_charge_is_explained_or_told,
    nothing_stays_unsettled,
    cards_and_threads_have_caught_up,
    every_click_was_judged_once,
    what_changed_nothing_was_answered,
    the_channel_knows_of_the_freeze,
    what_is_bought_elsewhere_is_listed,
)


def broken(stage: Stage) -> list[str]:
    """Every sentence of every check, those of every moment included."""
    found = invariants.broken(stage)
    now = Picture(stage)
    return found + [sentence for check in CHECKS for sentence in check(now)]

"""The people: what each of them did, who could approve when, and what all of them see in the channel."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.sandbox.slack import Message, SlackStandIn
from bot.sandbox.slack.example import ASHA, MANAGERS, MEERA, NUMBERS, TARA, VIKRAM
from bot.sandbox.slack.shapes import object_of
from tests.machine.clocks import ThreeClocks
from tests.machine.limits import AUTO_UP_TO, PEOPLE_ARE_GOOD_FOR, votes_needed
from tests.machine.records import Records, Told
from tests.machine.stories import Attempted, Story

PEOPLE = (ASHA, TARA, MEERA, VIKRAM)  # two who ask, two who approve at first


@dataclass
class Crowd:
    """`why_not_approved` knows nothing but what people clicked, and what the trail says about it."""

    slack: SlackStandIn
    records: Records
    clock: ThreeClocks
    clicked: set[tuple[str, str, str]] = field(default_factory=set)
    """Who ever clicked Approve, on which request, for which terms (their digest)."""
    certain: Counter[str] = field(default_factory=Counter)  # how often each did something that was acknowledged
    possible: Counter[str] = field(default_factory=Counter)
    """How often something of theirs may have arrived, or may have been worth an entry."""
    lost: list[Message] = field(default_factory=list)  # what somebody deleted
    _able: list[tuple[float, frozenset[str]]] = field(default_factory=list)
    _seen: int = 0
    _step_began: float = 0.0
    _when: dict[int, tuple[float, float]] = field(default_factory=dict)
    """For each entry the moments between which it was written."""

    def begin_step(self) -> None:
        self.notice()
        self._step_began = self.clock.monotonic()

    def notice(self) -> None:
        for entry in self.records.rows("SELECT seq FROM audit_entries WHERE seq > ?", self._seen):
            self._seen = entry["seq"]
            self._when[self._seen] = (self._step_began, self.clock.monotonic())

    @property
    def able(self) -> list[str]:
        """Who may approve now."""
        return sorted(self._able[-1][1])

    def note_able(self) -> None:
        """Takes down who may approve from now on."""
        people = self.slack.workspace.people
        members = [people.get(user) for user in people.group(MANAGERS).users]
        able = frozenset(user.id for user in members if not (user.deleted or user.is_guest()))
        self._able.append((self.clock.monotonic(), able))

    def could_approve(self, person: str, first: float, last: float) -> bool:
        """At any moment between these, or by what may still be believed then?"""
        ends = [began for began, _ in self._able[1:]] + [float("inf")]
        return any(
            person in able and began <= last and first - PEOPLE_ARE_GOOD_FOR <= end
            for (began, able), end in zip(self._able, ends, strict=True)
        )

    def why_not_approved(self, story: Story, attempt: Attempted) -> str:
        """Empty when enough different people, able to, approved exactly these terms; asked when the call arrives."""
        frozen = self.records.one(
            "SELECT seq FROM audit_entries WHERE event = 'frozen' AND seq > ? AND seq < ?",
            attempt.approval,
            attempt.seq,
        )
        if frozen is not None:
            return f"Freeze: an attempt on an approval from before #{frozen['seq']}"
        if attempt.is_automatic:
            return "" if attempt.terms.charge <= AUTO_UP_TO else "Approval: automatic above the limit"
        now = self.clock.monotonic()
        counted = [
            voter
            for voter, entry in attempt.votes.items()
            if voter != story.requester
            and (story.request, voter, attempt.terms.digest) in self.clicked
            and self.could_approve(voter, *self._when[entry])
            and self.could_approve(voter, now, now)
        ]
        needed = votes_needed(attempt.terms.charge)
        if len(counted) < needed:
            return f"Approval: {len(counted)} of {needed} votes for exactly these terms by people who may approve"
        return ""

    def cards(self) -> list[Message]:
        """Every approval message in the channel, newest first."""
        return [message for message in reversed(self.slack.messages(NUMBERS)) if message.by_app and message.blocks]

    def saw_card_of(self, entries: Iterable[Told]) -> bool:
        marks = {entry.mark for entry in entries}
        return any(mark_of(message) in marks for message in [*self.cards(), *self.lost])


def mark_of(message: Message) -> tuple[int, str] | None:
    """The entry that a message shows."""
    witnessed = object_of(message.metadata or {}, "event_payload")
    number, digits = witnessed.get("number"), witnessed.get("hash")
    return (number, digits) if isinstance(number, int) and isinstance(digits, str) else None

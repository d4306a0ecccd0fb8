"""One request as its trail tells it: the state machine of the design once more, in its plainest form.

Every entry has to be an arrow that the machine has; what an attempt rested on is kept as it was when it was recorded.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from tests.machine.records import Told

PENDING, APPROVED, PURCHASING, CHECKING = "pending", "approved", "purchasing", "checking"
PURCHASED, FAILED, DENIED, WITHDRAWN, EXPIRED = "purchased", "failed", "denied", "withdrawn", "expired"
OPEN = (PENDING, APPROVED, PURCHASING, CHECKING)
ANY = (*OPEN, PURCHASED, FAILED, DENIED, WITHDRAWN, EXPIRED)

STAYS = ""

ARROWS: dict[str, tuple[tuple[str, ...], str]] = {
    "requested": ((), PENDING),
    "voted": ((PENDING,), PENDING),
    "approved": ((PENDING,), APPROVED),
    "denied": ((PENDING, APPROVED), DENIED),
    "withdrawn": ((PENDING, APPROVED), WITHDRAWN),
    "expired": ((PENDING,), EXPIRED),
    "asked_again": ((APPROVED, PURCHASING), PENDING),
    "attempt_recorded": ((APPROVED,), PURCHASING),
    "not_executed": ((PURCHASING,), APPROVED),
    "checking": ((PURCHASING,), CHECKING),
    "purchased": ((PURCHASING, CHECKING, FAILED), PURCHASED),
    "failed": ((APPROVED, PURCHASING, CHECKING), FAILED),
    "charged_without_number": ((CHECKING, FAILED), STAYS),
    "people_asked": ((CHECKING,), STAYS),
    "look_asked": ((CHECKING,), STAYS),
    "written_off": (ANY, STAYS),
    "reminded": (ANY, STAYS),
    "settled": (ANY, STAYS),
    "sweep_alert": (ANY, STAYS),
}
"""From which states an event may come, and where it leads. Others change nothing."""

TOLD_IN_THE_THREAD = frozenset({*ARROWS, "parked"}) - {"requested", "attempt_recorded", "settled"}


class Terms(NamedTuple):
    """As they are asked for."""

    e164: str = ""
    digest: str = ""
    charge: Decimal = Decimal(0)
    fees: tuple[Decimal, Decimal, str] = (Decimal(0), Decimal(0), "")  # setup, monthly, currency


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """A purchase attempt, and what it rested on."""

    id: str
    seq: int
    terms: Terms
    votes: dict[str, int]  # who had voted for the present terms, and with which entry
    approval: int  # the entry that approved
    since: int
    """The entry since which it was approved and nothing was out: the approval, or the end of the attempt before."""
    is_automatic: bool
    no: int  # which attempt of this approval it is


@dataclass(slots=True)
class Story:
    """A request from its first entry on."""

    request: str
    requester: str = ""
    status: str = ""
    terms: Terms = NO_TERMS
    votes: dict[str, int] = field(default_factory=dict)
    approval: int = 0
    is_automatic: bool = False
    attempts: list[Attempted] = field(default_factory=list)
    then: dict[int, tuple[str, str]] = field(default_factory=dict)  # state and digest right after each entry
    since: int = 0  # the entry that brought it into its present state
    entries: list[Told] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def tell(self, entry: Told) -> None:
        before, (origins, leads_to) = self.status, ARROWS.get(entry.event, ((self.status,), STAYS))
        if before not in origins and not (entry.event == "requested" and not before):
            self.broken.append(f"State: #{entry.seq} {entry.event} of a request that is {before or 'not there'}")
        self._remember(entry)
        self.status = leads_to or before
        if self.status != before or entry.event == "asked_again":
            self.since = entry.seq
        self.then[entry.seq] = (self.status, self.terms.digest)
        self.entries.append(entry)

    def _remember(self, entry: Told) -> None:
        facts = entry.facts
        match entry.event:
            case "requested":
                self.requester = entry.actor
                self._take_terms(entry)
            case "asked_again":
                self._take_terms(entry)
                self.votes, self.approval = {}, 0
            case "voted" | "approved":
                self._check_terms(entry)
                self.is_automatic = bool(facts.get("automatic"))
                if not self.is_automatic:
                    self.votes = {**self.votes, entry.actor: entry.seq}
                if entry.event == "approved":
                    self.approval = entry.seq
            case "attempt_recorded":
                self._check_terms(entry)
                self.attempts.append(self._attempted(entry))
            case _:
                pass

    def _take_terms(self, entry: Told) -> None:
        facts = entry.facts
        fees = (Decimal(facts["setup_fee"]), Decimal(facts["monthly_fee"]), facts["currency"])
        self.terms = Terms(facts["e164"], facts["digest"], Decimal(facts["charge"]), fees)

    def _check_terms(self, entry: Told) -> None:
        if entry.facts["digest"] != self.terms.digest:
            self.broken.append(f"Approval: #{entry.seq} {entry.event} is about other terms than were asked for")

    def _attempted(self, entry: Told) -> Attempted:
        return Attempted(
            id=entry.facts["attempt"],
            seq=entry.seq,
            terms=self.terms,
            votes=dict(self.votes),
            approval=self.approval,
            since=self.since,
            is_automatic=self.is_automatic,
            no=1 + sum(1 for earlier in self.attempts if earlier.approval == self.approval),
        )


def stories(trail: Iterable[Told]) -> dict[str, Story]:
    """Of every request in the trail, by id."""
    found: dict[str, Story] = {}
    for entry in trail:
        if entry.request is not None and entry.event != "request_refused":
            found.setdefault(entry.request, Story(entry.request)).tell(entry)
    return found

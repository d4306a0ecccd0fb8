"""The workers of the buy lane: they claim work with a lease, and crash or stall between any two steps."""

from collections.abc import Callable

from tests.model.facts import may_happen
from tests.model.looks import on_saw
from tests.model.purchase import on_answered, on_calling, on_claimed, on_read, on_recorded
from tests.model.scenarios import Scenario
from tests.model.state import Draft, Request, State, Steps, Worker
from tests.model.words import (
    ANSWERED,
    BUY,
    CALLING,
    CLAIMED,
    ENDED,
    IDLE,
    LEASE,
    LOOKED,
    READ,
    RECORDED,
    SAW,
    STEP,
    TAKEN,
    VALID,
)

GOES_ON: dict[int, Callable[[State, Scenario, int, Worker, Request, str], Steps]] = {
    CLAIMED: on_claimed,
    READ: on_read,
    RECORDED: on_recorded,
    LOOKED: on_recorded,
    CALLING: on_calling,
    ANSWERED: on_answered,
    SAW: on_saw,
}
"""What a worker does next: worker `k` on its request, named for the trace."""


def workers(state: State, scenario: Scenario) -> Steps:
    for k, worker in enumerate(state.workers):
        if k and worker == state.workers[k - 1]:
            continue  # two workers in the same place are one case
        if worker.step == IDLE:
            yield from claim(state, scenario, k)
            continue
        name = f"worker{LEASE[worker.lease]} on R{worker.request + 1}"
        if may_happen(state, "crash"):
            draft = Draft(state).happened("crash").rest(k)
            end_call_with_lease(draft, worker)
            yield "bad luck", f"{name} crashes: {STEP[worker.step]}", draft, None
        if worker.lease == VALID and may_happen(state, "stall"):
            draft = Draft(state).happened("stall").worker(k, lease=ENDED)
            end_call_with_lease(draft, worker)
            yield "bad luck", f"{name} stalls, its lease ends: {STEP[worker.step]}", draft, None
        yield from GOES_ON[worker.step](state, scenario, k, worker, state.requests[worker.request], name)


def end_call_with_lease(draft: Draft, worker: Worker) -> None:
    """A crash ends the lease at once, which is earlier than in reality, and so harder."""
    if worker.step in (RECORDED, LOOKED, CALLING) and worker.lease == VALID:
        draft.attempt(worker.attempt, ended=1, clock=0)


def claim(state: State, scenario: Scenario, k: int) -> Steps:
    is_exclusive = scenario.holds["lease"]
    for i, request in enumerate(state.requests):
        at_work = [j for j, worker in enumerate(state.workers) if worker.step and worker.request == i]
        if request.work and not (is_exclusive and any(state.workers[j].lease == VALID for j in at_work)):
            draft = Draft(state)
            if is_exclusive:
                for j in at_work:
                    draft.worker(j, lease=TAKEN)
            draft.workers[k] = Worker(CLAIMED, i, VALID, 0, 1, 0)
            what = "purchase" if request.work == BUY else "reconcile"
            yield "bot", f"worker claims {what} of R{i + 1}", draft, None

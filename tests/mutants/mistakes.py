"""The mistakes, each with the tests that have to notice it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """`line` stands once in `module`, and reads `instead` while the tests run."""

    name: str
    module: str
    line: str
    instead: str
    tests: tuple[str, ...]


BUY = ("tests/bot/services/buy",)
JUDGE = ("tests/bot/services/judge/test_decide.py", "tests/bot/services/judge/test_limits.py")
RECONCILE = ("tests/bot/services/reconcile",)
EXPLAINING = ("tests/bot/domain/test_explaining_others.py",)
OUTCOMES = ("tests/bot/vobiz/test_purchase_outcomes.py",)

MISTAKES = (
    # what an answer means
    Mistake(
        "any 5xx in the provider's own form is taken for the end of the call",
        "bot/vobiz/outcomes.py",
        "answer.status == 500 and",
        "answer.status >= 500 and",
        OUTCOMES,
    ),
    Mistake(
        "a sale of another number is taken for ours",
        "bot/vobiz/outcomes.py",
        "if sold.e164 != number:",
        "if False:",
        OUTCOMES,
    ),
    Mistake(
        "a sale to somebody else is taken for ours",
        "bot/vobiz/outcomes.py",
        "sold.owner is None or not is_us(sold.owner, account)",
        "sold.owner is None",
        OUTCOMES,
    ),
    Mistake(
        "a time-out is taken for a call that did nothing",
        "bot/vobiz/outcomes.py",
        "    return Unknown(reason=failure.reason)",
        "    return Refused(why=Refusal.NOT_EXECUTED, code=failure.reason, message=failure.reason)",
        OUTCOMES,
    ),
    # whether anything left, and whose number it is
    Mistake(
        "a purchase leaves although it may not any more",
        "bot/vobiz/wire.py",
        "if not self.may_leave():",
        "if False:",
        OUTCOMES,
    ),
    Mistake(
        "a call is made again by the library",
        "bot/vobiz/wire.py",
        "middlewares=[_once]",
        "middlewares=[]",
        ("tests/bot/vobiz/test_reads_that_fail.py",),
    ),
    Mistake(
        "a call that left without an answer is taken for one that was not sent",
        "bot/vobiz/wire.py",
        "        self.has_left = True\n",
        "",
        OUTCOMES,
    ),
    Mistake(
        "a number is taken for not ours while an own number cannot be read",
        "bot/vobiz/client.py",
        "(unreadable or not walk.is_complete)",
        "not walk.is_complete",
        ("tests/bot/vobiz/test_odd_forms.py",),
    ),
    # what a person may
    Mistake(
        "people approve their own requests",
        "bot/domain/policy.py",
        "and not rules.allow_self_approval and person.is_full_member",
        "and False",
        ("tests/bot/domain/test_policy.py",),
    ),
    Mistake(
        "votes of people who left count",
        "bot/domain/policy.py",
        "len(frozenset(voters) & approvers.users) >= needed",
        "len(frozenset(voters)) >= needed",
        ("tests/bot/domain/test_policy.py",),
    ),
    Mistake(
        "a click on other terms approves",
        "bot/domain/policy.py",
        "return Allowed() if digest == present else",
        "return Allowed() if True else",
        ("tests/bot/domain/test_policy.py",),
    ),
    Mistake(
        "a frozen bot approves",
        "bot/domain/policy.py",
        "return refusals.Frozen() if isinstance(verdict, Allowed) and frozen else verdict",
        "return verdict",
        ("tests/bot/domain/test_policy.py",),
    ),
    Mistake(
        "expiry is not asked for where the row is written",
        "bot/store/requests.py",
        '_MOVE_IN_TIME = _MOVE.where(requests.c.expires_at > bindparam("not_expired_at"))',
        "_MOVE_IN_TIME = _MOVE",
        ("tests/bot/store/test_requests.py",),
    ),
    Mistake(
        "a click from before it was asked again approves",
        "bot/domain/policy.py",
        "Allowed() if asked_at <= clicked_at else",
        "Allowed() if True else",
        ("tests/bot/domain/test_policy.py",),
    ),
    Mistake(
        "the requester's own vote counts though that is not allowed any more",
        "bot/domain/policy.py",
        "users=approvers.users - {request.requester}",
        "users=approvers.users",
        ("tests/bot/domain/test_policy.py",),
    ),
    # the limits
    Mistake(
        "a commitment needs no second approval",
        "bot/domain/terms.py",
        "self.monthly_fee * max(1, self.minimum_commitment_months)",
        "self.monthly_fee * 1",
        ("tests/bot/domain/test_terms.py",),
    ),
    Mistake(
        "a charge above the most is asked for",
        "bot/domain/rules.py",
        "return most is not None and charge <= most",
        "return True",
        ("tests/bot/domain/test_rules.py",),
    ),
    Mistake(
        "a day's purchases have no end",
        "bot/services/budget.py",
        "requests.approved_between(unit.connection, begins, ends) + len(together) <= most",
        "requests.approved_between(unit.connection, begins, ends) <= most",
        ("tests/bot/services/judge/test_daily.py",),
    ),
    # the budget
    Mistake(
        "an approval goes past the budget",
        "bot/store/budgets.py",
        "change, limit = (_RESERVE, {}) if budget is None else",
        "change, limit = (_RESERVE, {}) if True else",
        ("tests/bot/store/test_budgets.py",),
    ),
    Mistake(
        "counters are locked in whatever order they come",
        "bot/store/budgets.py",
        "_LOCK_ALL = select(budgets.c.month).order_by(budgets.c.month, budgets.c.currency)",
        "_LOCK_ALL = select(budgets.c.month)",
        ("tests/bot/store/test_meeting.py",),
    ),
    # the call
    Mistake(
        "what was approved at another price is bought",
        "bot/domain/readiness.py",
        "if present.digest != request.terms.digest:",
        "if False:",
        ("tests/bot/domain/test_readiness.py",),
    ),
    Mistake(
        "a frozen bot buys", "bot/services/buy/record.py", "case Ready() if frozen:", "case Ready() if False:", BUY
    ),
    Mistake(
        "held work changes something without its lease",
        "bot/services/unit.py",
        "            queue.extend(unit.connection, held, until=unit.now + held.lease)\n",
        "",
        ("tests/bot/services/test_leases.py",),
    ),
    Mistake(
        "a call leaves that was recorded too long ago",
        "bot/services/buy/purchase.py",
        "return in_time and wall",
        "return wall",
        BUY,
    ),
    Mistake(
        "whoever takes over from the dead calls again",
        "bot/services/buy/purchase.py",
        "request.status is Status.APPROVED:\n            await",
        "request.status in (Status.APPROVED, Status.PURCHASING):\n            await",
        (*BUY, "tests/faults/test_deaths.py"),
    ),
    Mistake(
        "the outcome is dropped while the database is away",
        "bot/services/buy/purchase.py",
        "await self.units.insist(lambda: self.units.finish(held, keep_outcome, answered))",
        "await self.units.finish(held, keep_outcome, answered)",
        ("tests/e2e/test_postgres.py",),
    ),
    Mistake(
        "a dead process's call counts as ended when that is found, though its lease still runs",
        "bot/services/buy/outcome.py",
        "ended = max(unit.now, case.attempt.lease_until)",
        "ended = unit.now",
        BUY,
    ),
    Mistake(
        "a full disk is a bug",
        "bot/store/away.py",
        "        sqlite3.SQLITE_FULL,\n",
        "",
        ("tests/bot/store/test_sqlite.py",),
    ),
    # finding out
    Mistake(
        "a ledger that was not read is taken for an empty one",
        "bot/domain/looks.py",
        "is_read = look.is_owned_read and look.debits is not None and",
        "is_read = look.is_owned_read and",
        ("tests/bot/domain/test_looks.py",),
    ),
    Mistake(
        "a row that tells nothing is taken for no charge",
        "bot/domain/looks.py",
        "not (look.is_ledger_closed or look.unread)",
        "not look.is_ledger_closed",
        ("tests/bot/services/reconcile/test_sweep_unread.py",),
    ),
    Mistake(
        "one clean look is evidence",
        "bot/domain/looks.py",
        "return began_at - clean_since >= APART and",
        "return",
        ("tests/bot/domain/test_looks.py",),
    ),
    Mistake(
        "the ledger's minute is not waited for",
        "bot/domain/looks.py",
        "began_at - call_ended_at >= COLD_AFTER",
        "True",
        ("tests/bot/domain/test_looks.py",),
    ),
    Mistake(
        "a wall clock that is set forward makes evidence",
        "bot/services/reconcile/checking.py",
        "not timed.bears_out(made.span.began)",
        "False",
        ("tests/bot/services/reconcile/test_checking.py",),
    ),
    Mistake(
        "a settled failure is not watched after a week",
        "bot/store/tables.py",
        "(outcome IN ('open', 'by_looks', 'by_person', 'on_word') OR",
        "(outcome IN ('open') OR",
        RECONCILE,
    ),
    Mistake(
        "the sweep takes a ledger that it could not read for an empty one",
        "bot/services/reconcile/debits.py",
        "ledger = None if rows is None else Ledger(rows, known, written_off)",
        "ledger = Ledger(rows or (), known, written_off)",
        RECONCILE,
    ),
    Mistake(
        "what a sale was charged is not read any more once its number was seen",
        "bot/services/reconcile/debits.py",
        "return is_seen and not self.surplus and charged in (None, attempt.charged)",
        "return is_seen",
        RECONCILE,
    ),
    Mistake(
        "a debit without a time accuses no attempt that is a week old, however it stands",
        "bot/services/reconcile/debits.py",
        "until_then >= swept.began or is_awaited(attempt, swept.unread_since)",
        "until_then >= swept.began",
        RECONCILE,
    ),
    Mistake(
        "a month that was billed before explains what may be the whole charge",
        "bot/domain/explaining.py",
        "if is_less or at >= since",
        "if True",
        EXPLAINING,
    ),
    Mistake(
        "a fee explains any number of debits",
        "bot/domain/explaining.py",
        "max(fitting, key=lambda shelf: shelf[-1].fee.amount).pop()",
        "max(fitting, key=lambda shelf: shelf[-1].fee.amount)",
        EXPLAINING,
    ),
    # the trail
    Mistake(
        "an entry does not hold the hash of the one before",
        "bot/domain/audit.py",
        "{_text(data)},{_text(before)}]'",
        "{_text(data)}]'",
        ("tests/bot/domain/test_audit.py",),
    ),
    # what is a copy
    Mistake(
        "a copy is taken for the original",
        "bot/services/reconcile/beginning.py",
        "if before is None or last == 0:",
        "if True:",
        RECONCILE,
    ),
    Mistake(
        "the freeze of a copy is lifted before anybody asked the provider",
        "bot/services/judge/freeze.py",
        "if not freezes and since is not None and not without_asking:",
        "if False:",
        RECONCILE,
    ),
)

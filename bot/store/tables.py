"""The tables. Their rules (unique sales, one open request per number, an append-only trail) are the database's own.

The schema people run comes from `migrations/`; a test holds that both say the same.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)

from bot.domain.attempt import Ending
from bot.domain.request import Failure, Status
from bot.domain.trail import Event
from bot.store.columns import Coded, TextList, UtcTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _of_some(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    """An index of those rows alone. It is used by whoever asks in its very words, without bound values.

    Said as `postgresql_where`, the words would load all that SQLAlchemy knows of PostgreSQL, wherever it is served.
    """
    return Index(name, *columns, unique=unique, info={"where": where})


RowNumber = BigInteger().with_variant(Integer, "sqlite")

IS_OPEN = text("status IN ('pending', 'approved', 'purchasing', 'checking')")
IS_BOUGHT_PRIVATELY = text("is_private AND status = 'purchased'")
IS_OPEN_ATTEMPT = text("outcome = 'open'")
IS_SALE = text("outcome IN ('bought', 'found')")
IS_WATCHED = text(
    "(outcome IN ('open', 'by_looks', 'by_person', 'on_word') OR alerted_at IS NOT NULL"
    " OR (outcome IN ('bought', 'found') AND confirmed_at IS NULL))"
)
IS_WRITTEN_OFF = text("written_off <> '[]'")
IS_UNSETTLED = text("outcome IN ('by_looks', 'by_person', 'on_word') AND settled_at IS NULL")
IS_FOR_PEOPLE = text("(asks_people OR alerted_at IS NOT NULL)")
IS_FREEZE = text("event = 'frozen'")
IS_ARCHIVE = text("event = 'archived'")
IS_OF_BASKET = text("basket IS NOT NULL")
IS_COPY = text("copy_of IS NOT NULL")
IS_PARKED = text("parked_at IS NOT NULL")

control = Table(
    "control",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("frozen_at", UtcTime),
    Column("frozen_by", String(64)),
    Column("lifted_at", UtcTime),
    Column("place", String(64)),
    Column("copied_at", UtcTime),
    Column("moved_to", Text),
    Column("arrives_from", Text),
    CheckConstraint("id = 1", name="one_row"),
)
"""`place` is what it was served from last (`places.py`); `copied_at` when it was found to be a copy of that. Nothing
serves from it while it has moved, or while a move into it is not finished."""

pulse = Table(
    "pulse",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("at", UtcTime),
    CheckConstraint("id = 1", name="one_row"),
)
"""Written to see whether anything can be."""

cards = Table(
    "cards",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("ts", String(32)),
    Column("posted_at", UtcTime),
    Column("shown", BigInteger, nullable=False, server_default="0"),
    Column("copy_of", ForeignKey("cards.id")),
    UniqueConstraint("channel", "ts"),
    _of_some("ix_cards_copy_of", "copy_of", where=IS_COPY),
)
"""An approval message. `shown` is the newest audit entry it shows; a copy is a repeat left by a lost answer."""

requests = Table(
    "requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("team", String(64), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("requester", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("basket", String(32)),
    Column("card", ForeignKey("cards.id"), nullable=False),
    Column("status", Coded(Status, 16), nullable=False),
    Column("row_version", Integer, nullable=False),
    Column("terms_version", Integer, nullable=False),
    Column("terms_changes", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("is_automatic", Boolean, nullable=False),
    Column("is_private", Boolean, nullable=False),
    Column("e164", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("setup_fee", BigInteger, nullable=False),
    Column("setup_fee_digits", SmallInteger, nullable=False),
    Column("monthly_fee", BigInteger, nullable=False),
    Column("monthly_fee_digits", SmallInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("minimum_commitment_months", Integer, nullable=False),
    Column("identity_check", Boolean, nullable=False),
    Column("trial", Boolean, nullable=False),
    Column("left_out", TextList, nullable=False),
    Column("country", Text),
    Column("region", Text),
    Column("capabilities", TextList),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("decided_at", UtcTime),
    Column("purchased_at", UtcTime),
    Column("error", Coded(Failure, 64)),
    Column("entry", BigInteger, nullable=False),
    Column("cause", BigInteger, nullable=False),
    _of_some("uq_requests_open_number", "e164", where=IS_OPEN, unique=True),
    Index("ix_requests_created_at", "created_at", "id"),
    Index("ix_requests_e164", "e164"),
    Index("ix_requests_requester", "team", "requester", "created_at"),
    Index("ix_requests_card", "card"),
    _of_some("ix_requests_basket", "basket", where=IS_OF_BASKET),
    Index("ix_requests_decided_at", "decided_at"),
    Index("ix_requests_status", "status", "is_private", "created_at", "id"),
    _of_some("ix_requests_bought_privately", "team", "requester", "created_at", "id", where=IS_BOUGHT_PRIVATELY),
)
"""Fees are millionths with the fractional digits the provider wrote."""

votes = Table(
    "votes",
    metadata,
    Column("request", ForeignKey("requests.id"), primary_key=True),
    Column("terms_version", Integer, primary_key=True),
    Column("approver", String(64), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("entry", BigInteger, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("request", ForeignKey("requests.id"), nullable=False),
    Column("terms_version", Integer, nullable=False),
    Column("e164", String(16), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("lease_until", UtcTime, nullable=False),
    Column("call_ended_at", UtcTime),
    Column("outcome", Coded(Ending, 16), key="ending", nullable=False),
    Column("call_is_over", Boolean, nullable=False, server_default=text("false")),
    Column("settled_at", UtcTime),
    Column("retry_at", UtcTime, index=True),
    Column("number_id", String(128)),
    Column("frozen_since", Boolean, nullable=False, server_default=text("false")),
    Column("clean_since", UtcTime),
    Column("timed", Text),
    Column("seen", Text, key="last_look"),
    Column("asks_people", Boolean, nullable=False, server_default=text("false")),
    Column("alerted_at", UtcTime),
    Column("written_off", TextList, nullable=False, server_default="[]"),
    Column("confirmed_at", UtcTime),
    Column("code", String(64)),
    Column("message", Text),
    Column("provider_request_id", String(128)),
    Column("sale", Text),
    Column("charged", BigInteger),
    Column("charged_digits", SmallInteger),
    Column("charged_currency", String(3)),
    Column("number", Text, key="details"),
    Column("entry", BigInteger, nullable=False),
    Index("ix_attempts_request", "request"),
    Index("ix_attempts_e164", "e164", "recorded_at"),
    _of_some("uq_attempts_open", "request", where=IS_OPEN_ATTEMPT, unique=True),
    Index("ix_attempts_recorded_at", "recorded_at"),
    _of_some("ix_attempts_watched", "entry", where=IS_WATCHED),
    _of_some("ix_attempts_written_off", "id", where=IS_WRITTEN_OFF),
    _of_some("ix_attempts_unsettled", "e164", where=IS_UNSETTLED),
    _of_some("ix_attempts_for_people", "entry", where=IS_FOR_PEOPLE),
    _of_some("uq_attempts_sale", "e164", "sale", where=IS_SALE, unique=True),
)
"""One purchase call each. `sale` is the provider's id of the sale; `written_off` the ledger's ids of debits that an
approver wrote off; `retry_at` until when the provider asked to wait; `timed` the looks by monotonic clocks, as JSON;
`confirmed_at` since when it is people's business whether the number is ours: a sweep saw it, or they know."""

findings = Table(
    "findings",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("subject", String(128), primary_key=True),
    Column("details", Text, nullable=False),
    Column("found_at", UtcTime, nullable=False),
    Column("told_at", UtcTime),
)
"""What the last sweep could not explain; `subject` is a number, a ledger row's id or an attempt's; `told_at` when
approvers were told."""

acknowledged = Table(
    "acknowledged",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("subject", String(128), primary_key=True),
    Column("at", UtcTime, nullable=False),
)
"""Which of them an operator knows about. Sweeps replace their findings, and leave these."""

sweep = Table(
    "sweep",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("good_at", UtcTime),
    Column("unread_rows", Integer, nullable=False, server_default="0"),
    Column("failing_since", UtcTime),
    Column("unread", String(16)),
    Column("reason", String(64)),
    Column("told_at", UtcTime),
    CheckConstraint("id = 1", name="one_row"),
)
"""How sweeps get on: when the last began that could read and how many rows of the ledger it could not, since when they
cannot read what, why, and when approvers were told last."""

budgets = Table(
    "budgets",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("reserved", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
)

"""Per month and currency, in millionths: what approved requests may still cost, and what was really charged."""

reservations = Table(
    "reservations",
    metadata,
    Column("request", ForeignKey("requests.id"), primary_key=True),
    Column("month", String(7), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
)
"""What a request holds of its month of approval; the row stays, with nothing, when that ends."""

homes = Table(
    "homes",
    metadata,
    Column("team", String(64), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("opened_at", UtcTime, nullable=False),
    Column("is_stale", Boolean, nullable=False),
)
"""Who opened App Home and when; stale while a fresh one is on its way."""

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("event", Coded(Event, 32), nullable=False),
    Column("request", String(32)),
    Column("data", Text, nullable=False),
    Column("before", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_entries_request", "request", "seq"),
    _of_some("ix_audit_entries_frozen", "seq", where=IS_FREEZE),
    _of_some("ix_audit_entries_archived", "seq", where=IS_ARCHIVE),
)

clicks = Table(
    "clicks",
    metadata,
    Column("trigger_id", String(255), primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
)
"""What a person did, once: Slack's signed bytes can be replayed for five minutes."""

work = Table(
    "work",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("lane", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("request", String(32)),
    Column("payload", Text, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("claims", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("lease_token", String(32)),
    Column("lease_until", UtcTime),
    Column("parked_at", UtcTime),
    Column("error", Text),
    Column("tried_since", UtcTime),
    Index("ix_work_due", "lane", "not_before"),
    Index("ix_work_request", "request", "lane", "id"),
    _of_some("ix_work_parked", "id", where=IS_PARKED),
    sqlite_autoincrement=True,
)
"""Durable work; what is done is deleted. Ids rise, so the order within a request and lane is the order of commits.
`failures` counts bugs and crashed owners, not answers that were late; too many of them park the row. `tried_since` is
when it was first claimed."""

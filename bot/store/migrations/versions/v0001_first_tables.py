"""The first tables, the one row of control and of the trail's head, and the guard over the trail."""

import sqlalchemy as sa
from alembic import op

from bot.domain.audit import GENESIS
from bot.store.columns import UtcTime

revision = "0001"
down_revision = None

APPEND_ONLY = "the audit trail is append-only"


def upgrade() -> None:
    create_tables()
    op.execute("INSERT INTO control (id) VALUES (1)")
    op.execute(f"INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '{GENESIS}')")
    guard_the_trail()


def guard_the_trail() -> None:
    if op.get_context().dialect.name == "postgresql":
        guard_on_postgresql()
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entries_no_{change.lower()} BEFORE {change} ON audit_entries "
            f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
        )


def guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change_of_audit_entries() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for change, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER audit_entries_no_{change.lower()} BEFORE {change} ON audit_entries "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change_of_audit_entries()"
        )


def create_tables() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_request", "audit_entries", ["request", "seq"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "budgets",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", "currency", name=op.f("pk_budgets")),
    )
    op.create_table(
        "cards",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("ts", sa.String(length=32), nullable=True),
        sa.Column("posted_at", UtcTime(), nullable=True),
        sa.Column("shown", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("copy_of", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["copy_of"], ["cards.id"], name=op.f("fk_cards_copy_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("channel", "ts", name=op.f("uq_cards_channel")),
    )
    op.create_table(
        "clicks",
        sa.Column("trigger_id", sa.String(length=255), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("trigger_id", name=op.f("pk_clicks")),
    )
    op.create_index(op.f("ix_clicks_at"), "clicks", ["at"], unique=False)
    op.create_table(
        "control",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("frozen_at", UtcTime(), nullable=True),
        sa.Column("frozen_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_control_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control")),
    )
    op.create_table(
        "findings",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("found_at", UtcTime(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_findings")),
    )
    op.create_table(
        "homes",
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("team", "person", name=op.f("pk_homes")),
    )
    op.create_table(
        "work",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("not_before", UtcTime(), nullable=False),
        sa.Column("claims", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("parked_at", UtcTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_work_due", "work", ["lane", "not_before"], unique=False)
    op.create_index("ix_work_request", "work", ["request", "lane", "id"], unique=False)
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("requester", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basket", sa.String(length=32), nullable=True),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("terms_changes", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("setup_fee", sa.BigInteger(), nullable=False),
        sa.Column("setup_fee_digits", sa.SmallInteger(), nullable=False),
        sa.Column("monthly_fee", sa.BigInteger(), nullable=False),
        sa.Column("monthly_fee_digits", sa.SmallInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minimum_commitment_months", sa.Integer(), nullable=False),
        sa.Column("identity_check", sa.Boolean(), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("capabilities", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("purchased_at", UtcTime(), nullable=True),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["card"], ["cards.id"], name=op.f("fk_requests_card")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index("ix_requests_card", "requests", ["card"], unique=False)
    op.create_index("ix_requests_created_at", "requests", ["created_at", "id"], unique=False)
    op.create_index("ix_requests_requester", "requests", ["team", "requester", "created_at"], unique=False)
    op.create_index(
        "uq_requests_open_number",
        "requests",
        ["e164"],
        unique=True,
        sqlite_where=sa.text("status IN ('pending', 'approved', 'purchasing', 'checking')"),
        postgresql_where=sa.text("status IN ('pending', 'approved', 'purchasing', 'checking')"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=False),
        sa.Column("call_ended_at", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("call_is_over", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.Column("number_id", sa.String(length=128), nullable=True),
        sa.Column("frozen_since", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("clean_since", UtcTime(), nullable=True),
        sa.Column("seen", sa.Text(), nullable=True),
        sa.Column("asks_people", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("alerted_at", UtcTime(), nullable=True),
        sa.Column("written_off", sa.Text(), server_default="[]", nullable=False),
        sa.Column("confirmed_at", UtcTime(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("provider_request_id", sa.String(length=128), nullable=True),
        sa.Column("sale", sa.Text(), nullable=True),
        sa.Column("charged", sa.BigInteger(), nullable=True),
        sa.Column("charged_digits", sa.SmallInteger(), nullable=True),
        sa.Column("charged_currency", sa.String(length=3), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name=op.f("fk_attempts_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_e164", "attempts", ["e164", "recorded_at"], unique=False)
    op.create_index("ix_attempts_request", "attempts", ["request"], unique=False)
    op.create_index(
        "uq_attempts_open",
        "attempts",
        ["request"],
        unique=True,
        sqlite_where=sa.text("outcome = 'open'"),
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.create_index(
        "uq_attempts_sale",
        "attempts",
        ["e164", "sale"],
        unique=True,
        sqlite_where=sa.text("outcome IN ('bought', 'found')"),
        postgresql_where=sa.text("outcome IN ('bought', 'found')"),
    )
    op.create_table(
        "reservations",
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name=op.f("fk_reservations_request")),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_reservations")),
    )
    op.create_table(
        "votes",
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("approver", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name=op.f("fk_votes_request")),
        sa.PrimaryKeyConstraint("request", "terms_version", "approver", name=op.f("pk_votes")),
    )

"""Entries may leave the trail that an entry says are sealed in a file; those of standing requests stay."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ARCHIVE = sa.text("event = 'archived'")
APPEND_ONLY = "the audit trail is append-only"

ON_SQLITE = f"""
    CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
    WHEN OLD.event = 'archived'
        OR EXISTS (SELECT 1 FROM requests WHERE requests.id = OLD.request)
        OR NOT EXISTS (
            SELECT 1 FROM audit_entries AS sealed
            WHERE sealed.event = 'archived' AND OLD.seq <= json_extract(sealed.data, '$.up_to')
            AND json_extract(sealed.data, '$.up_to') < sealed.seq
        )
    BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END
"""

ON_POSTGRESQL = f"""
    CREATE FUNCTION refuse_delete_of_audit_entries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.event = 'archived'
            OR EXISTS (SELECT 1 FROM requests WHERE requests.id = OLD.request)
            OR NOT EXISTS (
                SELECT 1 FROM audit_entries AS sealed
                WHERE sealed.event = 'archived' AND OLD.seq <= (sealed.data::json ->> 'up_to')::bigint
                AND (sealed.data::json ->> 'up_to')::bigint < sealed.seq
            )
        THEN
            RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END $$
"""


def upgrade() -> None:
    op.create_index(
        "ix_audit_entries_archived", "audit_entries", ["seq"], sqlite_where=ARCHIVE, postgresql_where=ARCHIVE
    )
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_entries_no_delete")
        op.execute(ON_SQLITE)
        return
    op.execute("DROP TRIGGER audit_entries_no_delete ON audit_entries")
    op.execute(ON_POSTGRESQL)
    op.execute(
        "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION refuse_delete_of_audit_entries()"
    )

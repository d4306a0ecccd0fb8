"""An index for what was asked for together."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

OF_BASKET = sa.text("basket IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_requests_basket", "requests", ["basket"], sqlite_where=OF_BASKET, postgresql_where=OF_BASKET)

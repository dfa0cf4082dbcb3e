"""What Alembic runs: the connection comes from the program, no file of settings is needed."""

from __future__ import annotations

from alembic import context

from support_policy.adapters.sql.migrations import TABLE
from support_policy.adapters.sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, version_table=TABLE)
with context.begin_transaction():
    context.run_migrations()

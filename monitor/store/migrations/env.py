"""Runs the migrations on the connection, and inside the transaction, that the program hands over."""

from alembic import context

from monitor.store.tables import metadata
from monitor.store.version import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()

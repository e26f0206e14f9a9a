"""Run by Alembic, on the connection and in the transaction of engine.store.catalogue.catalogue."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()

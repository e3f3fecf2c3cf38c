"""Alembic runs this file where SQL is to be written (`migrating.sql_from`); it connects nowhere."""

from alembic import context

context.configure(
    dialect_name="postgresql",
    output_buffer=context.config.output_buffer,
    transactional_ddl=False,  # who runs the SQL has a transaction around all of it
)
context.run_migrations()

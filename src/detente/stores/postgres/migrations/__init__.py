"""The schema's revisions, each a file of `versions`, ordered by Alembic; see `migrating`."""

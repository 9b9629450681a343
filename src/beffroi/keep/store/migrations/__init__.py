"""The store's changes of shape, in order; Alembic runs them at start."""

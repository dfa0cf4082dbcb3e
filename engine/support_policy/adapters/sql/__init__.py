"""The store in SQL, for SQLite and PostgreSQL alike: the only home of SQLAlchemy and Alembic."""

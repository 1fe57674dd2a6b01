"""The database's own refusal to change the log, for whoever comes past the ORM."""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("audit_entry", "audit_signedhead")
_WORDS = "audit entries are only ever added"


def _sqlite(table: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    # INSERT OR REPLACE deletes the old row without firing a delete trigger
    exists = (
        f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id "  # noqa: S608  (names of this file)
        "OR (organisation_id = NEW.organisation_id AND sequence = NEW.sequence))"
    )
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {exists} {refuse}",
    ]


_POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_WORDS}'; END $$
"""


def _postgresql(table: str) -> list[str]:
    refuse = "EXECUTE FUNCTION audit_refuse()"
    row, statement = f"FOR EACH ROW {refuse}", f"FOR EACH STATEMENT {refuse}"
    return [
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} {row}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} {statement}",
    ]


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse UPDATE, DELETE and (PostgreSQL) TRUNCATE on the log."""
    of_table, statements = _sqlite, []
    if connection.vendor != "sqlite":
        of_table, statements = _postgresql, [_POSTGRESQL_FUNCTION]
    statements += [statement for table in TABLES for statement in of_table(table)]
    _run(connection, statements)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Undo `install`: for taking the migration back, and for tests that empty their tables."""
    statements = ["DROP FUNCTION IF EXISTS audit_refuse() CASCADE"]
    if connection.vendor == "sqlite":
        actions = ("update", "delete", "replace")
        names = [f"{table}_no_{action}" for table in TABLES for action in actions]
        statements = [f"DROP TRIGGER IF EXISTS {name}" for name in names]
    _run(connection, statements)


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)

"""Empties the database after a test that committed: by deleting what there is.

Django truncates every table and makes permissions and content types anew, which on PostgreSQL takes a second
and waits for every process that looks at a table; nearly all tables are empty anyway.
"""

from functools import cache

from django.db import connections, transaction
from django.test import TransactionTestCase

KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})
"""What migrations made and no test changes."""


@cache
def _tables(alias: str) -> list[str]:
    found = connections[alias].introspection.django_table_names(
        only_existing=True, include_views=False
    )
    return sorted(set(found) - KEPT)


def delete_everything(case: TransactionTestCase) -> None:
    """Delete all rows: foreign keys are looked at when the transaction ends, and by then all are gone."""
    for alias in case._databases_names(include_mirrors=False):
        connection = connections[alias]
        with transaction.atomic(using=alias), connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA defer_foreign_keys = ON")
            for table in _tables(alias):
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608


def use() -> None:
    """Empty the database so from now on."""
    TransactionTestCase._fixture_teardown = delete_everything

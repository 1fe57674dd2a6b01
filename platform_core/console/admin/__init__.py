"""The console's tables, one file per part."""

from platform_core.console.admin import (  # noqa: F401  (importing registers the tables)
    audit_log,
    keys,
    models,
    people,
    queue,
)

#!/usr/bin/env python
"""Command line of the platform: `manage.py demo`, `up`, `web`, `runtime`, `worker`, `scheduler`, `apikey`."""

import os
import sys


def main() -> None:
    """Run one management command with the platform's settings."""
    if sys.version_info < (3, 11):  # noqa: UP036  (an older Python reads this file before uv can refuse it)
        sys.exit("Pentaquark needs Python 3.11 or newer; start it with `uv run manage.py demo`.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_core.config.settings")
    try:
        from django.core.management import execute_from_command_line  # noqa: PLC0415
    except ImportError:
        sys.exit("Django is not installed; start with `pip install uv && uv run manage.py demo`.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

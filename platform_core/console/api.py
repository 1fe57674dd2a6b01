"""Public door of the console: the base of an application's own tables in it."""

from platform_core.console.owned import ConsoleAdmin

__all__ = ["ConsoleAdmin"]

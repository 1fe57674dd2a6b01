"""The registry's only door to ml: what a bundle is (`bundle`), and model files read into one (`files`)."""

from platform_core.registry.engine.bundle import assemble, describe

__all__ = ["assemble", "describe"]

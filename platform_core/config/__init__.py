"""Composition root: settings, routes, processes and the wiring of parts by name."""

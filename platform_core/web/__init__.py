"""Base page, navigation, shared components, static files and the plumbing of pages and REST."""

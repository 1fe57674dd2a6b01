"""Public door of the console: none; people enter it at /console/."""

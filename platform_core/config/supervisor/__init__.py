"""Starts, watches and stops the four processes of the platform on one machine."""

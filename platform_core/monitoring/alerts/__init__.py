"""Alerts: when a rule fires and is over, and how people hear of it."""

"""Decisions and writes of the fraud application; import the module that is meant."""

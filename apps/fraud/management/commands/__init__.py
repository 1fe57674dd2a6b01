"""Commands of the fraud application."""

"""Pages of the fraud application."""

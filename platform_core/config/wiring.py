"""What the parts cannot know of each other, said once."""


def connect() -> None:
    """Connect the parts; called once per process after all models are loaded."""

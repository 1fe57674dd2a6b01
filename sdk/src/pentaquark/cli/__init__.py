"""`pq`, the command line."""


def main() -> None:
    """Run the command line."""
    from pentaquark.cli.app import run  # noqa: PLC0415  (the import of the library stays quick)

    run()

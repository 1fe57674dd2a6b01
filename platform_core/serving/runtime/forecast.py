"""How much memory a version will take, said before it is loaded."""

_TELLING_BYTES = 4 * 2**20
"""Of a smaller bundle's memory most is what every load holds: sessions, tables, imported code. As a share of
its file that is hundreds, and a large bundle would be turned away for it."""
_FORGETTING = 0.8
"""A lower share than the one believed counts only this far, so that one light bundle hides no heavy one."""


class MemoryForecast:
    """Learns, per flavour, how many bytes in memory a byte of a bundle becomes."""

    def __init__(self, *, budget_bytes: int) -> None:
        """Know nothing yet.

        Args:
            budget_bytes: what is learned from other bundles never foresees more: whether one fits the
                budget alone, its own measurement decides.
        """
        self._budget_bytes = budget_bytes
        self._shares: dict[str, float] = {}

    def bytes_of(self, flavour: str, file_bytes: int, least_bytes: int) -> int:
        """Return the bytes a bundle will take.

        Args:
            flavour: its flavour.
            file_bytes: of its files together.
            least_bytes: what is known of it without having loaded any.
        """
        learned = int(self._shares.get(flavour, 0.0) * file_bytes)
        return max(least_bytes, min(learned, self._budget_bytes))

    def learn(self, flavour: str, file_bytes: int, held_bytes: int) -> None:
        """Take in what a loaded bundle was measured to hold."""
        if file_bytes >= _TELLING_BYTES:
            share = held_bytes / file_bytes
            self._shares[flavour] = max(share, _FORGETTING * self._shares.get(flavour, share))

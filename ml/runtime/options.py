"""How models are loaded on this machine."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LoadOptions:
    """Settings every flavour's loader reads.

    Attributes:
        threads: CPU threads one prediction may use. 1 is the fastest for the small models of a busy
            server: requests are the parallelism, and a second thread only adds hand-over.
        device: `auto` (a GPU where the library finds one), `cpu` or `cuda`.
    """

    threads: int = 1
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ValueError("threads must be at least 1.")
        if self.device not in {"auto", "cpu", "cuda"}:
            raise ValueError(f"device {self.device!r}: write auto, cpu or cuda.")

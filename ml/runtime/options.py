"""How models are loaded on this machine."""

from dataclasses import dataclass, replace

from ml.common.bundle import BundleError, Manifest

DEVICES = frozenset({"auto", "cpu", "cuda"})
MAX_INSTANCES = 16


@dataclass(frozen=True)
class LoadOptions:
    """Settings every flavour's loader reads.

    Attributes:
        threads: CPU threads one prediction may use. 1 is the fastest for the small models of a busy
            server: requests are the parallelism, and a second thread only adds hand-over.
        device: `auto` (a GPU where the library finds one), `cpu` or `cuda`. A model that asks for
            `cuda` where there is none runs on the CPU, and the log says so.
        instances: copies of the model that predict at the same time.
    """

    threads: int = 1
    device: str = "auto"
    instances: int = 1

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ValueError("threads must be at least 1.")
        if self.device not in DEVICES:
            raise ValueError(f"device {self.device!r}: write auto, cpu or cuda.")
        if not 1 <= self.instances <= MAX_INSTANCES:
            raise ValueError(f"instances: 1 to {MAX_INSTANCES}, not {self.instances}.")

    def of(self, manifest: Manifest) -> "LoadOptions":
        """Return the options with what the manifest's attributes say of `device`, `instances`, `threads`.

        A process told `cpu` stays on the CPU, whatever the model would like.

        Raises:
            BundleError: an attribute that cannot be used.
        """
        wanted = {
            k: v for k in ("device", "instances", "threads") if (v := manifest.attributes.get(k))
        }
        if self.device == "cpu":
            wanted["device"] = "cpu"
        try:
            return replace(self, **wanted)
        except (ValueError, TypeError) as error:
            raise BundleError(f"The manifest's attributes: {error}") from error

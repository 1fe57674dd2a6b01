"""Requests of native models: applications say, by dotted name, how to make some from a bundle."""

_SAMPLERS: dict[str, str] = {}


def register_sampler(loader: str, entry: str) -> None:
    """Let native bundles of a loader be measured.

    Args:
        loader: what their manifests say.
        entry: "package.module:function"; takes (bundle, count, seed) and returns (inputs, parameters): one
            request, of which every tensor can be cut into rows. Imported in workers only.
    """
    if ":" not in entry:
        raise ValueError(f"Sampler {loader!r}: write the entry as 'package.module:function'.")
    _SAMPLERS[loader] = entry


def sampler(loader: str) -> str | None:
    """Return the entry of a loader's sampler."""
    return _SAMPLERS.get(loader)

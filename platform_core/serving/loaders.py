"""Loaders of native models: applications register them by dotted name, the runtime imports them."""

_LOADERS: dict[str, str] = {}


def register_loader(name: str, entry: str) -> None:
    """Let the runtime load native bundles whose manifest says `loader: <name>`.

    Args:
        name: what manifests say.
        entry: "package.module:function"; the function takes a Bundle and returns a Predictor. It is
            imported only in the runtime, when the first such bundle is loaded.
    """
    if ":" not in entry:
        raise ValueError(f"Loader {name!r}: write the entry as 'package.module:function'.")
    _LOADERS[name] = entry


def loaders() -> dict[str, str]:
    """Return name -> entry of every registered loader."""
    return dict(_LOADERS)

"""Addresses of the REST protocol, parsed once and remembered."""

import re
from dataclasses import dataclass

_MODEL = re.compile(
    r"^/v2/models/(?P<name>[^/]{1,200})(?:/versions/(?P<version>[^/]{1,40}))?(?:/(?P<action>infer|ready))?$"
)
_ACTIONS = {"infer": "infer", "ready": "model_ready", None: "model"}
_MAX_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Target:
    """What an address asks for.

    Attributes:
        action: infer, model, model_ready, server, live, server_ready, or page (`name` is the path).
    """

    action: str
    name: str = ""
    version: str = ""


_FIXED = {
    "/v2": Target("server"),
    "/v2/": Target("server"),
    "/v2/health/live": Target("live"),
    "/v2/health/ready": Target("server_ready"),
    "/healthz": Target("live"),
    "/readyz": Target("server_ready"),
}


class Paths:
    """Remembers what addresses mean."""

    def __init__(self) -> None:
        self._known: dict[str, Target] = dict(_FIXED)

    def target(self, path: str) -> Target:
        """Return what `path` asks for."""
        found = self._known.get(path)
        return found if found is not None else self._parse(path)

    def _parse(self, path: str) -> Target:
        match = _MODEL.match(path)
        if match is None:
            return Target("page", path)
        target = Target(_ACTIONS[match["action"]], match["name"], match["version"] or "")
        if len(self._known) >= _MAX_REMEMBERED:
            self._known = dict(_FIXED)
        self._known[path] = target
        return target

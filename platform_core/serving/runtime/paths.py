"""Addresses of the REST protocol, parsed once and remembered."""

import re
from dataclasses import dataclass

_MODEL = re.compile(
    r"/v2/models/(?P<name>[^/]{1,200})(?:/versions/(?P<version>[^/]{1,40}))?"
    r"(?:/(?P<action>infer|ready|config|stats))?"
)
_REPOSITORY = re.compile(r"/v2/repository/models/(?P<name>[^/]{1,200})/(?P<action>load|unload)")
_NOT_SERVED = re.compile(
    r"/v2/(?:models/[^/]{1,200}/(?:versions/[^/]{1,40}/)?)?"
    r"(?P<what>trace/setting|logging|systemsharedmemory/.*|cudasharedmemory/.*|generate|generate_stream)"
)
_ACTIONS = {None: "model", "infer": "infer", "ready": "model_ready"}
_MAX_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Target:
    """What an address asks for.

    Attributes:
        action: infer, model, model_ready, config, stats, index, load, unload, server, live, server_ready,
            not_served, or page (`name` is the path).
    """

    action: str
    name: str = ""
    version: str = ""


_FIXED = {
    "/v2": Target("server"),
    "/v2/": Target("server"),
    "/v2/health/live": Target("live"),
    "/v2/health/ready": Target("server_ready"),
    "/v2/models/stats": Target("stats"),
    "/v2/repository/index": Target("index"),
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
        match = _MODEL.fullmatch(path)
        if match is None:
            return _rare(path)
        action = match["action"]
        target = Target(_ACTIONS.get(action, action), match["name"], match["version"] or "")
        if len(self._known) >= _MAX_REMEMBERED:
            self._known = dict(_FIXED)
        self._known[path] = target
        return target


def _rare(path: str) -> Target:
    if (match := _REPOSITORY.fullmatch(path)) is not None:
        return Target(match["action"], match["name"])
    if (match := _NOT_SERVED.fullmatch(path)) is not None:
        return Target("not_served", match["what"].partition("/")[0])
    return Target("page", path)

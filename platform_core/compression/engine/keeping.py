"""Registers the versions that hold, and writes down what came of the others."""

from typing import Any

from platform_core.accounts.api import Actor, platform_actor
from platform_core.compression.engine.trying import KEEP, Tries, Try
from platform_core.compression.models import Compression
from platform_core.jobs.api import JobContext
from platform_core.registry import api as registry

CODE_VERSION = "compression-1"  # of the procedure; raise it when results change


def keep(context: JobContext, row: Compression, tries: Tries) -> list[int]:
    """Register every version to be kept; return their numbers.

    An attempt that follows a killed one registers only what is not registered yet.
    """
    row.parent = tries.parent.as_metrics()
    before = {each["method"]: each for each in row.results if each.get("version")}
    results: list[dict[str, Any]] = []
    for each in tries.tries:
        context.update(0.95, f"Writing down {each.method}")
        results.append(before.get(each.method) or _entry(each))
        with context.fenced():
            if each.state == KEEP and not results[-1]["version"]:
                results[-1] |= {
                    "version": _register(context, row, each, tries),
                    "state": "registered",
                }
            row.results = results
            row.save(update_fields=["parent", "results"])
    return [each["version"] for each in results if each["version"]]


def _entry(each: Try) -> dict[str, Any]:
    figures = each.figures.as_metrics() if each.figures else {}
    return {
        "method": each.method,
        "state": each.state,
        "words": each.words,
        "version": None,
    } | figures


def _register(context: JobContext, row: Compression, each: Try, tries: Tries) -> int:
    parent = row.version
    assert each.bundle is not None and each.figures is not None, "kept tries have both"  # noqa: S101, PT018
    figures = each.figures.as_metrics()
    beside = {f"parent_{name}": value for name, value in tries.parent.as_metrics().items()}
    sources = [*parent.dataset_versions, *([tries.source_id] if tries.source_id else [])]
    version = registry.register_version(
        actor=_registrar(context),
        model=registry.ModelSpec(parent.model.name, parent.model.application, parent.model.task),
        bundle=each.bundle,
        metrics=figures | beside,
        parameters={
            "compressed_from": parent.number,
            "method": each.method,
            "tolerance": row.asked["tolerance"],
        },
        lineage=registry.Lineage(
            dataset_versions=tuple(dict.fromkeys(sources)),
            code_version=CODE_VERSION,
            seed=row.asked["seed"],
            job_id=context.job_id,
        ),
    )
    return version.number


def _registrar(context: JobContext) -> Actor:
    """Return who writes the version: the person, while they still may."""
    may = context.actor.can("model.register")
    return context.actor if may else platform_actor(context.organisation)

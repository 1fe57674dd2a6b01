"""Registers the kinds, in the test process and in every process it starts."""

from django.apps import AppConfig

_ENTRIES = "tests.platform_core.jobs.workload.entries"
NAMES = (
    "echo", "count", "refuse", "crash", "segfault", "stubborn", "noisy", "grandchild",
    "forgetful",
)  # fmt: skip


class WorkloadConfig(AppConfig):
    name = "tests.platform_core.jobs.workload"
    label = "test_workload"

    def ready(self) -> None:
        from platform_core.jobs.api import JobKind, register_kind  # noqa: PLC0415  (after models)

        for name in NAMES:
            attempts = 1 if name == "segfault" else 3
            register_kind(
                JobKind(
                    f"test.{name}", f"{_ENTRIES}:{name}", f"Test: {name}", max_attempts=attempts
                )
            )
        register_kind(JobKind("test.gpu", f"{_ENTRIES}:echo", "Test: GPU", devices=1))
        register_kind(JobKind("test.manage", f"{_ENTRIES}:echo", "Test", permission="job.manage"))

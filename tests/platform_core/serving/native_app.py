"""A native application for tests."""

from django.apps import AppConfig


class NativeConfig(AppConfig):
    name = "tests.platform_core.serving"
    label = "native_for_tests"

    def ready(self) -> None:
        from platform_core.serving.api import register_loader  # noqa: PLC0415

        register_loader("sleeper", "tests.platform_core.serving.native_models:load")
        register_loader("mirror", "tests.platform_core.serving.native_models:load_mirror")

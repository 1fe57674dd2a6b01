"""Settings of runtimes started by tests: with a native application whose models misbehave on demand."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.platform_core.serving.native_app.NativeConfig"]  # noqa: F405

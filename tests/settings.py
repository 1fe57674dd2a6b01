"""Settings of the test run: the platform's own, in a throw-away home, with a fast hash."""

import os
import tempfile

os.environ.setdefault("PENTAQUARK_HOME", tempfile.mkdtemp(prefix="pentaquark-test-"))

from platform_core.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.platform_core.jobs.workload.apps.WorkloadConfig"]  # noqa: F405

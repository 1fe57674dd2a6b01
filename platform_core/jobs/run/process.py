"""What the job's process does before and around the job."""

import json
import os
import sys

import django


def main() -> int:
    """Load Django, wait for one assignment, run it; return the exit status.

    The assignment is one line of JSON: `{"attempt": id, "devices": "0,1"}`; end of input means that
    the worker needs no more processes.
    """
    django.setup()
    from platform_core.jobs.run import runner  # noqa: PLC0415  (models are loaded only now)

    line = sys.stdin.readline()
    if not line:
        return 0
    assignment = json.loads(line)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # before any framework is imported: a job sees the devices it was given, and no others
    os.environ["CUDA_VISIBLE_DEVICES"] = assignment["devices"]
    return runner.run(assignment["attempt"])

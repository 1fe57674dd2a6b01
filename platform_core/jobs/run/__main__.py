"""`python -m platform_core.jobs.run LIFELINE`: started by the worker only.

The process loads Django, then waits on standard input for the attempt it shall run: loading takes two
seconds, so a worker keeps one such process ready. It is a fresh program, not a fork of a threaded
one, and has no database connection until it is given work.
"""

import sys

from platform_core.jobs.run import guard

if __name__ == "__main__":
    guard.start(int(sys.argv[1]))
    from platform_core.jobs.run import process

    sys.exit(process.main())

"""Public door of jobs: the queue: jobs, attempts, leases, worker, scheduler, progress and logs."""

"""The queue: jobs, attempts, leases, worker, scheduler, progress and logs."""

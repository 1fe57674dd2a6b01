"""What the parts cannot know of each other, said once."""

import uuid

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from platform_core.accounts import api as accounts
from platform_core.audit import api as audit
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from platform_core.vault import api as vault
from platform_core.web import logs

INGEST = jobs.JobKind(
    name="datasets.ingest",
    entry="platform_core.datasets.engine:ingest",
    title=_("Ingest data set"),
    permission="dataset.upload",
)


def connect() -> None:
    """Connect the parts; called once per process after all models are loaded."""
    logs.configure(level=settings.LOG_LEVEL, style=settings.LOG_FORMAT)
    accounts.use_journal(audit.record)
    audit.use_signer(vault.sign, _is_genuine)
    jobs.use_queue_app("platform_core.config.celery.app")
    jobs.register_kind(INGEST)
    datasets.use_background(jobs.submit)
    datasets.use_job_states(_job_state)


def _is_genuine(payload: bytes, key_id: str, value: bytes) -> bool:
    try:
        vault.verify_signature(payload, vault.Signature(key_id=key_id, value=value))
    except vault.SignatureInvalidError:
        return False
    return True


def _job_state(job_id: uuid.UUID) -> str:
    return jobs.Job.objects.filter(pk=job_id).values_list("state", flat=True).first() or ""

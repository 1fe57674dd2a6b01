"""What the parts cannot know of each other, said once."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from platform_core.accounts import api as accounts
from platform_core.audit import api as audit
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from platform_core.vault import api as vault
from platform_core.web import logs

INGEST = jobs.JobKind(
    name="datasets.ingest",
    entry="platform_core.datasets.engine:ingest",
    title=_("Ingest data set"),
    permission="dataset.upload",
    unfinished="platform_core.datasets.services:ingest_unfinished",
)
SPLIT = jobs.JobKind(
    name="datasets.split",
    entry="platform_core.datasets.engine:fix_split",
    title=_("Split data set"),
    permission="dataset.upload",
    unfinished="platform_core.datasets.services:split_unfinished",
)

IMPORT = jobs.JobKind(
    name="registry.import",
    entry="platform_core.registry.import_job:import_file",
    title=_("Import model"),
    permission="model.register",
)


def connect() -> None:
    """Connect the parts; called once per process after all models are loaded."""
    logs.configure(level=settings.LOG_LEVEL, style=settings.LOG_FORMAT)
    accounts.use_journal(audit.record)
    audit.use_signer(vault.sign, _is_genuine)
    jobs.use_queue_app("platform_core.config.celery.app")
    jobs.register_kind(INGEST)
    jobs.register_kind(SPLIT)
    jobs.register_kind(IMPORT)
    datasets.use_background(jobs.submit, jobs.cancel_job)
    registry.use_background(jobs.submit)


def _is_genuine(payload: bytes, key_id: str, value: bytes) -> bool:
    try:
        vault.verify_signature(payload, vault.Signature(key_id=key_id, value=value))
    except vault.SignatureInvalidError:
        return False
    return True

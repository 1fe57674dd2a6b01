"""Public door of tuning: hyper-parameter studies, as jobs."""

from platform_core.tuning.errors import StudyBusyError, StudyInputError, StudyNotFoundError
from platform_core.tuning.models import Study, Trial
from platform_core.tuning.params import StudySpec
from platform_core.tuning.selectors import get_study, job_of, studies, trials_of
from platform_core.tuning.services import request_study

__all__ = [
    "Study",
    "StudyBusyError",
    "StudyInputError",
    "StudyNotFoundError",
    "StudySpec",
    "Trial",
    "get_study",
    "job_of",
    "request_study",
    "studies",
    "trials_of",
]

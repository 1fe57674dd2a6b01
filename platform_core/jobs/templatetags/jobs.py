"""`{% load jobs %}`: what templates need to show a job."""

from datetime import timedelta

from django import template
from django.utils import timezone

from platform_core.jobs.cards import JobCard
from platform_core.jobs.models import Attempt, Job

register = template.Library()


@register.filter
def job_card(job: Job) -> JobCard:
    """Return the words and figures of a job."""
    return JobCard(job)


@register.filter
def ran_for(attempt: Attempt) -> timedelta:
    """Return how long an attempt has held its job."""
    return (attempt.ended_at or timezone.now()) - attempt.leased_at

"""Fills the demo organisation: people first, then what each application brings."""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from platform_core.accounts.api import Membership, Organisation, Role, User, actor_for
from platform_core.config.supervisor.display import Display

SLUG = "demo"
PASSWORD = "pentaquark-demo"  # noqa: S105  (printed at start; the demo listens on loopback only)
PEOPLE = {
    "owner@demo.example": Role.OWNER,
    "admin@demo.example": Role.ADMIN,
    "engineer@demo.example": Role.ML_ENGINEER,
    "analyst@demo.example": Role.ANALYST,
    "viewer@demo.example": Role.VIEWER,
}


def fill(display: Display, *, data_dir: Path | None, train: bool, stays: bool) -> None:
    """Make the organisation, its people and the applications' content; what exists is kept."""
    display.step("Creating the demo organisation and its people")
    organisation = ensure_people()
    owner = User.objects.get(email="owner@demo.example")
    for dotted in settings.DEMO_SEEDS:
        seed = import_string(dotted)
        seed(
            actor=actor_for(user=owner, organisation=organisation),
            data_dir=data_dir,
            train=train,
            stays=stays,
            report=display.step,
        )
    display.notes = [f"Log in     owner@demo.example   password {PASSWORD}"] + [
        f"           {email}" for email in list(PEOPLE)[1:]
    ]


@transaction.atomic
def ensure_people() -> Organisation:
    """Create the demo organisation with one person per role, once."""
    organisation, _ = Organisation.objects.get_or_create(
        slug=SLUG, defaults={"name": "Demo company"}
    )
    for email, role in PEOPLE.items():
        person = User.objects.filter(email=email).first()
        if person is None:
            name = email.partition("@")[0].capitalize()
            person = User.objects.create_user(email, PASSWORD, name=name)
        Membership.objects.get_or_create(
            organisation=organisation, user=person, defaults={"role": role}
        )
    return organisation

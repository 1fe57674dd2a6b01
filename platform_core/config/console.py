"""How the console looks: its name and its side bar."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _item(title: Any, icon: str, url_name: str, action: str = "console.use") -> dict[str, Any]:
    def permission(request: HttpRequest) -> bool:
        actor = getattr(request, "actor", None)
        return actor is not None and actor.can(action)

    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(url_name),
        "permission": permission,
    }


_ACCENT = {
    shade: f"oklch({lightness} {chroma} 256)"
    for shade, lightness, chroma in (
        ("50", 0.97, 0.014), ("100", 0.93, 0.03), ("200", 0.88, 0.06), ("300", 0.81, 0.1),
        ("400", 0.7, 0.14), ("500", 0.6, 0.15), ("600", 0.5, 0.15), ("700", 0.44, 0.14),
        ("800", 0.38, 0.12), ("900", 0.33, 0.1), ("950", 0.25, 0.08),
    )
}  # fmt: skip
"""The pages' accent (hue 256) in the eleven shades unfold asks for."""

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Pentaquark console"),
    "SITE_HEADER": "Pentaquark",
    "SITE_SUBHEADER": _("Model operations"),
    "SITE_URL": "/",
    "SHOW_HISTORY": False,
    "BORDER_RADIUS": "6px",
    "COLORS": {"primary": _ACCENT},
    "SITE_SYMBOL": "deployed_code",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("web/favicon.svg"),
        }
    ],
    "SCRIPTS": [lambda request: static("console/live.js")],
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {
                "title": _("Queue"),
                "items": [
                    _item(_("Overview"), "dashboard", "admin:index"),
                    _item(_("Jobs"), "pending_actions", "admin:jobs_job_changelist"),
                    _item(_("Leases"), "lock_clock", "admin:jobs_attempt_changelist"),
                    _item(_("Workers"), "dns", "admin:jobs_node_changelist"),
                    _item(_("Devices"), "memory", "admin:jobs_device_changelist"),
                ],
            },
            {
                "title": _("Models"),
                "items": [
                    _item(_("Versions"), "deployed_code", "admin:registry_modelversion_changelist"),
                    _item(_("Aliases"), "label", "admin:registry_alias_changelist"),
                    _item(_("History"), "history", "admin:registry_aliaschange_changelist"),
                    _item(_("Endpoints"), "api", "admin:serving_endpoint_changelist"),
                    _item(_("Model cache"), "bolt", "admin:runtime"),
                ],
            },
            {
                "title": _("Recommendation"),
                "items": [
                    _item(
                        _("Recommenders"),
                        "recommend",
                        "admin:recommendation_recommender_changelist",
                    ),
                    _item(_("Events"), "touch_app", "admin:recommendation_event_changelist"),
                ],
            },
            {
                "title": _("Fraud risk"),
                "items": [
                    _item(_("Detectors"), "policy", "admin:fraud_detector_changelist"),
                    _item(_("Decisions"), "gavel", "admin:fraud_decision_changelist"),
                ],
            },
            {
                "title": _("Trust"),
                "items": [
                    _item(_("Data keys"), "key", "admin:vault_datakey_changelist"),
                    _item(
                        _("Audit log"),
                        "fact_check",
                        "admin:audit_entry_changelist",
                        "audit.view",
                    ),
                    _item(_("API keys"), "vpn_key", "admin:accounts_apikey_changelist"),
                    _item(_("Members"), "group", "admin:accounts_membership_changelist"),
                    _item(_("Permissions"), "shield", "admin:permissions"),
                ],
            },
        ],
    },
}

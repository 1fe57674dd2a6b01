"""The words the console takes from the models and from its library, for the translations.

Names of tables and columns come from the models' classes, where they are English. Django reads
them at display from `verbose_name`; here they are looked up in the reader's language, so that no
model and no migration has to repeat its names. The library has no Chinese of its own: the words
of it that are seen here are listed as well.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_noop as _
from django.utils.translation import pgettext_lazy

NAMES = (
    pgettext_lazy("name", "Accounts"),
    pgettext_lazy("name", "Audit"),
    pgettext_lazy("name", "Jobs"),
    pgettext_lazy("name", "Recommendation"),
    pgettext_lazy("name", "Registry"),
    pgettext_lazy("name", "Serving"),
    pgettext_lazy("name", "Vault"),
    pgettext_lazy("name", "action"),
    pgettext_lazy("name", "alias"),
    pgettext_lazy("name", "alias change"),
    pgettext_lazy("name", "alias changes"),
    pgettext_lazy("name", "aliases"),
    pgettext_lazy("name", "API key"),
    pgettext_lazy("name", "API key id"),
    pgettext_lazy("name", "API keys"),
    pgettext_lazy("name", "attempt"),
    pgettext_lazy("name", "attempts"),
    pgettext_lazy("name", "busy"),
    pgettext_lazy("name", "cancel requested at"),
    pgettext_lazy("name", "card"),
    pgettext_lazy("name", "changed at"),
    pgettext_lazy("name", "changed by"),
    pgettext_lazy("name", "changed by label"),
    pgettext_lazy("name", "checkpoint at"),
    pgettext_lazy("name", "checkpoint bytes"),
    pgettext_lazy("name", "checkpoint path"),
    pgettext_lazy("name", "code version"),
    pgettext_lazy("name", "columns"),
    pgettext_lazy("name", "created at"),
    pgettext_lazy("name", "data key"),
    pgettext_lazy("name", "data keys"),
    pgettext_lazy("name", "dataset id"),
    pgettext_lazy("name", "dataset version id"),
    pgettext_lazy("name", "dataset versions"),
    pgettext_lazy("name", "details text"),
    pgettext_lazy("name", "device"),
    pgettext_lazy("name", "devices"),
    pgettext_lazy("name", "ended at"),
    pgettext_lazy("name", "endpoint"),
    pgettext_lazy("name", "endpoints"),
    pgettext_lazy("name", "entries"),
    pgettext_lazy("name", "entry"),
    pgettext_lazy("name", "error"),
    pgettext_lazy("name", "event"),
    pgettext_lazy("name", "event id"),
    pgettext_lazy("name", "events"),
    pgettext_lazy("name", "expires at"),
    pgettext_lazy("name", "failures"),
    pgettext_lazy("name", "fence"),
    pgettext_lazy("name", "finished at"),
    pgettext_lazy("name", "flavour"),
    pgettext_lazy("name", "hash"),
    pgettext_lazy("name", "host"),
    pgettext_lazy("name", "id"),
    pgettext_lazy("name", "index"),
    pgettext_lazy("name", "item id"),
    pgettext_lazy("name", "items"),
    pgettext_lazy("name", "job"),
    pgettext_lazy("name", "job id"),
    pgettext_lazy("name", "jobs"),
    pgettext_lazy("name", "kind"),
    pgettext_lazy("name", "last used at"),
    pgettext_lazy("name", "lease expires at"),
    pgettext_lazy("name", "leased at"),
    pgettext_lazy("name", "membership"),
    pgettext_lazy("name", "memberships"),
    pgettext_lazy("name", "memory bytes"),
    pgettext_lazy("name", "message"),
    pgettext_lazy("name", "metrics"),
    pgettext_lazy("name", "model"),
    pgettext_lazy("name", "model version"),
    pgettext_lazy("name", "model versions"),
    pgettext_lazy("name", "name"),
    pgettext_lazy("name", "node"),
    pgettext_lazy("name", "node name"),
    pgettext_lazy("name", "nodes"),
    pgettext_lazy("name", "number"),
    pgettext_lazy("name", "organisation"),
    pgettext_lazy("name", "organisation key"),
    pgettext_lazy("name", "outcome"),
    pgettext_lazy("name", "parameters"),
    pgettext_lazy("name", "params"),
    pgettext_lazy("name", "pid"),
    pgettext_lazy("name", "pid started"),
    pgettext_lazy("name", "place"),
    pgettext_lazy("name", "prefix"),
    pgettext_lazy("name", "previous"),
    pgettext_lazy("name", "previous hash"),
    pgettext_lazy("name", "priority"),
    pgettext_lazy("name", "progress"),
    pgettext_lazy("name", "progress before"),
    pgettext_lazy("name", "purpose"),
    pgettext_lazy("name", "reason"),
    pgettext_lazy("name", "recommender"),
    pgettext_lazy("name", "recommenders"),
    pgettext_lazy("name", "registered by"),
    pgettext_lazy("name", "request id"),
    pgettext_lazy("name", "result"),
    pgettext_lazy("name", "revoked at"),
    pgettext_lazy("name", "runnable at"),
    pgettext_lazy("name", "scopes"),
    pgettext_lazy("name", "secret hash"),
    pgettext_lazy("name", "seed"),
    pgettext_lazy("name", "seen at"),
    pgettext_lazy("name", "sequence"),
    pgettext_lazy("name", "shredded at"),
    pgettext_lazy("name", "signature"),
    pgettext_lazy("name", "size bytes"),
    pgettext_lazy("name", "slots"),
    pgettext_lazy("name", "started at"),
    pgettext_lazy("name", "state"),
    pgettext_lazy("name", "statement"),
    pgettext_lazy("name", "stopping"),
    pgettext_lazy("name", "subject"),
    pgettext_lazy("name", "submitted by"),
    pgettext_lazy("name", "target"),
    pgettext_lazy("name", "token"),
    pgettext_lazy("name", "uid"),
    pgettext_lazy("name", "user"),
    pgettext_lazy("name", "user id"),
    pgettext_lazy("name", "users"),
    pgettext_lazy("name", "version"),
    pgettext_lazy("name", "wrapped"),
)
"""Tables, their plurals and their columns; tests/house holds the list complete."""

LIBRARY = (
    _("Add new item"),
    _("All applications"),
    _("Apply Filters"),
    _("Date from"),
    _("Date to"),
    _("Expand row"),
    _("False"),
    _("Filters"),
    _("From"),
    _("General"),
    _("Go back"),
    _("Loading more results..."),
    _("More actions"),
    _("Next"),
    _("No data"),
    _("No recent searches"),
    _("No results found"),
    _("No results matching your query"),
    _("Not enough data."),
    _("Previous"),
    _("Recent searches"),
    _("Reset filters"),
    _("Return to site"),
    _("Run"),
    _("Search apps and models..."),
    _("Select action"),
    _("Select action to run"),
    _("Select all rows"),
    _("Select record"),
    _("Select value"),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("To"),
    _("True"),
    _("Type to search"),
    _("Add %(name)s"),
    _("Select all %(total_count)s %(module_name)s"),
    _("Sorting priority: %(priority_number)s"),
)
"""Words of the library's pages; as the library writes them."""

_MENDED = {
    "aliass": "aliases",
    "api key": "API key",
    "api key id": "API key id",
    "api keys": "API keys",
}
"""Where the name Django makes of a class's name is not how it is written."""


def translate(models: Iterable[type[Model]]) -> None:
    """Show the names of models and their fields in the reader's language from now on."""
    for model in models:
        options = model._meta  # noqa: SLF001  (documented API)
        if not isinstance(options.verbose_name, Promise):
            options.verbose_name_plural = _read(str(options.verbose_name_plural))
            options.verbose_name = _read(options.verbose_name)
        options.app_config.verbose_name = _read(options.app_config.verbose_name)
        for field in options.fields:
            field.verbose_name = _read(field.verbose_name)


def _read(name: Any) -> Any:
    """Return a name that is looked up when shown; one that already is stays."""
    if isinstance(name, Promise):
        return name
    words = str(name or "")
    return pgettext_lazy("name", _MENDED.get(words, words))

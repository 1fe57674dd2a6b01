"""What serving tells the home page and search."""

from platform_core.accounts.api import Actor
from platform_core.serving import home
from platform_core.serving.models import Endpoint


def test_the_figure_counts_the_organisations_endpoints(actor: Actor, stranger: Actor):
    for name in ("films", "films-a"):
        Endpoint.objects.create(organisation=actor.organisation, name=name, model_name="films")
    found = home.figure(actor)
    assert (found.count, found.compare) == (2, "1 model behind them")
    assert home.figure(stranger).count == 0


def test_search_finds_endpoints_of_the_organisation_only(actor: Actor, stranger: Actor):
    Endpoint.objects.create(organisation=actor.organisation, name="films", model_name="films")
    assert [hit.title for hit in home.search(actor, "ilm")] == ["films"]
    assert home.search(stranger, "ilm") == []

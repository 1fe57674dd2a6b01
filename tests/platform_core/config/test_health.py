"""Who may read the metrics, and what a caller can make them hold."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_metrics_are_for_this_machine_and_not_for_whom_a_proxy_forwards() -> None:
    assert Client().get("/metrics").status_code == 200
    assert Client().get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 403
    assert Client(headers={"X-Forwarded-For": "203.0.113.7"}).get("/metrics").status_code == 403


@pytest.mark.django_db
def test_invented_methods_share_one_series() -> None:
    for number in range(3):
        Client().generic(f"INVENTED{number}", "/healthz")
    told = Client().get("/metrics").content.decode()
    assert "INVENTED" not in told
    assert 'method="other"' in told

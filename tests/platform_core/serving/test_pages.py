import pytest

from platform_core.accounts.api import Role
from platform_core.serving import api as serving
from platform_core.serving.models import Endpoint
from tests.ml.runtime import sample_models


@pytest.fixture
def down(settings, tmp_path):
    settings.RUNTIME_SOCKET = tmp_path / "nobody.sock"


@pytest.fixture
def endpoint(actor, register):
    register(actor, "scaler", sample_models.scaler())
    return serving.create_endpoint(actor=actor, name="prices", model_name="scaler")


def test_an_empty_list_says_what_to_do(actor, page_client, down):
    text = page_client(actor).get("/endpoints/").content.decode()
    assert "No endpoints yet" in text


def test_the_pages_say_that_the_runtime_is_down(actor, page_client, endpoint, down):
    client = page_client(actor)
    assert "The model runtime does not answer" in client.get("/endpoints/").content.decode()
    page = client.get("/endpoints/prices/")
    assert page.status_code == 200
    assert "manage.py runtime" in page.content.decode()


def test_an_endpoint_is_created_on_the_page_and_mistakes_stay_in_the_form(
    actor, page_client, endpoint, down
):
    client = page_client(actor)
    wrong = client.post("/endpoints/", {"name": "N!", "model": "scaler", "alias": "champion"})
    assert wrong.status_code == 400
    assert 'value="N!"' in wrong.content.decode()
    made = client.post("/endpoints/", {"name": "second", "model": "scaler", "alias": "champion"})
    assert made.headers["Location"] == "/endpoints/second/"


def test_the_page_shows_version_code_and_playground(runtime, actor, page_client, serve):
    name = serve(actor, sample_models.scaler(3.0))
    serving.predict(actor=actor, endpoint=name, inputs={"x": [[1, 1, 1, 1]]})
    client = page_client(actor)
    text = client.get(f"/endpoints/{name}/").content.decode()
    assert f"/v2/models/{name}/infer" in text
    assert "tritonclient" in text
    assert "Ask for a prediction" in text
    assert "Ready" in client.get(f"/endpoints/{name}/state/").content.decode()
    tried = client.post(f"/endpoints/{name}/try/", {"request": '{"inputs": {"x": [[1,2,3,4]]}}'})
    assert "Version 1 answered" in tried.content.decode()
    assert "12.0" in tried.content.decode()
    for request, words in (
        ("{", "not JSON"),
        ("[]", "inputs"),
        ('{"inputs": {"x": [[1]]}}', "shape [1, 1]"),
        ("[" * 100_000, "JSON"),
    ):
        refused = client.post(f"/endpoints/{name}/try/", {"request": request})
        assert words in refused.content.decode()


def test_the_code_on_the_page_runs(runtime, actor, serve, settings):
    """The curl and tritonclient samples are executed as they are shown."""
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from platform_core.serving import examples  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415

    bundle = sample_models.scaler()
    name = serve(actor, bundle)
    addresses = examples.Addresses(runtime.url, f"127.0.0.1:{runtime.grpc_port}", "http://web")
    manifest = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}]}
    code = {s["title"]: s["text"] for s in examples.samples(name, manifest, addresses)}
    environment = {"PENTAQUARK_API_KEY": factories.api_key(actor), "PATH": "/usr/bin:/bin"}
    shown = subprocess.run(
        ["sh", "-c", code["curl"]], env=environment, capture_output=True, check=True, text=True
    )
    assert '"outputs"' in shown.stdout
    shown = subprocess.run(
        [sys.executable, "-c", code["tritonclient"]],
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    assert shown.stdout.startswith("y [[")
    compile(code["Python"], "sample", "exec")


def test_second_organisation_gets_404_on_every_page(stranger, page_client, endpoint, down):
    client = page_client(stranger)
    for path in ("", "state/"):
        assert client.get(f"/endpoints/prices/{path}").status_code == 404
    assert client.post("/endpoints/prices/delete/").status_code == 404
    tried = client.post("/endpoints/prices/try/", {"request": '{"inputs": {}}'})
    assert "Version" not in tried.content.decode()
    assert Endpoint.objects.count() == 1


def test_a_viewer_sees_no_button_to_delete_and_cannot(member, page_client, endpoint, down):
    client = page_client(member(Role.VIEWER))
    assert "Delete endpoint" not in client.get("/endpoints/prices/").content.decode()
    assert client.post("/endpoints/prices/delete/").status_code == 403

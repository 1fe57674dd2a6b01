import dataclasses

import pytest

from ml.common import bundle as bundles
from ml.common.bundle import BundleError, Manifest, TensorSpec


def make(**changes):
    fields = {
        "flavour": "onnx",
        "inputs": (TensorSpec("x", "FP32", (-1, 4)),),
        "outputs": (TensorSpec("y", "FP32", (-1,), optional=True),),
        "files": {"model.onnx": b"graph", "names.json": b"[]"},
        "attributes": {"classes": ["a", "ü"]},
    }
    return bundles.build(**{**fields, **changes})


def test_a_manifest_survives_its_canonical_bytes():
    manifest = make().manifest
    assert Manifest.from_bytes(manifest.canonical_bytes()) == manifest


def test_canonical_bytes_do_not_depend_on_the_order_of_anything():
    one = make(files={"a": b"1", "b": b"2"}, attributes={"x": 1, "y": 2})
    two = make(files={"b": b"2", "a": b"1"}, attributes={"y": 2, "x": 1})
    assert one.manifest.canonical_bytes() == two.manifest.canonical_bytes()


def test_known_canonical_bytes():
    manifest = Manifest("native", (), (), loader="l", files={"f": "0"})
    assert manifest.canonical_bytes() == (
        b'{"attributes":{},"files":{"f":"0"},"flavour":"native","format_version":1,'
        b'"inputs":[],"loader":"l","outputs":[]}'
    )


@pytest.mark.parametrize(
    "files", [{"model.onnx": b"graph"}, {"model.onnx": b"Graph", "names.json": b"[]"},
              {"model.onnx": b"graph", "names.json": b"[]", "more": b""}]
)  # fmt: skip
def test_missing_altered_and_extra_files_are_noticed(files):
    bundle = make()
    bundle.verify()
    with pytest.raises(BundleError):
        dataclasses.replace(bundle, files=files).verify()


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a" * 101, "a\n", "-x"])
def test_file_names_that_could_be_paths_are_refused(name):
    with pytest.raises(BundleError):
        make(files={name: b""})


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b"null", b"\xff", b'{"flavour":"pickle","inputs":[],"outputs":[]}',
            b'{"flavour":"onnx","inputs":[{"name":"x"}],"outputs":[]}',
            b'{"flavour":"onnx","inputs":[],"outputs":[],"format_version":2}',
            b'{"flavour":"onnx","inputs":[],"outputs":[],"surprise":1}']
)  # fmt: skip
def test_what_is_no_manifest_is_refused(raw):
    with pytest.raises(BundleError):
        Manifest.from_bytes(raw)


def test_an_unknown_datatype_is_refused():
    with pytest.raises(BundleError):
        TensorSpec("x", "FP33", ())

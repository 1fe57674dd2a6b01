"""What every predictor promises, whatever its flavour."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ml.common.bundle import Bundle, BundleError, build
from ml.runtime.loading import load
from ml.runtime.predictor import PredictionInputError, Predictor
from ml.runtime.signature import synthetic
from tests.ml.runtime import sample_models


class PredictorConformance:
    """Inherit, and return a bundle of the flavour."""

    def bundle(self) -> Bundle:
        raise NotImplementedError

    @pytest.fixture
    def predictor(self) -> Predictor:
        return load(self.bundle(), {})

    def request_of(self, predictor: Predictor, rows: int) -> dict[str, np.ndarray]:
        return synthetic(predictor.manifest.inputs, length=rows)

    def test_answers_with_every_declared_output_and_datatype(self, predictor):
        outputs = predictor.predict(self.request_of(predictor, 3), {})
        for spec in predictor.manifest.outputs:
            assert outputs[spec.name].ndim == len(spec.shape)
            assert len(outputs[spec.name]) == 3

    def test_a_batch_answers_like_its_rows(self, predictor):
        batch = self.request_of(predictor, 4)
        whole = predictor.predict(batch, {})
        for row in range(4):
            alone = predictor.predict({k: v[row : row + 1] for k, v in batch.items()}, {})
            for name, values in alone.items():
                if values.dtype.kind == "f":
                    np.testing.assert_allclose(values[0], whole[name][row], rtol=1e-5)

    def test_an_empty_batch_is_answered_empty(self, predictor):
        outputs = predictor.predict(self.request_of(predictor, 0), {})
        assert all(len(values) == 0 for values in outputs.values())

    def test_a_missing_input_is_named(self, predictor):
        request = self.request_of(predictor, 1)
        name = next(iter(request))
        del request[name]
        with pytest.raises(PredictionInputError, match=f"'{name}' is missing"):
            predictor.predict(request, {})

    def test_an_unknown_input_is_named(self, predictor):
        request = self.request_of(predictor, 1) | {"surplus": np.zeros(1)}
        with pytest.raises(PredictionInputError, match="surplus"):
            predictor.predict(request, {})

    def test_a_wrong_datatype_is_refused_with_got_and_expected(self, predictor):
        request = self.request_of(predictor, 1)
        spec = predictor.manifest.inputs[0]
        request[spec.name] = request[spec.name].astype(np.complex64)
        with pytest.raises(PredictionInputError, match=f"complex64.*takes {spec.datatype}"):
            predictor.predict(request, {})

    def test_a_wrong_shape_is_refused_with_got_and_expected(self, predictor):
        request = self.request_of(predictor, 2)
        spec = predictor.manifest.inputs[0]
        request[spec.name] = request[spec.name][None]
        with pytest.raises(PredictionInputError, match=r"shape \[1, 2.*model takes"):
            predictor.predict(request, {})

    def test_read_only_inputs_are_accepted_and_left_alone(self, predictor):
        request = self.request_of(predictor, 2)
        for values in request.values():
            values.setflags(write=False)
        predictor.predict(request, {})

    def test_threads_get_the_same_answers(self, predictor):
        request = self.request_of(predictor, 2)
        first = predictor.predict(request, {})
        with ThreadPoolExecutor(8) as pool:
            for outputs in pool.map(lambda _: predictor.predict(request, {}), range(64)):
                for name, values in outputs.items():
                    np.testing.assert_array_equal(values, first[name])

    def test_says_how_much_memory_it_holds(self, predictor):
        assert predictor.size_bytes >= self.bundle().size_bytes

    def test_a_truncated_file_is_refused_in_words(self):
        whole = self.bundle()
        name, content = next(iter(whole.files.items()))
        manifest = whole.manifest
        damaged = build(
            flavour=manifest.flavour,
            inputs=manifest.inputs,
            outputs=manifest.outputs,
            files={name: content[: len(content) // 2]},
        )
        with pytest.raises(BundleError, match="cannot load"):
            load(damaged, {})


class TestOnnxNetwork(PredictorConformance):
    def bundle(self) -> Bundle:
        return sample_models.network((5, 4, 3))


class TestOnnxEveryDatatype(PredictorConformance):
    def bundle(self) -> Bundle:
        return sample_models.echo()


class TestXgboostBinary(PredictorConformance):
    def bundle(self) -> Bundle:
        return sample_models.booster()[0]


class TestXgboostUnconverted(PredictorConformance):
    def bundle(self) -> Bundle:
        return sample_models.booster(attributes={"convert": False})[0]


class TestXgboostClassesFromJson(PredictorConformance):
    def bundle(self) -> Bundle:
        return sample_models.booster(classes=3, file_name="model.json")[0]

"""`/api/v1/datasets/`: upload, watch, clean, split, preview, delete."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from platform_core.datasets import selectors, services
from platform_core.datasets.models import Dataset, DatasetVersion
from platform_core.datasets.params import SplitSpec
from platform_core.datasets.receiving import EncryptingParser, by_header, received
from platform_core.datasets.rest import forms, rendering
from platform_core.errors import InvalidInputError
from platform_core.web.api import ApiView, BoundedJSONParser, body_of, page, query_of


class UploadView(ApiView):
    """Base of the routes that take files: nothing of the body is read before the caller is permitted."""

    parser_classes = [EncryptingParser, BoundedJSONParser]

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Return the usual ones, with the CSRF token taken from the header."""
        return list(by_header(super().get_authenticators()))


class DatasetView(ApiView):
    """Base of the routes below one data set."""

    def dataset(self, dataset_id: str) -> Dataset:
        """Return the data set of the path as it stands."""
        found = selectors.get_dataset(actor=self.actor, key=dataset_id)
        return services.settle(dataset=found)


def fields_of(request: Request, form: type[Serializer[Any]]) -> dict[str, Any]:
    """Return the validated fields of a multipart or JSON body, without the files."""
    if not isinstance(request.data, dict):
        raise InvalidInputError("The body must be an object.")
    fields = request.data
    if isinstance(
        fields, QueryDict
    ):  # a multipart body: keep its kind, by which JSON texts are read
        fields = QueryDict(mutable=True)
        fields.update({k: v for k, v in request.data.items() if isinstance(v, str)})
    bound = form(data=fields)
    bound.is_valid(raise_exception=True)
    return dict(bound.validated_data)


class DatasetList(UploadView):
    """The organisation's data sets."""

    required_permission = {"GET": "dataset.view", "POST": "dataset.upload"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """List data sets, newest first."""
        return page(self, request, selectors.datasets(actor=self.actor), rendering.summary)

    @extend_schema(request={"multipart/form-data": forms.NewDatasetBody}, responses={202: dict})
    def post(self, request: Request) -> Response:
        """Upload files as a new data set; they are read by a job."""
        with received(request) as uploads:
            fields = fields_of(request, forms.NewDataset)
            dataset = services.create_dataset(actor=self.actor, uploads=uploads, **fields)
        return Response(rendering.summary(dataset), status=202)


class DatasetDetail(DatasetView):
    """One data set."""

    required_permission = {"GET": "dataset.view", "DELETE": "dataset.delete"}

    @extend_schema(parameters=[forms.Which], responses={200: dict})
    def get(self, request: Request, dataset_id: str) -> Response:
        """Show state, rows, columns, issues and profile of the newest version, or of `?version=`."""
        dataset = self.dataset(dataset_id)
        number = query_of(request, forms.Which).get("version")
        version: DatasetVersion | None
        if number is not None:
            version = selectors.numbered_version(dataset=dataset, number=number)
        else:
            version = selectors.newest_ready(dataset=dataset)
        return Response(rendering.detail(dataset, version))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, dataset_id: str) -> Response:
        """Destroy the keys of the data set, then everything else of it."""
        services.delete_dataset(actor=self.actor, dataset=self.dataset(dataset_id))
        return Response(status=204)


class DatasetPreview(DatasetView):
    """`GET …/preview/?rows=`."""

    required_permission = {"GET": "dataset.preview"}

    @extend_schema(parameters=[forms.Window], responses={200: dict})
    def get(self, request: Request, dataset_id: str) -> Response:
        """Return the first rows; the audit log says who looked."""
        dataset = self.dataset(dataset_id)
        window = query_of(request, forms.Window)
        version = selectors.numbered_version(dataset=dataset, number=window.get("version"))
        return Response(services.preview(actor=self.actor, version=version, rows=window["rows"]))


class VersionList(UploadView):
    """`…/versions/`."""

    required_permission = {"GET": "dataset.view", "POST": "dataset.upload"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, dataset_id: str) -> Response:
        """List the versions, newest first."""
        dataset = selectors.get_dataset(actor=self.actor, key=dataset_id)
        rows = selectors.versions(dataset=dataset)
        return page(self, request, rows, rendering.version_summary)

    @extend_schema(
        request={
            "multipart/form-data": forms.NewVersionBody,
            "application/json": forms.NewVersion,
        },
        responses={202: dict},
    )
    def post(self, request: Request, dataset_id: str) -> Response:
        """Make a further version: cleaned by rules, extended by files, or both."""
        dataset = selectors.get_dataset(actor=self.actor, key=dataset_id)
        services.settle(dataset=dataset)
        with received(request) as uploads:
            fields = fields_of(request, forms.NewVersion)
            version = services.create_version(
                actor=self.actor, dataset=dataset, uploads=uploads, **fields
            )
        version.refresh_from_db(fields=["job_id"])
        return Response(rendering.version_summary(version), status=202)


class SplitList(DatasetView):
    """`…/splits/`."""

    required_permission = {"GET": "dataset.view", "POST": "dataset.upload"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, dataset_id: str) -> Response:
        """List the splits, newest first."""
        rows = selectors.splits(dataset=self.dataset(dataset_id))
        return page(self, request, rows, rendering.split_summary)

    @extend_schema(request=forms.NewSplit, responses={201: dict})
    def post(self, request: Request, dataset_id: str) -> Response:
        """Fix a split of a version; no data is copied."""
        dataset = self.dataset(dataset_id)
        wanted = body_of(request, forms.NewSplit)
        version = selectors.numbered_version(dataset=dataset, number=wanted.pop("version", None))
        split = services.create_split(actor=self.actor, version=version, spec=SplitSpec(**wanted))
        return Response(rendering.split_summary(split), status=201)


ROUTES: Sequence[tuple[str, type[ApiView], str]] = (
    ("", DatasetList, "api-datasets"),
    ("<str:dataset_id>/", DatasetDetail, "api-dataset"),
    ("<str:dataset_id>/preview/", DatasetPreview, "api-dataset-preview"),
    ("<str:dataset_id>/versions/", VersionList, "api-dataset-versions"),
    ("<str:dataset_id>/splits/", SplitList, "api-dataset-splits"),
)

"""`/api/v1/datasets/`: upload, watch, clean, split, preview, delete."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import QueryDict, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from platform_core.datasets import downloading, resumable, selectors, services
from platform_core.datasets.models import Dataset, DatasetVersion
from platform_core.datasets.params import SplitSpec
from platform_core.datasets.receiving import UploadView, received
from platform_core.datasets.rest import forms, rendering
from platform_core.datasets.splitting import split_part
from platform_core.errors import InvalidInputError
from platform_core.web.api import ApiView, body_of, page, query_of


class DatasetView(ApiView):
    """Base of the routes below one data set."""

    def dataset(self, dataset_id: str) -> Dataset:
        """Return the data set of the path."""
        return selectors.get_dataset(actor=self.actor, key=dataset_id)


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

    @extend_schema(
        request={
            "multipart/form-data": forms.NewDatasetBody,
            "application/json": forms.NewDataset,
        },
        responses={202: dict},
    )
    def post(self, request: Request) -> Response:
        """Make a data set of files in the body or sent before in parts; they are read by a job."""
        with received(request) as uploads:
            fields = fields_of(request, forms.NewDataset)
            whole = resumable.whole(actor=self.actor, ids=fields.pop("uploads", []))
            dataset = services.create_dataset(
                actor=self.actor, uploads=[*uploads, *whole], **fields
            )
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


class DatasetRows(DatasetView):
    """`GET …/rows/`."""

    required_permission = {"GET": "dataset.download"}

    @extend_schema(parameters=[forms.Rows], responses={(200, downloading.CONTENT_TYPE): bytes})
    def get(self, request: Request, dataset_id: str) -> StreamingHttpResponse:
        """Take the rows of a version, or of a part of a split, as an Arrow stream; the audit log says who."""
        dataset = self.dataset(dataset_id)
        wanted = query_of(request, forms.Rows)
        part = None
        if "split" in wanted:
            found = selectors.get_split(actor=self.actor, split_id=wanted["split"], dataset=dataset)
            part = split_part(split=found, name=wanted.get("part", ""))
        number = part.split.version.number if part else wanted.get("version")
        rows = downloading.rows_as_arrow(
            actor=self.actor,
            version=selectors.numbered_version(dataset=dataset, number=number),
            columns=names_of(wanted.get("columns")),
            part=part,
        )
        return StreamingHttpResponse(rows, content_type=downloading.CONTENT_TYPE)


def names_of(text: str | None) -> list[str] | None:
    """Return the columns asked for."""
    if text is None:
        return None
    try:
        columns = json.loads(text)
    except (ValueError, RecursionError):
        columns = None
    if not isinstance(columns, list) or not all(isinstance(each, str) for each in columns):
        raise InvalidInputError("`columns` is a list of names, written as JSON.", field="columns")
    return columns


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
        with received(request) as uploads:
            fields = fields_of(request, forms.NewVersion)
            whole = resumable.whole(actor=self.actor, ids=fields.pop("uploads", []))
            version = services.create_version(
                actor=self.actor, dataset=dataset, uploads=[*uploads, *whole], **fields
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

    @extend_schema(request=forms.NewSplit, responses={202: forms.SplitAnswer})
    def post(self, request: Request, dataset_id: str) -> Response:
        """Queue a split of a version; no data is copied. Ask for it until it is ready or rejected."""
        dataset = self.dataset(dataset_id)
        wanted = body_of(request, forms.NewSplit)
        version = selectors.numbered_version(dataset=dataset, number=wanted.pop("version", None))
        split = services.create_split(actor=self.actor, version=version, spec=SplitSpec(**wanted))
        return Response(rendering.split_summary(split), status=202)


class SplitDetail(ApiView):
    """`…/splits/{split_id}/`."""

    required_permission = {"GET": "dataset.view"}

    @extend_schema(responses={200: forms.SplitAnswer})
    def get(self, request: Request, dataset_id: str, split_id: str) -> Response:
        """Show a split."""
        dataset = selectors.get_dataset(actor=self.actor, key=dataset_id)
        split = selectors.get_split(actor=self.actor, split_id=split_id, dataset=dataset)
        return Response(rendering.split_summary(split))


ROUTES: Sequence[tuple[str, type[ApiView], str]] = (
    ("", DatasetList, "api-datasets"),
    ("<str:dataset_id>/", DatasetDetail, "api-dataset"),
    ("<str:dataset_id>/rows/", DatasetRows, "api-dataset-rows"),
    ("<str:dataset_id>/preview/", DatasetPreview, "api-dataset-preview"),
    ("<str:dataset_id>/versions/", VersionList, "api-dataset-versions"),
    ("<str:dataset_id>/splits/", SplitList, "api-dataset-splits"),
    ("<str:dataset_id>/splits/<str:split_id>/", SplitDetail, "api-dataset-split"),
)

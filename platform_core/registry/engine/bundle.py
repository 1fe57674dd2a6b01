"""Bundles described and put together again; what is inside is not looked at."""

import json
from collections.abc import Mapping
from typing import Any

from ml.common.bundle import Bundle, BundleError, Manifest
from platform_core.registry.errors import BundleInvalidError


def describe(bundle: Bundle) -> dict[str, Any]:
    """Return the manifest of a bundle that is whole, as plain JSON.

    Raises:
        BundleInvalidError: a file does not match the manifest.
    """
    try:
        bundle.verify()
    except BundleError as error:
        raise BundleInvalidError(str(error)) from error
    return dict(json.loads(bundle.manifest.canonical_bytes()))


def assemble(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Bundle:
    """Put a bundle together again and compare every file with its checksum.

    Raises:
        BundleInvalidError: the manifest is of a newer release, or a file is missing or altered.
    """
    try:
        bundle = Bundle(manifest=Manifest.from_bytes(json.dumps(manifest).encode()), files=files)
        bundle.verify()
    except BundleError as error:
        raise BundleInvalidError(str(error)) from error
    return bundle

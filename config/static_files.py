"""Stylesheets, modules and pictures: named by their content and compressed when collected, plain before that."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """Collected files carry a digest in their name (kept by browsers for ever) and lie there as brotli and gzip, too.

    Imports between our modules are rewritten to those names. Where nothing was collected (tests, a working tree), the
    names stay plain and whitenoise serves the sources.
    """

    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if self.hashed_files else name

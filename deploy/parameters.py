"""`make parameters`: write the committed table of search parameters anew."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from patients.records.search import table

    table.FILE.write_text(table.text(), "utf-8")
    sys.stdout.write(f"{table.FILE.name}: {len(table.rows())} rows\n")


if __name__ == "__main__":
    main()

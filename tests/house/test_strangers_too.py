"""Every page of the house, asked by the other half of the strangers: half a walk each, so that two run at a time."""

from __future__ import annotations

import pytest

from tests.conftest import Tell
from tests.house.edge import Stranger
from tests.house.test_strangers import walk
from tests.house.whole import Whole

pytestmark = [pytest.mark.django_db]


def test_no_page_tells_the_others_anything_of_heinrich(
    tell: Tell, his: Whole, hers: Whole, strangers: list[Stranger]
) -> None:
    walk(tell, his, hers, strangers[1::2])

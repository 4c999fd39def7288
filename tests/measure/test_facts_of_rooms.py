from __future__ import annotations
import pytest
from tests.council.factories import council_again, delivered, opened, counted, cast as vote
from linli.kernel.places.facts import declared
from linli.measure import building
from tests.factories import NOW, DAY
from linli.insight.measure.engines import columns_of
pytestmark = pytest.mark.django_db

def test_x(settings, tmp_path):
    settings.LAKE_DIR = tmp_path
    c = council_again()
    delivered(c)
    b = opened(c)
    for n in range(9): vote(c, b, n)
    counted(c, b)
    import pyarrow.parquet as pq
    built = building.build(NOW + 60*DAY)
    for t in built.snapshot.tables:
        print(t, built.snapshot.rows(t))
        x = pq.read_table(built.snapshot.files(t)[-1]).to_pylist()
        print(x[:2])
    again = building.build(NOW + 60*DAY)
    assert again.written == 0

"""What a snapshot says of itself."""

from datetime import UTC, datetime

from courseops.model.backups.backup import Snapshot, Volume


def test_a_snapshot_covers_the_volumes_it_was_made_of():
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    snapshot = Snapshot(id="5a", taken_at=moment, paths=("/homes/ada",))

    assert snapshot.covers(Volume(username="ada", path="ada"))
    assert not snapshot.covers(Volume(username="da", path="da"))

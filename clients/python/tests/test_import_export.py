"""Whole files: what is brought in by one, and all streams of one moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import chatapi

BOT_DATABASE = Path(__file__).parents[3] / "test" / "fixtures" / "maibot-0.12.db"


def test_imports_a_file_and_exports_what_it_held(client: Any) -> None:
    dry_run = client.import_file(BOT_DATABASE, dry_run=True, time_zone="Asia/Shanghai")
    assert (dry_run.source, dry_run.read, dry_run.revision) == ("MaiBot 0.7 to 0.12, SQLite", 60, "")
    report = client.import_file(str(BOT_DATABASE))
    assert (report.read, report.refused, report.refused_rows) == (60, 0, ())
    assert (report.altered, report.altered_rows) == (0, ())
    assert report.created + report.unchanged == 60
    streams = list(client.iter_exported_streams(at_least_revision=report.revision))
    assert [stream.stream_id for stream in streams] == [
        stream.stream_id for stream in client.get_all_streams(platform=chatapi.ALL_PLATFORMS)
    ]


def test_says_what_cannot_be_imported(client: Any, tmp_path: Path) -> None:
    file = tmp_path / "other.txt"
    file.write_text("neither a database nor an export")
    with pytest.raises(chatapi.InvalidArgument, match="not a SQLite database") as caught:
        client.import_file(file)
    assert caught.value.reason == "ERROR_REASON_IMPORT_INVALID"


def test_tells_what_runs_there(client: Any) -> None:
    info = client.get_server_info()
    assert (info.caller_name, info.caller_role, info.workers) == ("", "admin", 1)
    assert info.configuration["max-message-bytes"] == "4MiB"
    assert info.start_time.tzinfo is not None
    assert info.lag.total_seconds() == 0

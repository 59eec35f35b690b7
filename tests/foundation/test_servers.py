"""Where the servers of a data directory listen."""

from pathlib import Path

import pytest

from switchboard.foundation.servers import address, found, noted

NO_PROCESS = 2**22 + 1  # above every process id


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - told to listen anywhere, it is reached here
        ("::", "http://[::1]:8000"),
        ("shop.example", "http://shop.example:8000"),
    ],
)
def test_a_server_is_reached_where_it_was_told_to_listen(host: str, url: str):
    assert address(host, 8000) == url


def test_a_server_is_found_as_long_as_it_runs(tmp_path: Path):
    assert found(tmp_path) == []
    with noted(tmp_path, "http://127.0.0.1:8001"):
        assert found(tmp_path) == ["http://127.0.0.1:8001"]
    assert found(tmp_path) == []


def test_a_server_that_was_killed_is_not_found(tmp_path: Path):
    with noted(tmp_path, "http://127.0.0.1:8001"):
        (tmp_path / "servers" / str(NO_PROCESS)).write_text("http://127.0.0.1:8002")
        assert found(tmp_path) == ["http://127.0.0.1:8001"]

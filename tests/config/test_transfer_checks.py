"""`[transfer]` as a whole: by sftp only servers that are known, and no secret for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.transfer_checks import transfer_problems


def test_sftp_needs_known_hosts_and_the_other_ways_do_not(tmp_path: Path) -> None:
    [problem] = transfer_problems({"schemes": ["https", "sftp"]}, tmp_path)

    assert problem.key == ("transfer", "sftp_known_hosts_file")
    assert "ssh-keyscan" in problem.what
    assert list(transfer_problems({"schemes": ["sftp"], "sftp_known_hosts_file": "known"}, tmp_path)) == []
    assert list(transfer_problems({"schemes": ["https"]}, tmp_path)) == []


@pytest.mark.parametrize(("mode", "complaints"), [(0o600, 0), (0o640, 0), (0o644, 2)])
def test_a_secret_that_everybody_can_read_is_told(tmp_path: Path, mode: int, complaints: int) -> None:
    for name in ("key", "password"):
        (tmp_path / name).write_text("secret")
        (tmp_path / name).chmod(mode)

    problems = list(transfer_problems({"sftp_key_file": "key", "sftp_password_file": "password"}, tmp_path))

    assert len(problems) == complaints
    assert all("chmod 600" in problem.what for problem in problems)

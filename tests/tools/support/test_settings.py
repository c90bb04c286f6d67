"""The file of a support engineer and its key: every mistake with its place, and nothing secret that others may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import ConfigError
from tests.tools.support.conftest import Engineer
from tools.support.__main__ import main
from tools.support.failures import WrongUse
from tools.support.settings import load, password, person

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def engineer(tmp_path: Path) -> Engineer:
    return Engineer(tmp_path, "mqtt://127.0.0.1:9")


def test_without_a_file_it_says_what_to_write(tmp_path: Path, capsys: Captured) -> None:
    assert main(["--config", str(tmp_path / "none.toml"), "fleet"]) == 2
    told = capsys.readouterr().err
    assert "there is no such file" in told
    assert 'url = "mqtts://broker.example:8883"' in told


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            '[broker]\nurl = "http://x"',
            'support.toml:2: broker.url: "http://x" is no address of a broker; write mqtts://HOST:8883',
        ),
        ('[broker]\nurl = "mqtts://me:secret@x"', "broker.url: no name and no password in the address"),
        ('[broker]\nurl = "mqtts://x"\ncertificate_file = "/a"', "needs private_key_file beside it"),
        ('[broker]\nurl = "mqtt://x"\nca_file = "/a"', "certificates are for mqtts://"),
        ('[broker]\nurl = "mqtts://x"\npassword_file = "/a"', "broker.user: is missing"),
        ('[broker]\nurl = "mqtts://x:99999"', "is no address"),
        ('[broker]\nurl = "mqtts://x"\nprefx = "a"', 'did you mean "prefix"?'),
        ('[broker]\nurl = "mqtts://x"\nprefix = "a/#"', "broker.prefix"),
        ('[broker]\nurl = "mqtts://x"\n[key]\nid = "a b"\nprivate_key_file = "/k"', "key.id"),
        (
            '[broker]\nurl = "mqtts://x"\n[key]\nid = "a"\nprivate_key_file = "/k"\nrole = "king"',
            "there are viewer, operator, service",
        ),
        ('[broker]\nurl = "mqtts://x"\n[history]\nurl = "mysql://x"', "is no history"),
        ('[broker]\nurl = "mqtts://x"\n[history]\nurl = "postgresql://a:b@x/y"', "no password in the address"),
        ("[broker", "is not TOML"),
        ("", "broker: is missing"),
    ],
)
def test_each_mistake_is_one_sentence_with_its_line(tmp_path: Path, table: str, sentence: str) -> None:
    file = tmp_path / "support.toml"
    file.write_text(table)

    with pytest.raises(ConfigError) as caught:
        load(file)

    assert sentence in str(caught.value)


def test_paths_count_from_the_folder_of_the_file_that_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "support.toml"
    file.write_text(
        '[broker]\nurl = "mqtts://x"\nca_file = "ca.pem"\ncertificate_file = "/a.pem"\nprivate_key_file = "a.key"\n'
        'user = "anna"\npassword_file = "broker-password"\n[key]\nid = "a"\nprivate_key_file = "keys/a.key"\n'
        '[history]\nurl = "sqlite:history.db"\n'
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(tmp_path)

    found = load(Path("support.toml"))
    monkeypatch.chdir(elsewhere)

    broker = found.broker
    assert (broker.ca_file, broker.certificate_file, broker.private_key_file) == (
        tmp_path / "ca.pem",
        Path("/a.pem"),
        tmp_path / "a.key",
    )
    assert found.key is not None and found.key.private_key_file == tmp_path / "keys" / "a.key"
    assert found.history.url == f"sqlite:{tmp_path / 'history.db'}"
    with pytest.raises(WrongUse, match=f"there is no {tmp_path}/broker-password"):
        password(broker)


def test_a_key_is_drawn_once_for_its_owner_alone(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "keys" / "anna.key"

    assert main(["key", "new", "--out", str(file), "--role", "operator"]) == 0
    told = capsys.readouterr().out
    assert '[[key]]\nid = "anna"\npublic_key = "' in told
    assert "PRIVATE" not in told
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()

    assert main(["key", "new", "--out", str(file)]) == 2
    assert file.read_bytes() == before


def test_a_key_has_an_id_that_chargers_and_configuration_take_or_is_not_drawn(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "my key.key"

    assert main(["key", "new", "--out", str(file)]) == 2
    assert '--id: "my key" is no id of a key' in capsys.readouterr().err
    assert not file.exists()
    assert main(["key", "new", "--out", str(file), "--id", "anna"]) == 0


def test_the_public_part_is_that_of_the_private_one(engineer: Engineer, capsys: Captured) -> None:
    assert main(engineer.words("key", "show")) == 0
    assert f'public_key = "{engineer.public_key}"' in capsys.readouterr().out


def test_a_private_key_that_others_may_read_is_refused(engineer: Engineer, capsys: Captured) -> None:
    engineer.key_file.chmod(0o640)

    assert main(engineer.words("key", "show")) == 2
    assert f"chmod 600 {engineer.key_file}" in capsys.readouterr().err


def test_a_file_that_holds_no_key_is_told(engineer: Engineer, capsys: Captured) -> None:
    engineer.key_file.write_text("no key at all")

    assert main(engineer.words("key", "show")) == 2
    assert "holds no private key" in capsys.readouterr().err


def test_the_password_of_the_broker_never_shows(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    file = tmp_path / "support.toml"
    file.write_text(f'[broker]\nurl = "mqtts://x"\nuser = "anna"\npassword_file = "{secret}"')
    broker = load(file).broker
    found = password(broker)

    assert found is not None and found.reveal() == "hunter2"
    assert "hunter2" not in f"{found!r}{broker!r}"
    secret.chmod(0o644)
    with pytest.raises(WrongUse, match="chmod 600"):
        password(broker)


def test_whoever_sits_here_has_a_name_where_the_environment_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USER", raising=False)
    monkeypatch.delenv("LOGNAME", raising=False)

    assert not person().isdecimal()

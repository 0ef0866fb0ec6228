import secrets
from typing import Any

import pytest

from services.banking import app
from services.banking.domain.cpa005 import ProfileInvalid, Separator
from services.banking.encryption import KeyFileUnsafe, read_fingerprint_key, read_master_key
from services.banking.settings import Settings


def settings(tmp_path, **overrides):
    values: dict[str, Any] = {
        "rabbitmq_url": "amqp://banking@localhost",
        "mongodb_url": "mongodb://localhost",
        "banking_key_file": tmp_path / "key",
        "master_key_file": tmp_path / "master",
        "fingerprint_key_file": tmp_path / "fingerprint",
        "outbox_directory": tmp_path / "to-bank",
        "inbox_directory": tmp_path / "from-bank",
    }
    return Settings(**(values | overrides))


def key_file(tmp_path, content, *, mode=0o400):
    path = tmp_path / "a-key"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.req("BNK-4")
def test_the_bank_profile_comes_from_the_settings(tmp_path):
    profile = app.bank_profile(
        settings(tmp_path, bank_originator_id="A123456789", bank_separator="lf", bank_returns_routing=None)
    )
    assert profile.originator_id == "A123456789"
    assert profile.separator is Separator.LF
    assert profile.returns_to is None


@pytest.mark.req("BNK-4")
def test_a_profile_as_data_goes_before_the_single_settings(tmp_path):
    profile = app.bank_profile(settings(tmp_path, bank_profile="example", bank_originator_id="A123456789"))
    assert profile.originator_id == "0123456789"


@pytest.mark.req("BNK-4")
def test_the_profile_of_the_simulator_is_what_the_settings_have_by_default(tmp_path):
    assert app.bank_profile(settings(tmp_path, bank_profile="simulator")) == app.bank_profile(settings(tmp_path))


@pytest.mark.req("BNK-4")
def test_the_sample_profile_can_be_written(tmp_path):
    returns = app.bank_profile(settings(tmp_path)).returns_to
    assert returns is not None
    assert returns.account == "1004589"


def test_a_profile_that_no_file_could_carry_keeps_the_service_from_starting(tmp_path):
    with pytest.raises(ProfileInvalid):
        app.bank_profile(settings(tmp_path, bank_data_centre="310"))


@pytest.mark.req("BNK-2")
def test_settings_do_not_show_the_account_for_returns(tmp_path):
    assert "1004589" not in repr(settings(tmp_path))


@pytest.mark.req("BNK-2")
def test_keys_are_read_from_files_that_only_the_service_may_read(tmp_path):
    master, fingerprint = secrets.token_bytes(96), secrets.token_bytes(32)
    assert read_master_key(key_file(tmp_path, master, mode=0o440)) == master
    (tmp_path / "a-key").unlink()
    assert read_fingerprint_key(key_file(tmp_path, fingerprint.hex().encode() + b"\n")) == fingerprint


@pytest.mark.req("BNK-2")
@pytest.mark.parametrize("read", [read_master_key, read_fingerprint_key])
@pytest.mark.parametrize(
    ("content", "mode"),
    [(b"a" * 95, 0o400), (b"", 0o400), (b"\xff" * 95, 0o400), (b"0" * 96, 0o444), (b"0" * 96, 0o402)],
)
def test_a_key_file_that_is_too_short_or_open_to_everybody_is_refused(tmp_path, read, content, mode):
    with pytest.raises(KeyFileUnsafe) as refusal:
        read(key_file(tmp_path, content, mode=mode))
    assert "a-key" in str(refusal.value)

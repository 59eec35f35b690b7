import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.foundation.vault import DataKey, KeyFile, KeyUnusable, Place, StillSealed, Vault

SHOP = UUID("018f0000-0000-7000-8000-000000000001")
OTHER = UUID("018f0000-0000-7000-8000-000000000002")
EMAIL = Place(table="people", field="email", row="7")
SECRET = b"maria@example.com"

READ_KEY = """
import sys
from pathlib import Path
from switchboard.foundation.vault import KeyFile
print(KeyFile(Path(sys.argv[1]), first=True).path.read_text())
"""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(KeyFile(tmp_path, first=True))


@pytest.fixture
def key(vault: Vault) -> DataKey:
    return vault.open_key(SHOP, vault.new_data_key(SHOP))


def test_what_is_sealed_opens_again_after_a_restart(tmp_path: Path):
    before = Vault(KeyFile(tmp_path, first=True))
    wrapped = before.new_data_key(SHOP)
    sealed = before.open_key(SHOP, wrapped).seal(SECRET, EMAIL)

    after = Vault(KeyFile(tmp_path, first=False))

    assert after.open_key(SHOP, wrapped).open(sealed, EMAIL) == SECRET


def test_a_sealed_value_shows_nothing_and_differs_each_time(key: DataKey):
    once, again = key.seal(SECRET, EMAIL), key.seal(SECRET, EMAIL)

    assert SECRET not in once
    assert once != again
    assert len(once) == len(SECRET) + 33


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place(table="leads", field="email", row="7"),
        Place(table="people", field="phone", row="7"),
        Place(table="people", field="email", row="8"),
        Place(table="people", field="email", row="7", connection="c"),
        Place(table="people", field="email", row="7", provider="c"),
        Place(table="people", field="email", row="7", version=2),
        Place(table="peoplee", field="mail", row="7"),
    ],
)
def test_a_value_copied_elsewhere_does_not_open(key: DataKey, elsewhere: Place):
    with pytest.raises(StillSealed, match="does not open"):
        key.open(key.seal(SECRET, EMAIL), elsewhere)


def test_a_value_of_another_workspace_does_not_open(vault: Vault, key: DataKey):
    other = vault.open_key(OTHER, vault.new_data_key(OTHER))

    with pytest.raises(StillSealed):
        other.open(key.seal(SECRET, EMAIL), EMAIL)


def test_the_key_of_another_workspace_does_not_open_as_ones_own(vault: Vault):
    with pytest.raises(StillSealed, match="changed or moved"):
        vault.open_key(OTHER, vault.new_data_key(SHOP))


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_value_changed_in_any_bit_does_not_open(place: int, bit: int):
    changed = bytearray(SEALED)
    changed[place % len(changed)] ^= 1 << bit

    with pytest.raises(StillSealed):
        KEY.open(bytes(changed), EMAIL)


@pytest.mark.parametrize("cut", [0, 4, 5, 20])
def test_a_value_cut_short_does_not_open(key: DataKey, cut: int):
    with pytest.raises(StillSealed):
        key.open(key.seal(SECRET, EMAIL)[:cut], EMAIL)


def test_nothing_of_a_key_is_printed(vault: Vault, key: DataKey):
    assert repr(key) == f"DataKey({SHOP}, •••)"
    assert repr(key.hasher("e-mail")) == "Hasher(•••)"
    assert "keyData" not in str(vars(key)) + str(vars(vault))


def test_named_secrets_open_under_their_name_alone(vault: Vault):
    sealed = vault.seal_named("jwt/1", b"signing key")

    assert vault.open_named("jwt/1", sealed) == b"signing key"
    with pytest.raises(StillSealed):
        vault.open_named("jwt/2", sealed)


def test_a_named_secret_is_no_data_key(vault: Vault):
    with pytest.raises(StillSealed):
        vault.open_key(SHOP, vault.seal_named(str(SHOP), bytes(200)))


def test_hashes_are_the_same_after_a_restart(tmp_path: Path):
    before = Vault(KeyFile(tmp_path, first=True))
    wrapped = before.new_data_key(SHOP)
    hashed = before.open_key(SHOP, wrapped).hasher("e-mail").number("maria@example.com")

    after = Vault(KeyFile(tmp_path, first=False)).open_key(SHOP, wrapped)

    assert after.hasher("e-mail").number("maria@example.com") == hashed


def test_hashes_of_two_purposes_or_workspaces_have_nothing_in_common(vault: Vault, key: DataKey):
    other = vault.open_key(OTHER, vault.new_data_key(OTHER))

    numbers = {key.hasher("a").number("x"), key.hasher("b").number("x"), other.hasher("a").number("x")}

    assert len(numbers) == 3


@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_many_are_hashed_as_one_by_one_into_what_bigint_holds(texts: list[str]):
    hasher = KEY.hasher("word")

    assert hasher.numbers(texts) == [hasher.number(text) for text in texts]
    assert all(-(2**63) <= number < 2**63 for number in hasher.numbers(texts))


def test_long_hashes_have_the_size_asked_for(key: DataKey):
    hasher = key.hasher("customer")

    assert [len(hasher.digest("x", size=size)) for size in (16, 32)] == [16, 32]
    assert hasher.digest("x") != hasher.digest("y")


def test_the_key_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path):
    old = os.umask(0)
    try:
        made = KeyFile(tmp_path, first=True)
    finally:
        os.umask(old)

    assert made.path == tmp_path / "keys" / "master.json"
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700


def test_eight_processes_that_start_at_once_have_one_key(tmp_path: Path):
    eight = [
        subprocess.Popen([sys.executable, "-c", READ_KEY, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    said = {each.communicate(timeout=60)[0].strip() for each in eight}

    assert len(said) == 1
    assert "AesGcmKey" in said.pop()
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["master.json"]


def test_what_a_killed_process_left_half_made_is_replaced(tmp_path: Path):
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "half-master.json").write_text('{"primary')

    KeyFile(tmp_path, first=True)

    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["master.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_others_can_read_is_refused_with_the_next_step(tmp_path: Path, mode: int):
    KeyFile(tmp_path, first=True).path.chmod(mode)

    with pytest.raises(KeyUnusable, match="chmod 600"):
        KeyFile(tmp_path, first=False)


def test_a_key_directory_others_can_write_is_refused(tmp_path: Path):
    KeyFile(tmp_path, first=True).path.parent.chmod(0o777)

    with pytest.raises(KeyUnusable, match="chmod 700"):
        KeyFile(tmp_path, first=False)


def test_a_lost_key_file_is_not_made_anew_when_something_is_sealed(tmp_path: Path):
    KeyFile(tmp_path, first=True).path.unlink()

    with pytest.raises(KeyUnusable, match="put the file back from its backup"):
        KeyFile(tmp_path, first=False)
    assert not (tmp_path / "keys" / "master.json").exists()


def test_another_key_file_is_told_from_a_damaged_row(tmp_path: Path):
    first = Vault(KeyFile(tmp_path / "first", first=True))
    other = Vault(KeyFile(tmp_path / "other", first=True))
    wrapped = first.new_data_key(SHOP)

    with pytest.raises(StillSealed, match="another master key"):
        other.open_key(SHOP, wrapped)
    with pytest.raises(StillSealed, match="changed or moved"):
        first.open_key(SHOP, wrapped[:-1])


@pytest.mark.parametrize("text", ["", "{}", "no json", '{"primaryKeyId": 1, "key": []}'])
def test_a_damaged_key_file_is_said_to_be_one(tmp_path: Path, text: str):
    KeyFile(tmp_path, first=True).path.write_text(text)

    with pytest.raises(KeyUnusable, match="no master key any more"):
        KeyFile(tmp_path, first=False)


def test_a_directory_that_can_not_be_made_is_named(tmp_path: Path):
    (tmp_path / "keys").write_text("a file")

    with pytest.raises(KeyUnusable, match=r"keys/master\.json can not be used"):
        KeyFile(tmp_path, first=True)


class Cleartext:
    """A key store that keeps nothing secret, for what is only about data keys."""

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return key

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return wrapped


PLAIN = Vault(Cleartext())
KEY = PLAIN.open_key(SHOP, PLAIN.new_data_key(SHOP))
SEALED = KEY.seal(SECRET, EMAIL)

"""Workspaces, users, keys, switches, the trail and jobs."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.servers import noted
from tests.cli.line import CLI, Line
from tests.foundation.open_folder import open_folder

pytestmark = pytest.mark.slow
README = (Path(__file__).parents[2] / "README.md").read_text()
COMMAND = re.compile(r"(?:^|`|bin/)switchboard ([a-z]+(?: [a-z][a-z-]*)?)\b", re.MULTILINE)


def test_the_one_workspace_is_made_on_first_use():
    with open_folder() as folder:
        server = Embedded(folder / "data" / "postgres").start()  # ours, so that it stays up in between
        line = Line(data_dir=folder / "data")
        added = line.json("users", "add", "ada@example.com", "--role", "owner")
        listed = line.json("workspaces", "list")
        server.stop()
    assert added["email"] == "ada@example.com"
    assert len(listed["workspaces"]) == 1


def test_a_workspace_is_listed_by_its_name(line: Line):
    assert line.workspace in line.json("workspaces", "list")["workspaces"]


def test_a_name_is_given_to_one_workspace(place: Path, line: Line):
    assert line.workspace
    assert line.workspace in Line(data_dir=place).refused("workspaces", "add", line.workspace)


def test_of_several_workspaces_one_must_be_named(place: Path, line: Line, shop: Line):
    assert "--workspace" in Line(data_dir=place).refused("keys", "list")


def test_a_workspace_that_is_not_there_is_named(place: Path, line: Line):
    assert "nowhere" in Line(data_dir=place, workspace="nowhere").refused("keys", "list")


def test_who_lost_their_password_is_given_a_link_by_their_e_mail(line: Line):
    email = f"{uuid4().hex}@example.com"
    line.json("users", "add", email, "--role", "analyst")
    made = line.json("users", "password-link", "--email", email)
    assert (made["email"], "/welcome/" in made["link"]) == (email, True)
    assert "there is no such user" in line.refused("users", "password-link", "--email", "nobody@example.com")
    assert line.refused("users", "password-link", code=2).startswith("say which user: their id or their e-mail")


def test_a_user_gets_the_password_that_was_typed_or_one_that_is_shown_once(line: Line):
    typed = line.json(
        "users", "add", "ada@example.com", "--role", "owner", "--password-stdin", given="correct horse battery\n"
    )
    made = line.json("users", "add", "grace@example.com", "--role", "analyst")
    users = line.json("users", "list")["users"]
    assert "correct horse" not in json.dumps(typed)
    assert made["password"]
    assert {each["email"]: each["role"] for each in users} == {
        "ada@example.com": "owner", "grace@example.com": "analyst"
    }  # fmt: skip


def test_a_role_that_is_not_there_is_a_wrong_word(line: Line):
    assert "role" in line.refused("users", "add", "ada@example.com", "--role", "king", code=2)


def test_a_key_is_shown_once_listed_and_revoked(line: Line):
    added = line.json("keys", "add", "--name", "till", "--role", "analyst")
    listed = line.json("keys", "list")
    line.json("keys", "revoke", "--id", added["id"])
    assert added["key"].startswith("sb_")
    assert added["key"] not in json.dumps(listed)
    assert [each["name"] for each in listed["keys"]] == ["till"]


def test_a_command_acts_as_the_owner_of_the_key(line: Line):
    key = line.json("keys", "add", "--name", "till", "--role", "analyst")["key"]
    said = line.refused("keys", "add", "--name", "more", "--role", "owner", SWITCHBOARD_API_KEY=key)
    assert "keys:manage" in said


def test_a_key_works_in_its_own_workspace_alone(line: Line, shop: Line):
    key = line.json("keys", "add", "--name", "till", "--role", "analyst")["key"]
    said = shop.refused("intelligence", "axes", SWITCHBOARD_API_KEY=key)
    assert 'not of the workspace "the shop"' in said
    assert line.say("sessions", "list", SWITCHBOARD_API_KEY=key).exit_code == 0


@pytest.mark.parametrize(
    "words", [("flags", "set", "mcp_enabled", "true"), ("workspaces", "add", "mine"), ("workspaces", "list")]
)
def test_what_is_the_owners_of_the_data_directory_is_no_keys(line: Line, words: tuple[str, ...]):
    key = line.json("keys", "add", "--name", "till", "--role", "admin")["key"]
    assert "owns the data directory" in line.refused(*words, SWITCHBOARD_API_KEY=key)


def test_a_key_that_is_none_is_refused(line: Line):
    assert line.refused("keys", "list", SWITCHBOARD_API_KEY="sb_none")


def test_a_switch_is_set_for_all_processes_and_back(line: Line):
    assert line.json("flags", "set", "mcp_enabled", "true") == {"name": "mcp_enabled", "on": True}
    assert line.json("flags", "set", "mcp_enabled", "default") == {"name": "mcp_enabled", "on": None}


def test_a_switch_is_true_false_or_default(line: Line):
    assert "true, false or default" in line.refused("flags", "set", "mcp_enabled", "perhaps", code=2)


def test_a_switch_that_is_not_there_is_named(line: Line):
    assert "warp_drive" in line.refused("flags", "set", "warp_drive", "true")


def test_the_trail_says_who_did_what_by_which_door(line: Line):
    line.json("keys", "add", "--name", "till", "--role", "analyst")
    lines = line.json("audit", "list")["lines"]
    assert ("keys.add", "cli", "done") in {(each["operation"], each["door"], each["outcome"]) for each in lines}


def test_what_the_owner_of_the_data_directory_did_to_the_installation_is_in_the_trail(place: Path):
    mine = f"workspace {uuid4()}"
    Line(data_dir=place).json("workspaces", "add", mine)
    line = Line(data_dir=place, workspace=mine)
    line.json("flags", "set", "mcp_enabled", "default")
    lines = line.json("audit", "list")["lines"]
    assert {("workspaces.add", "operator", ""), ("flags.set", "operator", "mcp_enabled")} <= {
        (each["operation"], each["caller_kind"], each["subject"]) for each in lines
    }


def test_jobs_are_listed(line: Line):
    assert line.json("jobs", "list")["jobs"] == []


def test_a_job_that_is_not_there_is_named(line: Line):
    name = str(uuid4())
    assert name in line.refused("jobs", "show", "--id", name)


def test_every_group_and_command_explains_itself(capsys: pytest.CaptureFixture[str]):
    tree = get_command(CLI)
    for group in CLI.registered_groups:
        assert group.typer_instance
        for command in group.typer_instance.registered_commands:
            with pytest.raises(SystemExit) as ended:
                tree.main([str(group.name), str(command.name), "--help"])
            assert ended.value.code == 0
            assert "--json" in capsys.readouterr().out


@pytest.mark.parametrize("words", sorted(set(COMMAND.findall(README))))
def test_a_command_of_the_readme_is_one(words: str):
    assert CliRunner().invoke(CLI, [*words.split(), "--help"]).exit_code == 0


def test_a_workspace_is_shredded_only_when_its_name_is_typed_again(place: Path):
    line = Line(data_dir=place)
    line.json("workspaces", "add", "doomed")
    line.json("workspaces", "add", "spared")
    assert "nothing was destroyed" in line.refused("workspaces", "shred", "doomed", "--confirm", "spared")
    assert line.json("workspaces", "shred", "doomed", "--confirm", "doomed")["workspace"] == "doomed"
    assert "was destroyed" in Line(data_dir=place, workspace="doomed").refused("keys", "list")
    assert Line(data_dir=place, workspace="spared").json("keys", "list") == {"keys": [], "next_cursor": None}


def test_a_link_leads_to_where_a_server_listens_unless_an_address_is_set(line: Line, monkeypatch: pytest.MonkeyPatch):
    asked = ("users", "invite", "--role", "analyst", "--email")
    monkeypatch.delenv("SWITCHBOARD_PUBLIC_URL")
    with noted(line.data_dir, "http://127.0.0.1:8123"):
        found = line.json(*asked, "a@planted.example")["link"]
        monkeypatch.setenv("SWITCHBOARD_PUBLIC_URL", "https://shop.example/")
        set_ = line.json(*asked, "b@planted.example")["link"]
    monkeypatch.delenv("SWITCHBOARD_PUBLIC_URL")
    usual = line.json(*asked, "c@planted.example")["link"]
    assert [link.partition("/welcome/")[0] for link in (found, set_, usual)] == [
        "http://127.0.0.1:8123", "https://shop.example", "http://127.0.0.1:8000",
    ]  # fmt: skip

"""Where learners' files are, as config.toml says it: opened, described, or refused."""

from pathlib import Path

import pytest

from courseops.adapters.memory.hub import MemoryHub
from courseops.config import HubSection, load_config
from courseops.errors import ConfigError
from courseops.model.hub import HubUser
from courseops.wiring.volumes import about, open_volumes

HUB = '[site]\n[hubs.campus]\nurl = "http://127.0.0.1:1"\ntoken = { env = "X" }\n'


@pytest.fixture
def section(tmp_path):
    """Give a function that reads what stands in a hub's section beside its address."""

    def read(text: str) -> HubSection:
        path = tmp_path / "config.toml"
        path.write_text(HUB + text)
        return load_config(path).hubs["campus"]

    return read


def opened(section: HubSection, folder: Path = Path(), **hub):
    users = [HubUser(name=name) for name in hub.pop("users", ())]
    memory = MemoryHub("campus", users=users, **hub)
    return open_volumes("campus", section, lambda: memory, folder)


def test_homes_and_a_folder_say_the_same(section, tmp_path):
    short = section(f'homes = "{tmp_path}/{{username}}"\n')
    full = section(f'[hubs.campus.volumes]\nfolder = "{tmp_path}/{{username}}"\n')

    assert opened(short).volume_of("Ada") == opened(full).volume_of("Ada")
    assert short.plain_homes == full.plain_homes == f"{tmp_path}/{{username}}"
    assert (about(short), about(full)) == (
        f"homes {tmp_path}/{{username}}",
        f"folders {tmp_path}/{{username}} (names: plain)",
    )


def test_docker_spells_names_as_dockerspawner_does_unless_told(section):
    text = '[hubs.campus.volumes]\ndocker = "jupyterhub-user-{username}"\n'
    assert section(text).volumes.words == ("escape",)
    assert section(text).plain_homes is None
    assert section(text + 'names = ["legacy"]\n').volumes.words == ("legacy",)
    assert about(section(text)) == (
        "Docker's volumes jupyterhub-user-{username} at unix:///var/run/docker.sock (names: escape)"
    )


def test_a_list_is_read_beside_the_configuration(section, tmp_path):
    (tmp_path / "volumes.csv").write_text("username,folder\nada,2026/ada\n")
    (tmp_path / "homes/2026/ada").mkdir(parents=True)

    listed = section('[hubs.campus.volumes]\nmap = "volumes.csv"\nroot = "homes"\n')
    printed = section('[hubs.campus.volumes]\ncommand = ["cat", "volumes.csv"]\nroot = "homes"\n')

    for volumes in (opened(listed), opened(printed, tmp_path)):
        assert [it.username for it in volumes.survey().volumes] == ["ada"]
    assert about(listed) == f"the list {tmp_path}/volumes.csv"
    assert about(printed) == "what cat prints"


def test_the_hub_is_asked_whose_claim_a_folder_is(section, tmp_path):
    for name in ("claim--41lice", "claim-alice---3bc51062"):
        (tmp_path / name).mkdir()
    text = f'[hubs.campus.volumes]\nfolder = "{tmp_path}/claim-{{username}}"\n'
    asking = section(text + 'names = ["safe", "escape"]\nask_hub = true\n')

    volumes = opened(asking, claims={"Alice": "claim--41lice"})

    assert volumes.volume_of("Alice").path == "claim--41lice"


def test_the_hub_says_whose_a_name_is_that_reads_in_two_ways(section, tmp_path):
    (tmp_path / "user-21").mkdir()
    text = f'[hubs.campus.volumes]\nfolder = "{tmp_path}/{{username}}"\n'
    both = section(text + 'names = ["escape", "plain"]\n')

    assert opened(both, users=["user-21"]).volume_of("user-21").path == "user-21"
    assert opened(both, users=["user-21", "user!"]).volume_of("user-21").path == "user-2d21"
    assert opened(both, reachable=False).volume_of("user-21").path == "user-21"


def test_a_hub_that_says_nothing_of_files_is_told_how(section):
    with pytest.raises(ConfigError) as error:
        opened(section(""))
    assert error.value.hint == 'add to [hubs.campus]: homes = "/home/{username}"'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            'homes = "/{username}"\n[hubs.campus.volumes]\ndocker = "{username}"\n',
            "either homes or volumes",
        ),
        ("[hubs.campus.volumes]\n", "exactly one of folder, docker, map, command"),
        (
            '[hubs.campus.volumes]\nfolder = "/{username}"\ndocker = "{username}"\n',
            "exactly one of folder, docker, map, command",
        ),
        ('[hubs.campus.volumes]\nfolder = "/home"\n', "must hold {username}"),
        ('[hubs.campus.volumes]\nfolder = "/home/{user}"\n', "must hold {username} and no other"),
        ('[hubs.campus.volumes]\ndocker = "x/{username}"\n', "a path goes into folder"),
        ('[hubs.campus.volumes]\ndocker = "{username}"\nengine = "x"\n', "unix:///the/socket"),
        ('[hubs.campus.volumes]\ndocker = "{username}"\nengine = "unix://x"\n', "whole path"),
        ('[hubs.campus.volumes]\ndocker = "{username}"\nnames = ["x"]\n', "names"),
        ('[hubs.campus.volumes]\nmap = "x.csv"\n', "needs root"),
        ('[hubs.campus.volumes]\ncommand = []\nroot = "/x"\n', "must name a program"),
        ('[hubs.campus.volumes]\nmap = "x"\nroot = "/x"\nnames = ["safe"]\n', "a list has none"),
        ('[hubs.campus.volumes]\nfolder = "/{username}"\nroot = "/x"\n', "before {username}"),
        ('[hubs.campus.volumes]\ndocker = "{username}"\nask_hub = true\n', "goes with folder"),
    ],
)
def test_what_does_not_go_together_is_told(section, text, told):
    with pytest.raises(ConfigError) as error:
        section(text)
    assert any(told in problem for problem in error.value.problems), error.value.problems

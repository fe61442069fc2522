"""Whose a folder is on a hub that was upgraded, and so spells names in two ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.adapters.volumes.claims import told_by_claims
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.adapters.volumes.naming import NAMINGS, namings_of
from courseops.adapters.volumes.owners import Owners, folder_of
from courseops.adapters.volumes.template import Template

KUBE = ("safe", "escape")
CLAIMS = "claim-{username}"


def at(tmp_path, *words, template="{username}", **options) -> DirectoryVolumes:
    return DirectoryVolumes(f"{tmp_path}/{template}", namings_of(words), **options)


def make(tmp_path, *folders):
    for folder in folders:
        (tmp_path / folder).mkdir()


def found(volumes, usernames=()):
    return {it.username: it.path for it in volumes.survey(usernames).volumes}


def test_on_an_upgraded_hub_either_spelling_leads_to_the_learner(tmp_path):
    make(tmp_path, "claim--41lice", "claim-bob---0fa3", "claim-a-2eb", "claim-x-2bob---31fd94fb")
    volumes = at(tmp_path, *KUBE, template=CLAIMS)
    accounts = ["Alice", "a.b", "2bob"]

    assert found(volumes, accounts) == {
        "Alice": "claim--41lice",
        "a.b": "claim-a-2eb",
        "2bob": "claim-x-2bob---31fd94fb",
        "nobody (claim-bob---0fa3)": "claim-bob---0fa3",
    }
    for username, path in found(volumes, accounts).items():
        assert volumes.volume_of(username).path == path


def test_whoever_has_no_folder_would_get_one_of_todays_spelling(tmp_path):
    assert at(tmp_path, *KUBE).volume_of("Alice").path == "alice---3bc51062"
    assert at(tmp_path, *reversed(KUBE)).volume_of("Alice").path == "-41lice"


def test_a_learner_with_two_keeps_both_and_is_reported(tmp_path):
    make(tmp_path, "-41lice", "alice---3bc51062", "bob")
    volumes = at(tmp_path, *KUBE)

    survey = volumes.survey(["Alice", "bob"])

    assert {it.username: it.path for it in survey.volumes} == {
        "Alice": "alice---3bc51062",
        "Alice (-41lice)": "-41lice",
        "bob": "bob",
    }
    (warning,) = survey.warnings
    assert "Alice has 2 volumes: alice---3bc51062 is taken for the one in use; -41lice" in warning
    assert [volumes.volume_of(it.username) for it in survey.volumes] == list(survey.volumes)


def test_of_two_the_one_that_the_hub_remembers_counts(tmp_path):
    make(tmp_path, "claim--41lice", "claim-alice---3bc51062")
    told = told_by_claims(lambda: {"Alice": "claim--41lice"})
    volumes = at(tmp_path, *KUBE, template=CLAIMS, told=told)

    assert found(volumes, ["Alice"]) == {
        "Alice": "claim--41lice",
        "Alice (claim-alice---3bc51062)": "claim-alice---3bc51062",
    }
    assert volumes.volume_of("Alice").path == "claim--41lice"


def test_a_name_that_reads_as_anothers_is_whose_account_there_is(tmp_path):
    # By escaping, "user-21" would be "user!"; on this hub it is an account from before.
    make(tmp_path, "user-21")

    volumes = at(tmp_path, "escape", "plain", accounts=lambda: {"user-21"})
    assert found(volumes, ["user-21"]) == {"user-21": "user-21"}
    assert volumes.volume_of("user-21").path == "user-21"


def test_what_the_hub_gives_to_another_is_nobody_elses(tmp_path):
    # Both have accounts, and today's spelling makes this folder the first one's.
    make(tmp_path, "user-21")
    both = ["user!", "user-21"]

    volumes = at(tmp_path, "escape", "plain", accounts=lambda: both)

    assert found(volumes, both) == {"user!": "user-21"}
    assert volumes.volume_of("user-21").path == "user-2d21"


def test_who_was_backed_up_before_does_not_come_before_who_has_an_account(tmp_path):
    # Before, while the hub was silent, the folder was read as that of "user!".
    make(tmp_path, "user-21")

    volumes = at(tmp_path, "escape", "plain", accounts=lambda: {"user-21"})

    assert found(volumes, ["user!", "user-21"]) == {"user-21": "user-21"}


def test_while_the_hub_is_silent_whoever_is_asked_for_is_the_one(tmp_path):
    make(tmp_path, "user-21", "ada")
    volumes = at(tmp_path, "escape", "plain", accounts=lambda: None)

    assert volumes.volume_of("user-21").path == "user-21"


def test_the_hub_is_only_asked_of_a_name_that_could_be_anothers(tmp_path):
    def never():
        raise AssertionError("the hub is asked")

    make(tmp_path, "user-21", "ada")
    volumes = at(tmp_path, "escape", "plain", accounts=never)

    assert volumes.volume_of("ada").path == "ada"
    assert volumes.volume_of("bob").path == "bob"
    with pytest.raises(AssertionError):
        volumes.volume_of("user-21")


def test_an_unread_folder_named_as_an_account_is_not_taken_for_hers(tmp_path):
    make(tmp_path, "Alice", "-41lice")
    volumes = at(tmp_path, "escape")

    survey = volumes.survey(["Alice"])

    assert found(volumes, ["Alice"]) == {"Alice": "-41lice", "nobody (Alice)": "Alice"}
    assert [volumes.volume_of(it.username) for it in survey.volumes] == list(survey.volumes)


def test_the_littlest_hubs_other_homes_are_no_learners(tmp_path):
    make(tmp_path, "jupyter-ada", "ubuntu", "jupyter-", "jupyter-averyveryverylongu-c7352")
    long = "averyveryverylongusername-2026"

    assert found(at(tmp_path, "tljh"), [long]) == {
        "ada": "jupyter-ada",
        long: "jupyter-averyveryverylongu-c7352",
    }


def test_a_folder_that_a_provisioner_named_is_known_by_its_claim(tmp_path):
    pv = "pvc-0a1b2c3d-0123-4567-89ab-0123456789ab"
    make(tmp_path, f"jhub-claim-alice-{pv}", f"jhub-claim-Bob-{pv}", "jhub-hub-db-dir")
    told = told_by_claims(lambda: {"alice": "claim-alice", "Bob": "claim-Bob", "eve": "claim-eve"})
    volumes = at(tmp_path, "safe", template="jhub-claim-{username}", told=told)

    assert found(volumes, ["alice", "Bob", "eve"]) == {
        "alice": f"jhub-claim-alice-{pv}",
        "Bob": f"jhub-claim-Bob-{pv}",
    }
    assert volumes.volume_of("alice").path == f"jhub-claim-alice-{pv}"


def test_the_hub_is_not_asked_of_folders_that_are_in_no_doubt(tmp_path):
    def never(folders):
        assert not list(folders), folders
        return {}

    make(tmp_path, "alice", "bob---1234")
    (tmp_path / "bob---1234").rmdir()
    assert found(at(tmp_path, "safe", told=never), ["alice"]) == {"alice": "alice"}


def test_a_name_that_is_no_text_is_refused(tmp_path):
    make(tmp_path, "ada", b"b\xe9a".decode("utf-8", "surrogateescape"))

    survey = at(tmp_path, "plain").survey()

    assert [it.username for it in survey.volumes] == ["ada"]
    assert [(it.subject, it.kind) for it in survey.refused] == [("b\ufffda", "volume-is-no-text")]


def test_what_is_nobodys_is_called_the_same_by_the_next_survey(tmp_path):
    make(tmp_path, "bob---0fa3", "-41lice", "alice---3bc51062")
    volumes = at(tmp_path, *KUBE)

    first = volumes.survey(["Alice"])

    assert volumes.survey(["Alice", *(it.username for it in first.volumes)]) == first


words = st.lists(st.sampled_from(sorted(NAMINGS)), min_size=1, max_size=3, unique=True)
usernames = st.lists(
    st.text(alphabet="abAB2-_.@é", min_size=1, max_size=34), min_size=1, max_size=8, unique=True
)


@given(words, usernames, st.data())
def test_every_folder_is_one_volume_and_its_name_leads_back_to_it(chosen, names, data):
    template = Template(before="v-", namings=namings_of(chosen))
    folders = sorted({it for name in names for it in template.folders(name)})
    there = data.draw(st.sets(st.sampled_from(folders)))
    known = data.draw(st.sets(st.sampled_from(names)))

    volumes = Owners(template, there, known).volumes()

    assert sorted(it.path for it in volumes) == sorted(there)
    assert len({it.username for it in volumes}) == len(volumes)
    for volume in volumes:
        led = folder_of(
            template, volume.username, is_there=there.__contains__, accounts=lambda: known
        )
        assert led == volume.path

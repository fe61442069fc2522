"""What goes wrong upstream or on the hub leaves a class as it was, with a clear error."""

import pytest

from courseops.adapters.store import open_store_in
from tests.support.hubs import FAIL_MEMBERSHIPS, client_of

pytestmark = pytest.mark.hub


@pytest.fixture
def site(desk, start_hub, fresh):
    """A site with one course of thirty on a real hub, synced once."""
    hub = start_hub("6")
    desk.course, desk.hub = fresh("py"), hub
    desk.names = [fresh(f"learner{n:02}") for n in range(30)]
    desk.write("campus.token", hub.token, mode=0o600)
    desk.configure(
        hubs={"campus": {"url": hub.url, "token": {"file": "campus.token"}}},
        courses={desk.course: {"hub": "campus", "roster": {"csv": "class.csv"}}},
    )
    desk.write("class.csv", listed(desk.names))
    assert desk.run("roster", "apply", desk.course, "--yes").code == 0
    return desk


def listed(names):
    return "email,username\n" + "".join(f"{name}@x.org,{name}\n" for name in names)


def the_class(site):
    """Everything that a sync could have changed."""
    with client_of(site.hub) as hub, open_store_in(site.folder / "state") as store:
        groups = {group: names for group, names in hub.groups().items() if site.course in group}
        accounts = {user.name for user in hub.users()}
        return groups, accounts, store.enrolments.active(site.course)


def cut_in_a_row(site):
    return listed(site.names)[: -len(site.names[-1]) - 8]


def cut_at_the_end_of_a_row(site):
    return listed(site.names[:12])


def cut_in_the_last_name(site):
    return listed(site.names)[:-4]


def of_another_course(site):
    return listed([f"other-{name}" for name in site.names])


def with_a_header_only(site):
    return listed([])


@pytest.mark.parametrize(
    ("text_of", "code", "saying"),
    [
        (cut_in_a_row, 1, "nothing was changed"),
        (cut_at_the_end_of_a_row, 5, "18 of 30 learners would be dropped"),
        (cut_in_the_last_name, 5, "does the list end in the middle of a name?"),
        (of_another_course, 5, "30 of 30 learners would be dropped"),
        (with_a_header_only, 1, "a header and nobody below it"),
    ],
)
def test_a_list_that_is_not_the_class_leaves_it_as_it_was(site, text_of, code, saying):
    before = the_class(site)
    site.write("class.csv", text_of(site))

    said = site.run("roster", "apply", site.course, "--yes")

    assert (said.code, saying in said.err) == (code, True), said.err
    assert the_class(site) == before


def test_a_hub_that_fails_in_the_middle_leaves_the_class_as_it_was_and_the_next_run_goes_on(site):
    groups, _, _ = the_class(site)
    newcomers = [f"new-{name}" for name in site.names[:5]]
    site.write("class.csv", listed([*site.names[2:], *newcomers]))
    failing = site.hub.folder / FAIL_MEMBERSHIPS
    failing.touch()
    try:
        said = site.run("roster", "apply", site.course, "--yes")
    finally:
        failing.unlink()

    assert said.code == 12
    assert "(500)" in said.err
    assert the_class(site)[0] == groups
    assert site.run("roster", "apply", site.course, "--yes").code == 0
    (members,) = the_class(site)[0].values()
    assert members == {*site.names[2:], *newcomers}

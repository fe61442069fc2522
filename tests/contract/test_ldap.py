"""Rosters from a real OpenLDAP: everybody who is meant, or an error that says what to do."""

import contextlib
import socket
import threading

import ldap3
import pytest
from ldap3.core.exceptions import LDAPConfidentialityRequiredResult

from courseops.adapters.rosters.ldap import (
    Attributes,
    Filter,
    Group,
    LdapRoster,
    MemberOf,
    SupannElement,
)
from courseops.errors import ConfigError, RefusedError, UnreachableError
from courseops.model.roster import Role
from tests.support.slapd import (
    GROUPS,
    LIMITED,
    ODD_GROUP,
    PASSWORD,
    SERVICE,
    STUDENTS,
    SUFFIX,
    TEACHERS,
    TRICK,
    TUTORS,
    dn_of,
    logins,
    person,
    referral,
    running_slapd,
    unit,
)

pytestmark = pytest.mark.ldap

NEAR_AND_FAR = [*logins("u", range(12)), "u20"]


def group_dn(name):
    return f"cn={name},{GROUPS}"


def learners(selection):
    return {"selections": {Role.LEARNER: selection}}


def names(roster):
    return sorted(enrolment.person.username for enrolment in roster.enrolments)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Filter("(eduPersonAffiliation=faculty)"), TEACHERS),
        (MemberOf(group_dn("td1")), STUDENTS[:10]),
        (Group(group_dn("td1")), STUDENTS[:10]),
        (Group(group_dn("px101")), STUDENTS[:8]),
        (Group(group_dn("py101")), NEAR_AND_FAR),
        (SupannElement(year=2026, element="PY101"), STUDENTS[:25:2]),
    ],
    ids=["filter", "memberOf", "member", "memberUid", "nested", "supann"],
)
def test_each_way_of_saying_who_is_meant_finds_exactly_them(slapd, selection, expected):
    assert names(slapd.source(**learners(selection)).read()) == expected


def test_everybody_comes_in_the_role_they_are_selected_for(slapd):
    roster = slapd.source(
        selections={
            Role.LEARNER: Filter("(eduPersonAffiliation=student)"),
            Role.ASSISTANT: Group(group_dn("tutors")),
            Role.INSTRUCTOR: Filter("(eduPersonAffiliation=faculty)"),
        }
    ).read()

    roles = {enrolment.person.username: enrolment.role for enrolment in roster.enrolments}
    assert len(roster.enrolments) == len(roles) == 60
    assert {name for name, role in roles.items() if role is Role.INSTRUCTOR} == set(TEACHERS)
    assert {n for n, role in roles.items() if role is Role.ASSISTANT} == {*TUTORS, "u01"}
    assert f"{dn_of('u01')} is selected as assistant and learner; assistant counts" in (
        roster.warnings
    )
    assert roster.source == f"{slapd.url} (OpenLDAP, 60 people)"


@pytest.mark.parametrize("page_size", [1, 10, 500])
def test_all_pages_are_turned_whatever_their_size(slapd, page_size):
    assert len(slapd.source(page_size=page_size).read().enrolments) == 56


@pytest.mark.parametrize("page_size", [10, 500])
def test_a_server_that_cuts_off_gives_an_error_not_a_short_roster(slapd, page_size):
    with pytest.raises(RefusedError, match="sizeLimitExceeded") as refusal:
        slapd.source(bind_dn=LIMITED, page_size=page_size).read()
    assert "size.prtotal=unlimited" in refusal.value.hint


def test_ldaps_reads_the_same_roster(slapd):
    over_tls = slapd.source(url=f"ldaps://127.0.0.1:{slapd.tls_port}").read()
    assert over_tls.enrolments == slapd.source().read().enrolments


def test_a_certificate_nobody_vouches_for_is_refused(slapd):
    for url in (slapd.url, f"ldaps://127.0.0.1:{slapd.tls_port}"):
        with pytest.raises(RefusedError, match="not trusted") as refusal:
            slapd.source(url=url, ca_file=None).read()
        assert "ca_file" in refusal.value.hint


def test_a_certificate_for_another_name_is_refused(slapd):
    for url in (f"ldap://localhost:{slapd.port}", f"ldaps://localhost:{slapd.tls_port}"):
        with pytest.raises(RefusedError, match="for another name than localhost"):
            slapd.source(url=url).read()


def test_a_certificate_authority_that_is_none_is_told_before_anything_is_sent(slapd, tmp_path):
    (tmp_path / "ca.pem").write_text("none")
    for name in ("ca.pem", "absent.pem"):
        with pytest.raises(ConfigError, match=name):
            slapd.source(ca_file=tmp_path / name).read()


def test_a_wrong_password_is_said_and_never_shown(slapd):
    source = slapd.source(password=lambda: "swordfish")
    with pytest.raises(RefusedError, match=f"does not let {SERVICE} in") as refusal:
        source.read()
    assert "swordfish" not in f"{refusal.value!r} {refusal.value.hint} {source!r} {vars(source)}"


def test_an_empty_password_is_not_sent(slapd):
    with pytest.raises(ConfigError, match="is empty"):
        slapd.source(password=lambda: "").read()


def test_the_password_never_goes_over_an_open_line(slapd):
    # The same server refuses it there, so what we read, we read over TLS.
    server = ldap3.Server("127.0.0.1", port=slapd.port, get_info=ldap3.NONE)
    open_line = ldap3.Connection(server, SERVICE, PASSWORD, raise_exceptions=True)
    with pytest.raises(LDAPConfidentialityRequiredResult), contextlib.closing(_Unbound(open_line)):
        open_line.bind()
    assert slapd.source().read().enrolments


class _Unbound:
    def __init__(self, connection):
        self.close = connection.unbind


def test_what_stands_in_a_group_is_escaped_in_a_filter(slapd):
    roster = slapd.source(**learners(Group(group_dn("px101")))).read()

    assert names(roster) == STUDENTS[:8]
    assert any(TRICK in warning for warning in roster.warnings)


@pytest.mark.parametrize(
    "selection",
    [
        MemberOf("cn=nobody)(|(uid=*)"),
        MemberOf(f"{GROUPS})(uid=*"),
        SupannElement(year=2026, element="*"),
        SupannElement(year=2026, element="PY101]*)(uid=*"),
    ],
)
def test_a_name_that_would_be_a_filter_matches_nobody(slapd, selection):
    with pytest.raises(RefusedError, match="has nobody who is learner of py101"):
        slapd.source(**learners(selection)).read()


@pytest.mark.parametrize("kind", [MemberOf, Group])
def test_a_group_may_have_any_name(slapd, kind):
    assert names(slapd.source(**learners(kind(ODD_GROUP))).read()) == ["u05"]


@pytest.mark.parametrize(
    ("selection", "of"),
    [
        (Filter("(&(objectClass=person)(uid=u0*))"), STUDENTS[:10]),
        (Group(group_dn("td1")), STUDENTS[:10]),
        (Group(group_dn("px101")), STUDENTS[:8]),
    ],
    ids=["filter", "member", "memberUid"],
)
def test_disabled_accounts_are_left_out_and_counted(slapd, selection, of):
    source = slapd.source(**learners(selection), disabled_filter="(employeeType=locked)")
    roster = source.read()
    assert names(roster) == sorted({*of} - {"u03", "u04"})
    assert "2 disabled left out" in roster.source
    assert not any("u03" in warning for warning in roster.warnings)


def test_a_class_of_nothing_but_disabled_accounts_says_so(slapd):
    source = slapd.source(**learners(Filter("(uid=u03)")), disabled_filter="(employeeType=locked)")
    with pytest.raises(RefusedError, match="but 1 whose account is disabled"):
        source.read()


def test_a_filter_for_disabled_accounts_that_nobody_knows_drops_nobody(slapd):
    source = slapd.source(disabled_filter="(noSuchAttribute=1)")
    assert len(source.read().enrolments) == 56


def test_what_is_no_person_is_left_out_with_a_warning_but_never_everybody(slapd):
    roster = slapd.source(**learners(Group(group_dn("mixed")))).read()
    assert names(roster) == ["u00"]
    assert roster.warnings == (f"{SERVICE} is selected, but is no person; left out",)
    with pytest.raises(RefusedError, match="has nobody"):
        slapd.source(base=GROUPS, **learners(Filter("(cn=td1)"))).read()


def test_a_member_who_is_gone_is_named_and_the_others_come(slapd):
    roster = slapd.source(**learners(Group(group_dn("py101")))).read()
    assert any(dn_of("left") in warning for warning in roster.warnings)


@pytest.mark.parametrize("base", [f"ou=elsewhere,ou=annex,{SUFFIX}", f"ou=annex,{SUFFIX}"])
def test_a_part_on_another_server_is_an_error_and_is_not_followed(slapd, base):
    with pytest.raises(RefusedError, match="referral") as refusal:
        slapd.source(base=base, **learners(Filter("(objectClass=*)"))).read()
    assert "not followed" in refusal.value.hint


def test_nobody_is_called_whom_a_referral_names(slapd):
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.2)
        dn = f"ou=there,ou=annex,{SUFFIX}"
        target = f"ldap://127.0.0.1:{elsewhere.getsockname()[1]}/ou=there"
        slapd.add([referral(dn, target)])
        with pytest.raises(RefusedError, match="referral"):
            slapd.source(base=dn).read()
        with pytest.raises(TimeoutError):
            elsewhere.accept()


def test_someone_renamed_keeps_their_id(slapd):
    below = f"ou=renamed,{SUFFIX}"
    slapd.add([unit("renamed"), person("maiden", below=below)])
    source = slapd.source(base=below, **learners(Filter("(objectClass=person)")))
    before = source.read().enrolments[0].person

    slapd.run("ldapmodrdn", "-r", f"uid=maiden,{below}", "uid=married")

    after = source.read().enrolments[0].person
    assert (before.username, after.username) == ("maiden", "married")
    assert before.id == after.id


def test_another_attribute_may_be_the_id_and_another_the_username(slapd):
    chosen = Attributes(id="supannEtuId", username="mail")
    source = slapd.source(attributes=chosen, **learners(Filter("(uid=u07)")))
    (enrolment,) = source.read().enrolments
    assert (enrolment.person.id, enrolment.person.username) == ("202600007", "u07@univ.example")


def test_of_several_values_the_same_is_taken_every_time_with_a_warning(slapd):
    below = f"ou=several,{SUFFIX}"
    mails = ["zoe@univ.example", "a.zoe@univ.example"]
    several = person("zoe", below=below, mail=mails)
    several[1]["uid"] = ["zoe", "alias"]
    slapd.add([unit("several"), several])

    roster = slapd.source(base=below, **learners(Filter("(objectClass=person)"))).read()

    assert roster.enrolments[0].person.username == "zoe"
    assert roster.enrolments[0].person.email == "a.zoe@univ.example"
    assert len(roster.warnings) == 2
    assert any("mail has 2 values; 'a.zoe@univ.example' was taken" in w for w in roster.warnings)


def test_entries_without_an_id_are_all_told(slapd):
    source = slapd.source(
        attributes=Attributes(id="supannEtuId"),
        **learners(Filter("(eduPersonAffiliation=faculty)")),
    )
    with pytest.raises(RefusedError, match="make no roster") as refusal:
        source.read()
    assert len(refusal.value.problems) == len(TEACHERS)
    assert f"{dn_of('p00')}, supannEtuId: has no value" in refusal.value.problems[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base": f"ou=nowhere,{SUFFIX}"}, "noSuchObject"),
        (learners(Group(group_dn("nowhere"))), "has no group cn=nowhere"),
    ],
)
def test_a_name_that_is_not_there_is_an_error(slapd, changes, words):
    with pytest.raises(RefusedError, match=words):
        slapd.source(**changes).read()


def test_a_filter_that_is_none_is_a_mistake_in_the_configuration(slapd):
    with pytest.raises(ConfigError, match="cannot be understood"):
        slapd.source(**learners(Filter("(uid=*)(uid=*"))).read()


def test_a_server_that_is_down_did_not_answer(require):
    with running_slapd(require) as server:
        source = server.source()
        ca = server.ca_file.read_bytes()
    server.folder.mkdir()
    try:
        server.ca_file.write_bytes(ca)
        with pytest.raises(UnreachableError, match="did not answer, connecting"):
            source.read()
    finally:
        server.ca_file.unlink()
        server.folder.rmdir()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_a_peer_that_is_no_ldap_server_is_an_error(answer, scheme):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        threading.Thread(target=_answer_once, args=(listener, answer), daemon=True).start()
        source = LdapRoster(
            course_id="py101",
            url=f"{scheme}://127.0.0.1:{listener.getsockname()[1]}",
            bind_dn=SERVICE,
            password=lambda: PASSWORD,
            base=SUFFIX,
            selections={Role.LEARNER: Filter("(uid=*)")},
        )
        with pytest.raises(UnreachableError):
            source.read()


def _answer_once(listener, answer):
    peer, _ = listener.accept()
    with peer:
        peer.recv(1000)
        peer.sendall(answer)

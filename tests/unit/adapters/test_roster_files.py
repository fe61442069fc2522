"""CSV rosters: the whole class or a list of what is wrong, never half of it."""

import itertools

import pytest

from courseops.adapters.rosters.files import FileRoster
from courseops.errors import CourseOpsError
from courseops.model.roster import Role

FRENCH = (
    "Numéro étudiant;Nom;Prénom;Adresse de courriel;Identifiant;Groupe;Profil;Date de naissance\r\n"
    "22001234;Lefèvre;Zoé;zoe.lefevre@exemple.fr;zlefevre;TD 1;Étudiant;2004-05-06\r\n"
    "22001235;D’Œuvre;Noël;noel@exemple.fr;ndoeuvre;TD 2;Étudiante;2003-01-02\r\n"
    "90000001;Martin;Agnès;agnes@exemple.fr;amartin;;Chargée de TD;\r\n"
    "90000002;Curie;Marie;marie@exemple.fr;mcurie;;Enseignante;\r\n"
)


def read(tmp_path, content, **options):
    path = tmp_path / "class.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return FileRoster(path, course_id="py", **options).read()


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    list(itertools.product(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"], ";,\t|")),
)
def test_any_encoding_and_delimiter_gives_the_same_class(tmp_path, encoding, delimiter):
    found = read(tmp_path, FRENCH.replace(";", delimiter).encode(encoding))

    assert [e.person.username for e in found.enrolments] == [
        "zlefevre", "ndoeuvre", "amartin", "mcurie",
    ]  # fmt: skip
    assert found.enrolments[0].person.family_name == "Lefèvre"
    assert found.enrolments[1].person.family_name == "D’Œuvre"
    assert [e.role for e in found.enrolments][2:] == [Role.ASSISTANT, Role.INSTRUCTOR]


def test_the_source_says_how_the_file_was_read(tmp_path):
    assert read(tmp_path, FRENCH.encode("cp1252")).source == "class.csv (cp1252, ';', 4 people)"


def test_columns_that_we_do_not_need_are_not_kept(tmp_path):
    assert "2004-05-06" not in repr(read(tmp_path, FRENCH))


def test_every_bad_row_is_reported_at_once_with_line_and_column(tmp_path):
    bad = (
        "username,role,id number\n"
        "ada,learner,1\n"
        "a/b,learner,2\n"
        "bob,wizard,3\n"
        "cyd,learner,2.026E+09\n"
        "eve,learner\n"
        "ada,assistant,1\n"
    )
    with pytest.raises(CourseOpsError) as refusal:
        read(tmp_path, bad)
    told = "\n".join(refusal.value.problems)
    assert len(refusal.value.problems) == 5
    for part in (
        "line 3, column username: 'a/b'",
        "line 4, column role",
        "line 5, column id number",
        "line 6: has 2 columns",
        "line 7: ada again, but not as on line 2",
    ):
        assert part in told


def test_the_same_person_twice_is_read_once_with_a_warning(tmp_path):
    found = read(tmp_path, "username,email\nada,a@x\nada,a@x\n")
    assert len(found.enrolments) == 1
    assert found.warnings == ("line 3: ada again, as on line 2; read once",)


def test_two_people_with_one_number_are_refused(tmp_path):
    with pytest.raises(CourseOpsError) as refusal:
        read(tmp_path, "username,id number\nada,7\nbob,7\n")
    assert "bob has the number 7 of ada" in refusal.value.problems[0]


@pytest.mark.parametrize("content", ["", "username,email\n", "nom,mail\nA,b@x\n"])
def test_a_file_without_people_or_usernames_is_no_roster(tmp_path, content):
    with pytest.raises(CourseOpsError, match="nothing was changed"):
        read(tmp_path, content)


def test_usernames_are_lower_case_as_the_hub_makes_them(tmp_path):
    assert read(tmp_path, "username,email\nADA,a@x\n").enrolments[0].person.username == "ada"


def test_excels_delimiter_line_and_invisible_characters_are_skipped(tmp_path):
    found = read(tmp_path, "sep=;\nusername;first name\nada;Ada\u200b\u00a0B\n")
    assert found.enrolments[0].person.given_name == "Ada B"


def test_the_schools_own_words_for_roles_are_understood(tmp_path):
    content = "username,role\nada,Vacataire\n"
    found = read(tmp_path, content, roles={"vacataire": Role.ASSISTANT})
    assert found.enrolments[0].role is Role.ASSISTANT


def test_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(CourseOpsError, match="cannot be read"):
        FileRoster(tmp_path / "absent.csv", course_id="py").read()

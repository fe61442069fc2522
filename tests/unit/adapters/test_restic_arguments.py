"""restic's command lines, release by release."""

from courseops.adapters.restic import arguments

TAGS = ("auto", "shard-00")
COMMON = ["backup", "--json", "--host", "campus", "--tag", "auto,shard-00"]
END = ["--one-file-system", "--exclude-caches", "--files-from-raw", "-"]


def test_an_old_restic_is_told_the_parent():
    line = arguments.backup(version=(0, 14, 0), host="campus", tags=TAGS, parent="5a")

    assert line == [*COMMON, "--parent", "5a", *END]


def test_the_first_backup_has_no_parent():
    line = arguments.backup(version=(0, 14, 0), host="campus", tags=TAGS, parent="")

    assert line == [*COMMON, *END]


def test_a_new_restic_finds_the_parent_by_host_and_tags():
    line = arguments.backup(version=(0, 18, 0), host="campus", tags=TAGS, parent="")

    assert line == [
        *COMMON,
        *["--group-by", "host,tags", "--retry-lock", "5m", "--no-scan"],
        *END,
    ]


def test_only_descriptors_say_where_the_secrets_are():
    assert arguments.opening("restic", repository_fd=7, password_fd=9) == [
        *["restic", "--repository-file", "/dev/fd/7", "--password-file", "/dev/fd/9"]
    ]


def test_reading_takes_no_lock():
    for line in (
        arguments.snapshots(host="campus", tag="auto"),
        arguments.find(host="campus", tag="auto", patterns=["/ada"]),
        arguments.folders(snapshot_id="5a", paths=["/"]),
        arguments.dump(snapshot_id="5a", path="/ada/x"),
    ):
        assert "--no-lock" in line


def test_a_home_named_like_a_wildcard_is_meant_literally():
    assert arguments.pattern_below("[x]*?", "hw1.ipynb") == r"/\[x\]\*\?/**/hw1.ipynb"


def test_a_pattern_that_restic_would_read_otherwise_searches_the_whole_home():
    assert arguments.pattern_below("ada", "hw[!1].ipynb") == "/ada"


def test_a_path_is_looked_up_from_the_homes_top():
    assert arguments.pattern_below("ada/_data", "ps1/hw1.ipynb") == "/ada/_data/ps1/hw1.ipynb"

"""restic's command lines, release by release."""

from courseops.adapters.restic import arguments, upkeep_arguments
from courseops.model.backups.backup import BackupOrder
from courseops.model.backups.retention import Retention

ORDER = BackupOrder(parent="5a", exclude=(".cache", "-x"), largest_bytes=7)
FIRST = BackupOrder(tags=("deadline:python101/hw1",))
END = ["--files-from-raw", "-"]


def test_an_old_restic_is_told_the_parent():
    assert arguments.backup(version=(0, 14, 0), host="campus", order=ORDER) == [
        *["backup", "--json", "--host", "campus", "--tag", "auto,shard-00", "--parent", "5a"],
        *["--one-file-system", "--exclude-caches", "--exclude-larger-than", "7"],
        *["--exclude=.cache", "--exclude=-x", *END],
    ]


def test_the_first_backup_has_no_parent():
    line = arguments.backup(version=(0, 14, 0), host="campus", order=FIRST)

    assert "--parent" not in line
    assert line[5] == "auto,deadline:python101/hw1"


def test_a_new_restic_finds_the_parent_by_host_and_tags_and_takes_nothing_that_is_there():
    assert arguments.backup(version=(0, 18, 0), host="campus", order=FIRST)[6:] == [
        *["--group-by", "host,tags", "--skip-if-unchanged", "--no-scan"],
        *["--one-file-system", "--exclude-caches", "--exclude-larger-than", "2147483648", *END],
    ]


def test_a_parent_that_is_named_is_the_one_that_counts():
    line = arguments.backup(version=(0, 18, 0), host="campus", order=ORDER)

    assert "--group-by" not in line
    assert line[line.index("--parent") + 1] == "5a"


def test_only_descriptors_say_where_the_secrets_are():
    assert arguments.opening("restic", repository_fd=7, password_fd=9) == [
        *["restic", "--repository-file", "/dev/fd/7", "--password-file", "/dev/fd/9"]
    ]


def test_reading_takes_no_lock():
    for line in (
        arguments.snapshots(host="campus"),
        arguments.snapshot("5a"),
        arguments.find(host="campus", patterns=["/ada"]),
        arguments.find_in(snapshot_ids=["5a"], patterns=["/ada"]),
        arguments.folders(snapshot_id="5a", paths=["/"]),
        arguments.files(snapshot_id="5a", paths=["/ada"]),
        arguments.diff(older_id="5a", newer_id="5b"),
        arguments.dump(snapshot_id="5a", path="/ada/x"),
        upkeep_arguments.forget(host="campus", retention=Retention(), dry_run=True),
    ):
        assert "--no-lock" in line


def test_a_home_named_like_a_wildcard_is_meant_literally():
    assert arguments.pattern_below("[x]*?", "hw1.ipynb") == r"/\[x\]\*\?/**/hw1.ipynb"


def test_a_pattern_that_restic_would_read_otherwise_searches_the_whole_home():
    assert arguments.pattern_below("ada", "hw[!1].ipynb") == "/ada"


def test_a_path_is_looked_up_from_the_homes_top():
    assert arguments.pattern_below("ada/_data", "ps1/hw1.ipynb") == "/ada/_data/ps1/hw1.ipynb"


def test_retention_judges_our_snapshots_only_and_each_kind_by_itself():
    keep = Retention(within="1d", hourly="2d", daily="30d", weekly="6m", monthly="2y")

    assert upkeep_arguments.forget(host="campus", retention=keep, dry_run=False) == [
        *["forget", "--json", "--host", "campus", "--tag", "auto", "--group-by", "host,tags"],
        *["--keep-within", "1d", "--keep-within-hourly", "2d", "--keep-within-daily", "30d"],
        *["--keep-within-weekly", "6m", "--keep-within-monthly", "2y"],
    ]


def test_whoever_is_named_like_a_wildcard_is_erased_alone():
    assert upkeep_arguments.rewrite(host="campus", paths=["[x]*?", "ada/_data"])[-2:] == [
        r"--exclude=/\[x\]\*\?",
        "--exclude=/ada/_data",
    ]


def test_only_a_whole_prune_leaves_nothing_behind():
    assert upkeep_arguments.prune(whole=False) == ["prune"]
    assert upkeep_arguments.prune(whole=True) == ["prune", "--max-unused", "0"]


def test_a_part_of_the_data_is_named_as_restic_counts_them():
    assert arguments.check(read_data=True, part=(3, 12)) == ["check", "--read-data-subset=3/12"]
    assert arguments.check(read_data=True, part=None) == ["check", "--read-data"]
    assert arguments.check(read_data=False, part=None) == ["check"]


def test_a_copy_names_where_it_comes_from_by_descriptors_alone():
    assert arguments.copied_from(repository_fd=5, password_fd=6) == [
        *["--from-repository-file", "/dev/fd/5", "--from-password-file", "/dev/fd/6"]
    ]
    assert upkeep_arguments.copy(host="campus", snapshot_ids=["5a"]) == [
        *["copy", "--host", "campus", "--tag", "auto", "5a"]
    ]

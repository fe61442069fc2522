"""A configuration reaches a run's process as the daemon read it."""

import json
import re
from pathlib import Path

import pytest

from courseops.config import load_config
from courseops.wiring.daemon import config_of_order, order_config

EXAMPLE = (Path(__file__).parents[3] / "config.example.toml").read_text(encoding="utf-8")
# Of these keys a section has one, or they say the same of something.
ALTERNATIVES = (
    "docker",
    "file",
    "map",
    "command",
    "names",
    "sources",
    "seats",
    "dask",
    "databases",
)


def with_all_keys(example: str) -> str:
    """Have every key of the example count, but for those that exclude others."""
    lines = [re.sub(r"^(# )+(?=\[|\w+ = )", "", line) for line in example.splitlines()]
    text = "\n".join(
        line for line in lines if not line.startswith(tuple(f"{it} = " for it in ALTERNATIVES))
    )
    # A course has one roster, and a hub one way to say where homes are.
    for section in (r"courses\.python101\.roster\.ldap", r"hubs\.campus\.volumes"):
        text = re.sub(rf"\[{section}\]\n(?:[^\[\n].*\n|\n)*", "", text)
    return text


@pytest.mark.parametrize("spell", [str, with_all_keys], ids=["the example", "all its keys"])
def test_the_configuration_that_a_run_is_handed_is_the_one_that_was_read(tmp_path, spell):
    (tmp_path / "jobs").mkdir()
    (tmp_path / "config.toml").write_text(spell(EXAMPLE), encoding="utf-8")
    config = load_config(tmp_path / "config.toml")
    handed = json.loads(json.dumps(order_config(config)))
    assert config_of_order(handed) == config

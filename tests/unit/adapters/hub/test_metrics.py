"""A hub's Prometheus page, as each release writes it."""

from math import inf

from courseops.adapters.hub.metrics import starts_in
from courseops.model.usage.starts import StartCounts

_OF_SIX = """
# HELP jupyterhub_server_spawn_duration_seconds Time taken for server spawning operation
# TYPE jupyterhub_server_spawn_duration_seconds histogram
jupyterhub_server_spawn_duration_seconds_bucket{le="0.5",reason="",status="success"} 0.0
jupyterhub_server_spawn_duration_seconds_bucket{le="1.0",reason="",status="success"} 2.0
jupyterhub_server_spawn_duration_seconds_bucket{le="2.5",reason="",status="success"} 2.0
jupyterhub_server_spawn_duration_seconds_bucket{le="5.0",reason="",status="success"} 5.0
jupyterhub_server_spawn_duration_seconds_bucket{le="+Inf",reason="",status="success"} 6.0
jupyterhub_server_spawn_duration_seconds_count{reason="",status="success"} 6.0
jupyterhub_server_spawn_duration_seconds_sum{reason="",status="success"} 21.5
jupyterhub_server_spawn_duration_seconds_bucket{le="+Inf",reason="",status="error"} 2.0
jupyterhub_server_spawn_duration_seconds_count{reason="exited",status="error"} 2.0
jupyterhub_server_spawn_duration_seconds_count{reason="throttled",status="failure"} 1.0
jupyterhub_server_spawn_duration_seconds_count{reason="already-pending",status="failure"} 7.0
jupyterhub_server_spawn_duration_seconds_created{reason="",status="success"} 1.7e+09
jupyterhub_server_stop_seconds_count{status="success"} 99.0
"""

_OF_FOUR = """
uni_a_server_spawn_duration_seconds_bucket{le="10.0",status="success"} 3.0
uni_a_server_spawn_duration_seconds_bucket{le="+Inf",status="success"} 3.0
uni_a_server_spawn_duration_seconds_count{status="success"} 3.0
uni_a_server_spawn_duration_seconds_count{status="failure"} 1.0
uni_a_server_spawn_duration_seconds_count{status="too-many-users"} 1.0
uni_a_server_spawn_duration_seconds_count{status="already-pending"} 5.0
"""


def test_classes_are_told_apart_and_failures_are_counted_whatever_their_reason():
    waits = {1.0: 2, 5.0: 3, inf: 1}
    assert starts_in(_OF_SIX) == StartCounts(started=6, failed=3, waits=waits)


def test_a_prefix_of_the_hub_and_an_older_release_change_nothing():
    assert starts_in(_OF_FOUR) == StartCounts(started=3, failed=2, waits={10.0: 3})


def test_a_page_without_starts_counts_none():
    assert starts_in("") == StartCounts()

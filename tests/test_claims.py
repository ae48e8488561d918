"""Claims on names: one holder at a time, among threads, processes and machines; a dead one is in nobody's way."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone

import pytest

from tests.waiting import wait_until
from tools.sandbox import ROOT

# Takes the name and says so, or says why not; then waits to be told to go on or to be killed.
OTHER = """
    import sys
    from plumb.datasets.claims import Taken, claim
    try:
        with claim(sys.argv[1], "predict_depth of another"):
            print("taken", flush=True)
            sys.stdin.readline()
    except Taken as error:
        print(error, flush=True)
"""


@pytest.fixture(scope="module")
def other(fo):
    """Another process that holds "field/dpt"; killed, and not waited for, when it is called."""
    process = subprocess.Popen(
        [sys.executable, "-c", "\n".join(line[4:] for line in OTHER.splitlines()), "field/dpt"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout.readline() == "taken\n"
    yield process
    process.kill()
    process.communicate()


def on_another_machine(claims, name, silent=0.0):
    """Make a claim one of a process elsewhere, that gave its last sign of life some seconds ago."""
    beat = datetime.now(timezone.utc) - timedelta(seconds=silent)
    claims._claims().update_one({"_id": name}, {"$set": {"place": "another boot", "host": "beta", "beat": beat}})


def test_of_two_operations_at_once_the_second_says_who_is_at_work_and_what_to_do(claims):
    with claims.claim("field/dpt", "predict_depth into 'dpt' of dataset 'rooms'"):
        with pytest.raises(claims.Taken) as refused, claims.claim("field/dpt", "predict_depth again"):
            raise AssertionError("both have it")
        (holder,) = claims.holders("field/dpt")
        assert not holder.dead and (holder.pid, holder.host) == (os.getpid(), platform.node())
        assert str(refused.value) == (
            f"predict_depth into 'dpt' of dataset 'rooms' is at work already: process {os.getpid()} on "
            f"{platform.node()}, since {holder.since} UTC; wait until it has ended, or stop it, and run this again"
        )
        began = datetime.strptime(holder.since, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
        assert abs(datetime.now(timezone.utc) - began) < timedelta(minutes=5)


def test_a_claim_is_free_again_when_its_block_ends_by_whatever_way(claims):
    def job():
        with claims.claim("field/dpt", "a job"):
            yield

    with claims.claim("field/dpt", "one that ends"):
        pass
    with pytest.raises(ZeroDivisionError), claims.claim("field/dpt", "one that fails"):
        raise ZeroDivisionError
    closed = job()
    next(closed)
    closed.close()
    assert claims.holders("field/dpt") == []


def test_of_many_threads_that_want_one_name_exactly_one_has_it(claims):
    ready, results = threading.Barrier(8), []

    def want(number):
        ready.wait()
        try:
            with claims.claim("field/dpt", f"thread {number}"):
                results.append("held")
                ready.wait()
        except claims.Taken:
            results.append("taken")
            ready.wait()

    threads = [threading.Thread(target=want, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["held", *["taken"] * 7]


def test_fields_have_claims_of_their_own_that_a_renamed_dataset_keeps(fo, claims, dataset_name):
    dataset = fo.Dataset(dataset_name)
    name = claims.field_claim(dataset, "dpt")
    dataset.name = f"{dataset_name}-2"
    assert claims.field_claim(dataset, "dpt") == name != claims.field_claim(dataset, "midas")
    dataset.name = dataset_name
    with claims.claim(name, "one"), claims.claim(claims.field_claim(dataset, "midas"), "another"):
        assert [holder.what for holder in claims.holders(f"{dataset._doc.id}/")] == ["one", "another"]
    assert claims.holders("field/") == []


def test_the_claim_of_another_process_holds_until_it_is_killed_and_then_stops_nobody(claims, other):
    with pytest.raises(claims.Taken, match=f"^predict_depth of another is at .*process {other.pid} on"):
        claims._take("field/dpt", "predict_depth")
    other.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and still has its process id
    with claims.claim("field/dpt", "the next"):
        assert [holder.what for holder in claims.holders("field/dpt")] == ["the next"]


def test_a_later_process_with_the_id_of_a_dead_one_is_not_taken_for_it(claims):
    with claims.claim("field/dpt", "a job"):
        claims._claims().update_one({"_id": "field/dpt"}, {"$set": {"started": "before"}})
        with claims.claim("field/dpt", "the next"):
            pass


def test_a_holder_on_another_machine_is_alive_for_as_long_as_it_gives_signs_of_life(claims):
    with claims.claim("field/dpt", "a job"):
        on_another_machine(claims, "field/dpt", silent=claims.SILENCE - 20)
        with pytest.raises(claims.Taken, match="on beta, since"), claims.claim("field/dpt", "the next"):
            pass
        on_another_machine(claims, "field/dpt", silent=claims.SILENCE + 1)
        with claims.claim("field/dpt", "the next"):
            pass


def test_a_holder_renews_its_claim_and_learns_that_it_has_lost_it(claims, monkeypatch):
    monkeypatch.setattr(claims, "BEAT", 0.05)
    with claims.claim("field/dpt", "a job") as held:
        on_another_machine(claims, "field/dpt", silent=1000)
        wait_until(lambda: claims.holders("field/dpt")[0].silent < 60)
        assert not held.lost
        claims._claims().delete_one({"_id": "field/dpt"})
        with claims.claim("field/dpt", "the next"):
            wait_until(lambda: held.lost)
    assert claims.holders("field/dpt") == []


def test_a_holder_that_has_lost_its_claim_does_not_take_the_next_ones_away(claims):
    first = claims.Held("field/dpt", claims._take("field/dpt", "a job"))
    claims._claims().delete_one({"_id": "field/dpt"})
    with claims.claim("field/dpt", "the next"):
        first.release()
        assert [holder.what for holder in claims.holders("field/dpt")] == ["the next"]


def test_a_claim_that_cannot_be_given_back_while_the_database_is_away_is_given_back_later(claims, monkeypatch):
    from pymongo.errors import AutoReconnect

    find = claims._claims

    def away():
        raise AutoReconnect("no server")

    monkeypatch.setattr(claims, "BEAT", 0.1)
    with claims.claim("field/dpt", "a job"):
        monkeypatch.setattr(claims, "_claims", away)
    monkeypatch.setattr(claims, "_claims", find)
    wait_until(lambda: claims.holders("field/dpt") == [])

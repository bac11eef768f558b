"""The scheduler: order, failures, retries, timeouts, width, memory, and kills at any moment."""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.platform import DAG
from mlsdlib.processes import Child

ME = "tests.library.test_platform_dag"


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


# ---- jobs in processes


def add_up(**given):
    return sum(given.values())


def boom():
    raise RuntimeError("no luck " + "x" * 100_000)


def stop_at_once():
    os._exit(3)


def sleep_for_ever(**before):
    time.sleep(600)


def say(text):
    print(text)
    return [text, (1, 2)]


def write(file, text, **before):
    Path(file).write_text(text)


def log(begun, name, **before):
    with Path(begun).open("a") as file:
        print(name, file=file, flush=True)
    time.sleep(0.02)
    return name


LAYERS = {"a": "", "b": "a", "c": "a", "d": "bc", "e": "", "f": "de"}


def schedule(begun, kept):
    dag = DAG(kept)
    for name, after in LAYERS.items():
        arguments = {"begun": begun, "name": name}
        dag.add(name, f"{ME}:log", after=list(after), arguments=arguments)
    dag.run(workers=2)


# ---- order


def recorder(order, name):
    def job(**given):
        order.append(name)
        return name

    return job


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 4))
def test_every_step_comes_after_those_it_needs(seed, workers):
    draw = random.Random(seed)
    names = [f"t{k}" for k in range(draw.randint(1, 8))]
    after = {n: [m for m in names[:k] if draw.random() < 0.4] for k, n in enumerate(names)}
    draw.shuffle(names)
    order, dag = [], DAG()
    for name in names:
        dag.add(name, recorder(order, name), after=after[name], version="1")
    planned, run = dag.order(), dag.run(workers=workers)
    for found in (order, planned):
        assert sorted(found) == sorted(names)
        assert all(found.index(m) < found.index(n) for n in names for m in after[n])
    assert run.ok
    assert set(run.status.values()) == {"done"}
    assert list(run.status) == names


def test_results_are_handed_on_by_name():
    dag = DAG()
    dag.add("one", lambda: 1, version="1")
    dag.add("two", lambda: 2, version="1")
    dag.add("all", lambda one, two, more: [one, two, more], after=["one", "two"],
            arguments={"more": 3}, version="1")  # fmt: skip
    dag.add("process", f"{ME}:add_up", after=["one", "two"], arguments={"three": 3})
    assert dag.run().results == {"one": 1, "two": 2, "all": [1, 2, 3], "process": 6}


def test_steps_run_side_by_side_up_to_the_number_of_workers():
    for workers in (1, 3):
        inside, most, lock = [0], [0], threading.Lock()

        def job(inside=inside, most=most, lock=lock):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.05)
            with lock:
                inside[0] -= 1

        dag = DAG()
        for name in "abcdef":
            dag.add(name, job, version="1")
        dag.run(workers=workers)
        assert 1 <= most[0] <= workers
    assert most[0] > 1


def test_a_circle_is_an_error_before_anything_runs():
    order, dag = [], DAG()
    dag.add("start", recorder(order, "start"), version="1")
    dag.add("a", recorder(order, "a"), after=["start", "c"], version="1")
    dag.add("b", recorder(order, "b"), after=["a"], version="1")
    dag.add("c", recorder(order, "c"), after=["b"], version="1")
    for call in (dag.order, dag.run):
        with pytest.raises(ValueError, match=r"tasks wait for each other: .* -> "):
            call()
    assert order == []
    alone = DAG()
    alone.add("a", lambda: 1, after=["a"], version="1")
    with pytest.raises(ValueError, match="a -> a"):
        alone.run()


def test_no_tasks():
    run = DAG().run()
    assert (run.status, run.results, run.attempts, run.ok) == ({}, {}, (), True)


# ---- failures


def test_a_failure_stops_what_depends_on_it_and_nothing_else():
    def fail(**before):
        raise KeyError("gone")

    order, dag = [], DAG()
    dag.add("a", recorder(order, "a"), version="1")
    dag.add("b", fail, after=["a"], version="1")
    for name, after in {"c": "a", "d": "bc", "e": "d", "f": "c"}.items():
        dag.add(name, recorder(order, name), after=list(after), version="1")
    run = dag.run(workers=1)
    assert run.status == {"a": "done", "b": "failed", "c": "done", "d": "not run", "e": "not run",
                          "f": "done"}  # fmt: skip
    assert not run.ok
    assert set(run.results) == {"a", "c", "f"}
    (error,) = [attempt.error for attempt in run.attempts if attempt.error]
    assert error == "KeyError: 'gone'"


def failing(times):
    left = [times]

    def job():
        left[0] -= 1
        if left[0] >= 0:
            raise OSError("again")
        return "well"

    return job


@pytest.mark.parametrize(
    ("fails", "retries", "tries"), [(0, 0, 1), (2, 2, 3), (3, 2, 3), (1, 5, 2)]
)
def test_retries(fails, retries, tries):
    dag = DAG()
    dag.add("a", failing(fails), retries=retries, version="1")
    run = dag.run()
    assert run.ok == (fails <= retries)
    assert [attempt.number for attempt in run.attempts] == list(range(1, tries + 1))
    assert [bool(attempt.error) for attempt in run.attempts] == [True] * (tries - run.ok) + (
        [False] * run.ok
    )


def test_retries_wait_longer_and_longer():
    dag = DAG()
    dag.add("a", failing(3), retries=3, retry_delay=0.05, version="1")
    attempts = dag.run().attempts
    pauses = [b.started - a.ended for a, b in pairwise(attempts)]
    assert all(pause >= least for pause, least in zip(pauses, (0.05, 0.1, 0.2), strict=True))


def test_a_process_that_fails_says_why():
    dag = DAG()
    dag.add("raises", f"{ME}:boom")
    dag.add("dies", f"{ME}:stop_at_once")
    dag.add("prints", f"{ME}:say", arguments={"text": "x" * 200_000})
    dag.add("unserialisable", lambda: {1, 2}, version="1")
    run = dag.run()
    errors = {attempt.task: attempt.error for attempt in run.attempts}
    assert errors["raises"].endswith("x" * 100)
    assert len(errors["raises"]) <= 4_000
    assert errors["dies"] == "its process ended with code 3"
    assert errors["prints"] == ""
    assert errors["unserialisable"].startswith("TypeError")
    assert run.results == {"prints": ["x" * 200_000, [1, 2]]}


def test_a_timeout_ends_the_process_and_may_be_tried_again(new_children):
    dag = DAG()
    dag.add("slow", f"{ME}:sleep_for_ever", timeout=0.3, retries=1)
    dag.add("next", f"{ME}:add_up", after=["slow"])
    run = dag.run()
    assert run.status == {"slow": "failed", "next": "not run"}
    assert [a.error for a in run.attempts] == ["took longer than 0.3 seconds"] * 2
    assert not new_children()


# ---- width


def test_the_width_comes_from_the_data():
    for width in (0, 1, 7):
        dag = DAG()
        dag.add("list", lambda n: list(range(n)), arguments={"n": width}, version="1")
        dag.add("square", lambda list, power: list**power, expand="list",
                arguments={"power": 2}, version="1")  # fmt: skip
        dag.add("again", lambda square, list: square + len(list), expand="square", after=["list"],
                version="1")  # fmt: skip
        dag.add("total", sum_of, after=["again"])
        run = dag.run()
        assert run.ok
        assert run.results["square"] == [k * k for k in range(width)]
        assert run.results["total"] == sum(k * k + width for k in range(width))
        assert len(run.attempts) == 2 + 2 * width


def sum_of(again):
    return sum(again)


def test_one_item_that_fails_is_the_only_one_tried_again(tmp_path):
    seen = []

    def job(list, broken):
        seen.append(list)
        if list in broken:
            raise ValueError(list)
        return list

    def run(broken):
        dag = DAG(tmp_path)
        dag.add("list", lambda: [1, 2, 3], version="1")
        dag.add("each", lambda list: job(list, broken), expand="list", version="1")
        dag.add("sum", sum_of_each, after=["each"])
        return dag.run(workers=1)

    first = run({2})
    assert first.status == {"list": "done", "each": "failed", "sum": "not run"}
    assert [a.task for a in first.attempts] == ["list", "each[0]", "each[1]", "each[2]"]
    second = run(set())
    assert seen == [1, 2, 3, 2]
    assert second.status == {"list": "unchanged", "each": "done", "sum": "done"}
    assert second.results["each"] == [1, 2, 3]


def sum_of_each(each):
    return sum(each)


def test_only_a_list_can_be_expanded():
    dag = DAG()
    dag.add("number", lambda: 3, version="1")
    dag.add("each", lambda number: number, expand="number", version="1")
    run = dag.run()
    assert run.status["each"] == "failed"
    assert run.attempts[-1].error == "number must return a list to be expanded, got 3"


# ---- memory


def chain(folder, *, start=1, version="1", ran=None):
    ran = [] if ran is None else ran

    def first(start):
        ran.append("first")
        return start

    def parity(first):
        ran.append("parity")
        return first % 2

    def last(parity):
        ran.append("last")
        return parity + 10

    dag = DAG(folder)
    dag.add("first", first, arguments={"start": start}, version="1")
    dag.add("parity", parity, after=["first"], version=version)
    dag.add("last", last, after=["parity"], version="1")
    return dag.run(), ran


def test_what_has_not_changed_is_not_done_again(tmp_path):
    run, ran = chain(tmp_path)
    assert ran == ["first", "parity", "last"]
    run, ran = chain(tmp_path)
    assert ran == []
    assert set(run.status.values()) == {"unchanged"}
    assert run.results == {"first": 1, "parity": 1, "last": 11}
    assert run.attempts == ()
    assert chain(tmp_path, version="2")[1] == ["parity"]  # same result: what comes after is right
    assert chain(tmp_path, start=3)[1] == ["first", "parity"]
    assert chain(tmp_path, start=4)[1] == ["first", "parity", "last"]
    assert chain(tmp_path)[1] == []  # the old results are still there
    assert chain(None)[1] == ["first", "parity", "last"]


def test_a_fresh_result_is_what_a_kept_one_will_be(tmp_path):
    for status in ("done", "unchanged"):
        dag = DAG(tmp_path)
        dag.add("a", lambda: {"pair": (1, 2)}, version="1")
        run = dag.run()
        assert (run.status["a"], run.results["a"]) == (status, {"pair": [1, 2]})


def test_the_text_of_a_function_and_the_file_of_a_job_are_part_of_the_key(tmp_path):
    code = tmp_path / "job.py"

    def run(text, function):
        code.write_text(text)
        dag = DAG(tmp_path / "kept")
        dag.add("file", f"{code}:f")
        dag.add("function", function)
        return dag.run().status

    one, two = "def f():\n    return 1\n", "def f():\n    return 2\n"

    def a():
        return 1

    def b():
        return 2

    assert set(run(one, a).values()) == {"done"}
    assert set(run(one, a).values()) == {"unchanged"}
    assert run(two, a) == {"file": "done", "function": "unchanged"}
    assert run(two, b) == {"file": "unchanged", "function": "done"}


@pytest.mark.parametrize("named", [False, True])
def test_files_that_are_read_or_written_count(tmp_path, named):
    source, target = tmp_path / "in.txt", tmp_path / "out.txt"

    def run():
        dag = DAG(tmp_path / "kept")
        dag.add("copy", f"{ME}:write" if named else write, reads=[source], writes=[target],
                arguments={"file": str(target), "text": "copied"})  # fmt: skip
        dag.add("next", lambda copy: len(target.read_text()), after=["copy"], version="1")
        return dag.run().status

    source.write_text("1")
    assert run() == {"copy": "done", "next": "done"}
    assert run() == {"copy": "unchanged", "next": "unchanged"}
    source.write_text("2")
    assert run() == {"copy": "done", "next": "unchanged"}
    target.write_text("spoilt")
    assert run()["copy"] == "done"
    assert target.read_text() == "copied"
    target.unlink()
    assert run()["copy"] == "done"


def test_a_file_that_should_have_been_written_is_an_error(tmp_path):
    dag = DAG(tmp_path / "kept")
    dag.add("a", lambda: 1, writes=[tmp_path / "none"], version="1")
    run = dag.run()
    assert run.status == {"a": "failed"}
    assert "FileNotFoundError" in run.attempts[0].error


# ---- kills


def done_in(kept):
    return {file.name.split("-")[0] for file in kept.glob("*-*.json")}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_scheduler_that_is_killed_loses_nothing_and_repeats_nothing(tmp_path, seed):
    draw = random.Random(seed)
    begun, kept = tmp_path / "begun", tmp_path / "kept"
    begun.touch()
    for life in range(6):
        done, before = done_in(kept), begun.read_text()
        with Child(f"{ME}:schedule", {"begun": str(begun), "kept": str(kept)}) as child:
            if life == 5:
                child.finish(60)
            else:
                wait_until(lambda c=child, b=before: c.poll() is not None or begun.read_text() != b)
                time.sleep(draw.uniform(0, 0.25))
        began = begun.read_text()[len(before) :].split()
        assert not done & set(began)
        assert done <= done_in(kept)
    assert done_in(kept) == set(LAYERS)
    for file in kept.glob("*-*.json"):
        assert json.loads(file.read_text())["result"] == file.name.split("-")[0]
    assert max(Counter(begun.read_text().split()).values()) <= 6


def test_nothing_runs_on_when_the_scheduler_is_killed(tmp_path):
    begun, kept = tmp_path / "begun", tmp_path / "kept"
    begun.touch()
    with Child(f"{ME}:schedule", {"begun": str(begun), "kept": str(kept)}) as child:
        wait_until(begun.read_text)
        steps = psutil.Process(child.pid).children(recursive=True)
    psutil.wait_procs(steps, timeout=20)
    assert not any(step.is_running() and step.status() != psutil.STATUS_ZOMBIE for step in steps)


def test_an_interrupt_ends_the_steps(monkeypatch, new_children):
    dag = DAG()
    dag.add("slow", f"{ME}:sleep_for_ever", retries=3)

    def interrupt(*_, **__):
        wait_until(new_children)
        raise KeyboardInterrupt

    monkeypatch.setattr("mlsdlib.platform._dag.wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        dag.run()
    assert not new_children()


# ---- arguments


def dag_with(name="a", job=max, **options):
    dag = DAG()
    dag.add(name, job, **{"version": "1", **options})
    return dag


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: dag_with(name="a b"), ValueError, "name must be a Python identifier, got 'a b'"),
        (lambda: dag_with(name=3), ValueError, "name must be a Python identifier"),
        (lambda: dag_with().add("a", max, version="1"), ValueError, "there is a task 'a' already"),
        (lambda: dag_with(job=3), TypeError, "job must be a function or 'module:function', got 3"),
        (lambda: dag_with(job="train"), TypeError, "job must be"),
        (lambda: dag_with(after="b"), TypeError, "after must be a list of names, got 'b'"),
        (lambda: dag_with(after=["b"]).run(), ValueError, "'a' comes after 'b', which is no task"),
        (lambda: dag_with(expand="b").order(), ValueError, "which is no task"),
        (lambda: dag_with(retries=-1), ValueError, "retries must be at least 0, got -1"),
        (lambda: dag_with(retries=1.5), TypeError, "retries must be a whole number"),
        (lambda: dag_with(retry_delay=-1), ValueError, "retry_delay must be at least 0"),
        (lambda: dag_with(timeout=0, job="a:b"), ValueError, "timeout must be positive, got 0"),
        (lambda: dag_with(timeout=1), ValueError, "timeout needs a job in a process"),
        (lambda: dag_with(arguments={"x": {1}}), TypeError, "arguments must be what JSON can hold"),
        (lambda: dag_with(version=""), ValueError, "code of task 'a' cannot be read .* version"),
        (lambda: dag_with(job="nowhere_:f", version=""), ValueError, "must name a module or a .py"),
        (lambda: dag_with(job="no.py:f", version=""), ValueError, "must name a file that is there"),
        (lambda: dag_with().run(workers=0), ValueError, "workers must be at least 1, got 0"),
    ],
)
def test_wrong_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()

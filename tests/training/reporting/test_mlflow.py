"""A real MLflow: a store in a file, and a server that is killed, that hangs, that comes back.

``make mlflow`` installs MLflow in an environment of its own and runs this file in it.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from madang.training.reporting.description import Description
from madang.training.reporting.mlflow_tracker import MlflowTracker

pytest.importorskip("mlflow", reason="MLflow is not installed here: `make mlflow` runs this file")
pytestmark = pytest.mark.filterwarnings("ignore")
SCRIPT = Path(__file__).parents[1] / "tiny_run.py"
NUM_STEPS, EVALUATIONS = 44, [13, 26, 39, 44]
# What a person may set too; the tests wait less for a server that never answers.
QUICK = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "2"}
REFUSED, INCOMPLETE = "does not take what this run tells it", "did not get all of this run"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a server on the store in ``folder`` and wait until it answers."""
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'server.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None
        assert time.monotonic() < deadline
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
                return process
        except OSError:
            time.sleep(0.1)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a server and the processes that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    process = start_server(tmp_path_factory.mktemp("server"), port)
    yield f"http://127.0.0.1:{port}"
    kill(process)


@pytest.fixture
def experiment(request: pytest.FixtureRequest) -> str:
    """Each test has an experiment of its own on the one server."""
    return str(request.node.name)


def start(folder: Path, uri: str, experiment: str, *further: str) -> subprocess.Popen[str]:
    """Start the tiny run as a process that tracks to ``uri``; to its own store where that is ""."""
    environment = {key: value for key, value in os.environ.items() if "MLFLOW" not in key}
    environment |= {"OMP_NUM_THREADS": "1", "TINY_TRACKERS": "mlflow", **QUICK}
    environment |= {"MLFLOW_EXPERIMENT_NAME": experiment}
    if uri:
        environment["MLFLOW_TRACKING_URI"] = uri
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), *(further or ("0", "0"))],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for the end of a run that succeeds; return what it said."""
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    return said


def runs_of(uri: str, experiment: str):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    found = client.get_experiment_by_name(experiment)
    return client, client.search_runs([found.experiment_id]) if found else []


def steps_of(client, run, name: str) -> list[int]:
    return sorted(each.step for each in client.get_metric_history(run.info.run_id, name))


def check_whole(uri: str, experiment: str) -> None:
    """Check that there is one finished run with each figure once."""
    client, runs = runs_of(uri, experiment)
    (run,) = runs
    assert run.info.status == "FINISHED"
    assert steps_of(client, run, "train/loss") == list(range(1, NUM_STEPS + 1))
    assert steps_of(client, run, "validation/accuracy") == EVALUATIONS
    assert {"best/accuracy", "best/loss", "seconds"} <= set(run.data.metrics)
    assert run.data.params["learning_rate"] == "0.01"


def wait_for(condition, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.1)


def has_logged(folder: Path, num_lines: int) -> bool:
    path = folder / "log.jsonl"
    return path.exists() and len(path.read_text().splitlines()) >= num_lines


def test_without_a_server_a_run_is_kept_in_a_database_in_its_folder(tmp_path, experiment):
    folder = tmp_path / "한글 이름"
    assert REFUSED not in finish(start(folder, "", experiment))
    check_whole(f"sqlite:///{folder / 'mlflow.db'}", experiment)


def test_a_killed_and_a_stopped_run_are_continued_with_each_figure_once(
    tmp_path, server, experiment
):
    process = start(tmp_path, server, experiment, "0.5", "0")
    wait_for(lambda: has_logged(tmp_path, 6) and runs_of(server, experiment)[1], process)
    process.kill()
    process.communicate()
    assert [run.info.status for run in runs_of(server, experiment)[1]] == ["RUNNING"]

    reached = len((tmp_path / "log.jsonl").read_text().splitlines())
    process = start(tmp_path, server, experiment, "0.5", "0")
    wait_for(lambda: has_logged(tmp_path, reached + 3), process)
    process.terminate()
    process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM
    assert [run.info.status for run in runs_of(server, experiment)[1]] == ["KILLED"]

    finish(start(tmp_path, server, experiment))
    check_whole(server, experiment)


def test_a_run_outlives_its_server_and_tells_it_all_when_it_is_back(tmp_path, experiment):
    """The last evaluation waits for a word of the test, so that the server is back before it."""
    port = free_port()
    uri, folder = f"http://127.0.0.1:{port}", tmp_path / "run"
    first = start_server(tmp_path, port)
    process = start(folder, uri, experiment, "0.1", "0", "3600", "4")
    wait_for(lambda: runs_of(uri, experiment)[1], process)
    kill(first)
    wait_for((folder / "evaluating").exists, process)
    second = start_server(tmp_path, port)
    try:
        (folder / "go").touch()
        said = finish(process)
        assert said.count(REFUSED) <= 1
        assert INCOMPLETE not in said
        check_whole(uri, experiment)
    finally:
        kill(second)


@contextmanager
def dead_end(kind: str) -> Iterator[str]:
    """An address at which nobody is, or somebody who takes every call and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if kind == "hangs":
            listener.listen(64)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["nobody", "hangs"])
def test_a_server_that_never_answers_costs_one_warning_and_seconds(tmp_path, kind, experiment):
    with dead_end(kind) as uri:
        began = time.monotonic()
        said = finish(start(tmp_path / "run", uri, experiment))
    assert time.monotonic() - began < 60
    assert (said.count(REFUSED), said.count(INCOMPLETE)) == (1, 1)
    assert has_logged(tmp_path / "run", NUM_STEPS + len(EVALUATIONS))


def track(folder: Path, *, is_resumed: bool, outcome: str | None, parameters=None) -> None:
    tracker = MlflowTracker(
        folder,
        parameters=parameters or {},
        description=Description(name="nsmc", folder=folder.parent),
        history=[],
        is_resumed=is_resumed,
    )
    tracker.log({"event": "validation", "step": 1, "epoch": 0, "ndcg@10[full, unseen]": 0.25})
    if outcome is None:  # killed: MLflow hears no more
        deadline = time.monotonic() + 60
        while not tracker._num_sent:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return
    tracker.close(outcome, {})


def test_a_failed_run_says_so_and_a_run_begun_anew_ends_the_one_before(
    tmp_path, server, experiment, monkeypatch
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", experiment)
    folder = tmp_path / "seed-1"
    folder.mkdir()
    many = {f"key {number}": "x" * 9000 for number in range(150)}
    track(folder, is_resumed=False, outcome=None, parameters=many)
    track(folder, is_resumed=False, outcome="failed")
    second, first = runs_of(server, experiment)[1]
    assert (first.info.status, second.info.status) == ("KILLED", "FAILED")
    assert first.info.run_name == second.info.run_name == "nsmc/seed-1"
    assert first.data.metrics["validation/ndcg_at_10_full_ unseen"] == 0.25
    assert len(first.data.params) == 150
    track(folder, is_resumed=True, outcome="finished")
    assert [run.info.status for run in runs_of(server, experiment)[1]] == ["FINISHED", "KILLED"]


def test_a_file_store_which_mlflow_refuses_by_now_is_a_warning(
    tmp_path, experiment, monkeypatch, caplog
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", experiment)
    track(tmp_path, is_resumed=False, outcome="finished")
    assert (caplog.text.count(REFUSED), caplog.text.count(INCOMPLETE)) == (1, 1)


RECIPE = """
kind = "fine_tuning"
name = "film"
data = ["reviews.csv"]
max_length = 24
[vocabulary]
vocab_size = 300
[model]
hidden_size = 16
num_hidden_layers = 2
num_attention_heads = 4
intermediate_size = 24
hidden_dropout_prob = 0.25
[warm_up]
share = 0.2
[warm_up.training]
num_epochs = 1
trackers = ["mlflow"]
[fine_tuning]
seeds = [1]
[fine_tuning.training]
num_epochs = 1
trackers = ["mlflow"]
track_model = true
"""


def test_a_recipe_tells_its_name_its_sizes_its_figures_and_its_model(tmp_path, server, experiment):
    lines = ["text,label", *(f"{word} 영화 {n},{n % 2}" for n in range(40) for word in "좋싫")]
    (tmp_path / "reviews.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "film.toml").write_text(RECIPE, encoding="utf-8")
    environment = {"MLFLOW_TRACKING_URI": server, "MLFLOW_EXPERIMENT_NAME": experiment}
    train = "from madang.commands.cli import main; raise SystemExit(main())"
    finished = subprocess.run(
        [sys.executable, "-c", train, "train", "film.toml"],
        env={**os.environ, **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "MLflow at" not in finished.stderr
    client, runs = runs_of(server, experiment)
    last, first = runs
    assert (first.info.run_name, last.info.run_name) == ("film/warm-up", "film/seed-1")
    assert {run.info.status for run in runs} == {"FINISHED"}
    expected = {
        "recipe.name": "film",
        "recipe.data": '["reviews.csv"]',
        "recipe.max_length": "24",
        "recipe.warm_up.share": "0.2",
        "model.num_hidden_layers": "2",
        "model.num_attention_heads": "4",
        "model.hidden_size": "16",
        "model.hidden_dropout_prob": "0.25",
        "num_epochs": "1",
    }
    assert {name: last.data.params.get(name) for name in expected} == expected
    assert "best/accuracy" in last.data.metrics
    artifacts = {each.path for each in client.list_artifacts(last.info.run_id, "model")}
    assert {"model/config.json", "model/model.safetensors", "model/tokenizer.json"} <= artifacts

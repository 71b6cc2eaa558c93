"""The table of commands: it answers at once, and errors are one line."""

import errno
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from madang import __version__
from madang.commands import cli
from madang.errors import SettingError

SOURCE = Path(cli.__file__).parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "madang", *words], capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("words", [(), ("-h",), ("--help",), ("data",), ("data", "--help")])
def test_help_names_every_command(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 0
    printed = capsys.readouterr().out
    for name, command in cli.COMMANDS.items():
        assert (f"madang {name} " in printed) == (words[:1] != ("data",) or "data " in name)
        assert (command.summary in printed) == (f"madang {name} " in printed)


def test_help_imports_nothing_but_the_table_and_the_errors() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from madang.commands import cli; "
        "cli.main(['--help']); "
        "print('loaded:', *sorted({*sys.modules} - {*sys.stdlib_module_names, '__main__'}))"
    )
    # -S leaves out what the environment itself loads at every start.
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, timeout=60
    )
    loaded = done.stdout.split("loaded:")[1].split()
    own = [name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names]
    assert own == [
        "madang",
        "madang.commands",
        "madang.commands.cli",
        "madang.errors",
        "madang.suggestion",
    ]


def test_every_command_is_a_typed_and_described_function() -> None:
    for name in cli.COMMANDS:
        function = cli.load_function(name)
        assert inspect.getdoc(function), name
        for parameter in inspect.signature(function).parameters.values():
            assert parameter.annotation is not parameter.empty, name


def test_every_file_is_a_command_or_serves_them_all() -> None:
    files = {path.stem for path in Path(cli.__file__).parent.glob("*.py")}
    named = {name.split()[0].replace("-", "_") for name in cli.COMMANDS}
    assert files - {"__init__", "cli", "signature", "words", "output"} == named


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for name in cli.COMMANDS:
        with pytest.raises(SystemExit) as caught:
            cli.main([*name.split(), "--help"])
        assert caught.value.code == 0
        assert capsys.readouterr().out.startswith(f"usage: madang {name}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["clasify", "x"], "Did you mean `madang classify`?"),
        (["data", "lst"], "Did you mean `madang data list`?"),
        (["dta"], "Did you mean `madang data`?"),
        (["완전히다른것"], "See `madang --help`."),
        (["data", "show", "nscm"], "Did you mean 'nsmc'?"),
        (["data", "show"], "name is missing"),
        (["data", "show", "nsmc", "--nmae", "x"], "Did you mean '--name'?"),
    ],
)
def test_an_error_is_one_line_and_code_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("madang: ")
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_the_module_runs_as_a_program() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"madang {__version__}\n")
    done = run("nonsense")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def needs_torch() -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setitem(cli.COMMANDS, "train", cli.Command("", "train"))
    monkeypatch.setattr(cli, "load_function", lambda name: needs_torch)
    with pytest.raises(SettingError, match=r"needs torch.*pip install 'madang\[train\]'"):
        cli._run("train", [])


def test_an_interruption_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(words: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_dispatch", stopped)
    assert cli.main(["serve"]) == 130


def test_a_full_disk_is_an_error_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "runs/last.safetensors")

    monkeypatch.setattr(cli, "_run", fill)
    assert cli.main(["train", "recipe.toml"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "runs/last.safetensors" in line
    assert "No space left" in line


def test_a_commands_number_is_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "load_function", lambda name: lambda: 3)
    assert cli.main(["serve"]) == 3


def test_a_reader_who_has_read_enough_is_no_error() -> None:
    shell = f"{sys.executable} -m madang data show nsmc | head -n 1"
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""

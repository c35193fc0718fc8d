"""What an attacker or an unlucky user brings: every input is answered soon, in little memory, in one line."""

from __future__ import annotations

import json
import os
import threading

import pytest
from click.testing import CliRunner

from convgen.commands.main import main
from convgen.errors import InputError
from convgen.layer import formats, outside
from convgen.layer.formats import load_layers
from convgen.packaging import output
from convgen.tuning import lock

OK = "ic4ih8oc4kh3ph1"


def run(*words, code=0, stdin=None):
    result = CliRunner().invoke(main, [str(word) for word in words], input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr)
    return result


# file name -> its text, what the message says; each took gigabytes, or minutes, when it was as large as files may be
LONG = {
    "dotted.toml": ("[[layer]]\n" + ".".join(["a"] * 4000) + " = 1\n", "keys must have at most 32 parts"),
    "table.toml": ("[" + " . ".join(["a", '"b c"', "'d'"] * 40) + "]\n", "keys must have at most 32 parts"),
    "inline.toml": ("layer = [{" + "a." * 40 + "a = 1}]\n", "keys must have at most 32 parts"),
    "nested.toml": ("a = " + "[" * 100_000, "must not nest so deep"),
    "nested.json": ("[" * 100_000, "must not nest so deep"),
    "line.txt": ("ic64" * 20_000, "a line must have at most 65536 characters"),
    "quotes.txt": ('"' * 70_000, "a line must have at most"),
    "bytes.txt": ("#" * (4 * 2**20 + 1), "must not exceed 4 MiB"),
}


@pytest.mark.parametrize("name", LONG)
def test_files_that_would_take_gigabytes_are_refused(tmp_path, name):
    text, told = LONG[name]
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=told) as error:
        load_layers(str(tmp_path / name))
    assert len(str(error.value)) < 600
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["many.txt", "many.json", "many.toml"])
def test_files_of_very_many_layers_are_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(formats, "MAX_LAYERS", 3)
    layer = {"txt": f"{OK}\n", "json": f'{{"descriptor": "{OK}"}}', "toml": f"[[layer]]\ndescriptor = '{OK}'\n"}
    kind = name.partition(".")[2]
    for count in (3, 4):
        (tmp_path / name).write_text(f"[{', '.join([layer[kind]] * count)}]" if kind == "json" else layer[kind] * count)
        if count == 3:
            assert len(load_layers(str(tmp_path / name))) == 3
    with pytest.raises(InputError, match="at most 3 layers"):
        load_layers(str(tmp_path / name))


def test_dots_in_names_and_comments_are_no_keys(tmp_path):
    name = ".".join("abcdefghij" * 3)
    (tmp_path / "a.toml").write_text(f"# {'.' * 100}\ndescriptor = '{OK}'\nname = '{name}'\n")
    assert load_layers(str(tmp_path / "a.toml"))[0].name == name


READERS = {
    "layers": lambda path: load_layers(str(path)),
    "lock": lambda path: lock.load(str(path)),
    "manifest": lambda path: list(output.stored(path.parent)),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_without_a_writer_is_told(tmp_path, monkeypatch, reader):
    monkeypatch.setattr(outside, "PATIENCE", 0.05)
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "pipe.c").touch()
    with pytest.raises(InputError, match="a pipe into which nobody writes"):
        READERS[reader](tmp_path / "pipe.json")


def test_a_pipe_with_a_writer_is_read(tmp_path):
    """As a shell's <(...) is."""
    os.mkfifo(tmp_path / "pipe.json")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe.json").write_text(json.dumps({"descriptor": OK})))
    writer.start()
    assert len(load_layers(str(tmp_path / "pipe.json"))) == 1
    writer.join()


def test_a_pipe_in_the_place_of_an_output_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.c")
    assert output.states(tmp_path, {"a.c": "", "b.c": ""}) == {"a.c": "changed", "b.c": "new"}


# --- time ---


def test_a_time_out_is_called_one_and_says_the_way_out(tmp_path):
    """Where a machine is under load, say: nothing is known of the kernel, which is not to say that it crashed."""
    words = ["generate", OK, "-o", str(tmp_path / "out"), "--timeout"]
    found = run(*words, "0.0001", code=5)
    assert "timeout:" in found.stderr
    assert "more seconds by --timeout" in found.stderr
    assert not (tmp_path / "out").exists()
    assert "timeout must be more than 0" in run(*words, "-1", code=2).stderr.replace("\n", " ")

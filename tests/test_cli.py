"""The command line: what each command does, and what it says to bad input."""

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
import tools
from click.shell_completion import ShellComplete
from tools import command as run

from convgen import api, commands
from convgen.benchmark import timing
from convgen.commands.main import COMMANDS, MODULES, main
from convgen.errors import InputError, UnsupportedError
from convgen.layer import formats
from convgen.layer.fields import LAYOUTS
from convgen.machine import devices, host, target
from convgen.packaging import output
from convgen.run import compilers
from convgen.verification import report

TINY = "ic3ih5oc4kh3ph1"


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path, tmp_path_factory):
    """An empty current folder; a cache that many tests share; no $CC."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
    monkeypatch.delenv("CC", raising=False)
    tools.without_zig(monkeypatch)
    return work


def python(*lines, **extra):
    """A true process whose program is these lines."""
    return subprocess.run(
        [sys.executable, "-c", "\n".join(("import sys", "from convgen.commands.main import main", *lines))],
        capture_output=True, text=True, timeout=120, check=False, **extra,
    )  # fmt: skip


def tree(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def alter(monkeypatch, old, new):
    """Plant a fault in every kernel, of the reference algorithm: its text is the same on any machine."""
    make = api.generate

    def faulty(*args, **kwargs):
        kernel = make(*args, **kwargs)
        assert old in kernel.source
        return msgspec.structs.replace(kernel, source=kernel.source.replace(old, new))

    monkeypatch.setattr(api, "generate", faulty)


FAULT = ("sum += input", "sum += 1.5f * input")
CRASH = ("        float sum =", "        __builtin_trap();\n        float sum =")
HANG = ("        float sum =", "        for (volatile int i = 0; i < 1;) { }\n        float sum =")
REFERENCE = ("--algorithm", "reference")


# --- help ---


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command):
    text = run(command, "--help").stdout
    assert text.startswith(f"Usage: main {command}")
    assert "bench" in run("-h").stdout


def test_no_command_shows_the_help_as_an_error():
    result = run(code=2)
    assert "Commands:" in result.stderr
    assert not result.stdout


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_and_version_load_no_command_and_nothing_heavy(words):
    result = python(
        "try:", f"    main({words})", "except SystemExit as end:", "    assert not end.code",
        "late = {'numpy', 'jinja2', 'msgspec', 'rich', 'cffi', 'archspec', 'convgen.commands.plan'}",
        "assert not late & set(sys.modules), late & set(sys.modules)",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_their_own_help_says(name):
    command = main.get_command(None, name)
    assert command.name == name
    assert command.help.partition("\n\n")[0].replace("\n", " ").strip() == COMMANDS[name]


def test_every_module_of_a_command_is_in_the_list():
    files = {path.stem for path in Path(commands.__file__).parent.glob("*.py")}
    shared = {"__init__", "main", "console", "request", "writing", "completion", "models", "networks",
              "networks_verify", "networks_bench", "pool", "whole", "measuring", "sample_bench", "threads_bench",
              "fleets"}
    assert files - shared == {MODULES.get(name, name) for name in COMMANDS}


# --- generate ---


def test_generate_writes_three_files_that_compile_and_names_them(place):
    result = run("generate", TINY, "-o", "a/b", "--target", "x86-64-v3")
    (source,) = (place / "a/b").glob("*.c")
    assert result.stdout == f"a/b/{source.name}\n"
    assert sorted(path.suffix for path in (place / "a/b").iterdir()) == [".c", ".h", ".json"]
    assert list(place.iterdir()) == [place / "a"]
    manifest = json.loads(source.with_suffix(".json").read_text())
    assert manifest["name"] == source.stem
    assert manifest["plan"]["spec"]["ic"] == 3
    assert manifest["bytes"]["input"] == 3 * 5 * 5 * 4
    assert set(manifest["sha256"]) == {source.name, f"{source.stem}.h"}
    assert "verified 1 kernel" in result.stderr


@pytest.mark.parametrize("command", ["generate", "package"])
@pytest.mark.parametrize("words", [[], ["-o", ""]])
def test_where_to_write_is_asked_for(place, command, words):
    told = run(command, TINY, "--no-verify", *words, code=2).stderr
    assert told == "convgen: output must be given: -o DIR, or -o . for the current folder\n"
    assert not list(place.iterdir())
    run(command, TINY, "--no-verify", "-o", ".")
    assert len(list(place.iterdir())) >= 3


def test_the_same_command_writes_the_same_bytes(place):
    run("generate", TINY, "--no-verify", "-o", ".")
    before = tree(place)
    run("generate", TINY, "--no-verify", "-o", ".")
    assert tree(place) == before


@pytest.mark.parametrize("option", ["--update", "--force"])
@pytest.mark.parametrize("manifest", [True, False])
def test_files_that_differ_are_replaced_when_that_is_asked_for(place, option, manifest):
    """By --update those that convgen wrote, by --force any."""
    words = ("generate", TINY, "-o", ".", "--name", "k", "--no-verify")
    run(*words)
    before = tree(place)
    spoilt = "mine" if option == "--force" else (place / "k.h").read_text().replace("float", "double")
    (place / "k.h").write_text(spoilt)
    if not manifest:
        (place / "k.json").unlink()
    if option == "--force":
        assert "k.h: not by convgen), or use --force" in run(*words, "--update", code=2).stderr
    result = run(*words, code=2)
    assert "k.h" in result.stderr
    assert option in result.stderr
    assert (place / "k.h").read_text() == spoilt
    run(*words, option)
    assert tree(place) == before


def test_stdout_gets_one_text_that_compiles_by_itself(place):
    result = run("generate", TINY, "--layout", "nhwc", "--name", "k", "-o", "-")
    assert not list(place.iterdir())
    compiler = compilers.find_compiler()
    flags = host.host().row.flags
    done = subprocess.run(
        [*compiler.command, "-std=c99", "-Wall", *flags, "-xc", "-c", "-o", "k.o", "-"],
        input=result.stdout, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_layers_from_files_stdin_and_the_command_line_are_generated_once_each(place):
    (place / "l.toml").write_text(
        f'layer = [{{ name = "one", descriptor = "{TINY}" }}, {{ name = "two", ic = 1, oc = 2, iw = 9,'
        f' kw = 3 }}, {{ name = "again", descriptor = "{TINY}" }}]'
    )
    result = run("generate", "-", TINY, "--layers", "l.toml", "-o", "out", "--no-verify",
                 stdin='ic5ih4oc5kh1n"three"')  # fmt: skip
    assert len(result.stdout.split()) == 4
    names = [json.loads(path.read_text())["layers"] for path in (place / "out").glob("*.json")]
    assert sorted(names) == [["again"], ["one"], ["three"], ["two"]]


NAMED_LAYERS = [  # what is asked for, how C calls it
    ([TINY], ["conv_f32_nchw_3x3s1p1_3x5x5_4"]),
    ([f'{TINY}n"stem"'], ["stem"]),
    ([f'{TINY}n"res2a.conv-1"', 'ic1iw3oc1kw1n"exp"'], ["res2a_conv_1", "layer_exp"]),
    ([TINY, 'ic1iw3oc1kw1n"b"', "--name", "first", "--name", "second"], ["first", "second"]),
]


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("words", "names"), NAMED_LAYERS, ids=str)
def test_a_layer_names_its_kernel_and_no_plan_does(place, words, names):
    """Another target, or another plan, changes no name; the command in the head comment, as it stands there, makes the
    same file in the current folder."""
    for at, options in enumerate(([], ["--target", "x86-64-v3"], ["--algorithm", "reference"])):
        run("generate", *words, *options, "-o", f"out{at}", "--no-verify")
        assert [path.stem for path in sorted((place / f"out{at}").glob("*.c"))] == sorted(names)
        for name in names:
            text = (place / f"out{at}" / f"{name}.c").read_text()
            command = shlex.split(re.search(r"Command   convgen (.*)", text)[1])
            again = place / f"again{at}{name}"
            again.mkdir()
            with contextlib.chdir(again):
                assert run(*command).stdout == f"{name}.c\n"
            assert (again / f"{name}.c").read_text() == text


ASKED = {  # the layer, the algorithm that is asked for, whether the model takes it unasked
    "phases": (["ic64ih12oc32oh48kh5sh4ph0", "--op", "transposed"], "direct", False),
    "overlap-add": (["ic64ih12oc32oh48kh5sh4ph0", "--op", "transposed"], "col2im", True),
    "depthwise": (["g32ic32ih20oc32oh20kh3ph1", "--layout", "nhwc"], "direct", False),
    "no error": (["ic64ih14oc64oh14kh3ph1"], "direct", True),  # its limit leaves out what is faster
    "balanced": (["ic64ih14oc64oh14kh3ph1", "--target", "cortex-m4"], "winograd", False),
    "small": (["g32ic32ih20oc32oh20kh3ph1", "--layout", "nhwc", "--max-code", "9000"], "direct", False),
}


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize(("words", "algorithm", "unasked"), ASKED.values(), ids=ASKED)
def test_the_command_names_an_algorithm_that_was_asked_for(place, words, algorithm, unasked):
    """Where the model takes another one: else the command would print that."""
    target = [] if "--target" in words else ["--target", "x86-64-v3"]
    run("generate", *words, *target, "--algorithm", algorithm, "--name", "k", "--no-verify", "-o", "out")
    text = (place / "out/k.c").read_text()
    command = shlex.split(re.search(r"Command   convgen (.*)", text)[1])
    assert ("--algorithm" in command) != unasked
    run(*command)
    assert (place / "k.c").read_text() == text


@pytest.mark.parametrize("words", [[TINY], ["-"]], ids=str)
def test_the_command_of_a_kernel_can_be_pasted(place, words):
    """Into a shell, where no descriptor says the layer too; where the file is already, it stays as it is."""
    padded = json.dumps({"ic": 1, "oc": 2, "ih": 6, "iw": 6, "kh": 3, "kw": 3, "sh": 2, "bottom": 2})
    run("generate", *words, *REFERENCE, "--target", "scalar", "-o", "out", "--no-verify", stdin=padded)
    (path,) = (place / "out").glob("*.c")
    text = path.read_text()
    command = re.search(r"Command   (.*)", text)[1]
    assert command.startswith("echo") == (words == ["-"])
    (place / "bin").mkdir()
    (place / "bin" / "convgen").write_text(
        f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -c 'from convgen.commands.main import main; main()' \"$@\"\n")
    (place / "bin" / "convgen").chmod(0o755)
    search = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["sh", "-c", command], cwd=place / "out", env={**os.environ, "PATH": search},
                          capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, f"{path.name}\n"), done.stderr
    assert path.read_text() == text


@pytest.mark.parametrize(("first", "second", "told"), [
    ("stem", "stem_pack", "name must differ from what stem defines for itself (name=stem_pack)"),
    ("stem", "STEM", "name must differ from every other layer's by more than case (name='STEM', of acc/stem"),
    ("stem_pack", "stem", "name must not define for itself what is there already (name=stem, which defines stem_pack"),
    ("stem", "stem_layer", None), ("stem", "stem", None)], ids=str)
def test_names_of_several_calls_keep_apart_in_a_folder(place, first, second, told):
    """As those of one call do."""
    words = ("generate", TINY, "--target", "scalar", "--no-verify", "-o", "acc")
    run(*words, "--name", first)
    (place / "acc" / "package.json").write_text('{"name": "package", "version": "1"}')  # others' is nobody's kernel
    result = run(*words, "--name", second, code=2 if told else 0)
    assert (told or "") in result.stderr
    assert (place / "acc" / f"{second}.c").exists() == (told is None)
    run(*words, "--name", second, "--force")


def test_equal_layers_with_names_of_their_own_have_kernels_of_their_own(place):
    """Of the same plan; without names they are one layer."""
    words = ("generate", f'{TINY}n"a"', f'{TINY}n"b"', TINY, "-o", ".")
    result = run(*words)
    assert result.stdout == "a.c\nb.c\n"
    assert "verified 2 kernels" in result.stderr
    a, b = ((place / f"{name}.c").read_text() for name in "ab")
    assert "void b(" in b
    swapped = {"a": "b", "b": "a"}
    assert len(a) == len(b)
    assert json.loads((place / "a.json").read_text())["plan"] == json.loads((place / "b.json").read_text())["plan"]
    assert swapped.keys() == {path.stem for path in place.glob("*.h")}
    run(*words, "--name", "x", "--name", "y", "--no-verify")
    assert (place / "y.h").exists()
    assert "name must be given once for each layer (names=1, layers=2)" in run(*words, "--name", "x", code=2).stderr


@pytest.mark.parametrize("name", ["../a b", "a/../../b", "..", "a\\..\\b"])
def test_a_name_that_leads_out_of_the_folder_is_refused(place, name):
    (place / "l.json").write_text(json.dumps({"name": name, "descriptor": TINY}))
    assert "name must not lead out of a folder (name=" in run("generate", "l.json", "-o", ".", code=2).stderr
    assert [path.name for path in place.iterdir()] == ["l.json"]


@pytest.mark.parametrize(("second", "options"), [
    ('n"a.b"', []), ('n"A_B"', []), ("", ["--name", "a", "--name", "A"])], ids=str)
def test_names_that_meet_are_refused(place, second, options):
    text = run("generate", f'{TINY}n"a_b"', f"ic1iw3oc1kw1{second}", "-o", ".", *options, code=2).stderr
    assert "name must differ from every other layer's by more than case" in text
    assert not list(place.iterdir())


def test_a_name_must_not_be_what_another_layer_defines(place):
    text = run("generate", f'{TINY}n"a"', 'ic1iw3oc1kw1n"a_pack"', "-o", ".", code=2).stderr
    assert "name must differ from what a defines for itself (name=a_pack)" in text


@pytest.mark.parametrize(("other", "forced"), [("scalar", 0), ("opencl-cpu", 2)])
def test_a_folder_holds_a_layer_for_one_target(place, other, forced):
    """Another's files are not written over without being told to; nor left behind without their manifest."""
    run("generate", TINY, "--target", "x86-64-v3", "-o", ".", "--no-verify")
    before = tree(place)
    text = run("generate", TINY, "--target", other, "-o", ".", "--no-verify", code=2).stderr
    assert "output must not hold conv_f32_nchw_3x3s1p1_3x5x5_4 for another target" in text
    assert "is for 'x86-64-v3'" in text
    assert tree(place) == before
    run("generate", TINY, "--target", other, "-o", ".", "--no-verify", "--force", code=forced)
    assert (tree(place) == before) == bool(forced)


@pytest.mark.parametrize(
    ("spec", "given", "expected"),
    [
        ("ic3iw9oc4kw3", "nhwc", "nwc"),
        ("ic3iw9oc4kw3", "nchw", "ncw"),
        ("ic3ih9oc4kh3", "NHWC", "nhwc"),
        ("ic3id5oc4kd3", "nhwc", "ndhwc"),
        ("ic3id5oc4kd3", "nchw", "ncdhw"),
        ("ic3ih9oc4kh3", "ndhwc", "ndhwc"),
    ],
)
def test_layout_fits_the_rank(spec, given, expected):
    data = json.loads(run("plan", spec, "--layout", given, "--json").stdout)
    assert data["layers"][0]["plan"]["spec"]["layout"] == expected


@pytest.mark.parametrize(
    ("words", "field", "expected"),
    [
        (["--weights-layout", "ohwi"], "weights_layout", "ohwi"),
        (["--activation", "clip(-1, 2)"], "activation", "clip(-1,2)"),
        (["--no-bias"], "bias", False),
        (["--bias"], "bias", True),
        (["--residual"], "residual", True),
        (["--batch", "3"], "n", 3),
        (["--dtype", "f32"], "dtype", "f32"),
        (["--dtype", "f16", "--target", "opencl-cpu"], "dtype", "f16"),
        (["--flip"], "flip", True),
    ],
)
def test_overrides(words, field, expected):
    data = json.loads(run("plan", TINY, *words, "--json").stdout)
    assert data["layers"][0]["plan"]["spec"][field] == expected


def test_an_option_that_replaces_what_a_file_says_tells(place):
    """Layers that say nothing themselves take it without a word."""
    entry = 'ic = 2\niw = 9\noc = 3\nkw = 3\n'
    (place / "l.toml").write_text(
        f'[[layer]]\nname = "line"\nlayout = "nwc"\n{entry}[[layer]]\nname = "other"\nn = 2\n{entry}'
        f'[[layer]]\nname = "third"\nlayout = "nwc"\nactivation = "relu"\n{entry}')
    result = run("plan", "l.toml", "--layout", "nchw", "--activation", "silu", "--json")
    assert {one["plan"]["spec"]["layout"] for one in json.loads(result.stdout)["layers"]} == {"ncw"}
    assert "layout: ncw replaces nwc, as line and 1 more would have it\n" in result.stderr
    assert "activation: silu replaces relu, as third would have it\n" in result.stderr
    assert result.stderr.count("replaces") == 2
    assert "replaces" not in run("plan", "l.toml", "--json").stderr


def test_help_says_whose_inputs_need_direct_sums():
    text = " ".join(run("generate", "--help").stdout.split())
    assert "0 admits direct sums only, which inputs with sentinels, hot pixels or NaN need" in text


def test_help_names_every_layout_family():
    text = run("generate", "--help").stdout
    assert sum(layout in text for layout in LAYOUTS) >= 4


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [(FAULT, 1, ("exact: ", "bound: ")), (CRASH, 5, ("crash: ", "SIG"))],
)
def test_a_kernel_that_fails_verification_is_not_written(place, monkeypatch, fault, code, words):
    alter(monkeypatch, *fault)
    result = run("generate", TINY, "ic1ih4oc1kh1", *REFERENCE, "-o", "out", code=code)
    assert not list(place.iterdir())
    assert all(word in result.stderr for word in words)
    assert result.stderr.count("\nreproduce: convgen verify ic") == 2
    run("generate", TINY, *REFERENCE, "-o", "out", "--no-verify")
    assert len(list((place / "out").iterdir())) == 3


def test_nothing_is_written_when_one_layer_of_many_fails(place):
    run("generate", TINY, "ic4ih5oc4kh9", "-o", "out", "--no-verify", code=2)
    (place / "bad.toml").write_text("layer = [{ic=1, oc=1, iw=3, kw=1}, {ic=1, oc=1, iw=3, kw=9}]")
    run("generate", "bad.toml", "-o", "out", "--no-verify", code=2)
    assert not (place / "out").exists()


# --- writing ---

TEXTS = {"a.c": "new a\n", "b.c": "new b\n", "c.c": "new c\n"}


@pytest.mark.parametrize("fails_at", [1, 2, 3])
@pytest.mark.parametrize("existing", [{}, {"a.c": "old a\n", "c.c": "old c\n"}])
def test_a_failure_between_two_renames_is_rolled_back(place, monkeypatch, fails_at, existing):
    folder = place / "x" / "y"
    if existing:
        folder.mkdir(parents=True)
        for name, text in existing.items():
            (folder / name).write_text(text)
    before = tree(place)
    rename, calls = os.replace, []

    def failing(old, new):
        if not str(old).endswith(".old"):
            calls.append(new)
            if len(calls) == fails_at:
                raise OSError(28, "No space left on device")
        rename(old, new)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(InputError, match="No space left"):
        output.write(folder, TEXTS, force=True)
    assert tree(place) == before
    monkeypatch.undo()
    assert output.write(folder, TEXTS, force=True) == list(TEXTS)
    assert tree(folder) == {name: text.encode() for name, text in TEXTS.items()}


def test_files_have_the_usual_permissions(place):
    output.write(place, {"a.c": "a"})
    (place / "plain").write_text("")
    assert (place / "a.c").stat().st_mode == (place / "plain").stat().st_mode


# --- plan ---


def test_plan_prints_complexity_and_a_loop_nest():
    text = run("plan", TINY).stdout
    assert "multiply-adds" in text
    assert "for oc by" in text or "for oh" in text
    assert "predicted" in text
    assert len(run("plan", TINY, "--explain").stdout) > len(text)
    assert "reference" in run("plan", TINY, *REFERENCE).stdout


def test_plan_json_of_two_layers():
    text = run("plan", 'ic3ih5oc4kh3n"a"', "ic1ih5oc4kh3", "--json", "--target", "scalar").stdout
    data = json.loads(text)
    assert [layer["names"] for layer in data["layers"]] == [["a"], []]
    assert {layer["plan"]["target"]["isa"] for layer in data["layers"]} == {"scalar"}


# --- verify ---


def test_verify_prints_a_line_for_each_way_to_build():
    result = run("verify", "ic2iw6oc3kw2", "--opt", "O1,O3", "--mode", "exact, guard", "--seed", 7)
    head, *lines = (line.split() for line in result.stdout.splitlines())
    assert head == ["kernel", "plan", "cc", "opt", "exact", "guard"]
    assert [line[3:] for line in lines] == [["O1", "ok", "ok"], ["O3", "ok", "ok"]]


def test_verify_of_several_compilers():
    tools.require(tools.any_c())
    result = run("verify", TINY, "--cc", ",".join(tools.CC), "--mode", "bound")
    assert [line.split()[2] for line in result.stdout.splitlines()[1:]] == tools.CC


def test_verify_failure_gives_a_line_that_reproduces_it(monkeypatch):
    alter(monkeypatch, *FAULT)
    options = ["--layout", "nhwc", "--activation", "clip(-1,1)", "--opt", "O1", "--seed", "3"]
    result = run("verify", TINY, *REFERENCE, *options, code=1)
    assert result.stdout.splitlines()[1].split()[4:] == ["FAILED", "FAILED", "FAILED", "ok"]
    *messages, line = result.stderr.splitlines()
    assert len(messages) == 3
    assert all(message.startswith("convgen: conv_f32_nhwc") for message in messages)
    command = re.fullmatch(r"reproduce: convgen (.*)", line)[1]
    assert command.endswith("--mode exact,bound,properties --opt O1 --seed 3")
    words = [word.strip("'") for word in command.split()]
    again = run(*words, code=1)
    assert again.stderr.splitlines() == [*messages, line]


@pytest.mark.parametrize(("limit", "label", "told"), [
    ([], "tile of F(4x4, 3x3)", ""),
    (["--max-error", "2e-6"], "tile of F(4x4, 3x3)", ""),
    (["--max-error", "1"], "tile of F(6x6, 3x3)", "--max-error 4.5e-06"),
    (["--max-error", "2e-7"], "tile of F(2x2, 3x3)", "--max-error 1.6e-07"),
    (["--max-error", "0"], "Plan      direct on avx2", "--max-error 0"),
    (["--algorithm", "direct"], "Plan      direct on avx2", "--max-error 0"),
    (["--algorithm", "reference"], "Plan      reference", "--algorithm reference"),
], ids=str)
def test_the_command_of_a_kernel_keeps_its_accuracy(limit, label, told):
    words = ["generate", "ic64ih24oc64kh3ph1", "--target", "x86-64-v3", "--no-verify", "-o", "-"]
    text = run(*words, *limit).stdout
    command = re.search(r"Command   convgen (.*)", text)[1]
    assert label in text.partition("*/")[0]
    assert re.search(r"--(max-error|algorithm) \S+|$", command)[0] == told
    assert run(*command.split(), "--no-verify", "-o", "-").stdout == text


@pytest.mark.parametrize(("fault", "seconds", "words"), [(CRASH, 60, "crashed"), (HANG, 3, "no answer in 3 s")])
def test_verify_survives_a_crash_and_a_hang(monkeypatch, fault, seconds, words):
    alter(monkeypatch, *fault)
    result = run("verify", TINY, *REFERENCE, "--mode", "exact", "--timeout", seconds, code=5)
    assert "CRASHED" in result.stdout
    assert words in result.stderr
    assert "\nreproduce: convgen verify" in result.stderr


def test_a_layer_without_a_descriptor_is_reproduced_through_a_pipe(monkeypatch, place):
    alter(monkeypatch, *FAULT)
    layer = {"ic": 1, "oc": 2, "ih": 6, "iw": 6, "kh": 3, "kw": 3, "sh": 2, "bottom": 2}
    (place / "l.json").write_text(json.dumps({**layer, "residual": True}))
    line = run("verify", "l.json", *REFERENCE, "--mode", "exact", code=1).stderr.splitlines()[-1]
    spec, words = re.fullmatch(r"reproduce: echo '(.*)' \| convgen (.*)", line).groups()
    assert run(*words.split(), code=1, stdin=spec).stderr.splitlines()[-1] == line


def test_verify_of_a_folder(place):
    run("generate", TINY, "ic2iw6oc3kw2", "-o", "out", "--no-verify")
    run("generate", TINY, "--name", "mine", "-o", "out", "--no-verify")
    (place / "out" / "other.json").write_text("{}")
    result = run("verify", "out", "--mode", "exact")
    assert len(result.stdout.splitlines()) == 4
    assert not result.stderr


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("k.c", lambda text: text.replace("float", "double", 1), "k.c differs .* line [0-9]+"),
        ("k.h", lambda text: text + "\n", "k.h differs"),
        ("k.c", lambda text: "", "k.c differs .* line 1"),
        ("k.c", None, "k.c is missing"),
        ("k.h", None, "k.h is missing"),
        ("k.json", lambda text: text.replace('"packed": ', '"packed": 1'), "k.json differs"),
        ("k.json", lambda text: text.replace('"none"', '"relu"'), "k.c differs"),
        ("k.json", lambda text: text.replace('"name": "k"', '"name": "j"'), "j.c is missing"),
    ],
)
def test_verify_of_a_folder_finds_drift(place, file, change, message):
    run("generate", TINY, "-o", ".", "--name", "k", "--no-verify")
    run("generate", "ic1iw3oc1kw1", "-o", ".", "--name", "good", "--no-verify")
    path = place / file
    path.unlink() if change is None else path.write_text(change(path.read_text()))
    result = run("verify", ".", "--mode", "exact", code=1)
    assert re.search(message, result.stderr)
    assert "reproduce: convgen verify ." in result.stderr
    assert result.stdout.splitlines()[1].startswith("good ")


@pytest.mark.parametrize(("damage", "reason"), [
    (lambda text: text[:300], "truncated"),
    (lambda text: text.replace('"layers"', '"layer"'), "layer"),
    (lambda text: text.replace('"convgen": "', '"convgen": 3, "x": "'), "convgen must be str"),
])
@pytest.mark.parametrize("left", [("k.c", "k.h"), ()], ids=["sources", "alone"])
def test_a_broken_manifest_is_named(place, damage, reason, left):
    """Also among good ones, and where the files that it tells of are gone; other JSON is nobody's business."""
    for name in ("k", "good"):
        run("generate", TINY, "--name", name, "--no-verify", "-o", "out")
    (place / "out/other.json").write_text('{"name": "k"}')
    path = place / "out/k.json"
    path.write_text(damage(path.read_text()))
    for name in {"k.c", "k.h"} - {*left}:
        (place / "out" / name).unlink()
    told = run("verify", "out", code=2).stderr
    assert told.startswith("convgen: manifest must be as convgen wrote it (out/k.json: ")
    assert reason in told


def test_a_folder_that_holds_none_is_told_with_those_in_it_that_do(place):
    for folder in ("out/a", "out/b"):
        run("generate", TINY, "--name", "k", "--no-verify", "-o", folder)
    (place / "out" / "c").mkdir()
    assert "(\'out\'; in it a, b do)" in run("verify", "out", code=2).stderr
    assert "'nosuchdir' is neither a file, a folder nor a descriptor" in run("verify", "nosuchdir", code=2).stderr


def test_an_interruption_is_told(monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "generate", stop)
    assert run("generate", TINY, "-o", ".", code=130).stderr.strip() == "convgen: interrupted"


# --- completion ---


@pytest.mark.parametrize(("words", "typed", "kind", "offered"), [
    (["generate"], "lay", "file", ["lay"]), (["verify"], "ou", "file", ["ou"]),
    (["generate", "-o"], "o", "dir", ["o"]), (["generate", "--from"], "o", "dir", ["o"]),
    (["generate", "--lock"], "x", "file", ["x"]), (["generate", "--depfile"], "x", "file", ["x"]),
    (["generate", "--layers"], "x", "file", ["x"]), (["generate", "--weights"], "x", "file", ["x"]),
    (["import"], "m", "file", ["m"]), (["records", "import"], "m", "file", ["m"]), (["tune"], "m", "file", ["m"]),
    (["generate", "--target"], "x86-64-v3", "plain",
     ["x86-64-v3", "x86-64-v3-vnni"]), (["plan", "--algorithm"], "wino", "plain",
                                                                         ["winograd"]),
    (["plan", "--layout"], "nh", "plain", ["nhwc"]), (["plan", "--dtype"], "f1", "plain", ["f16"]),
    (["plan", "--optimize"], "", "plain", ["speed", "network", "size", "balanced"]),
    (["verify", "--mode"], "exact,b", "plain", ["exact,bound"]), (["plan", "--activation"], "hard-sw", "plain",
                                                                  ["hard-swish"]),
    (["tune", "--effort"], "est", "plain", ["estimate"]), ([], "gener", "plain", ["generate"]),
], ids=str)
def test_a_shell_completes_names_of_files_and_values(monkeypatch, words, typed, kind, offered):
    monkeypatch.setenv("_CONVGEN_COMPLETE", "bash_complete")
    found = ShellComplete(main, {}, "convgen", "_CONVGEN_COMPLETE").get_completions(words, typed)
    assert [(one.type, one.value) for one in found] == [(kind, value) for value in offered]


# --- bench, targets, doctor, schema ---


def test_bench_json():
    result = run("bench", TINY, 'ic1iw30oc2kw3n"b"', "--json", "--repeats", 3)
    data = json.loads(result.stdout)
    assert [layer["names"] for layer in data["layers"]] == [[], ["b"]]
    for layer in data["layers"]:
        assert layer["repeats"] == 3
        assert 0 < layer["min_s"] <= layer["median_s"]
        assert layer["gflops"] == pytest.approx(2e-9 * layer["macs"] / layer["min_s"])
    rates = [layer["gflops"] for layer in data["layers"]]
    assert data["geomean_gflops"] == pytest.approx((rates[0] * rates[1]) ** 0.5)
    assert data["threads"] == 1
    assert data["peaks"]["fma_gflops"] > max(rates)


def test_bench_table():
    text = run("bench", TINY, "ic1iw30oc2kw3", "--repeats", 3, "--threads", 2).stdout
    assert "GFLOP/s" in text
    assert "geometric mean" in text
    assert "2 threads" in text


def test_bench_leads_with_the_median_and_tells_of_noise(monkeypatch):
    """Here the least time is far from what to expect."""
    times = iter([(1e-3, 2.7e-3, 2.7e-3), (1e-3, 1e-3, 1e-3)])
    monkeypatch.setattr(timing, "measure", lambda *_: timing.Timing(1, next(times)))
    result = run("bench", 'ic64ih28oc64kh3n"loud"', 'ic64ih29oc64kh3n"calm"')
    head, loud, calm, *_ = (line.split() for line in result.stdout.splitlines())
    assert head[:6] == ["layer", "median", "ms", "spread", "min", "ms"]
    macs = 26 * 26 * 64 * 64 * 9
    assert loud[:5] == ["loud", "2.700", "±16%", "1.000", f"{2e-9 * macs / 2.7e-3:.1f}"]
    assert calm[:4] == ["calm", "1.000", "±0%", "1.000"]
    assert "1 of 2 layers scatter, worst loud: 2.700 ms in the median, ±16%, and 1.000 at least" in result.stderr


def test_bench_of_a_kernel_that_crashes(monkeypatch):
    alter(monkeypatch, *CRASH)
    result = run("bench", TINY, *REFERENCE, code=5)
    assert re.match(r"convgen: conv_.*crashed.*\nreproduce: convgen verify ", result.stderr)


def test_targets():
    lines = run("targets").stdout.splitlines()
    here = [info.title for info in devices.here()]
    assert [line.split()[0] for line in lines] == ["target", "host", *target.NAMED, *here]
    where = f"on {devices.serving(target.NAMED['opencl-cpu'])[0].title}" if here else " no "
    assert any(line.startswith("opencl-cpu") and where in line for line in lines)


def test_doctor():
    lines = run("doctor").stdout.splitlines()
    found = {line.split()[0] for line in lines}
    assert {"cpu", "isa", "caches", "compiler", "cache", "measured"} <= found
    assert any(re.search(r"measured +[0-9.]+ GFLOP/s of FMA, [0-9.]+ GB/s", line) for line in lines)


def test_schema():
    assert json.loads(run("schema").stdout) == json.loads(json.dumps(formats.schema()))


# --- OpenCL devices ---

needs_device = tools.needs_device
THERE = ("--target", "opencl-cpu")


@needs_device
def test_devices():
    first = devices.here()[0]
    text = run("devices").stdout
    assert text.startswith(f"{first.title}  {first.name} ({first.kind})\n")
    assert f"base aligned to {devices.handle(first.key)[1].mem_base_addr_align // 8} bytes" in text
    assert f"{first.units} units" in text
    (data, *_) = json.loads(run("devices", "--json").stdout)["devices"]
    assert (data["target"], data["units"], data["isa"]) == (first.title, first.units, first.target.isa)
    assert data["align"] == devices.handle(first.key)[1].mem_base_addr_align // 8, "bytes, as all sizes"
    assert data["complaint"] is None
    assert {"local_bytes", "group", "items", "constant_bytes", "half", "double", "subgroups", "dots", "timer_ns",
            "vector", "platform_version"} <= set(data)


@pytest.mark.parametrize("words", [["devices"], ["devices", "--json"], ["bench", TINY, *THERE],
                                   ["verify", TINY, *THERE], ["generate", TINY, *THERE, "--verify", "-o", "."]],
                         ids=" ".join)
@pytest.mark.parametrize("lack", ["pyopencl", "devices"])
def test_without_opencl(monkeypatch, words, lack):
    if lack == "devices":
        monkeypatch.setattr(devices, "handles", lambda: ())
    else:
        monkeypatch.setitem(sys.modules, "pyopencl", None)
        monkeypatch.setattr(devices, "handles", devices.handles.__wrapped__)
    result = run(*words, code=4)
    extra = "opencl" if lack == "pyopencl" and devices.registered() else "pocl"
    assert re.fullmatch(rf"convgen: .*pip install 'convgen\[{extra}\]'.*\n", result.stderr)
    assert bool(result.stdout) == ("--json" in words)


def test_generate_for_opencl_without_a_device(monkeypatch, place):
    monkeypatch.setattr(devices, "handles", lambda: ())
    assert "not verified: target needs an OpenCL device" in run("generate", TINY, *THERE, "-o", ".").stderr
    assert list(place.glob("*.cl"))
    assert "no" in run("targets").stdout.splitlines()[-1]


@needs_device
def test_generate_and_verify_for_opencl(place):
    result = run("generate", TINY, *THERE, "--name", "k", "-o", "out")
    assert result.stdout == "out/k.cl\n"
    assert "verified 1 kernel: exact, bound, properties, guard" in result.stderr
    run("generate", TINY, "-o", ".", "--name", "c", "--no-verify", "-o", "out")
    lines = [line.split() for line in run("verify", "out", "--mode", "exact").stdout.splitlines()]
    first = devices.serving(target.NAMED["opencl-cpu"])[0].key
    assert sorted(line[:1] + line[-2:] for line in lines[1:]) == [["c", "O3", "ok"], ["k", "-", "ok"]]
    assert [line[2] for line in lines if line[0] == "k"] == [first]
    cc = compilers.find_compiler()
    assert "cc must be left to an OpenCL device" in run("verify", "out", "--cc", cc, code=2).stderr


@needs_device
def test_verify_takes_a_device_for_the_kernels_of_a_folder(monkeypatch, place):
    """It was ignored: files were verified on another device than the one that was asked for."""
    key, asked = devices.here()[0].key, []
    run("generate", TINY, *THERE, "--name", "k", "-o", "out", "--no-verify")
    run("generate", TINY, "--target", key, "--name", "own", "-o", "out", "--no-verify")
    run("generate", TINY, "-o", ".", "--name", "c", "--no-verify", "-o", "both")
    run("generate", TINY, *THERE, "--name", "k", "-o", "both", "--no-verify")
    serving = devices.serving

    def noted(target, name=None, strict=False):
        asked.append((target.name, name))
        return serving(target, name, strict)

    monkeypatch.setattr(devices, "serving", noted)
    run("verify", "out", "--target", key, "--mode", "exact")
    assert len(asked) >= 4
    assert {name for _, name in asked} == {key}
    result = run("verify", "both", "--target", key, "--mode", "exact")
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == ["c", "k"], "C where it was made for"
    with monkeypatch.context() as patch:
        wrong = report.Report("k", (report.Check("exact", False, None, "wrong"),))
        patch.setattr("convgen.commands.verify.verify_at", lambda *_: wrong)
        told = run("verify", "out", "--target", key, "--mode", "exact", code=1).stderr
        assert f"reproduce: convgen verify out --target {key} --mode exact\n" in told
    for other in ("host", "opencl-cpu", "x86-64-v3"):
        said = run("verify", "out", "--target", other, code=2).stderr
        assert "target must name an OpenCL device, as opencl:0:0, for a folder" in said
    run("generate", TINY, "-o", ".", "--name", "c", "--no-verify", "-o", "plain")
    said = run("verify", "plain", "--target", key, code=2).stderr
    assert "target must not be a device for folders without kernels for OpenCL" in said


@needs_device
def test_verify_of_a_folder_lists_what_no_device_here_can_run(monkeypatch, place):
    """And does the rest."""
    first, device = devices.handles()[0]
    absent = msgspec.structs.replace(first, platform=7, platform_name="Absent", called="opencl:absent")
    run("generate", TINY, *THERE, "--name", "k", "-o", "out", "--no-verify")
    with monkeypatch.context() as patch:
        patch.setattr(devices, "handles", lambda: ((absent, device),))
        run("generate", TINY, "--target", "opencl:absent", "--name", "absent", "-o", "out", "--no-verify")
    result = run("verify", "out", "--mode", "exact")
    assert "absent: not verified: the device of the target is not here: platform must be one of" in result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == ["k"]
    for name in ("k.cl", "k_opencl.c", "k_opencl.h", "k.json"):
        Path("out", name).unlink()
    run("verify", "out", code=4)


@needs_device
def test_verify_of_a_folder_lists_what_a_device_is_too_small_for(monkeypatch, place):
    run("generate", TINY, *THERE, "--name", "k", "-o", "out", "--no-verify")

    def refuse(*_):
        raise UnsupportedError("arrays must fit the device's memory (2 > 1 bytes)")

    monkeypatch.setattr("convgen.commands.verify.verify_at", refuse)
    assert "k: not verified: arrays must fit" in run("verify", "out", code=3).stderr
    run("verify", TINY, *THERE, code=3)


@needs_device
def test_a_file_names_its_device_by_words(place):
    """Which mean it in another order of implementations too."""
    first = devices.here()[0]
    run("generate", TINY, "--target", first.key, "--name", "k", "-o", ".", "--no-verify")
    assert json.loads(Path("k.json").read_text())["plan"]["target"]["name"] == first.title
    command = re.search(r"convgen (generate .*)", Path("k.cl").read_text())[1]
    assert f"--target {first.title}" in command
    assert first.title == first.called
    assert run("verify", ".", "--mode", "exact").stdout.splitlines()[1].split()[0] == "k"


@pytest.mark.parametrize("words", [["generate", TINY, "-o", "."], ["verify", TINY], ["bench", TINY]], ids=" ".join)
def test_run_is_left_to_an_opencl_device(words):
    said = run(*words, *THERE, "--run", "qemu-arm", code=2).stderr
    assert "run must be left to an OpenCL device (run='qemu-arm', target=opencl-cpu)" in said


@needs_device
@pytest.mark.parametrize(("old", "new", "code", "said"), [
    (*FAULT, 1, "exact: "), ("        float sum =", "*(volatile __global int *)0 = 1;\n        float sum =", 5, "SIG"),
    ("        float sum =", "        float sum = nonsense;", 4, "nonsense"),
], ids=["fault", "crash", "refused"])
def test_a_failure_on_a_device_is_told_with_a_line_that_reproduces_it(monkeypatch, old, new, code, said):
    alter(monkeypatch, old, new)
    words = ["verify", TINY, *REFERENCE, *THERE, "--mode", "exact"]
    result = run(*words, code=code)
    assert said in result.stderr
    if code == 4:
        return
    *messages, line = result.stderr.splitlines()
    assert re.fullmatch(r"convgen: conv_\S+ \(reference_\S+, opencl:\d+:\d+\): .*", messages[0])
    command = re.fullmatch(r"reproduce: convgen (verify .* --target opencl-cpu .*--mode exact)", line)[1]
    assert run(*command.split(), code=code).stderr.splitlines() == [*messages, line]


@needs_device
def test_bench_of_a_device(monkeypatch, place):
    data = json.loads(run("bench", TINY, *THERE, "--json", "--repeats", 3).stdout)
    (layer,) = data["layers"]
    info, _ = devices.serving(target.NAMED["opencl-cpu"])
    assert data["device"] == info.name
    assert data["threads"] is None
    assert layer["fma_share"] == pytest.approx(layer["gflops"] / data["peaks"]["fma_gflops"])
    assert f"peaks with {info.units} thread" in run("bench", TINY, *THERE, "--repeats", 1, "--plot", "a.svg").stdout
    monkeypatch.setenv("CC", "/nonexistent/cc")  # nothing to compare with
    data = json.loads(run("bench", TINY, *THERE, "--json", "--repeats", 1).stdout)
    assert (data["peaks"], data["layers"][0]["fma_share"], data["layers"][0]["limit"]) == (None, None, None)
    table = run("bench", TINY, *THERE, "--repeats", 1, "--plot", "b.svg").stdout.splitlines()
    assert len(table) == 2
    assert "class='roof'" not in (place / "b.svg").read_text()
    assert "class='roof'" in (place / "a.svg").read_text()


def test_plan_for_every_opencl_target():
    for name in ("opencl-cpu", "opencl-gpu"):
        data = json.loads(run("plan", TINY, "--target", name, "--json").stdout)
        assert data["layers"][0]["plan"]["target"]["name"] == name
        assert name in run("plan", TINY, "--target", name).stdout


@needs_device
@pytest.mark.parametrize(("words", "said"), [
    (["verify", TINY, *THERE, "--cc", "gcc"], "cc must be left to an OpenCL device (cc='gcc', target=opencl-cpu)"),
    (["verify", TINY, *THERE, "--opt", "O3"], "opt must be left to an OpenCL device"),
    (["bench", TINY, *THERE, "--threads", "2"], "threads must be left to an OpenCL device (threads=2"),
    (["bench", TINY, *THERE, "--against", "torch"], "that run where the kernel does, on the OpenCL device: clblast,"),
    (["verify", TINY, "--target", "opencl:nonesuch"], "platform must be one of: 0"),
], ids=["cc", "opt", "threads", "against", "platform"])
def test_what_a_device_does_not_take(words, said):
    result = run(*words, code=2)
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


# --- where something is lacking ---


def test_without_a_compiler(monkeypatch, place):
    monkeypatch.setenv("CC", "/nonexistent/cc")
    for words in (["verify", TINY], ["bench", TINY], ["doctor"], ["generate", TINY, "--verify", "-o", "."],
                  ["generate", TINY, "-o", "."]):
        result = run(*words, code=4)
        assert "/nonexistent/cc" in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert not list(place.iterdir())
    monkeypatch.delenv("CC")
    monkeypatch.setattr(compilers, "_usual", list)
    result = run("generate", TINY, "-o", ".")  # needs none, and says that it did without
    assert "not verified: " in result.stderr
    assert len(list(place.iterdir())) == 3
    run("plan", TINY)


def test_a_target_that_does_not_run_here(monkeypatch, place):
    monkeypatch.setattr(target.Target, "runs_here", lambda self, arithmetic=None: False)
    for words in (["verify", TINY], ["bench", TINY], ["generate", TINY, "--verify", "-o", "."]):
        assert "x86-64-v3" in run(*words, "--target", "x86-64-v3", code=3).stderr
    assert not list(place.iterdir())
    assert "not verified: " in run("generate", TINY, "--target", "x86-64-v3", "-o", ".").stderr


def test_an_unusable_cache_is_a_warning_in_one_line(monkeypatch, place):
    (place / "file").write_text("")
    monkeypatch.setenv("CONVGEN_CACHE", str(place / "file" / "cache"))
    result = run("verify", TINY, "--mode", "exact")
    assert re.fullmatch(r"convgen: convgen keeps no cache: .*\n", result.stderr)


def test_interrupted_while_it_reads():
    program = ["import os, signal, threading", "threading.Timer(0.7, os.kill, (os.getpid(), 2)).start()"]
    read, write = os.pipe()
    with os.fdopen(read), os.fdopen(write, "wb"):
        result = python(*program, "main(['generate', '-'])", stdin=read)
    assert (result.returncode, result.stdout, result.stderr.strip()) == (130, "", "convgen: interrupted")


def test_interrupted_while_a_kernel_hangs():
    fault = [
        "import msgspec, os, threading, convgen.isolate, convgen.api as api",
        "make, call = api.generate, convgen.isolate.call",
        "def hanging(*args, **options):",
        "    kernel = make(*args, **options)",
        f"    source = kernel.source.replace({HANG[0]!r}, {HANG[1]!r})",
        "    return msgspec.structs.replace(kernel, source=source)",
        "def timed(*args):",
        "    threading.Timer(1.5, os.kill, (os.getpid(), 2)).start()",
        "    return call(*args)",
        "api.generate, convgen.isolate.call = hanging, timed",
    ]
    start = time.monotonic()
    result = python(*fault, f"main(['verify', '{TINY}', '--algorithm', 'reference'])")
    assert (result.returncode, result.stdout, result.stderr.strip()) == (130, "", "convgen: interrupted")
    assert time.monotonic() - start < 60


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_stdout_that_takes_nothing():
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-c", f"from convgen.commands.main import main; main(['plan', '{TINY}'])"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert result.returncode == 2
    assert re.fullmatch(r"convgen: standard output must be writable \(.*\)\n", result.stderr)


def test_a_reader_that_left_is_no_error():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        result = subprocess.run(
            [sys.executable, "-c", f"from convgen.commands.main import main; main(['plan', '{TINY}'])"],
            stdout=closed, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (result.returncode, result.stderr) == (141, "")


# --- bad input ---

LONG = "x" * 10_000
G = ("generate", TINY, "-o", "out")
V = ("verify", TINY)
BAD = {
    # specs
    "no spec": (["generate"], "SPEC"),
    "no spec to plan": (["plan"], "SPEC"),
    "empty spec": (["generate", ""], "descriptor"),
    "nonsense": (["generate", "nonsense"], "nonsense"),
    "long spec": (["generate", LONG], "descriptor"),
    "newline in spec": (["generate", "ic1\nih3"], "descriptor"),
    "no ic": (["generate", "ih5oc4kh3"], "ic must be given"),
    "ic 0": (["generate", "ic0ih5oc4kh3"], "ic"),
    "stride 0": (["generate", "ic1ih5oc4kh3sh0"], "sh"),
    "kernel too large": (["generate", "ic1ih5oc4kh9"], "kh"),
    "groups": (["generate", "g2ic3ih5oc4kh3"], "groups must divide ic"),
    "contradictory output": (["generate", "ic3ih5oc4oh9kh3ph0"], "oh"),
    "overflow": (["generate", "ic65536ih65536oc1kh1"], "2^31"),
    "huge number": (["generate", "ic99999999999999999999ih3oc1kh1"], "ic"),
    "second spec bad": ([*G, "bad"], "bad"),
    "folder": (["generate", "."], "readable"),
    "no such file": (["generate", "none.toml"], "must exist"),
    "no such layers": (["generate", "--layers", "none.toml"], "must exist"),
    "broken toml": (["generate", "broken.toml"], "broken.toml"),
    "unknown field": (["generate", "unknown.toml"], "strid"),
    "not text": (["generate", "binary.txt"], "UTF-8"),
    "empty file": (["generate", "empty.txt"], "at least one layer"),
    "bad second layer": (["generate", "second.json"], "layer 2"),
    # names
    "name a;b": ([*G, "--name", "a;b"], "C identifier"),
    "name ../x": ([*G, "--name", "../x"], "C identifier"),
    "name with quote": ([*G, "--name", 'x"'], "C identifier"),
    "name too long": ([*G, "--name", LONG], "C identifier"),
    "name with newline": ([*G, "--name", "x\n"], "C identifier"),
    "name empty": ([*G, "--name", ""], "C identifier"),
    "name with digit": ([*G, "--name", "1a"], "C identifier"),
    "name with blank": ([*G, "--name", "a b"], "C identifier"),
    "name not ASCII": ([*G, "--name", "é"], "C identifier"),
    "name keyword": ([*G, "--name", "int"], "it is a keyword of C"),
    "name reserved": ([*G, "--name", "__x"], "it is reserved for compilers"),
    "name of two": ([*G, "ic1iw3oc1kw1", "--name", "k"], "once for each layer (names=1, layers=2)"),
    "name of two bad": ([*G, "ic1iw3oc1kw1", "--name", "a;b"], "C identifier"),
    # options of every command
    "layout": ([*G, "--layout", "nope"], "layout must be one of"),
    "layout of other rank": ([*G, "--layout", "nwc"], "layout nwc"),
    "layout long": ([*G, "--layout", LONG], "layout must be one of"),
    "weights layout": ([*G, "--weights-layout", "oiwh"], "weights_layout must be one of"),
    "activation": ([*G, "--activation", "swoosh"], "activation must be one of"),
    "activation empty": ([*G, "--activation", ""], "activation must be one of"),
    "activation parameters": ([*G, "--activation", "clip(1)"], "2 parameters"),
    "activation order": ([*G, "--activation", "clip(2,1)"], "lower <= upper"),
    "activation not finite": ([*G, "--activation", "clip(0,inf)"], "finite"),
    "batch 0": ([*G, "--batch", "0"], "n must be at least 1"),
    "batch -1": ([*G, "--batch", "-1"], "n must be at least 1"),
    "batch text": ([*G, "--batch", "x"], "--batch"),
    "batch fraction": ([*G, "--batch", "1.5"], "--batch"),
    "batch overflow": ([*G, "--batch", "2000000000"], "2^31"),
    "dtype": ([*G, "--dtype", "f64"], "dtype must be one of f32, f16"),
    "target": ([*G, "--target", "pdp11"], "target must be one of host"),
    **{f"target {name}": ([*G, "--target", name], f"did you mean {meant}?") for name, meant in (
        ("cortex-m4f", "cortex-m4"), ("cortex-m0+", "cortex-m0"), ("cortex-m33", "cortex-m4"), ("armv7", "scalar"),
        ("riscv64", "scalar"), ("cortex-m44", "cortex-m4"))},
    "misspelt file": (["plan", "kws.tmol"], "layers file must exist ('kws.tmol')"),
    "target long": ([*G, "--target", LONG], "target must be one of host"),
    "algorithm": ([*G, "--algorithm", "magic"], "algorithm must be one of"),
    "max error": ([*G, "--max-error", "nan"], "max_error must be a finite number"),
    "max error negative": ([*G, "--max-error", "-1e-6"], "max_error must be a finite number"),
    "max error text": ([*G, "--max-error", "none"], "--max-error"),
    "algorithm long": ([*G, "--algorithm", LONG], "algorithm must be one of"),
    # the command line itself
    "unknown command": (["nope"], "nope"),
    "unknown option": ([*G, "--nope"], "--nope"),
    "long option": ([*G, f"--{LONG}"], "such option"),
    "option without value": ([*G, "--name"], "--name"),
    "flag with value": ([*G, "--bias=yes"], "--bias"),
    # output
    "output below a file": ([*G, "-o", "empty.txt/out"], "output must be writable"),
    "output is a file": ([*G, "-o", "empty.txt"], "output must be writable"),
    "output has no name": ([*G, "-o", ""], "output must be given"),
    "output name too long": ([*G, "-o", LONG], "output must be writable"),
    "two to stdout": ([*G, "ic1iw3oc1kw1", "-o", "-"], "single layer (output=-, layers=2)"),
    # verify
    "mode": ([*V, "--mode", "exact,nope"], "mode must be one of exact"),
    "mode empty": ([*V, "--mode", ""], "mode must be one of exact"),
    "mode long": ([*V, "--mode", LONG], "mode must be one of exact"),
    "opt": ([*V, "--opt", "O9"], "opt must be one of O0"),
    "opt with dash": ([*V, "--opt=-O3"], "opt must be one of O0"),
    "timeout 0": ([*V, "--timeout", "0"], "timeout must be more than 0"),
    "timeout nan": ([*V, "--timeout", "nan"], "timeout must be more than 0"),
    "timeout text": ([*V, "--timeout", "soon"], "--timeout"),
    "seed -1": ([*V, "--seed", "-1"], "--seed"),
    "seed text": ([*V, "--seed", "x"], "--seed"),
    "folder without kernels": (["verify", "nothing"], "folder must hold"),
    "folder with overrides": (["verify", "nothing", "--layout", "nhwc"], "must not be overridden"),
    "damaged manifest": (["verify", "damaged"], "manifest must be as convgen wrote it"),
    # bench
    "threads 0": (["bench", TINY, "--threads", "0"], "--threads"),
    "threads too many": (["bench", TINY, "--threads", "100000"], "--threads"),
    "threads text": (["bench", TINY, "--threads", "all"], "--threads"),
    "repeats 0": (["bench", TINY, "--repeats", "0"], "--repeats"),
    "bench nothing": (["bench"], "SPEC"),
    # a compiler asked for that is not there
    "cc": ([*V, "--cc", "gcc-0"], "cc must name an executable", 4),
    "cc second": ([*V, "--cc", "gcc,gcc-0"], "cc must name an executable", 4),
    "cc empty": ([*V, "--cc", ""], "cc must name an executable", 4),
    "cc long": ([*V, "--cc", LONG], "cc must name an executable", 4),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_bad_input_is_one_line(place, case):
    words, message, code = (*case, 2)[:3]
    (place / "broken.toml").write_text("layer = [\n")
    (place / "unknown.toml").write_text("ic=1\noc=1\niw=3\nkw=1\nstrid=2\n")
    (place / "binary.txt").write_bytes(b"\xff\xfe\x00")
    (place / "empty.txt").write_text("# nothing\n")
    (place / "second.json").write_text('[{"ic": 1, "oc": 1, "iw": 3, "kw": 1}, {"ic": 1}]')
    for folder in ("nothing", "damaged"):
        (place / folder).mkdir()
    (place / "damaged" / "k.c").write_text("")
    (place / "damaged" / "k.json").write_text('{"convgen": ')
    before = tree(place)
    result = run(*words, code=code, stdin="")
    assert re.fullmatch(r"convgen: .{1,390}\n", result.stderr), result.stderr
    assert message in result.stderr
    assert not result.stdout
    assert tree(place) == before


def test_an_empty_stdin():
    assert "stdin" in run("generate", "-", code=2, stdin="").stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_files_that_may_not_be_read_or_written(place):
    (place / "secret.toml").write_text("ic=1\noc=1\niw=3\nkw=1\n")
    (place / "secret.toml").chmod(0)
    assert "readable" in run("generate", "secret.toml", code=2).stderr
    (place / "locked").mkdir(mode=0o500)
    assert "writable" in run(*G, "--no-verify", "-o", "locked", code=2).stderr

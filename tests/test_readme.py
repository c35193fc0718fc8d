"""README's programs do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import tools

import convgen
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.machine.target import NAMED
from convgen.onnx.layers import CONVOLUTIONS
from convgen.onnx.operators import KINDS
from convgen.tflite import operators as tflite
from convgen.tflite.layers import KINDS as LAYERS
from convgen.tflite.products import PRODUCT

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("format", "kinds"), [
    ("ONNX", {"convolutions": CONVOLUTIONS, **KINDS}),
    ("TFLite", {"layers": [*LAYERS, PRODUCT], **tflite.KINDS}),
])
def test_the_table_of_operators_is_that_of_the_code(format: str, kinds: dict[str, list[str]]) -> None:
    rows = [f"| {kind} | {', '.join(sorted(found))} |" for kind, found in kinds.items()]
    assert "\n".join([f"| {format} | operators |", "| --- | --- |", *rows, ""]) in README


@tools.needs(tools.c, "cc")
def test_the_embedding_example_builds_and_runs(tmp_path: Path) -> None:
    assert shown(tmp_path, "main", "out/layer1.h") == "1\n"


@tools.needs(tools.openmp, "cc", *tools.SANITIZERS)
def test_the_embedding_example_keeps_to_its_workspace(tmp_path: Path) -> None:
    """With OpenMP, which would like to have more threads than it is for."""
    shown(tmp_path, "main", "out/layer1.h")
    subprocess.run(["cc", "-std=c11", "-O1", "-fopenmp", *tools.SANITIZERS, "main.c", "out/layer1.c", "-o", "main"],
                   cwd=tmp_path, check=True, capture_output=True)
    said = subprocess.run([tmp_path / "main"], check=False, capture_output=True, text=True,
                          env={**tools.EIGHT, "ASAN_OPTIONS": "detect_leaks=0"})  # the example frees nothing
    assert (said.stdout, said.stderr) == ("1\n", "")


@tools.needs(tools.c, "cc")
def test_the_example_of_a_stream_builds_and_runs(tmp_path: Path) -> None:
    assert shown(tmp_path, "player", "out/taps.h") == "1\n"


@tools.needs(tools.c, "cc")
def test_the_example_of_training_learns(tmp_path: Path) -> None:
    (layers,) = (block for block in blocks("toml") if "backward-weights" in block)
    (tmp_path / "learn.toml").write_text(layers)
    before, after = map(float, shown(tmp_path, "learn", "learn.h").split())
    assert 0.05 < after / before < 0.2


WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Werror")
ROOM = """
#if layer1_WORKSPACE_BYTES(4) < layer1_WORKSPACE_BYTES(1)
#error "more workers need no less"
#endif
size_t room(int a, unsigned b, long c, size_t d, short e);
size_t room(int a, unsigned b, long c, size_t d, short e)
{
    return layer1_WORKSPACE_BYTES(a) + layer1_WORKSPACE_BYTES(b) + layer1_WORKSPACE_BYTES(c)
        + layer1_WORKSPACE_BYTES(d) + layer1_WORKSPACE_BYTES(e) + layer1_WORKSPACE_BYTES(-1);
}
"""


@pytest.mark.parametrize("scratch", [True, False])
@pytest.mark.parametrize(("cc", "flags"), [*((cc, ("-std=c11",)) for cc in tools.CC),
                                           *((cxx, ("-std=c++17", "-x", "c++")) for cxx in tools.CXX)])
def test_the_embedding_example_has_no_warnings(cc: str, flags: tuple[str, ...], scratch: bool,
                                               tmp_path: Path) -> None:
    """Those that the C itself is clean under, for a number of workers of any type; C++ wants casts of calloc."""
    (program,) = (block for block in blocks("c") if "out/layer1.h" in block)
    spec = convgen.ConvSpec.parse("ic64ih56oc64oh56kh3ph1", layout="nhwc", activation="relu")
    plans = ALGORITHMS["winograd" if scratch else "direct"].plans(spec, NAMED["x86-64-v3"])
    kernel = next(one for one in (render(plan, "layer1") for plan in plans) if (one.scratch_bytes > 0) == scratch)
    (tmp_path / "out").mkdir()
    for name, text in kernel.files.items():
        (tmp_path / "out" / name).write_text(text)
    if "c++" in flags:
        program = re.sub(r"= (calloc|malloc)\(", r"= (float *)\1(", program)
    (tmp_path / "main.c").write_text(program + ROOM)
    done = subprocess.run([cc, *flags, *WARNINGS, "-fsyntax-only", "main.c"], cwd=tmp_path, check=False,
                          capture_output=True, text=True)
    assert done.stderr == ""


def shown(folder: Path, name: str, header: str) -> str:
    """What the program that includes the header prints."""
    (program,) = (block for block in blocks("c") if header in block)
    return built(folder, name, program)


def built(folder: Path, name: str, program: str) -> str:
    """What it prints, built by the commands that name its file, into NAME, or NAME.out beside a folder of that name."""
    (folder / f"{name}.c").write_text(program)
    (commands,) = (block for block in blocks("sh") if f" {name}.c " in block)
    commands = commands.replace("convgen ", f"{sys.executable} -m convgen ")
    subprocess.run(["bash", "-euc", commands], cwd=folder, check=True, capture_output=True)
    made = next(path for path in (folder / f"{name}.out", folder / name) if path.is_file())
    return subprocess.run([made], check=True, capture_output=True, text=True).stdout


@tools.needs(tools.opencl_loader, "cc")
def test_the_opencl_example_builds_and_runs(tmp_path: Path) -> None:
    """The whole program, by the commands shown; what README shows of it is in it."""
    program = (ROOT / "tests/outside/device.c").read_text()
    (excerpt,) = (block for block in blocks("c") if "layer1_opencl_create" in block)
    for line in excerpt.splitlines():
        assert line.partition(";")[0] in program
    assert built(tmp_path, "device", program) == "1\n"


@pytest.mark.parametrize(("call", "said"), [("convgen.conv2d(", "(1, 64, 56, 56)\n"), ("convgen.verify(", "exact"),
                                          ("conv.stream()", "True\n")])
def test_the_python_examples_run(call: str, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (program,) = (block for block in blocks("python") if call in block)
    exec(compile(program, "README.md", "exec"), {})
    assert said in capsys.readouterr().out


@pytest.mark.sweep
def test_the_pytorch_example_runs() -> None:
    """In a process of its own: it sets the number of threads."""
    pytest.importorskip("torch")
    (program,) = (block for block in blocks("python") if "import convgen.torch" in block)
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    errors = [float(line.split()[-1]) for line in said.splitlines()]
    assert len(errors) == 2
    assert max(errors) < 1e-4, said


def test_the_layers_file_loads(tmp_path: Path) -> None:
    from convgen.layer.formats import load_layers

    (tmp_path / "layers.toml").write_text("".join(block for block in blocks("toml") if block.startswith("[[layer]]")))
    stem, causal = load_layers(str(tmp_path / "layers.toml"))
    assert (stem.name, stem.spec.oh, stem.spec.activation) == ("stem", 112, "relu")
    assert (causal.name, causal.spec.g, causal.spec.left, causal.spec.right) == ("causal", 64, 4, 0)
    assert causal.spec.ow == causal.spec.iw  # each output sees what came before it


def test_the_concatenation_is_what_it_says(tmp_path: Path) -> None:
    """The command, and in Python what its call does."""
    import numpy as np

    from convgen.packaging import output
    from convgen.run import native

    (command,) = re.findall(r"^    convgen (generate .* --name grow .*)$", README, re.MULTILINE)
    subprocess.run([sys.executable, "-m", "convgen", *command.split()], cwd=tmp_path, check=True, capture_output=True)
    (stored,) = output.stored(tmp_path / "out")
    assert not stored.drift
    conv = native.compile(stored.kernel, opt="O1")
    tensor = np.ones((1, 28, 28, 256), np.float32)
    conv.pack(np.ones((3, 3, 64, 32), np.float32), np.zeros(32, np.float32))
    conv(tensor[..., :64], out=tensor[..., 64:96])
    assert (tensor[0, 5, 5] == np.repeat(np.float32([1, 9 * 64, 1]), [64, 32, 160])).all()


def test_readme_says_whose_data_needs_direct_sums():
    assert "| a NaN, a sentinel or a hot pixel spreads |" in README
    assert "-9999) or a hot pixel: with such data use `max_error=0`" in README

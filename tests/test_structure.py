"""The shape of the house: which way imports point, who may know what, what templates may say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from convgen import isas
from convgen.render import templates

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "convgen"

# A module imports only those before it.
ORDER = [
    "errors", "names", "spec", "formats", "network", "isa", "opencl_rows", "isas", "matrix_rows", "cpus", "target",
    "devices", "plan", "toomcook", "codelets",
    "algorithms.tiling", "algorithms.nest", "algorithms.work", "algorithms.epilogue",
    "algorithms.geometry", "algorithms.arrange", "algorithms.tiled_work", "algorithms.microkernel",
    "algorithms.loopnest", "algorithms.tiled",
    "algorithms.direct", "algorithms.dot", "algorithms.depthwise", "algorithms.grouped", "algorithms.winograd_numbers",
    "algorithms.winograd_view", "algorithms.winograd",
    "algorithms.implicit", "algorithms.tensor", "algorithms.winograd_gpu_view", "algorithms.winograd_gpu",
    "algorithms.reference", "algorithms.forms",
    "algorithms", "describe", "gpu_model", "planner", "render", "private", "compilers", "fence", "native", "opencl",
    "isolate",
    "onnx_file", "onnx_fold", "onnx_import", "onnx_backend",
    "oracle", "filtering",
    "checks", "embed", "golden", "guard", "verifier", "probe", "bench", "doctor", "records", "lockfile", "search",
    "trial", "tuner",
    "rivals.layer", "rivals.onnx_model", "rivals.onnxruntime", "rivals.torch", "rivals.openvino",
    "rivals.ncnn", "rivals.litert", "rivals.mnn", "rivals.torch_cuda", "rivals.clblast", "rivals.own", "rivals.worker",
    "rivals", "versus", "plot",
    "bundle", "selftest", "package", "output",
    "torch.kernels", "torch.fold", "torch.layer", "torch.factory", "torch.graph", "torch.modules", "torch",
    "console", "request", "packaging", "matrix", "scoreboard", "tuning", "machine", "models", "cli",
    "__main__",
]

# (module, what it imports from behind it): why it may
EXCEPTIONS = {
    ("render", "native"): "kernel.compile() is what people type; imported when called",
    ("render", "opencl"): "the same; imported when called",
    ("target", "devices"): "only a target that names a device asks which there are; imported when called",
    ("render", "records"): "generate() asks for a measured plan; imported when called",
    ("isolate", "isolate"): "its child process runs it as a program, whose classes others import by name",
}


def modules():
    """Dotted name inside the package -> file."""
    paths = {path.relative_to(PACKAGE).with_suffix(""): path for path in PACKAGE.rglob("*.py")}
    names = {".".join(path.parts).removesuffix(".__init__"): file for path, file in paths.items()}
    return {name: file for name, file in names.items() if name != "__init__"}


def imports(name, path):
    """(dotted name of a module of this package, line) for each import, wherever it stands."""
    known = modules()
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "convgen":
                    yield alias.name.removeprefix("convgen").lstrip("."), node.lineno
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) - node.level + 1]
            elif (node.module or "").split(".")[0] == "convgen":
                base = []
            else:
                continue
            base = base + [part for part in (node.module or "").split(".") if part and part != "convgen"]
            for alias in node.names:
                inner = ".".join([*base, alias.name])
                target = inner if inner in known else ".".join(base)
                if target:  # "" is the package itself, for its version
                    yield target, node.lineno


def test_every_module_has_its_place():
    assert sorted(modules()) == sorted(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_imports_point_one_way(name):
    path = modules()[name]
    for target, line in imports(name, path):
        if (name, target) not in EXCEPTIONS:
            assert ORDER.index(target) < ORDER.index(name), f"{path.name}:{line} imports {target}"


def test_exceptions_are_still_needed():
    found = {(name, target) for name, path in modules().items() for target, _ in imports(name, path)}
    assert set(EXCEPTIONS) <= found


def test_the_oracle_knows_the_spec_and_nothing_else():
    assert {target for target, _ in imports("oracle", modules()["oracle"])} == {"spec", "errors"}


def test_only_render_knows_the_template_engine():
    pattern = re.compile(r"^\s*(import|from) jinja2\b", re.MULTILINE)
    assert [name for name, path in modules().items() if pattern.search(path.read_text())] == ["render"]


INTRINSIC = re.compile(r"\b(_mm(256|512)?_\w+|v\w+_[fsu](8|16|32|64)|__m\d{3}\w*|(float|u?int)\d+x\d+_t)\b")


def test_only_the_isa_table_knows_intrinsics():
    files = [path for path in (*PACKAGE.rglob("*.py"), *(ROOT / "templates").rglob("*.j2"))
             if path != Path(isas.__file__).resolve()]
    assert len(files) > 20
    assert [(path.name, match[0]) for path in files for match in INTRINSIC.finditer(path.read_text())] == []
    assert INTRINSIC.search(Path(isas.__file__).read_text())


# --- templates ---

STATEMENTS = {"for", "if", "else", "elif", "include", "import", "call", "macro", "set", "with",
              "endfor", "endif", "endcall", "endmacro", "endset", "endwith"}
TEMPLATES = sorted(path.relative_to(ROOT / "templates").as_posix() for path in ROOT.glob("templates/**/*.j2"))


def tokens(name):
    """(line, statement) and (line, test of an if) of a template."""
    words, tests, test = [], [], None
    for line, kind, text in templates().lex((ROOT / "templates" / name).read_text(), name):
        if kind in ("block_begin", "linestatement_begin"):
            test = []
        elif kind in ("block_end", "linestatement_end"):
            words.append((line, test[0]))
            if test[0] in ("if", "elif"):
                tests.append((line, " ".join(test[1:])))
            test = None
        elif test is not None and kind not in ("whitespace",):
            test.append(text)
    return words, tests


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_stay_simple(name):
    """Plain statements; no question about the instruction set or the data type: the row answers."""
    words, tests = tokens(name)
    assert {word for _, word in words} <= STATEMENTS
    for line, test in tests:
        assert not re.search(r"\b(isa|dtype|row|target)\b", test), f"{name}:{line}: if {test}"
    text = (ROOT / "templates" / name).read_text()
    assert text.startswith("{# Prints "), "the first line says what it prints and what it needs"
    assert "Needs: " in text.split("#}")[0]
    assert "\t" not in text
    assert len(text.splitlines()) <= 100, "about a screen and a half"


# --- what a user meets first ---


def test_import_is_instant_and_brings_no_library():
    """import convgen: under 0.15 s beyond Python's own start, without numpy, jinja2 and the like."""
    code = ("import sys, time; start = time.perf_counter(); import convgen;"
            "print(time.perf_counter() - start, *sorted(m for m in sys.modules if '.' not in m))")
    times = []
    for _ in range(3):
        said = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
        seconds, *loaded = said.split()
        times.append(float(seconds))
        assert not {"numpy", "jinja2", "cffi", "msgspec", "click", "rich", "scipy"} & set(loaded)
    assert min(times) < 0.15


def test_every_public_name_can_be_had():
    import convgen

    for name in convgen.__all__:
        assert getattr(convgen, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = convgen.nonsense


def test_top_level_holds_only_what_it_should():
    allowed = {"pyproject.toml", "convgen", "templates", "tests", "generated", "README.md", "LICENSE"}
    built = {"out", "dist", "build"}  # what .gitignore names
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - built - {name for name in found if name.endswith(".egg-info")} == allowed


def test_nothing_names_this_machine():
    """No absolute path of somebody's disk in what is shipped."""
    for path in (*PACKAGE.rglob("*.py"), *(ROOT / "templates").rglob("*.j2"), ROOT / "pyproject.toml"):
        assert not re.search(r"/(home|root|work|Users)/", path.read_text()), path


def test_the_tests_bring_an_opencl_device_only_where_its_wheel_installs():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (device,) = (line for line in extras["test"] if line.startswith("pocl"))
    name, _, where = device.partition("; ")
    assert name in extras["pocl"]
    assert where == "sys_platform == 'linux' and platform_machine == 'x86_64'"  # PyPI has no other, and no source

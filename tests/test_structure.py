"""The shape of the house: which way imports point, who may know what, what templates may say."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import convgen
from convgen import moved
from convgen.emit.texts import templates
from convgen.layer.element import ELEMENTS
from convgen.machine import rows

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "convgen"

# A room imports only rooms before it, and itself. A lone module is a room of its own.
ROOMS = ("moved", "version", "errors", "garbage", "isolate", "notebook", "layer", "machine", "plan", "algorithms",
         "planner", "emit", "run", "verification", "benchmark", "tuning", "packaging", "api", "functional", "onnx",
         "tflite", "networks", "torch", "commands", "__main__")


@functools.cache
def modules():
    """Dotted name inside the package -> file."""
    paths = {path.relative_to(PACKAGE).with_suffix(""): path for path in PACKAGE.rglob("*.py")}
    names = {".".join(path.parts).removesuffix(".__init__"): file for path, file in paths.items()}
    return {name: file for name, file in names.items() if name != "__init__"}


@functools.cache
def imports(name, path):
    """(dotted name of a module of this package, line) for each import, wherever it stands."""
    return [*_imports(name, path)]


def _imports(name, path):
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
                if target:  # "" is the package itself
                    yield target, node.lineno


def room(name):
    return name.split(".")[0]


def test_every_module_is_in_a_room():
    assert {room(name) for name in modules()} == set(ROOMS)
    assert len([path for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()]) <= 15


@pytest.mark.parametrize("name", sorted(modules()))
def test_imports_point_one_way(name):
    path = modules()[name]
    for target, line in imports(name, path):
        assert ROOMS.index(room(target)) <= ROOMS.index(room(name)), f"{path.name}:{line} imports {target}"


@pytest.mark.parametrize("name", [name for name in ROOMS if (PACKAGE / name).is_dir()])
def test_a_room_says_what_lives_in_it_and_what_it_imports(name):
    """The docstring of its __init__ names its modules and folders, and the rooms it may import, all before it."""
    path = PACKAGE / name / "__init__.py"
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    head, _, allowed = text.partition("\nImports: ")
    rooms = [word.strip() for word in allowed.rstrip(".").replace("\n", " ").split(",")]
    assert rooms == sorted(rooms, key=ROOMS.index), "in the order of the house"
    assert set(rooms) <= set(ROOMS[: ROOMS.index(name)])
    used = {room(target) for module, file in modules().items() if room(module) == name
            for target, _ in imports(module, file)}
    assert used & set(ROOMS[: ROOMS.index(name)]) <= set(rooms)  # what is not before it, another test tells
    if name not in ("algorithms", "commands"):  # which list what each module offers
        inside = {one.stem for one in path.parent.iterdir() if one.stem not in ("__init__", "__pycache__")}
        assert set(re.findall(r"^    (\w+)/?  +\w", head, re.MULTILINE)) == inside


def test_no_circle():
    """Whatever the place of an import: not even one inside a function leads back."""
    left = {name: {target for target, _ in imports(name, path)} - {name} for name, path in modules().items()}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert left == {}


TIDY = [name for name in sorted(modules())
        if room(name) in ("planner", "benchmark", "tuning", "api", "commands")]


@pytest.mark.parametrize("name", TIDY)
def test_interfaces_say_their_types(name):
    """No parameter, result or field is Any; an array may be of any element, and **rest is passed on."""
    for node in ast.walk(ast.parse(modules()[name].read_text())):
        if isinstance(node, ast.FunctionDef):
            said = [node.returns, *(argument.annotation for argument in (*node.args.args, *node.args.kwonlyargs))]
        elif isinstance(node, ast.ClassDef):
            said = [field.annotation for field in node.body if isinstance(field, ast.AnnAssign)]
        else:
            continue
        for annotation in filter(None, said):
            text = re.sub(r"(NDArray|np\.dtype)\[Any\]", "", ast.unparse(annotation))
            assert not re.search(r"\bAny\b", text), node.name


def test_mypy_checks_all_of_the_package():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert settings["strict"]
    assert not [name for rule in settings["overrides"] for name in rule["module"] if name.startswith("convgen")]


LATE = {"distributed", "msgspec", "rich"}


@pytest.mark.parametrize("name", TIDY)
def test_imports_stand_at_the_top(name):
    """Inside a function stands only what is slow or of an extra, and not always needed; a comment says why."""
    path = modules()[name]
    lines, tree = path.read_text().splitlines(), ast.parse(path.read_text())
    inside = [node for function in ast.walk(tree) if isinstance(function, ast.FunctionDef)
              for node in ast.walk(function)]
    for node in inside:
        if isinstance(node, ast.Import | ast.ImportFrom):
            told = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module]
            assert not getattr(node, "level", 0), f"{path.name}:{node.lineno}"
            assert {top.split(".")[0] for top in told} <= LATE, f"{path.name}:{node.lineno}"
            assert "  # " in lines[node.lineno - 1] + lines[node.lineno - 2], f"{path.name}:{node.lineno}"


def test_the_oracle_knows_what_is_asked_for_and_nothing_else():
    known = {room(target) for target, _ in imports("verification.oracle", modules()["verification.oracle"])}
    assert known == {"layer", "errors"}


def test_proofs_know_nothing_of_what_made_the_file():
    """Not even by way of the rest of their room, of which they take the oracle and the data that it is asked with."""
    proofs = {name: path for name, path in modules().items() if name.startswith("verification.algebra")}
    assert len(proofs) == 8
    oracle = {"verification.oracle", "verification.exactness", "verification.joined"}
    asked = {name: path for name, path in modules().items() if name in {*proofs, *oracle}}
    known = {target for name, path in asked.items() for target, _ in imports(name, path)} - {"verification"}
    assert {room(target) for target in known - asked.keys()} == {"layer", "errors", "plan", "run"}
    assert not {target for target in known if room(target) == "plan"} - {"plan.bound", "plan.proof"}


def test_how_long_proofs_are_is_what_their_page_says():
    """Of each part, to ten lines or 5 %, and each file in one part."""
    room, counted = ROOT / "convgen" / "verification" / "algebra", list[Path]()
    page = (room.parent / "SOUNDNESS.md").read_text().partition("## How long it is")[2].partition("\n## ")[0]
    for row in re.findall(r"^\| (.* \| \d+) \|$", page, re.MULTILINE):
        *_, files, told = row.split(" | ")
        found = [path for pattern in re.findall(r"`([^`]+\.(?:py|h))`", files) for path in room.glob(pattern)]
        lines = sum(len(path.read_text().splitlines()) for path in found)
        assert abs(lines - int(told)) <= max(10, lines // 20), f"{lines} lines: {row}"
        counted += found
    assert sorted(counted) == sorted(path for ending in ("py", "h") for path in room.rglob(f"*.{ending}"))


def test_one_module_knows_the_template_engine():
    pattern = re.compile(r"^\s*(import|from) jinja2\b", re.MULTILINE)
    assert [name for name, path in modules().items() if pattern.search(path.read_text())] == ["emit.texts"]


def test_nobody_but_algorithms_looks_into_their_choices():
    """Others ask the algorithm: decisions, reading."""
    pattern = re.compile(r"\.choices\b|\.own\(")
    found = {room(name) for name, path in modules().items() if pattern.search(path.read_text())}
    assert found == {"plan", "algorithms"}


INTRINSIC = re.compile(r"\b(_mm(256|512)?_\w+|v\w+_[fsu](8|16|32|64)|__m\d{3}\w*|(float|u?int)\d+x\d+_t)\b")


def test_only_the_isa_table_knows_intrinsics():
    table = Path(rows.__file__).resolve().parent
    files = [path for path in (*PACKAGE.rglob("*.py"), *(ROOT / "templates").rglob("*.j2")) if path.parent != table]
    assert len(files) > 20
    assert [(path.name, match[0]) for path in files for match in INTRINSIC.finditer(path.read_text())] == []
    assert INTRINSIC.search((table / "x86.py").read_text())


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
    for line, content in enumerate(text.splitlines(), 1):
        assert len(content) <= 140, f"{name}:{line} is {len(content)} columns wide"
        printed = re.findall(r"\$\{(.*?)\}", content)
        assert not any(re.search(r"\bif\b", said) for said in printed), f"{name}:{line}: a condition in an expression"


# --- what a user meets first ---


TYPES = {"float", "half", "double", "int8", *ELEMENTS, *(element.numpy for element in ELEMENTS.values()),
         *(name for element in ELEMENTS.values() for name in (element.c, element.opencl, element.host))}


def compared(tree):
    """(text, line) of the strings that something is compared with, or looked for among."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for part in (node.left, *node.comparators):
                for one in ast.walk(part) if isinstance(part, ast.Tuple | ast.List | ast.Set) else [part]:
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        yield one.value, node.lineno


@pytest.mark.parametrize("name", sorted(modules()))
def test_only_tables_compare_names_of_types(name):
    """Others ask an element or a row for what they want to know."""
    if name == "layer.element" or name.startswith("machine.rows"):
        return
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    for text, line in compared(tree):
        assert text not in TYPES, f"{name}:{line} compares with {text!r}"


def test_a_comparison_with_the_name_of_a_type_is_found():
    for planted in ('spec.dtype == "f16"', '"half" != x', 'x in ("f32", "f16")', 'x if dtype == "bf16" else y'):
        assert any(text in TYPES for text, _ in compared(ast.parse(planted))), planted


@pytest.mark.parametrize("name", [name for name in templates().list_templates() if name.endswith(".j2")])
def test_templates_compare_no_names_of_types(name):
    text = (ROOT / "templates" / name).read_text(encoding="utf-8")
    marked = "\n".join(re.findall(r"^\s*%.*$|\$\{.*?\}", text, re.MULTILINE))
    assert not re.search(rf"""(==|!=|\bin)\s*\(?["']({'|'.join(sorted(TYPES))})["']""", marked)


@pytest.mark.parametrize("name", [name for name in modules() if room(name) in ("algorithms", "emit")])
def test_functions_are_short(name):
    for node in ast.walk(ast.parse(modules()[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{name}:{node.lineno} {node.name}"


def test_import_is_instant_and_brings_no_library():
    """import convgen: under 0.03 s beyond Python's own start (2 ms, measured), without numpy, jinja2 and the like."""
    code = ("import sys, time; start = time.perf_counter(); import convgen;"
            "print(time.perf_counter() - start, *sorted(m for m in sys.modules if '.' not in m))")
    times = []
    for _ in range(3):
        said = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
        seconds, *loaded = said.split()
        times.append(float(seconds))
        assert not {"numpy", "jinja2", "cffi", "msgspec", "click", "rich", "scipy"} & set(loaded)
    assert min(times) < 0.03


def python(code):
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).splitlines()


def test_every_public_name_can_be_had_and_nothing_else_is_public():
    for name in convgen.__all__:
        assert getattr(convgen, name) is not None
    with pytest.raises(AttributeError, match=r"no attribute 'nonsense'$"):
        _ = convgen.nonsense
    assert {name for name in dir(convgen) if not name.startswith("_")} == set(convgen.__all__)
    # what is there besides, in a fresh process, are modules of the package that have been loaded
    (found,) = python("import convgen; print(*(name for name in vars(convgen) if not name.startswith('_')))")
    assert set(found.split()) <= set(convgen.__all__) | modules().keys()


def test_type_checkers_see_the_public_names():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    typed = {alias.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
             for alias in node.names if node.level}
    assert typed.pop("__version__") == "version"
    assert typed == convgen._PUBLIC


# --- where it was ---


def test_old_modules_have_a_new_home():
    assert not moved.MOVED.keys() & modules().keys()
    assert set(moved.MOVED.values()) <= modules().keys()
    assert {"onnx_import", "onnx_backend", "render", "native", "cli", "spec"} <= moved.MOVED.keys()


@pytest.mark.parametrize("name", ["onnx_import", "onnx_backend", "render", "native"])
def test_an_old_name_fails_as_an_unknown_one_and_says_where_it_is_now(name):
    told = rf"'(convgen\.)?{name}' \(it is convgen\.{re.escape(moved.MOVED[name])} now\)$"
    assert not hasattr(convgen, name)
    with pytest.raises(AttributeError, match="module 'convgen' has no attribute " + told):
        getattr(convgen, name)
    for statement in (f"import convgen.{name}", f"from convgen import {name}", f"from convgen.{name} import x"):
        with pytest.raises(ModuleNotFoundError, match="No module named " + told):
            exec(statement)
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'convgen\.nonsense'$"):
        importlib.import_module("convgen.nonsense")


def test_the_map_shows_every_room_in_its_order():
    text = (PACKAGE / "README.md").read_text().partition("## The house")[2].partition("`__init__.py` exports")[0]
    shown = re.findall(r"^    (\w+)(?:\.py|/)  (?:(\w+)(?:\.py|/)  )?", text, re.MULTILINE)
    assert [*filter(None, sum(shown, ()))] == [name for name in ROOMS if name not in ("moved", "__main__")]


@pytest.mark.parametrize("page", ["convgen/README.md", "templates/README.md", ".github/CONTRIBUTING.md"])
def test_maps_name_what_is_there(page):
    """Files and folders in backquotes, but for a NAME to choose; and every folder of templates is on their map."""
    text = (ROOT / page).read_text()
    for name in re.findall(r"`((?:\w+/)+[\w.]*|\w+\.(?:py|md))`", text):
        assert "NAME" in name or (ROOT / name).exists() or list(PACKAGE.glob(f"**/{name}")), name
    if page == "templates/README.md":
        shown = set(re.findall(r"^    (\w+)/ ", text, re.MULTILINE))
        assert shown == {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()}


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

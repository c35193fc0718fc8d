"""Generated files in one translation unit, and as C++: nothing of one meets what another has, or leaks into it."""

from __future__ import annotations

import re

import pytest
import tools
from test_emitted import CASES, V3, emitted, run, save

from convgen import ConvSpec, generate
from convgen.emit.render import render
from convgen.emit.sizes import ENDINGS
from convgen.errors import InputError
from convgen.layer.names import PRIVATE, check_name
from convgen.machine.isa import ISAS
from convgen.machine.target import NAMED
from convgen.planner.rank import best

ALL = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
X86 = ("x86-64-v3", "x86-64-v4", "scalar")
LANGUAGES = [*((cc, ("-std=c99",), ".c") for cc in tools.CC),
             *((cc, ("-std=c++17", "-x", "c++"), ".cpp") for cc in tools.CXX)]
each_language = pytest.mark.parametrize(("cc", "flags", "ending"), LANGUAGES, ids=str)


def unit(folder, kernels, ending=".c", before=""):
    """One file that includes all."""
    for kernel in kernels:
        save(kernel, folder)
    (folder / f"all{ending}").write_text(before + "".join(f'#include "{kernel.name}.c"\n' for kernel in kernels))


@pytest.mark.sampled(every=3)
@tools.needs(tools.binutils, "nm")
@each_language
def test_all_of_them_in_one_unit(cc, flags, ending, tmp_path):
    """Every kind of kernel, in C and in C++, beside others' own names; what is not NAME's begins with NAME."""
    kernels = [emitted(name) for name in CASES]
    own = "static int compute_task(void) { return 1; }\nint user(void);\nint user(void) { return compute_task(); }\n"
    unit(tmp_path, kernels, ending, own)
    run(tmp_path, cc, *flags, *ALL, "-O0", "-c", f"all{ending}", "-o", "all.o")
    lines = run(tmp_path, "nm", "-C", "--defined-only", "all.o").splitlines()
    functions = {line.split(" ", 2)[2].partition("(")[0] for line in lines if line.split()[1] in "tT"}
    names = [kernel.name for kernel in kernels]
    assert {name for name in functions if not name.startswith(tuple(names))} == {"user", "compute_task"}
    assert {name + end for name in names for end in ("", "_pack", "_tasks", "_task")} <= functions


@tools.needs(tools.binutils, "objdump")
@pytest.mark.parametrize("cc", tools.CC)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_no_pragma_leaks(cc, order, tmp_path):
    """A kernel for AVX2 leaves the one behind it, and all that comes then, in plain code."""
    spec = ConvSpec(ic=4, oc=16, ih=8, iw=8, kh=3, kw=3, layout="nhwc")
    kernels = [generate(spec, target, name=name, records=False) for target, name in (("x86-64-v3", "k"),
                                                                                   ("scalar", "plain"))]
    unit(tmp_path, [kernels[at] for at in order])
    with (tmp_path / "all.c").open("a") as file:
        file.write("void last(float *x);\nvoid last(float *x)\n{\n    for (int i = 0; i < 64; ++i) x[i] *= 3.0f;\n}\n")
    run(tmp_path, cc, "-std=c99", "-O3", "-march=x86-64", *ALL, "-c", "all.c")
    wide = set()
    for line in run(tmp_path, "objdump", "-d", "--no-show-raw-insn", "all.o").splitlines():
        if line.endswith(">:"):
            function = line.split("<")[1][:-2]
        elif "%ymm" in line:
            wide.add(function.split("_")[0].split(".")[0])
    assert wide == {"k"}


@tools.needs(tools.binutils, "objdump")
@pytest.mark.parametrize("cxx", tools.CXX)
def test_what_others_define_is_built_as_the_rest_is(cxx, tmp_path):
    """What a kernel includes may define functions: g++'s immintrin.h brings std::abs, which the linker then takes for
    the whole program."""
    unit(tmp_path, [emitted("edges-tails"), emitted("scalar")], ".cpp")
    with (tmp_path / "all.cpp").open("a") as file:
        file.write("#include <cmath>\n#include <cstdlib>\ndouble user(double x) { return std::abs(x); }\n")
    run(tmp_path, cxx, "-std=c++17", "-O0", "-march=x86-64", "-c", "all.cpp")
    functions = {}
    for line in run(tmp_path, "objdump", "-d", "--no-show-raw-insn", "all.o").splitlines():
        if line.endswith(">:"):
            own = functions.setdefault(line.split("<")[1][:-2], set())
        elif "\t" in line:
            own.add(line.split("\t")[1][:1])
    wide = {name for name, first in functions.items() if "v" in first}  # no other instruction begins so
    assert any("abs" in name for name in functions)
    assert wide
    assert {name for name in wide if "edges_tails" not in name} == set()


@pytest.mark.sampled(every=3)
@each_language
@pytest.mark.parametrize("dtype", ["f16", "bf16"])
def test_halfs_too(dtype, cc, flags, ending, tmp_path):
    spec = ConvSpec(ic=5, oc=21, ih=9, iw=9, kh=3, kw=3, padding="half", residual=True, activation="silu", dtype=dtype)
    kernels = [render(best(spec.replace(layout=layout), NAMED[target]), f"{layout}_{NAMED[target].isa}")
               for layout in ("nchw", "nhwc") for target in X86]
    unit(tmp_path, kernels, ending)
    run(tmp_path, cc, *flags, *ALL, "-O0", "-c", f"all{ending}", "-o", "all.o")


@pytest.mark.parametrize("target", ["aarch64", "wasm32", V3])
def test_names_of_rows_are_the_files_own(target):
    """Whatever a row's operations call is renamed, and given back."""
    spec = ConvSpec(ic=5, oc=21, ih=9, iw=9, kh=3, kw=3, padding="half", activation="silu", dtype="f16")
    kernel = generate(spec, target, name="k", records=False)
    lines = kernel.source.splitlines()
    own = [line.split()[1] for line in lines if line.startswith("#define ") and f" k_{line.split()[1]}" in line]
    assert own
    assert sorted(own) == sorted(set(own))
    assert [f"#undef {name}" for name in own] == [line for line in lines if line.startswith("#undef ")
                                                  and line.split()[1] in own]


# Names that a file has for itself, or begins such a name: of functions, macros, parameters and variables.
CLASHING = ("activate", "compute_task", "compute", "copy_floats", "copy_task", "copy", "zero_floats", "pack_panel",
            "multiply", "input_row", "some_lanes", "RELOAD", "input", "packed", "output", "workspace", "workers",
            "task", "tasks", "phase", "acc0_0", "oc", "x", "w")
ALONE = {"compute", "copy", "input"}  # whose NAME_task or NAME_pack another of these may be called


@pytest.mark.sampled(every=3)
@each_language
def test_a_kernel_may_be_called_as_what_its_file_has_for_itself(cc, flags, ending, tmp_path):
    """Whatever its functions are called, and whatever the layers beside it in one unit are."""
    for case in "winograd-turned", "edges-tails", "scalar-copy":
        plan = emitted(case).plan
        own = re.findall(r"^#define (\w+) \w+_\1_$", emitted(case).source, re.MULTILINE)
        names = {*CLASHING, *own[:3], *(f"stem_{name}" for name in own), "stem"} - ALONE
        unit(tmp_path, [render(plan, name) for name in sorted(names)], ending)
        run(tmp_path, cc, *flags, *ALL, "-Wshadow", "-O0", "-fsyntax-only", f"all{ending}")
    for name in ALONE:
        save(render(plan, name), tmp_path)
        run(tmp_path, cc, *flags, *ALL, "-O0", "-fsyntax-only", f"{name}.c")


def test_names_of_privates_keep_apart():
    """NAME_OWN_ of no two layers are the same, and no name that follows from a kernel's is one: kernels' end otherwise,
    and no private name is the end of another, behind its underscore."""
    own = {name for row in ISAS.values() for name in row.helpers}
    for case in CASES:
        own |= set(re.findall(r"^#define (\w+) \w+_\1_$", emitted(case).source, re.MULTILINE))
    assert {"compute_task", "activate", "multiply"} <= own
    assert [(one, other) for one in own for other in own if one.endswith(f"_{other}")] == []
    assert [name for name in own if name.endswith("_pack")] == []  # NAME_pack is printed among them
    assert not any(end.endswith(PRIVATE) for end in ENDINGS)
    with pytest.raises(InputError, match="must not end in _"):
        check_name("stem_activate_")


@tools.needs(tools.opencl_header)
@each_language
def test_hosts_of_opencl(cc, flags, ending, tmp_path):
    specs = [ConvSpec(ic=16, oc=32, ih=14, iw=14, kh=3, kw=3, padding="half", dtype=dtype) for dtype in ("f32", "f16")]
    kernels = [generate(spec, "opencl-gpu", name=f"k_{spec.dtype}", records=False) for spec in specs]
    for kernel in kernels:
        for name, text in kernel.files.items():
            (tmp_path / name).write_text(text)
    (tmp_path / f"all{ending}").write_text("".join(f'#include "{kernel.name}_opencl.c"\n' for kernel in kernels))
    run(tmp_path, cc, *flags, *ALL, "-O0", "-c", f"all{ending}", "-o", "all.o")

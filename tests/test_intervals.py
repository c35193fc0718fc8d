"""Sums of kernels of integers for all inputs: intervals hold what numbers give, planted bugs, every layer."""

from __future__ import annotations

import re
import subprocess

import exact_layers
import numpy as np
import pytest
import tools
from click.testing import CliRunner
from test_algebra import cxx, subject
from test_algebra_integers import AVX2, COMMON, DEEP, LONG, PLAIN, POINT, SPATIAL, plans

from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.commands.main import main
from convgen.errors import UnsupportedError
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.plan.proof import ends
from convgen.run.compilers import find_compiler
from convgen.verification.algebra import intervals
from convgen.verification.algebra.proof import FLAGS, INCLUDE, embedded_sums, sums
from convgen.verification.algebra.written import written

pytestmark = tools.needs(cxx)

# --- instructions: whatever numbers of an interval give lies in the interval that it gives ---

PROGRAM = """
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
extern "C" void leaves() { throw 0; }
extern "C" void lost(const char *) { throw 0; }
extern "C" void reached(int64_t, int64_t) {}
typedef Bytes<32> V;
static uint64_t state = 1;
static uint64_t any() { return state = state * 6364136223846793005u + 1442695040888963407u, state >> 33; }
struct Words { V a, b, c; };
template <typename T> static void draw(V &v, T *least, T *largest)
{
    for (int i = 0; i < 32 / (int)sizeof(T); ++i) {
        least[i] = (T)(any() << 17 ^ any()), largest[i] = any() % 4 ? (T)(least[i] / 2) : least[i];
        if (least[i] > largest[i]) { T t = least[i]; least[i] = largest[i], largest[i] = t; }
        Lane<T> x = least[i];
        keep<T>(v.at + i * sizeof(T), x.between(least[i], largest[i]));
    }
}
template <typename T> static void pick(V &v, const T *least, const T *largest)
{
    for (int i = 0; i < 32 / (int)sizeof(T); ++i) {
        const uint64_t many = (uint64_t)((int64_t)largest[i] - least[i] + 1);
        keep<T>(v.at + i * sizeof(T), Lane<T>((T)(least[i] + (int64_t)(any() % many))));
    }
}
static int told;
static void compare(const V &wide, const V &one, const char *name)
{
    for (int i = 0; i < 32; ++i) {
        const Part &part = *part_of(wide.at + i);
        if (!part.width ? wide.at[i].value != one.at[i].value : 0) {
            printf("%s: byte %d\\n", name, i);
        }
        bool whole = part.width && part.width != LOST;
        for (int k = 0; whole && k < part.width; ++k) {
            whole = (&part)[k].part == k && (&part)[k].low == part.low && (&part)[k].high == part.high;
        }
        if (whole) {
            uint64_t bits = 0;
            memcpy(&bits, one.at + i, part.width);
            const int shift = 64 - 8 * part.width;
            const int64_t with_sign = (int64_t)(bits << shift) >> shift, without = (int64_t)bits;
            ++told;
            if ((with_sign < part.low || with_sign > part.high) && (without < part.low || without > part.high)) {
                printf("%s: byte %d, %ld in %ld ... %ld\\n", name, i, (long)with_sign, (long)part.low, (long)part.high);
            }
        }
    }
}
#define OF_DRAW(k) const V a = s[k].a, b = s[k].b, c = s[k].c
#define TRY(expression) { \\
    V wide; \\
    bool known = true; \\
    { OF_DRAW(0); try { wide = expression; } catch (int) { known = false; } } \\
    for (int k = 1; k < 20 && known; ++k) { \\
        OF_DRAW(k); \\
        try { compare(wide, expression, #expression); } catch (int) { printf("%s leaves\\n", #expression); } \\
    } }
template <typename T> static void run()
{
    T least[3][32], largest[3][32];
    static Words *const s = (Words *)(ARENA + (1 << 26));
    draw(s[0].a, least[0], largest[0]), draw(s[0].b, least[1], largest[1]), draw(s[0].c, least[2], largest[2]);
    for (int k = 1; k < 20; ++k) {
        pick(s[k].a, least[0], largest[0]), pick(s[k].b, least[1], largest[1]), pick(s[k].c, least[2], largest[2]);
    }
LINES
}
static void body() { for (int i = 0; i < 10; ++i) { run<int8_t>(), run<uint8_t>(), run<int16_t>(), run<int32_t>(); } }
#include <ucontext.h>
int main()
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    mmap((void *)ARENA, ROOM, PROT_READ | PROT_WRITE, flags, -1, 0);
    mmap((void *)SHADOW, ROOM * sizeof(Part), PROT_READ | PROT_WRITE, flags, -1, 0);
    static ucontext_t here, there;
    getcontext(&there);
    there.uc_stack.ss_sp = (void *)ARENA, there.uc_stack.ss_size = 1 << 25, there.uc_link = &here;
    makecontext(&there, body, 0);
    swapcontext(&here, &there);
    printf("told %d\\n", told);
}
"""


def test_lanes_hold_what_numbers_give(tmp_path):
    every = [re.sub(r"\bW_", "_mm256_", one) for one in [*COMMON, *AVX2] if "ps" not in one and "mask" not in one]
    every = [re.sub(r"(?<![A-Za-z])S(?![A-Za-z])", "si256", one) for one in every if "load" not in one]
    text = PROGRAM.replace("LINES", "\n".join(f"    TRY({one})" for one in every))
    (tmp_path / "lanes.cpp").write_text(text)
    places = [word for folder in ("intervals", "integers", ".") for word in ("-I", INCLUDE / folder)]
    flags = (*FLAGS, "-fexceptions", *places)
    build = [*find_compiler().command, *flags, "lanes.cpp", "-o", "p", "-lm", "-lstdc++"]
    subprocess.run(build, cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "p"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[:-1] == []
    assert int(said[-1].split()[1]) > 100_000


# --- planted bugs ---

LONGER = ("direct", "scalar", SPATIAL | LONG)  # whose sums have 64 bits
PAIRS = r"_mm256_add_epi32\(c, _mm256_madd_epi16\(a, b\)\)"

BUGS = {
    "a claim of the bias": (PLAIN, r"(\|bias\| must be <= )\d+", r"\g<1>2147483647", "leaves its type"),
    "a claim of products": (POINT, r"( = )\d+(, \|bias\|)", r"\g<1>1000\2", "leaves what the head claims"),
    "sums of 16 bits": (PLAIN, r"acc0_0 = a0 \* b0 \+ acc0_0", "acc0_0 = (int16_t)(a0 * b0 + acc0_0)",
                        "leaves its type"),
    "a term twice": (POINT, r"(\n +acc1_0 = add_pairs\(acc1_0, a1, b0\);)", r"\1\1", "leaves its type"),
    "a long sum in 32 bits": (LONGER, r"acc0_0 = (add_product\(a0, b0, acc0_0\))", r"acc0_0 = (int32_t)\1",
                              "leaves its type"),
    "a long claim of the bias": (LONGER, r"(\|bias\| must be <= )\d+", r"\g<1>9223372036854775807",
                                 "that 64 bits do not hold"),
    "a long claim of products": (LONGER, r"( = )\d+(, \|bias\|)", r"\g<1>226492415\2", "leaves what the head claims"),
    "a zero point": (PLAIN, r"bias_out\[oc\] = bias\[oc\]", "bias_out[oc] = 3 * bias[oc]", "leaves its type"),
}  # fmt: skip


def changed(which, pattern, other):
    algorithm, target, fields = which
    kernel = render(plans(algorithm, target, fields)[0])
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    return subject(kernel, source=source)


@pytest.mark.parametrize("name", BUGS)
def test_planted_bugs_are_refuted(name):
    *bug, told = BUGS[name]
    assert told in sums(changed(*bug)).finding


LOST = {
    "a number that was a float": (PLAIN, r"a0 = \*\((x_\w+)\);", r"a0 = (int32_t)(float)*(\1);"),
    "one of many sums that was a float": (PLAIN, r"acc0_0 = a0 \* b0 \+ acc0_0",
                                          "acc0_0 = a0 * b0 + (int32_t)(double)acc0_0"),
    "sums that saturate": (POINT, PAIRS, "_mm256_adds_epi16(c, _mm256_madd_epi16(a, b))"),
    "long products of no weights": (LONGER, r"add_product\(a0, b0, acc(\d_\d)\)", r"add_product(a0, b0 * 300, acc\1)"),
    "products of 16 bits": (POINT, r"_mm256_madd_epi16", "_mm256_mullo_epi16"),
    "pairs that saturate": (POINT, r"_mm256_madd_epi16", "_mm256_maddubs_epi16"),
    "a head without a proof": (PLAIN, r"\* Proof ", "* Hope "),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_what_is_not_known_is_not_proven(name):
    with pytest.raises(UnsupportedError, match="algebra cannot read this file"):
        sums(changed(*LOST[name]))


# --- kernels ---

TARGETS = ("scalar", "x86-64-v3", "x86-64-v3-vnni", "x86-64-v4", "x86-64-v4-vnni", "aarch64", "aarch64-dotprod",
           "aarch64-i8mm", "wasm32")


def test_sums_are_as_large_as_the_head_says():
    kernel = render(plans("depthwise", "scalar", DEEP | {"bias": False})[0])
    assert sums(subject(kernel)).sums == "for all inputs sums lie in -293760 ... 291465, of 293760"


# --- weights inside ---

DEEPEST = "ic8000ih3oc2oh1kh3"  # whose sums 32 bits hold of some weights alone


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """The file, with its kernel, that generate writes of a layer with weights up to 20 in magnitude; and these sums."""
    monkeypatch.chdir(tmp_path)

    def made(text, *options, target="x86-64-v3"):
        spec, rng = ConvSpec.parse(text, dtype="u8:s8:u8", layout="nhwc"), np.random.default_rng(1)
        arrays = {"weights": rng.integers(-20, 21, spec.weights_shape).astype(np.int8),
                  "bias": rng.integers(-300, 300, spec.oc).astype(np.int32), "scale": np.ones(spec.oc, np.float32)}
        for role, array in arrays.items():
            np.save(f"{role}.npy", array)
        given = [word for role in arrays for word in (f"--{role}", f"{role}.npy")]
        fields = ["--layout", "nhwc", "--dtype", spec.dtype, "--target", target, "--name", "net", "--no-verify"]
        done = CliRunner().invoke(main, ["generate", text, *fields, *given, *options, "-o", "."])
        assert done.exit_code == 0, done.output
        low, high = ends(spec, arrays["weights"])
        return dict(written(tmp_path))["net"], int((low + arrays["bias"]).min()), int((high + arrays["bias"]).max())
    return made


@pytest.mark.parametrize("target", ["scalar", "x86-64-v3", "aarch64"])
def test_sums_of_weights_inside_are_theirs(inside, target):
    found, least, largest = inside("ic6ih5oc8oh5kh3ph1", target=target)
    most = max(map(abs, intervals.embedded_claim(found.source)))  # without the bias, some go further
    told = f"with these weights, for all inputs, sums lie in {least} ... {largest}, of {most}"
    assert embedded_sums(found).sums == told


def test_a_layer_too_long_for_any_weights_is_proven_with_its_own(inside):
    found, *_ = inside(DEEPEST, "--input-zero", "7")
    assert "whatever x is" in found.kernel.source
    assert "with these weights, for all inputs" in embedded_sums(found).sums


INSIDE = {
    "a weight": ("source", r'"\\\d{3}\\\d{3}', r'"\\377\\177', "leaves what the head claims"),
    "a claim too small": ("source", r"(<= v <= )\d+", r"\g<1>9", "leaves what the head claims"),
    "a claim too large": ("source", r"-\d+ <= v <= \d+", "-9999999 <= v <= 9999999", "loses the intervals"),
    "a product dropped": ("kernel", r"\n +acc\d_0 = add_pairs\([^;]*;", "", "loses the intervals"),
    "no claim": ("source", r"\* Proof ", "* Hope ", "has no proof in its head"),
}


@pytest.mark.parametrize("name", INSIDE)
def test_planted_bugs_of_weights_inside_are_told(inside, name):
    which, pattern, other, told = INSIDE[name]
    found, *_ = inside("ic6ih5oc8oh5kh3ph1")
    text = found.source if which == "source" else found.kernel.source
    changed, count = re.subn(pattern, other, text, count=0 if which == "kernel" else 1)
    assert count, text
    found = found._replace(source=changed) if which == "source" else \
        found._replace(kernel=found.kernel._replace(source=changed))
    assert told in proven(found)


def proven(found):
    """What refutes it, or why it cannot be read."""
    try:
        return embedded_sums(found).finding
    except UnsupportedError as error:
        return str(error)


def test_check_tells_of_both_files(inside):
    inside("ic2ih3oc2oh3kh3ph1", target="scalar")
    done = CliRunner().invoke(main, ["check", "."])
    assert done.exit_code == 0, done.output
    assert re.search(r"net +ok +with these weights, for all inputs, sums lie in", done.output)
    assert re.search(r"net_layer +ok +18 outputs", done.output)


@pytest.mark.sweep
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", exact_layers.LAYERS)
def test_sums_of_every_layer_are_known(name, target):
    spec = exact_layers.layer(name)
    for algorithm in ALGORITHMS.values():
        found = [plan for row in find(target).summing(spec.arithmetic) for plan in algorithm.plans(spec, row)]
        one = subject(render(found[len(found) // 2])) if found else None
        if one and intervals.reads(one):
            assert sums(one).sums.startswith("for all inputs")

"""Whether what checks kernels notices one change of a template, an algorithm or a row, or of a kernel's own text: see
mutants.py.

CONVGEN_SWEEP says how many mutants the sweep draws, a tenth of it of sources and as many of texts; CONVGEN_SEED which
ones. One that prints the same files, or none, is not counted, nor is one that compiles to the same code. Those that no
mode kills are told with the change, and must be a program that computes the same, for a reason that stands in SAME.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import emulated
import msgspec
import mutants
import pytest
import tools
from test_algebra import PROVEN, cxx, subject
from test_algebra_integers import PROVEN as INTEGERS
from test_algebra_integers import plans as plans_of
from test_integer_rows import WASI

from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.errors import CrashError, UnsupportedError
from convgen.machine.find import find
from convgen.run import build
from convgen.run.compilers import CompileError
from convgen.verification.algebra.proof import prove
from convgen.verification.report import verify_at

pytestmark = tools.needs(cxx)
SWEEP = int(os.environ.get("CONVGEN_SWEEP", "5000")) // 10
MOST = 6  # kernels that a mutant is looked for in, unless it lives
SEED = int(os.environ.get("CONVGEN_SEED", "2"))
ROWS = {"": ("scalar",), "x86-64": ("x86", "x86_integers", "x86_bytes", "x86_amx"), "wasm32": ("wasm", "wasm_integers"),
        "aarch64": ("arm", "arm_integers", "arm_bytes")}
"""The modules of rows of a family of machines."""
SAME = {
    r"phase = -1; phase <|phase <= .*_PHASES; ": "a phase without tasks",
    r"bit <= |for b in range\(size": "a bit that no index has",
    r"fourier\.c\.j2:8 ": "a function that nothing calls",
    r"RELOAD": "a barrier for compilers, which computes nothing",
    r"_load_ps|_store_ps|_load_si": "an aligned access of what is aligned, as the proof has seen",
    r"acc\d_\d = a\d \* b\d - acc\d_\d;'": "a sum that is 0 there, and whose sign is nowhere seen",
    r"for \(ptrdiff_t channel = 0; channel < 113;": "zeros beside a product that nobody reads",
    r"vcombine_s16\(vld1_s16\(w( \+ \d+)?\), vdup_n_s16\((-1|1)\)": "the half of a pair that no product takes",
    r"oh_tile = oh1 \* 2; oh_tile <= 1;": "a row more, which the same task overwrites",
    r"if \(i[hw] < 0 && i[hw] >= 5\)": "padding of a layer whose taps all lie on the input",
    r"const float \*row0 = ih <= 5 \?": "of row 5, products + 10 by either way",
    r"output \+ 17\), requantise\(acc0_1_0, acc0_1_1, acc0_1_3, acc0_1_2": "channels 24 to 31 of 17",
    r"const __m256 t3 = _mm256_sub_ps\(x3, x7\)": "imaginary parts of the last quarter of a signal that is shorter, 0",
    r"weights\[oc0 \+ j .*\] : 1;'": "weights of channels that are thrown away",
    r"count >= 1\), \"worker\"": "a number of the task that its function does not look at",
    r"c <= \$\{ channels \}; c \+= \$\{ lanes \}": "channels behind the last, written over by the next",
    r"end \+ begin <= step": "a loop of one step, or that step by itself",
    r"\(axis\.o \+ 1\) \* axis\.s - axis\.before'": "a test of an end that no window reaches",
    r"pack_functions\.c\.j2:42 ": "a loop of one step, or that step by itself",
    r"row <= \$\{ t\.rows \}": "a row of roots more, written over by what follows",
    r"last = t\.slots - \(0\)": "a test of an end that no block reaches",
    r"-\(-s\.oc \* lanes\) \* lanes": "more room between rows of sums, which is claimed",
    r"ahead\.py:\d+ ": "what is fetched ahead of its use",
    r"fourier/numbers\.py:116 operator": "more scratch, which is claimed",
    r"affine\(\"window\", term\(tile": "terms of a sum of addresses in another order",
    r" operands: .*(max|min)": "the larger of two, whichever is named first",
    r"if \(right >=? \d+\) acc": "adds a product with the 0 that is there instead of an input",
    r" condition: '.* <=? (\S+) \? [^:]* : \1;'": "the smaller of two, whichever is taken where they are equal",
    r" condition: '.*rows = (\w+) <=? \d+ \? \d+ : \d+ - \1;'": "the smaller of two, likewise",
    r" condition: '.* (\w+) [<>]=? (\w+) \? \1 : \2;'": "the larger of two, whichever is taken where they are equal",
    r"instruction: .*vmovl_u16\(vget_(low|high)_u16\(vmovl_u8\(bytes": "bytes that are there twice",
    r" condition: 'if \(j >=? 0 && j <=? \d+\)": "a vector that is read whole, or lane by lane",
    r" (constant|condition): 'for \(ptrdiff_t oc = [1-9]\d*; oc <=? \d+; \+\+oc\)":
        "more padding, which is overwritten likewise",
    r": 'bias_out\[oc\] = 0;(\\n *\})?'|: 'scale_out\[oc( \+ \d+)?\] = 0;'": "padding of lanes that are thrown away",
    r" constant: 'for \(ptrdiff_t oc = 0; oc < 24;": "a lane of padding, which no output depends on",
    r" condition: 'for \(ptrdiff_t (j|point|i|c|f|channel|row) = (j|\d+); \1 <=? (\S*\d+|\$\{ t\.depth \});":
        "work on what lies behind, which is overwritten before anything reads it",
    r"transposed_\S+ constant: 'tile_2x2\(input \+ 8, ": "products that no output reads",
    r"backward_weights_\S+:224 statement: 'acc2_0 =": "a product with padding, which is 0",
    r"constant: '\w+_task\(phase, \(size_t\)task, 0, ": "a worker that has nothing of its own",
    r"instruction: 'const int16x4_t x = vget_low_s16\(vreinterpretq_s16_s32\(a\)\);'":
        "an input that is there in all eight lanes",
    r"condition: 'for \(ptrdiff_t task = 0; task <= tasks;": "the only task of a phase, once more",
    r"5x9x9_11_relu\.c:\d+ (condition|constant): 'if \(columns_left >=? [123]\)":
        "a count that tiles of 4 never leave of 9",
    r" condition: 'for \(ptrdiff_t j = 0; j <=? columns; j \+= [48]\)": "a block of no outputs, once more",
    r"5x9x9_11_relu\.c:\d+ statement: 'a = vcombine_f32\(vld1_f32\(p\), vget_high_f32\(a\)\);": "a branch of no call",
    r" operator: 'const int32x4_t w2_2 = .*vdup_n_s8\(0\)": "lanes of the last channels that are thrown away",
    r" constant: 'const __m256i w\d_0 = .*\(w \+ \d+\)\);'": "the other half of a pair, where the input is there twice",
    r"17_x255_\S+ constant: 'const ptrdiff_t channel = oc / 64 \* 64 .* oc % 6[35] ":
        "the last of channels, 17, is below that",
    r" condition: '\*out\+\+ = j < 6 \?": "weights of channels that are thrown away",
    r"5x9x9_11_relu\.c:536 statement: 'acc0_2 =": "a product with padding, which is 0",
    r" constant: 'static const double over\[6\]": "a number that nothing reads",
    r"operator: '.*output \+ oc0 \+ oh0 \* 120 \+ 80\);'": "row 0, whose address has no part of rows",
    r" constant: 'const int32_t most = \d+;'": "a bias that moves all sums outside all outputs, by more than one",
    r" condition: 'for \(ptrdiff_t ow0 = 0; ow0 < 2;": "a tile more, which the last one overwrites",
    r"'rounded = rounded <=? 0x7fff0000 \?": "the number that rounds to the same 15 bits by either way",
    r"'\*shift = exponent < -3[12] \? 0": "a shift of 0",
    r"codelets\.py:\d+ statement: 'code\.share\(rows\)'": "the same sums, none of which several rows share",
    r"'numbers\[i\] = x >=? INT32_MAX >> left": "a sum that lies beyond all outputs, cut or not",
    r"limit\.c\.j2:\d+ condition: 'if \(scale <=? 0\.5f\)": "a bias at a scale where both are right",
    r"table\.c\.j2:\d+ constant: .*\[256\]' -> '.*\[257\]|outputs_of\[257\]": "an entry that no byte leads to",
    r"vectors\.c\.j2:5 ": "a loop of one step, or that step by itself",
    r"/ o \* i \+ j": "an index of a lane, which the instruction takes modulo the number of lanes",
    r"j <= column \+": "one number more, which is overwritten before anything reads it",
    r"codelets\.py:27[35] ": "an estimate of how many values live at a time, which orders steps",
    r"matrix_geometry\.py:80 ": "how many tiles are computed at once, which any number may be",
    r"'0, 4, 8, 12, -1": "a byte that is cleared, by whatever number below 0",
    r"gradient/copy\.c\.j2:37 ": "padding of channels, whose products are thrown away",
    r"winograd/tiles\.py:24 condition: .*<=": "the only value of an index, by its name",
    r" condition: 'if \(ih >=? 0 && ih <=? \d+ && iw >=? 0( && iw <=? \d+)?\) \{'":
        "windows inside, in the way of those at an edge",
    r"even = .*, 26, 30, 28\);": "partial sums of a channel in another order, and of channels that are thrown away",
    r" constant: 'const float32x4_t a\d = .*load_part\(.*, 0, \d\)": "a number more, in a lane that is thrown away",
    r" constant: 'const __m256 r\d_\d = .*some_lanes\(0, \d\)": "a number more, in a lane that is thrown away",
    r" condition: '(\} else )?if \(first <= 2 && end == [34]\)": "lanes of the last channels, which are thrown away",
    r"gradient/numbers\.py:66 constant: .*\(2\)": "an input more in a copy, which no product reads",
    r"lowest = _mm\d+_set1_epi64x?\(\(long long\)[12] << 62": "what makes products positive, 2^62 or 2^63",
    r" condition: 'const \S+ a\d = right >=? \d+ \?": "a vector that the next condition leaves out",
    r" condition: 'if \(first == 0 (&&|\|\|) end >= 2\)": "a number more, in a lane that is thrown away",
    r"12x12_17_residual\.c:357 constant: .*\(r1_0, r1_1, 0, 2, 4, [567]\)": "zeros, of which any is taken",
    r"5x9x9_11_relu\.c:\d+ constant: 'const float32x4_t x2 = ih \+ 2 < [89]": "windows that begin at rows -1, 3 and 7",
    r"1x150_1\.c:\d+ statement: '_mm256_storeu_ps\(z \+ 136, t10\)": "numbers of the last block behind the last output",
    r"'few = 1 < rows < vectors": "barriers for compilers, which compute nothing",
    r"'again = g\.taps\.channels > 0'": "an index modulo a number that it is below",
    r"'float \*joined = line \+ 16;'": "a row of scratch that begins one number earlier, behind what the other has",
    r"17x4x9_17\S+ constant: 'const ptrdiff_t channel = oc / 32 \* 32 .* oc % 32 / 7 ":
        "channels that there are not, in another order",
    r" condition: 'if \(j \+ [48] <=? columns\)": "a vector that is stored whole, or lane by lane",
    r"interleaved\.py:305 .*>= 1\)": "a test that always holds",
    r"if end >=? step else made\]?'": "a loop of one step, or that step by itself",
    r" order: ": "statements that do not depend on each other, or factors of a product, in another order",
    r" operands: .*(fma|mul|add|dot)": "a sum or a product whose operands are exchanged",
}
"""Changes that live, by a pattern of how they are told: why what they make is right too."""
NONE = ("prints the same", "prints nothing", "no C", "same code", "same sums", "claims more")
"""Of what is changed and no other program: counted apart."""
COLUMNS = (*NONE, "algebra", "unread", "crash", "exact", "bound", "properties", "guard", "overflow", "survives")


@pytest.fixture(scope="module")
def kernels():
    """Of each layer the kernel that is printed by sources as they are."""
    found = []
    for algorithm, target, spec in PROVEN:
        plans = list(ALGORITHMS[algorithm].plans(spec, find(target)))
        found.append(render(plans[len(plans) // 2]))
    for algorithm, target, fields in INTEGERS:
        plans = plans_of(algorithm, target, fields)
        found.append(render(plans[len(plans) // 2]))
    return found


def code(text):
    """A file without its comments, and without hints, which change no number."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return "\n".join(line for line in text.splitlines() if line.strip() and "prefetch" not in line)


def assembled(kernel):
    """What a compiler makes of a kernel's text; None where none is here for its machine, or refuses it."""
    machine = kernel.plan.target.row.family.name
    other = machine in emulated.MACHINES
    compiler = emulated.MACHINES[machine].compilers[emulated.compilers(machine)[0]] if other else tools.CC[:1]
    with tempfile.TemporaryDirectory() as folder:
        for ending, text in ((".c", kernel.source), (".h", kernel.header)):
            (Path(folder) / f"k{ending}").write_text(code(text).replace(f"{kernel.name}.h", "k.h"))
        command = [*compiler, *kernel.flags, "-std=c99", "-pedantic-errors", "-O2", "-g0", "-ffreestanding", "-S",
                   "k.c", "-o", "k.s"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
        return (Path(folder) / "k.s").read_text() if not done.returncode else None


def killed_by(kernel, before):
    """The mode that notices, of a kernel that is other than before; or why it is no other program. unread: C that
    algebra has no meaning for."""
    try:
        if prove(subject(kernel)).finding:
            return "algebra"
    except CrashError:
        return "crash"  # a proof that does not end, for one
    except UnsupportedError:
        return "unread" if assembled(kernel) else "no C"
    if (code(kernel.source), code(kernel.header)) == (code(before.source), code(before.header)):
        return "claims more"  # than it carries: what it claims is true
    made = assembled(kernel)
    if made and made == assembled(before):
        return "same code"
    machine = kernel.plan.target.row.family.name
    if not kernel.plan.target.runs_here() and machine not in emulated.MACHINES:
        return "survives"  # algebra, which alone reads such kernels here
    try:
        return next((check.mode for check in verify_at(kernel, built(kernel), None).checks if not check.ok), "survives")
    except CompileError:  # vectors of floats and of integers, which algebra does not tell apart
        return "no C"


def built(kernel):
    """Here, or as a program for an emulator."""
    if kernel.plan.target.runs_here():
        return build.built(kernel)
    machine = kernel.plan.target.row.family.name
    command = shlex.join(emulated.MACHINES[machine].compilers[emulated.compilers(machine)[0]])
    return emulated.product.built(kernel, command, "O2", emulated.emulator(machine) or WASI)


def verdict(before, made):
    """What becomes of one kernel when it is made of a changed source."""
    if not made.kernel:
        return "prints nothing"
    try:
        kernel = msgspec.convert(made.kernel, type(before))
    except msgspec.ValidationError:  # what it prints is no text
        return "prints nothing"
    same = all(code(getattr(kernel, text)) == code(getattr(before, text)) for text in ("source", "header"))
    return COLUMNS[0] if same and kernel.bound == before.bound else killed_by(kernel, before)


def of_sources(kernels, seed):
    """Mutants of sources without end, each with what becomes of it: killed by the first kernel that shows it, of some;
    of all, before it is said to live."""
    reach = mutants.reached([msgspec.to_builtins(kernel.plan) for kernel in kernels])
    families = [kernel.plan.target.row.family.name for kernel in kernels]
    rows = {f"convgen/machine/rows/{name}.py": [i for i, one in enumerate(families) if one == family]
            for family in set(families) for name in ROWS[family]}
    for mutant, numbers in mutants.drawn(reach, rows, seed):
        word = of_mutant([kernels[number] for number in numbers[:MOST]], mutant)
        if word == "survives":
            word = of_mutant([kernels[number] for number in numbers[MOST:]], mutant, word)
        text = (mutants.ROOT / mutant.path).read_text(encoding="utf-8")
        kind = "templates" if mutant.path.startswith("templates") else mutant.path.split("/")[1]
        yield kind, word, mutant.told(text)


def of_mutant(kernels, mutant, word=COLUMNS[0]):
    """What becomes of a mutant in the first kernel that shows it; word: in others, which do not."""
    plans = [msgspec.to_builtins(kernel.plan) for kernel in kernels]
    for before, made in zip(kernels, mutants.printed(plans, mutant), strict=True):
        said = verdict(before, made)
        if said not in (*NONE, "survives"):
            return said
        word = max(word, said, key=COLUMNS.index)
    return word


def of_texts(kernels, seed):
    """The same of kernels' own texts."""
    named = {f"{number} {kernel.name}.c": kernel for number, kernel in enumerate(kernels)}
    for mutant in mutants.drawn_of_text({path: kernel.source for path, kernel in named.items()}, seed):
        before = named[mutant.path]
        changed = msgspec.structs.replace(before, source=mutant.of(before.source))
        word = COLUMNS[0] if code(changed.source) == code(before.source) else killed_by(changed, before)
        yield "kernels", word, mutant.told(before.source)


def hunted(drawn, count):
    """Counts of what becomes of as many mutants as change the program, and of those on the way that do not; and those
    that live without a reason, in words."""
    verdicts, living = defaultdict(Counter), []
    for kind, word, told in drawn:
        if word == "survives" and (reason := next((SAME[one] for one in SAME if re.search(one, told)), "")):
            word, told = "same sums", f"{told}: {reason}"
        verdicts[kind][word] += 1
        print(f"{word}: {told}", flush=True)
        living += [told] * (word == "survives")
        count -= word not in NONE
        if not count:
            break
    print(mutants.table(verdicts, COLUMNS))
    return living


def test_a_few_of_sources(kernels):
    assert not hunted(of_sources(kernels[::9], 3), 1)


def test_a_few_of_texts(kernels):
    assert not hunted(of_texts(kernels, 1), 3)


@pytest.mark.sweep
def test_many_of_sources(kernels):
    assert not hunted(of_sources(kernels, SEED), SWEEP)


@pytest.mark.sweep
def test_many_of_texts(kernels):
    assert not hunted(of_texts(kernels, SEED), SWEEP)

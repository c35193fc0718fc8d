"""The Python callable around a built kernel."""

import ctypes
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tools
from scale_kernel import COLUMNS, F32, ROWS, Scale, data, expected, one_line, packed
from tools import CC

from convgen.errors import InputError
from convgen.layer.spec import ConvSpec
from convgen.run import compilers, native


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch, tmp_path_factory):
    """A cache that many tests share; no $CC."""
    folder = tools.shared_cache(tmp_path_factory)
    monkeypatch.setenv("CONVGEN_CACHE", str(folder))
    monkeypatch.delenv("CC", raising=False)


@pytest.mark.sampled
@pytest.mark.parametrize("cc", CC)
@pytest.mark.parametrize("openmp", [True, False])
@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_result_is_the_same_however_it_is_run(cc, openmp, residual, bias):
    kernel = Scale(residual=residual, bias=bias)
    conv = packed(kernel, cc, openmp)
    assert conv.openmp == (openmp and compilers.find_compiler(cc).openmp)
    x, r = data(kernel)
    want = expected(kernel, x, r)
    out = np.full_like(want, np.nan)
    assert conv(x, r, out=out) is out
    for got in (out, *(conv(x, r, threads=t) for t in (1, 2, 3, 7, 100)),
                *(conv.run_in_order(x, seed, r) for seed in range(3))):  # fmt: skip
        assert got.dtype == F32
        np.testing.assert_array_equal(got, want)
    assert conv.time(x, r, threads=2, calls=3) > 0


@pytest.mark.parametrize("cc", CC)
def test_threads_are_used_as_asked_in_every_order(cc):
    tools.require(tools.openmp(cc))
    kernel = Scale(census=True)
    x, _ = data(kernel)
    conv = packed(kernel, cc)
    assert conv.openmp
    found = {}

    def ask():
        found["other"] = [conv(x, threads=t)[0, 0, 0, 0] for t in (4, 1)]

    assert [conv(x, threads=t)[0, 0, 0, 0] for t in (3, 1, 2)] == [3, 1, 2]
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert found["other"] == [4, 1]
    assert conv(x)[0, 0, 0, 0] == 1


@pytest.mark.parametrize("cc", CC)
def test_a_call_leaves_openmp_as_it_is_set(cc):
    """PyTorch, say, may share the runtime."""
    tools.require(tools.openmp(cc))
    kernel = Scale(census=True)
    x, _ = data(kernel)
    conv = packed(kernel, cc)
    assert conv.openmp
    runtime = ctypes.CDLL(str(conv.path))  # finds the symbols of the libraries that it depends on, too
    before = runtime.omp_get_max_threads()
    try:
        runtime.omp_set_num_threads(5)
        for threads in (2, 1, 7):
            assert conv(x, threads=threads)[0, 0, 0, 0] == threads
            assert conv.time(x, threads=threads) > 0
            assert runtime.omp_get_max_threads() == 5
    finally:
        runtime.omp_set_num_threads(before)


def test_without_openmp_every_worker_gets_its_own_tasks():
    kernel = Scale(census=True)
    x, _ = data(kernel)
    conv = packed(kernel, openmp=False)
    assert not conv.openmp
    flat = conv(x, threads=3).reshape(-1)
    assert set(flat[0::2]) == {0}
    assert set(flat[1::2]) == {0, 1, 2}


@pytest.mark.parametrize("openmp", [True, False])
def test_calls_from_many_threads_do_not_share_a_workspace(openmp):
    kernel = Scale(residual=True)
    conv = packed(kernel, openmp=openmp)

    def work(seed):
        x, r = data(kernel, seed)
        want = expected(kernel, x, r)
        return all(np.array_equal(conv(x, r, threads=1 + seed % 3), want) for _ in range(100))

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(12)))


def test_packing_again_replaces_the_weights():
    kernel = Scale()
    conv = packed(kernel)
    x, _ = data(kernel)
    conv.pack(np.full((1, 1, 1, 1), -2.0, F32), np.zeros(1, F32))
    np.testing.assert_array_equal(conv(x), F32(-2.0) * x)


def test_read_only_input_and_odd_addresses_are_fine():
    kernel = Scale()
    conv = packed(kernel)
    x, _ = data(kernel)
    room = np.zeros(x.size + 1, F32)
    shifted = room[1:].reshape(x.shape)  # 4 bytes after an aligned address
    shifted[:] = x
    shifted.flags.writeable = False
    np.testing.assert_array_equal(conv(shifted), expected(kernel, x, None))


def test_an_array_in_a_file_is_an_array(tmp_path):
    kernel = Scale()
    conv = packed(kernel)
    x, _ = data(kernel)
    np.save(tmp_path / "x.npy", x)
    np.testing.assert_array_equal(conv(np.load(tmp_path / "x.npy", mmap_mode="r")), expected(kernel, x, None))


@pytest.mark.parametrize("cc", CC)
def test_openmp_stays_when_the_last_kernel_goes(cc):
    """Its idle threads would crash; in a process of its own, since a pin is for good."""
    script = (
        "import gc, pathlib, sys; sys.path[:0] = [sys.argv[1]]; import scale_kernel as t\n"
        "for i in range(3):\n"
        "    conv = t.packed(t.Scale(name=f'scale{i}'), sys.argv[2])\n"
        "    conv(t.data(conv.kernel)[0], threads=2); openmp = conv.openmp; del conv; gc.collect()\n"
        "    maps = pathlib.Path('/proc/self/maps')\n"
        "    assert not openmp or not maps.exists() or 'omp.so' in maps.read_text()\n"
    )
    subprocess.run([sys.executable, "-c", script, str(Path(__file__).parent), cc], check=True)


@pytest.mark.parametrize("openmp", [True, False])
@pytest.mark.parametrize("cc", CC)
def test_a_fork_does_not_wait_for_the_threads_of_its_parent(cc, openmp):
    """As multiprocessing's pools do on Linux; in a process of its own, for forks of threaded ones are not for pytest.
    """
    script = (
        "import os, signal, sys; sys.path[:0] = [sys.argv[1]]; import numpy as np, scale_kernel as t\n"
        "conv = t.packed(t.Scale(), sys.argv[2], sys.argv[3] == 'True')\n"
        "x = t.data(conv.kernel)[0]\n"
        "want = conv(x, threads=3)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    signal.alarm(10)\n"
        "    os._exit(0 if all(np.array_equal(conv(x, threads=t), want) for t in (1, 2, 3, 2)) else 1)\n"
        "assert os.waitpid(child, 0)[1] == 0, 'the child'\n"
        "assert np.array_equal(conv(x, threads=3), want)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script, str(Path(__file__).parent), cc, str(openmp)],
                   check=True)


def test_a_call_is_cheap():
    kernel = Scale()
    conv = packed(kernel, openmp=False)
    x, _ = data(kernel)

    def seconds():
        start = time.perf_counter()
        for _ in range(200):
            conv(x)
        return (time.perf_counter() - start) / 200

    assert min(seconds() for _ in range(50)) < 20e-6  # 2 µs when nothing else runs


def bad(text, **change):
    """A call with one argument changed, and what the error must say."""
    return pytest.param(change, text, id=f"{next(iter(change))}: {text}")


GOOD = np.zeros((1, 1, ROWS, COLUMNS), F32)
READ_ONLY = GOOD.copy()
READ_ONLY.flags.writeable = False
UNALIGNED = np.frombuffer(bytearray(GOOD.nbytes + 1), np.uint8)[1:].view(F32).reshape(GOOD.shape)
SHARED = np.zeros(2 * GOOD.size, F32)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        bad("x must be a NumPy array (x is a list)", x=GOOD.tolist()),
        bad("x must be given (x=None)", x=None),
        bad("x must be a plain numpy.ndarray (x is a MaskedArray)", x=np.ma.array(GOOD)),
        bad("x.dtype=<f8); use x.astype(np.float32)", x=GOOD.astype(np.float64)),
        bad("x.dtype=>f4", x=GOOD.astype(">f4")),
        bad("x.dtype=|O", x=GOOD.astype(object)),
        bad("x.dtype=<i4", x=GOOD.astype(np.int32)),
        bad("x must have shape (1, 1, 6, 8) (x.shape=(6, 8))", x=GOOD[0, 0]),
        bad("x.shape=(1, 1, 8, 6)", x=GOOD.swapaxes(2, 3)),
        bad("use np.ascontiguousarray(x)", x=np.zeros((1, 1, ROWS, 2 * COLUMNS), F32)[..., ::2]),
        bad("use np.ascontiguousarray(x)", x=np.asfortranarray(GOOD)),
        bad("x must be C-contiguous", x=np.broadcast_to(F32(1), GOOD.shape)),
        bad("x must be aligned to 4 bytes", x=UNALIGNED),
        bad("residual must be given", residual=None),
        bad("residual must have shape", residual=GOOD[:, :, 1:]),
        bad("residual.dtype=<f2", residual=GOOD.astype(np.float16)),
        bad("out must be writable", out=READ_ONLY),
        bad("out must have shape", out=np.zeros(3, F32)),
        bad("out.dtype=<f8", out=GOOD.astype(np.float64)),
        bad("out must not overlap x", x=SHARED[:48].reshape(GOOD.shape),
            out=SHARED[20:68].reshape(GOOD.shape)),
        bad("out must not overlap residual", residual=SHARED[:48].reshape(GOOD.shape),
            out=SHARED[47:95].reshape(GOOD.shape)),
        bad("threads must be an integer from 1 to 1024 (threads=0)", threads=0),
        bad("(threads=-1)", threads=-1),
        bad("(threads=1025)", threads=1025),
        bad("(threads=True)", threads=True),
        bad("(threads=2.0)", threads=2.0),
        bad("(threads='2')", threads="2"),
    ],
)  # fmt: skip
def test_bad_arguments(change, text):
    conv = packed(Scale(residual=True))
    arguments = {"x": GOOD.copy(), "residual": GOOD.copy(), **change}
    with pytest.raises(InputError) as error:
        conv(**arguments)
    assert text in one_line(error).replace("; use np.asarray", "")


def test_every_way_to_run_checks_its_arguments():
    conv = packed(Scale())
    for wrong in (lambda: conv.time(GOOD[0]), lambda: conv.time(GOOD, threads=0),
                  lambda: conv.run_in_order(GOOD[0], 1)):  # fmt: skip
        with pytest.raises(InputError):
            wrong()


@pytest.mark.parametrize(
    ("bias", "weights", "given", "text"),
    [
        (True, np.zeros((1, 1, 1, 1), F32), None, "bias must be given"),
        (True, np.zeros((1, 1, 1, 1), F32), np.zeros(2, F32), "bias must have shape (1,)"),
        (True, np.zeros((1, 1, 1, 1), F32), np.zeros(1), "bias.dtype=<f8"),
        (False, np.zeros((1, 1, 1, 1), F32), np.zeros(1, F32), "bias must be None"),
        (True, np.zeros((1, 1), F32), np.zeros(1, F32), "weights must have shape (1, 1, 1, 1)"),
        (True, [[[[1.0]]]], np.zeros(1, F32), "weights must be a NumPy array"),
    ],
)
def test_bad_weights(bias, weights, given, text):
    kernel = Scale(bias=bias)
    conv = native.compile(kernel)
    with pytest.raises(InputError) as error:
        conv.pack(weights, given)
    assert text in one_line(error)
    with pytest.raises(InputError, match="weights must be packed before the first call"):
        conv(GOOD)


HALVES = """#include "halves.h"
void halves_pack(const uint16_t *weights, const uint16_t *bias, void *packed) {
    ((uint16_t *)packed)[0] = (uint16_t)(weights[0] ^ bias[0]);
}
size_t halves_tasks(int phase) { return phase == 0 ? 5 : 0; }
void halves_task(int phase, size_t task, int worker, const uint16_t *input, const void *packed,
                 const uint16_t *residual, uint16_t *output, void *workspace) {
    (void)phase, (void)worker, (void)workspace;
    output[task] = (uint16_t)(input[task] ^ *(const uint16_t *)packed ^ residual[task]);
}
void halves(const uint16_t *input, const void *packed, const uint16_t *residual, uint16_t *output, void *workspace) {
    for (size_t task = 0; task < 5; task++) halves_task(0, task, 0, input, packed, residual, output, workspace);
}
"""


def test_arrays_are_of_the_elements_of_the_layer():
    """Bits of f16 numbers pass as they are: this kernel joins them."""
    spec = ConvSpec(ic=1, oc=1, iw=5, kw=1, dtype="f16", residual=True)
    kernel = SimpleNamespace(plan=SimpleNamespace(brief=False), name="halves", spec=spec,
                             source=HALVES, flags=(), phases=(5,), packed_bytes=2,
                             workspace_bytes=0, scratch_bytes=0,
                             header="#include <stddef.h>\n#include <stdint.h>\n", headers=())
    conv = native.load(kernel, compilers.build(kernel))
    assert conv.aligns == (2, 64)
    one, two = np.float16([1.0]), np.float16([2.0])
    conv.pack(one.reshape(1, 1, 1), two)
    x, residual = (np.arange(start, start + 5).astype(np.float16).reshape(1, 1, 5) for start in (-2, 7))
    bits = [array.view(np.uint16) for array in (x, residual, one, two)]
    want = bits[0] ^ bits[1] ^ bits[2] ^ bits[3]
    for got in (conv(x, residual), conv(x, residual, threads=2), conv(x, residual, out=np.empty_like(x))):
        assert got.dtype == np.float16
        np.testing.assert_array_equal(got.view(np.uint16), want)
    with pytest.raises(InputError, match="x must be float16 in native byte order"):
        conv(x.astype(F32), residual)


def test_superfluous_residual():
    with pytest.raises(InputError, match="residual must be None"):
        packed(Scale())(GOOD, GOOD.copy())


def test_load_refuses_what_is_not_the_kernel(tmp_path):
    (tmp_path / "text.so").write_text("not a library")
    for path in (tmp_path / "missing.so", tmp_path / "text.so", tmp_path):
        with pytest.raises(InputError, match="library must load") as error:
            native.load(Scale(), path)
        one_line(error)
    with pytest.raises(InputError, match="other_pack"):
        native.load(Scale(name="other"), compilers.build(Scale()))


ANOTHER = """
import ctypes, sys
from pathlib import Path
from scale_kernel import Scale, data, packed
cc, library, renamed = sys.argv[1], *map(Path, sys.argv[2:])
renamed.write_bytes(library.read_bytes().replace(b"libgomp.so.1", renamed.name.encode()))
another = ctypes.CDLL(str(renamed), mode=ctypes.RTLD_GLOBAL)
another.omp_set_num_threads(5)
kernel = Scale(census=True)
conv, (x, _) = packed(kernel, cc), data(kernel)
print(conv.openmp, *(int(conv(x, threads=count)[0, 0, 0, 0]) for count in (1, 3, 2)))
"""


@pytest.mark.parametrize("cc", CC)
@pytest.mark.parametrize("name", ["libgomp.so.1", "libgomq.so.1"])
@pytest.mark.skipif(sys.platform != "linux", reason="is about shared libraries of Linux")
@tools.needs(tools.openmp, "gcc")
def test_another_openmp_runtime_in_the_process_does_not_matter(cc, name, tmp_path):
    """As PyTorch's packages load one for all, some under a name of its own: numbered by the wrong runtime, workers
    would share what each must have alone."""
    tools.require(tools.openmp(cc))
    library = subprocess.check_output(["gcc", "-print-file-name=libgomp.so.1"], text=True).strip()
    if not Path(library).is_file():
        pytest.skip("gcc's OpenMP is no libgomp.so.1")
    said = subprocess.check_output([sys.executable, "-c", ANOTHER, cc, library, str(tmp_path / name)],
                                   cwd=Path(__file__).parent, text=True)
    assert said.split() == ["True", "1", "3", "2"]

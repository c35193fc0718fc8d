"""A keyword spotter (DS-CNN) in int8 as one function on a Cortex-M4, without a C library: its outputs are those of the
rule, bit for bit; what it takes of flash and RAM."""

from __future__ import annotations

import json
import re
import subprocess

import numpy as np
import onnx
import pytest
import tools
from onnx import helper, numpy_helper
from test_cortex_integers import BOARD, COMPILER, LINK, lacking

from convgen.algorithms import MAX_ERROR
from convgen.commands import package as command
from convgen.commands.request import Request
from convgen.commands.whole import Asked
from convgen.packaging import files
from convgen.verification.networks import evaluate

CHANNELS, WORDS = 64, 12
SCALE, ZERO = np.float32(0.0625), np.int8(-3)  # of values between layers
FLASH, RAM = 40 << 10, 16 << 10  # bytes that it may take
MAIN = """
#include "kws.h"
#include "data.h"
extern uint32_t stack_top;
#define REGISTER(address) (*(volatile uint32_t *)address)
static int8_t logits[sizeof wanted_logits], words[sizeof wanted_words];
static void ask(int what, const void *given)
{
    register int r0 __asm__("r0") = what;
    register const void *r1 __asm__("r1") = given;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}
static void say(const char *name, uint32_t value)
{
    char text[16], *p = text + 15;
    *p = 0;
    *--p = '\\n';
    do { *--p = (char)('0' + value % 10); value /= 10; } while (value);
    ask(4, name);
    ask(4, p);
}
static void reset(void)
{
    uint32_t wrong = 0;
    REGISTER(0xE000ED88) |= 0xf << 20; /* the FPU */
    __asm__ volatile("dsb\\n\\tisb");
    kws_run(sound, logits, words, 1);
    for (uint32_t i = 0; i < sizeof logits; ++i) wrong += logits[i] != wanted_logits[i];
    for (uint32_t i = 0; i < sizeof words; ++i) wrong += words[i] != wanted_words[i];
    say("wrong ", wrong);
    say("outputs ", sizeof logits + sizeof words);
    ask(0x18, (const void *)0x20026);
}
__attribute__((section(".vectors"), used)) static void *const vectors[] = {&stack_top, (void *)reset};
"""


class Net:
    """Nodes and constants of a quantised model as they are added."""

    def __init__(self):
        self.nodes, self.constants, self.rng = [], {}, np.random.default_rng(7)

    def constant(self, array):
        name = f"k{len(self.constants)}"
        self.constants[name] = np.asarray(array)
        return name

    def node(self, op, *inputs, **attributes):
        makes = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [makes], **attributes))
        return makes

    def real(self, name, scale=SCALE, zero=ZERO, **more):
        return self.node("DequantizeLinear", name, self.constant(scale), self.constant(zero), **more)

    def quantised(self, name, scale=SCALE, zero=ZERO):
        return self.node("QuantizeLinear", name, self.constant(scale), self.constant(zero))

    def weights(self, *shape):
        """And the bias, of sums as large as what they become."""
        terms = int(np.prod(shape[1:]))
        scale = (self.rng.uniform(0.5, 1.0, shape[0]) / 40 / np.sqrt(terms)).astype(np.float32)
        w = self.constant(self.rng.integers(-127, 128, shape, np.int8))
        b = self.constant(self.rng.integers(-2000, 2000, shape[0], np.int32))
        return (self.real(w, scale, np.zeros(shape[0], np.int8), axis=0),
                self.real(b, scale * SCALE, np.zeros(shape[0], np.int32), axis=0))

    def conv(self, x, *shape, **attributes):
        """With ReLU, quantised again."""
        return self.quantised(self.node("Relu", self.node("Conv", self.real(x), *self.weights(*shape), **attributes)))


def keyword_spotter():
    net = Net()
    x = net.conv("sound", CHANNELS, 1, 10, 4, strides=[2, 2], pads=[4, 1, 5, 1])
    for _ in range(4):
        x = net.conv(x, CHANNELS, 1, 3, 3, group=CHANNELS, pads=[1] * 4)
        x = net.conv(x, CHANNELS, CHANNELS, 1, 1)
    pooled = net.quantised(net.node("GlobalAveragePool", net.real(x)))
    flat = net.node("Flatten", net.real(pooled))
    logits = net.quantised(net.node("Gemm", flat, *net.weights(WORDS, CHANNELS), transB=1))
    words = net.quantised(net.node("Softmax", net.real(logits)), np.float32(1 / 256), np.int8(-128))
    graph = helper.make_graph(
        net.nodes, "kws", [helper.make_tensor_value_info("sound", onnx.TensorProto.INT8, [1, 1, 49, 10])],
        [helper.make_tensor_value_info(name, onnx.TensorProto.INT8, [1, WORDS]) for name in (logits, words)],
        [numpy_helper.from_array(array, name) for name, array in net.constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def as_c(name, array):
    return f"static const int8_t {name}[] = {{{', '.join(map(str, array.ravel()))}}};\n"


@tools.needs(lacking)
def test_a_whole_keyword_spotter(tmp_path, capsys):
    path = tmp_path / "kws.onnx"
    onnx.save(keyword_spotter(), path)
    request = Request((str(path),), {"layout": "nhwc"}, {}, "cortex-m4", None, MAX_ERROR, optimize="size",
                      records=False)
    made = command.make(request, "kws", "embed", Asked(arena="static"))
    texts = files.files(made)
    model = made.network.model
    sound = np.random.default_rng(1).integers(-128, 128, (1, 1, 49, 10), np.int8)
    found = evaluate(model, {"sound": sound}, np.float32)
    logits, words = (found[name].astype(np.int8) for name in model.outputs)
    assert len(set(logits.ravel())) > WORDS // 2
    sources = {name.rpartition("/")[2]: text for name, text in texts.items() if name.endswith((".c", ".h"))}
    del sources["kws_selftest.c"]
    data = as_c("sound", sound) + as_c("wanted_logits", logits) + as_c("wanted_words", words)
    for name, text in {**sources, "data.h": data, "main.c": MAIN, "link.ld": LINK}.items():
        (tmp_path / name).write_text(text)

    def run(*words):
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    own = [name for name in sources if name.endswith(".c")]
    run(*COMPILER, "-Os", "-Wall", "-Wextra", "-Werror", "-c", *own)
    rows = [line.split() for line in run("arm-none-eabi-size", *(f"{name[:-2]}.o" for name in own)).splitlines()[1:]]
    flash = sum(int(row[0]) + int(row[1]) for row in rows)
    ram = sum(int(row[1]) + int(row[2]) for row in rows)
    with capsys.disabled():
        print(f"\nkeyword spotter on Cortex-M4: flash {flash} bytes, RAM {ram} bytes")
    assert flash <= FLASH
    assert ram <= RAM
    report = json.loads(texts["kws_report.json"])["ram"]
    assert ram == pytest.approx(report["plan"], abs=64)
    run(*COMPILER, "-Os", "-nostdlib", "-T", "link.ld", *(f"{name[:-2]}.o" for name in own), "main.c", "-lgcc", "-o",
        "main")
    told = dict(re.findall(r"(\w+) (\d+)", run(*BOARD, "main")))
    assert told == {"wrong": "0", "outputs": str(2 * WORDS)}

"""What the terms mean that plans are explained in: one table. `plan --explain` ends with those that it used, and the
README's words are among them (tests/test_glossary.py)."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple


class Word(NamedTuple):
    """A term and its meaning. forms: a regular expression of how it appears in text, if not as itself or its plural."""

    word: str
    meaning: str
    forms: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        return _pattern(self.forms or rf"{re.escape(self.word)}s?")


@functools.cache
def _pattern(forms: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])")


WORDS = (
    # the layer
    Word("f32, f16, bf16", "types of numbers, of 32, 16 and 16 bits", "f32|f16|bf16"),
    Word("nchw, nhwc, ...", "the order of an array's axes in memory, the last one contiguous: n images, c channels,"
         " d h w depth, height and width", "n[a-z]*c[a-z]*w|n[a-z]*wc"),
    Word("oihw, hwio, ohwi", "the same for weights: o output channels, i input channels, h w of the kernel",
         "oihw|hwio|ohwi"),
    Word("kernel", "of a layer: the window of weights that slides over the input"),
    Word("stride", "how many pixels the kernel moves from one output to the next"),
    Word("dilation", "how many pixels apart the kernel's weights are applied"),
    Word("padding", "the zeros that the input is thought to have around it", "padding|padded"),
    Word("groups", "parts of the channels that are convolved separately; depthwise: each channel is a group"),
    Word("flipped", "the textbook's convolution: the kernel is applied back to front"),
    Word("bias", "a number added to all outputs of a channel"),
    Word("residual", "an array added to the output, before the activation"),
    Word("activation", "a function of each output, such as relu, which makes negative ones 0", "activation|relu"),
    Word("k, M, G", "a thousand, a million, a thousand million; before B: bytes", r"[\d.]+ (?:[kMG]?B|[kMG])"),
    Word("multiply-adds", "the products of the layer's definition, each added to a sum"),
    Word("feature map", "the input or the output: pixels, each with its channels"),
    Word("arithmetic intensity", "flops for each byte that has to be moved at least; a high one is bound by compute"),
    Word("flops", "floating-point operations; a multiply-add is two"),
    # the plan
    Word("flash", "memory for what stays as it is: code and packed weights"),
    Word("RAM", "memory for what changes: the caller's arrays, and the workspace"),
    Word("workspace", "memory that a kernel needs while it runs, besides its arrays"),
    Word("packed", "weights in the order in which the kernel reads them"),
    Word("target", "the machine that is planned for"),
    Word("plan", "every decision about one kernel; its name says algorithm, instruction set and register tile"
         " (w: lanes over pixels)"),
    Word("direct", "algorithm: sums products as the layer defines them, for any layer", r"direct\w*"),
    Word("depthwise", "algorithm for layers of a channel a group: patches of output, each input row loaded once",
         r"depthwise\w*"),
    Word("grouped", "algorithm for small groups: they lie side by side in a vector", r"grouped_\w*|grouped on"),
    Word("dot", "algorithm for few output channels: vectors of input channels", r"dot_\w*|dot on"),
    Word("winograd", "algorithm that transforms tiles of pixels, which leaves fewer multiplications", r"winograd\w*"),
    Word("fourier", "algorithm for long kernels: products of the spectra of blocks of pixels", r"fourier\w*"),
    Word("col2im", "algorithm for transposed layers: a matrix product, whose numbers are added where kernels overlap",
         r"col2im\w*"),
    Word("gradient", "algorithm for gradients of weights: sums over pixels", r"gradient_\w*|gradient on"),
    Word("implicit_gradient", "the same on GPUs, as a matrix product whose work-groups share tiles",
         r"implicit_gradient\w*"),
    Word("chain", "layers that follow each other in one kernel: a band of rows passes through all of them",
         r"chains?\w*"),
    Word("band, strip", "of a chain: rows of output that are computed together; bands that follow each other in a task,"
         " which keep rows for each other", r"bands?|strips?"),
    Word("block, pair", "of pixels: what is transformed together, its points; a pair is a block of complex numbers",
         "blocks? of|pairs?|points"),
    Word("implicit", "algorithm for GPUs: a matrix product whose tiles a work-group shares", r"implicit\w*"),
    Word("tensor", "algorithm for GPUs: the same by matrix instructions", r"tensor\w*"),
    Word("reference", "the plain loops of the definition, for reading and comparing"),
    Word("instruction set", "avx512, avx2, neon, wasm (WebAssembly), cl4 and cl8 (OpenCL's vectors), sm80 (NVIDIA's"
         " matrices), scalar (no vectors)", r"avx512\w*|avx2\w*|neon\w*|wasm\w*|cl4\w*|cl8\w*|sm80\w*|scalar\w*"),
    Word("n g oc ic oh ow kh kw", "loops over images, groups, output channels, input channels, rows and columns of"
         " output, rows and columns of the kernel; od kd: their depth", "for (?:n|g|[oi]c|o[dhw]|k[dhw])"),
    Word("for phase", "loop over the outputs of a transposed layer in which the same taps of the kernel meet: each such"
         " set is a layer of stride 1; the loops inside are those of the largest", "for phase"),
    Word("lanes", "elements of a SIMD vector; here output channels or pixels of a row"),
    Word("register tile mr × nr", "mr broadcast rows × nr vectors, each pair an accumulator in a register",
         "tiles?|registers?"),
    Word("micro-kernel", "the innermost function: one register tile, summed over the reduction"),
    Word("reduction", "the sum over input channels and kernel taps", "reduction|terms at a time"),
    Word("panel", "the packed weights of one tile of output channels, in the order they are read"),
    Word("tail", "what is left when an extent is not a multiple of the tile; here a micro-kernel of exactly that size"),
    Word("epilogue", "what happens to a sum before it is stored: residual, activation"),
    Word("task, phase", "tasks of a phase run in any order on any threads; phases run one after another",
         "tasks?|phases?"),
    Word("F(m, k)", "a transform that makes m outputs of k weights at once; F(4x4, 3x3) takes 36 products for 16"
         " outputs, where the definition takes 144", r"F\(\d[^)]*\)"),
    Word("expected error", "what a transform is expected to add to an output's error, as a share of the sum of all"
         " |input||weight|; --max-error limits it"),
    Word("|x||w|", "the products of inputs and weights without their signs", r"sum \|x\|\|w\|"),
    Word("item, warp", "a GPU's work-item, its thread; a warp of them computes in step. Work-items share the memory of"
         " their work-group, in which buffers hold what comes next", "items?|warps?|buffers"),
    # where it reads
    Word("reads", "where a plan takes the input from: input is the array as it is; behind it, the type of packed"
         " weights that are widened as they are loaded"),
    Word("ahead", "reads the array as it is, and asks memory for the next tile's part beforehand, where prefetchers"
         " lose count of the channels"),
    Word("asked for", "brought into the second cache before it is read or written: prefetchers, which foresee what"
         " follows in memory, do not foresee it"),
    Word("past the caches", "straight to memory, which no cache then fetches from there first, nor keeps"),
    Word("edges", "reads the array as it is; tiles at its edges skip the padding", "edges?"),
    Word("copy", "reads a padded copy of the input, made before; its cost is a part"),
    Word("columns", "reads a copy of the input whose rows are padded; tiles at its edges skip rows of padding"),
    Word("unpadded", "reads a copy of the input, made before; tiles at its edges skip the padding"),
    Word("band", "reads a padded copy of the rows that a task needs, which the thread makes for itself"),
    Word("slice", "reads a copy of the channels of a task, which the thread makes for itself"),
    Word("local", "reads a padded copy of each channel, which the thread makes for itself"),
    Word("near", "reads the pixels of a tile as f32, which the thread makes for itself"),
    Word("widened", "reads a copy of the input as f32"),
    # what it costs
    Word("cycles", "ticks of the processor's clock, of one core, or of one unit of a GPU; kcycles are a thousand",
         "[kM]?cycles?"),
    Word("FMA", "fused multiply-add: one instruction that multiplies and adds in every lane", "FMAs?"),
    Word("FMA peak", "the speed when every FMA unit works in every cycle"),
    Word("roofline", "the least time that arithmetic, as the layer defines it, or moving each array once allows"),
    Word("error", "the difference between an output and the true value"),
    Word("sum |x||w|", "the sum of the magnitudes of an output's products", r"sum \|x\|\|w\|"),
    Word("bound of error", "what no error exceeds: g S, where S is a sum of magnitudes, g what rounding carries it by,"
         " u half the distance from 1 to the next number, v the sum before the activation, y the output", r"\|error\|"),
    Word("by the model", "chosen by what is predicted; by the lock or by records: by what tuning measured",
         "by the (?:model|lock|records)"),
    Word("bound by", "which of the two takes longer at least: compute, which is arithmetic, or memory"),
    Word("part", "of the predicted time. What moves while micro-kernels run adds only what they do not hide"),
    Word("L1, L2, L3", "caches, the small and fast ones first; behind them is memory. L2 to L1: what moves between",
         "L[123]|memory"),
    Word("transforms", "of tiles or blocks of pixels and of sums, before and after the products"),
    Word("scattered stores", "outputs stored one by one, where neighbours in a tile are none in memory"),
    Word("cache conflicts", "lines that evict each other, since they map to the same few places of a cache"),
    Word("late lines", "lines that no prefetcher brought in time, at the start of runs that lie apart"),
    Word("idle threads", "threads that wait for the last one, or for the next phase"),
    Word("waiting", "work-items that wait for memory or for each other, with nothing else to do"),
    Word("tie", "plans whose predictions do not differ by what can be measured"),
)  # fmt: skip


def used(text: str) -> list[Word]:
    """The words that a text uses, in the order of the table."""
    return [word for word in WORDS if word.pattern.search(text)]

"""A neural amplifier model: a stack of dilated layers as in WaveNet (A. van den Oord et al., 2016), which plays a
guitar in blocks of 64 samples. Each layer has a state of its own; a block goes through all of them before the next one
comes.

    python amplifier.py         runs a second of noise through the stack
"""

from __future__ import annotations

import numpy as np

import convgen

BLOCK = 64
DILATIONS = [2**step for step in range(10)] * 2 + [1, 8, 512]  # 23 layers
KERNELS = [3] * 20 + [15, 6, 15]


class Amplifier:
    """x ← x + tanh(layer(x)) for each layer; the channels of the stack are its input and its output."""

    def __init__(self, channels: int, seed: int = 0, opt: str = "O3") -> None:
        rng = np.random.default_rng(seed)
        self.layers, self.weights = [], []
        for kernel, dilation in zip(KERNELS, DILATIONS, strict=True):
            spec = convgen.ConvSpec(ic=channels, oc=channels, kw=kernel, dw=dilation, causal=True, stream=BLOCK,
                                    layout="nwc", activation="tanh")
            conv = convgen.generate(spec).compile(opt=opt)
            self.weights.append((rng.normal(0, (channels * kernel) ** -0.5, spec.weights_shape).astype(np.float32),
                                 rng.normal(0, 0.1, channels).astype(np.float32)))
            conv.pack(*self.weights[-1])
            self.layers.append(conv)
        self.reset()

    def reset(self) -> None:
        """Forget what was played."""
        self.streams = [conv.stream() for conv in self.layers]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The next samples, [1, samples, channels], at most a block."""
        for stream in self.streams:
            x = x + stream(x)
        return x


def play(amplifier: Amplifier, x: np.ndarray, lengths) -> np.ndarray:
    """A whole recording, in blocks of these lengths."""
    amplifier.reset()
    done, parts = 0, []
    for length in lengths:
        parts.append(amplifier(x[:, done : done + length]))
        done += length
    return np.concatenate(parts, 1)


if __name__ == "__main__":
    noise = np.random.default_rng(1).standard_normal((1, 48_000, 8)).astype(np.float32)
    heard = play(Amplifier(8), noise, [BLOCK] * (48_000 // BLOCK))
    print(f"{heard.shape[1]} samples, {np.abs(heard).max():.2f} at most")

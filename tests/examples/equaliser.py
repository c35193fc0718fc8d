"""A 10-band equaliser: ten FIR filters an octave apart, their gains in decibels, as one filter of a stream.

    python equaliser.py         prints what it does to a tone in each band
"""

from __future__ import annotations

import numpy as np

import convgen

RATE, BLOCK, TAPS = 48_000, 64, 1023
CENTRES = 31.25 * 2.0 ** np.arange(10)  # Hz
GAINS = np.array([6, 4, 2, 0, -2, -4, -2, 0, 3, 6])  # dB


def taps(gains: np.ndarray) -> np.ndarray:
    """A filter of linear phase whose response goes through the gains, windowed by Hann's."""
    frequencies = np.fft.rfftfreq(2 * TAPS, 1 / RATE)
    octaves = np.log2(np.maximum(frequencies, 1.0) / CENTRES[0])
    wanted = 10 ** (np.interp(octaves, np.arange(len(CENTRES)), gains) / 20)
    impulse = np.roll(np.fft.irfft(wanted), TAPS // 2)[:TAPS]
    return (impulse * np.hanning(TAPS + 2)[1:-1]).astype(np.float32)


def equaliser(gains: np.ndarray = GAINS):
    """A stream; its first tap is what the newest sample is multiplied by, so the kernel is flipped."""
    spec = convgen.ConvSpec(ic=1, oc=1, kw=TAPS, causal=True, stream=BLOCK, layout="nwc", flip=True, bias=False)
    conv = convgen.generate(spec).compile()
    conv.pack(taps(gains).reshape(spec.weights_shape))
    return conv.stream()


def gain(stream, frequency: float) -> float:
    """What a tone is amplified by once the filter is filled, in decibels."""
    stream.reset()
    time = np.arange(RATE // 4)
    tone = np.sin(2 * np.pi * frequency / RATE * time).astype(np.float32)
    heard = stream(tone.reshape(1, -1, 1)).ravel()
    return 20 * np.log10(np.std(heard[TAPS:]) / np.std(tone[TAPS:]))


if __name__ == "__main__":
    bands = equaliser()
    for centre, wanted in zip(CENTRES, GAINS, strict=True):
        print(f"{centre:8.1f} Hz  {gain(bands, centre):+5.1f} dB, wanted {wanted:+d}")

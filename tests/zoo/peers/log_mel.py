"""What librosa makes of a sound that tests/ops/log_mel_test.cpp makes too: tests/zoo/golden/log_mel.txt.

    log_mel.py            compares the file with what librosa gives now
    log_mel.py --write    writes it
"""

import pathlib
import sys

import librosa
import numpy as np
from scipy.signal import get_window

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden/log_mel.txt"


def sound(count):
    """Noise, a triangle whose pitch rises, and silence."""
    state, samples = 1, []
    for n in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        triangle = abs((n * (3 + 2 * (n // 1024))) % 256 - 128) - 64
        samples.append(0 if 4000 <= n < 4600 else (state >> 22) - 512 + 100 * triangle)
    return np.array(samples, np.int16)


def features(mel):
    return np.log(1 + 1e6 * mel).T


def of_digits():
    """20 bands, frames of 32 ms every 16 ms at 8 kHz: librosa's own frames."""
    x = sound(8320).astype(np.float64) / 32768
    mel = librosa.feature.melspectrogram(y=x, sr=8000, n_fft=256, hop_length=128, window="hann", center=False, power=2.0,
                                         n_mels=20, fmin=0, fmax=4000, htk=True, norm=None)
    return features(mel)


def of_keywords():
    """40 bands from 20 to 7,600 Hz, frames of 25 ms every 10 ms at 16 kHz, with zeros up to 512 points."""
    x = sound(4000 + 960).astype(np.float64) / 32768
    window = get_window("hann", 400)
    frames = np.array([x[t:t + 400] * window for t in range(0, len(x) - 399, 160)])
    power = np.abs(np.fft.rfft(frames, 512)) ** 2
    return features(librosa.filters.mel(sr=16000, n_fft=512, n_mels=40, fmin=20, fmax=7600, htk=True, norm=None) @ power.T)


def text():
    lines = []
    for name, values in (("digits", of_digits()), ("keywords", of_keywords())):
        lines.append(f"{name} {values.shape[0]} {values.shape[1]}")
        lines += [" ".join(f"{v:.6f}" for v in row) for row in values]
    return "\n".join(lines) + "\n"


def numbers(of):
    return np.array([float(word) for line in of.splitlines() if not line[0].isalpha() for word in line.split()])


if __name__ == "__main__":
    if "--write" in sys.argv:
        GOLDEN.write_text(text())
    elif not np.allclose(numbers(GOLDEN.read_text()), numbers(text()), rtol=0, atol=2e-6):
        sys.exit(f"{GOLDEN.name}: librosa {librosa.__version__} gives other features")

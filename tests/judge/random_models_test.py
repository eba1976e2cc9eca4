"""mirim against the judges on random models of one operator each: the bits of tflite-micro where it runs the model, else
LiteRT's reference kernels; floats within 1e-5 of the largest. MIRIM_RANDOM_MODELS=N asks about N models, MIRIM_SEED=N
about others. To see one again: tests/judge/random_models_test.py SEED OPERATOR"""

import collections
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
ROOT = pathlib.Path(__file__).resolve().parents[2]

try:
    import judges
    import numpy as np
    import random_models
except ImportError:
    judges = None

# By tests of their own.
JUDGED_ELSEWHERE = {"FAKE_QUANT", "CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE",
                    "ASSIGN_VARIABLE"}
COUNT = int(os.environ.get("MIRIM_RANDOM_MODELS", "1000"))
FIRST = 10**6 * int(os.environ.get("MIRIM_SEED", "1"))
PORTION = 500  # models that are drawn and judged at a time


def runner():
    """The newest build of run_models, or None."""
    built = [ROOT / "build" / preset / "bin" / "run_models" for preset in ("release", "dev")]
    return max((p for p in built if p.exists()), key=lambda p: p.stat().st_mtime, default=None)


def mirims_operators():
    return set(subprocess.run([runner(), "--operators"], check=True, capture_output=True, text=True).stdout.split())


def run_mirim(stems):
    """What run_models says of each; one that ends the process counts as such, and the next ones go on."""
    said = []
    while len(said) < len(stems):
        lines = "".join(f"{stem}\n" for stem in stems[len(said):])
        ended = subprocess.run([runner()], input=lines, capture_output=True, text=True)
        said += ended.stdout.splitlines()
        if ended.returncode != 0:
            said.append(f"died with exit code {ended.returncode}: {ended.stderr[-300:]}")
    return said


def judge_all(cases):
    """For each case (judge, outputs of each run), or None when no judge runs it."""
    verdicts = [None] * len(cases)
    for judge in judges.JUDGES:
        asked = [i for i, verdict in enumerate(verdicts) if verdict is None and judge in cases[i].judges]
        for i, result in zip(asked, judges.run_many(judge, [(cases[i].bytes(), cases[i].runs) for i in asked])):
            if not isinstance(result, judges.Refused):
                verdicts[i] = (judge, result)
    return verdicts


def wrong_elements(expected, found, rounding):
    if expected.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            allowed = max(1e-5 * np.abs(expected[np.isfinite(expected)]).max(initial=1e-30), rounding)
            near = np.abs(found - expected) <= allowed
        return ~(near | (found == expected) | (np.isnan(found) & np.isnan(expected)))
    return found != expected


def first_difference(judge, expected_runs, content, settling=0, rounding=0):
    """None, or in words how the bytes of all outputs of all runs differ from what the judge says."""
    left = np.frombuffer(content, np.uint8)
    for run, outputs in enumerate(expected_runs):
        for index, expected in enumerate(outputs):
            expected = np.asarray(expected)
            if expected.dtype == np.complex64:
                expected = expected.view(np.float32)  # pairs
            if left.size < expected.nbytes:
                return f"{judge}, run {run}, output {index}: {expected.shape} expected, {left.size} bytes are left"
            if run < settling:
                left = left[expected.nbytes :]
                continue
            found = left[: expected.nbytes].view(expected.dtype).reshape(expected.shape)
            left = left[expected.nbytes :]
            wrong = wrong_elements(expected, found, rounding)
            if wrong.any():
                at = tuple(np.argwhere(wrong)[0])
                return (f"{judge}, run {run}, output {index}: {wrong.sum()} of {expected.size} elements differ, first "
                        f"{found[at]} for {expected[at]} at {[int(k) for k in at]}")
    return None if left.size == 0 else f"{left.size} bytes too many"


class Results:
    def __init__(self):
        self.failures, self.judged, self.drawn = [], 0, 0
        self.unsupported, self.unjudged = collections.Counter(), collections.Counter()

    def add(self, cases, folder):
        """Runs the cases in mirim and in the judges."""
        self.drawn += len(cases)
        stems = [str(pathlib.Path(folder) / str(i)) for i in range(len(cases))]
        for case, stem in zip(cases, stems):
            pathlib.Path(stem + ".tflite").write_bytes(case.bytes())
            pathlib.Path(stem + ".in").write_bytes(b"".join(array.tobytes() for run in case.runs for array in run))
        for case, stem, verdict, said in zip(cases, stems, judge_all(cases), run_mirim(stems), strict=True):
            kind = f"{case.name} {case.type}"
            if verdict is None:
                self.unjudged[kind] += 1
            elif said.startswith("unsupported"):
                self.unsupported[kind] += 1
            else:
                self.judged += 1
                why = said
                if said == "ok":
                    why = first_difference(*verdict, pathlib.Path(stem + ".out").read_bytes(), case.settling, case.rounding)
                if why:
                    self.failures.append(f"{case.about}: {why}")


def see_again(seed, name):
    """Says who answers what to the model of that seed, and leaves model and inputs for a look at them."""
    case, folder, results = random_models.model(seed, name), tempfile.mkdtemp(prefix="random_model_"), Results()
    results.add([case], folder)
    for judge in case.judges:
        print(f"{judge}: {judges.run_many(judge, [(case.bytes(), case.runs)])[0]}")
    print(f"{case.about} in {folder}: {results.failures or dict(results.unsupported) or 'equal'}")
    return bool(results.failures)


@unittest.skipIf(judges is None, "the judges are not installed")
@unittest.skipIf(runner() is None, "run_models is not built")
class RandomModels(unittest.TestCase):
    def test_mirim_answers_as_the_judges_do(self):
        names = sorted(mirims_operators() & set(random_models.OPERATORS))
        missing = sorted(set(random_models.OPERATORS) - set(names))
        results = Results()
        while results.judged < COUNT and results.drawn < 3 * COUNT:
            first = FIRST + results.drawn
            seeds = range(first, first + min(PORTION, COUNT - results.judged + 20))
            with tempfile.TemporaryDirectory() as folder:
                results.add([random_models.model(seed, names[seed % len(names)]) for seed in seeds], folder)
        print(f"\nnote: {results.judged} random models of {len(names)} operators judged, {len(results.failures)} differ")
        for what, counts in (("operators not in mirim", dict.fromkeys(missing, "")),
                             ("kinds not supported by mirim", results.unsupported),
                             ("kinds run by no judge", results.unjudged)):
            if counts:
                print(f"note: {len(counts)} {what}: {', '.join(f'{k} {n}'.strip() for k, n in sorted(counts.items()))}")
        self.assertGreaterEqual(results.judged, COUNT)
        self.assertEqual([], results.failures[:100], f"{len(results.failures)} models differ")

    def test_every_operator_of_mirim_has_random_models(self):
        self.assertEqual(set(), mirims_operators() - set(random_models.OPERATORS) - JUDGED_ELSEWHERE)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1].isdigit():
        sys.exit(see_again(int(sys.argv[1]), sys.argv[2]))
    unittest.main()

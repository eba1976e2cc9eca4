"""tests/golden/kmeans.txt against scikit-learn itself, where it is installed: the file says what it answers."""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

try:
    import make_kmeans_golden
except ImportError:
    make_kmeans_golden = None


def constants(text):
    """(name, numbers) of each constant in the text, in order."""
    found = re.findall(r"%(\w+): \w+\[\d+\] = \[(.*)\]", text)
    return [(name, [float(x) for x in numbers.split(", ")]) for name, numbers in found]


@unittest.skipIf(make_kmeans_golden is None, "the judges are not installed")
class KMeansGolden(unittest.TestCase):
    def test_the_file_holds_what_scikit_learn_answers(self):
        written = constants(make_kmeans_golden.GOLDEN.read_text())
        asked = constants(make_kmeans_golden.text())
        self.assertEqual([name for name, _ in written], [name for name, _ in asked])
        for (name, a), (_, b) in zip(written, asked, strict=True):
            self.assertEqual(len(a), len(b), name)
            self.assertLess(max(abs(x - y) for x, y in zip(a, b, strict=True)), 1e-6, name)


if __name__ == "__main__":
    unittest.main()

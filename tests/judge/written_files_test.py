"""Files that mirim wrote, as other tools read them: small networks of every layer and activation, float and int8. The
schema's tables must be filled, LiteRT's signature runner must find its names, and the answers must be those of
`mirim run`: the bits of tflite-micro, floats within 1e-5 of the largest. Vela runs too where it is installed: it must
leave no operator of the int8 files on the CPU."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
ROOT = pathlib.Path(__file__).resolve().parents[2]

try:
    import judges
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    judges = None

ACTIVATIONS = ("relu relu6 leaky_relu prelu elu selu sigmoid tanh softplus softsign swish hard_swish gelu mish "
               "step").split()
TFLM_LACKS = {"gelu"}
SAMPLES = 60


def layer(kind, **keys):
    return f'[[layer]]\ntype = "{kind}"\n' + "".join(f"{key} = {value}\n" for key, value in keys.items())


def networks():
    """TOML by name."""
    end = layer("flatten") + layer("fully_connected", units=3) + layer("softmax")
    conv = layer("conv2d", filters=6)
    dense = layer("fully_connected", units=3) + layer("softmax")
    found = {f"conv_{name}": conv + layer(name) + end for name in ACTIVATIONS}
    found |= {f"dense_{name}": layer("fully_connected", units=8, activation=f'"{name}"') + dense for name in ACTIVATIONS}
    two = "".join(f'[[layer]]\ntype = "conv2d"\nname = "{name}"\n{above}filters = 4\n'
                  for name, above in (("a", ""), ("b", 'from = "a"\n')))
    both = '[[layer]]\ntype = "{}"\nfrom = ["a", "b"]\n'
    found |= {
        "plain": conv + end,
        "logits": layer("flatten") + layer("fully_connected", units=3),
        "no_bias": layer("conv2d", filters=4, bias="false") + end,
        "stride": layer("conv2d", filters=4, stride="[2, 1]", kernel="[3, 5]") + end,
        "dilation": layer("conv2d", filters=4, dilation=2, padding='"valid"') + end,
        "depthwise": layer("depthwise_conv2d", multiplier=3, activation='"relu"') + end,
        "depthwise_batch_norm": layer("depthwise_conv2d", batch_norm="true") + conv + end,
        "batch_norm": conv + layer("batch_norm", activation='"relu"') + end,
        "conv_batch_norm": layer("conv2d", filters=6, batch_norm="true", activation='"relu6"') + end,
        "average_pool": conv + layer("average_pool2d") + end,
        "average_pool_same": conv + layer("average_pool2d", size=3, stride=2, padding='"same"') + end,
        "max_pool": conv + layer("max_pool2d") + end,
        "max_pool_same": conv + layer("max_pool2d", size=3, stride=2, padding='"same"') + end,
        "global_average_pool": conv + layer("global_average_pool") + dense,
        "pad": layer("pad", top=1, left=2) + layer("conv2d", filters=4, padding='"valid"') + end,
        "reshape": layer("reshape", shape="[4, 16, 2]") + conv + end,
        "attention": layer("reshape", shape="[16, 8]") + layer("position_embedding") + layer("attention", heads=2, causal="true")
                     + layer("layer_norm") + layer("fully_connected", units=6, keep_num_dims="true", activation='"relu"') + end,
        "dropout": layer("fully_connected", units=8, activation='"relu"') + layer("dropout") + dense,
        "transposed": layer("transposed_conv2d", filters=3, stride=2) + end,
        "add": two + both.format("add") + end,
        "mul": two + both.format("mul") + end,
        "concatenation": two + both.format("concatenation") + end,
    }
    return {name: f'name = "{name}"\n[input]\nshape = [8, 8, 2]\n{layers}' for name, layers in found.items()}


def mirim():
    """The newest build of the program, or None."""
    built = [ROOT / "build" / preset / "bin" / "mirim" for preset in ("release", "dev")]
    return max((p for p in built if p.exists()), key=lambda p: p.stat().st_mtime, default=None)


def run(*words):
    return subprocess.run([mirim(), *words], check=True, capture_output=True, text=True)


def quantized(x, details):
    if details["dtype"] == np.float32:
        return x
    scale, zero_point = details["quantization"]
    return np.clip(np.round(x / scale) + zero_point, -128, 127).astype(np.int8)


@unittest.skipIf(judges is None, "the judges are not installed")
@unittest.skipIf(mirim() is None, "mirim is not built")
class WrittenFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        generator = np.random.default_rng(3)
        cls.x = generator.standard_normal((SAMPLES, 8, 8, 2)).astype(np.float32)
        np.save(cls.folder / "x.npy", cls.x)
        np.save(cls.folder / "y.npy", generator.integers(0, 3, SAMPLES).astype(np.int32))
        data = f"npy:{cls.folder}/x.npy,{cls.folder}/y.npy"
        cls.warned = {}
        for name, text in networks().items():
            (cls.folder / f"{name}.toml").write_text(text)
            floats, integers = cls.folder / f"{name}.tflite", cls.folder / f"{name}_int8.tflite"
            run("train", cls.folder / f"{name}.toml", "--data", data, "-o", floats, "--epochs", "1", "--batch", "8")
            cls.warned[name] = run("quantize", floats, "--data", data, "-o", integers).stderr

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def files(self):
        for name in networks():
            for suffix in ("", "_int8"):
                yield name, suffix, self.folder / f"{name}{suffix}.tflite"

    def test_there_are_at_least_49(self):
        self.assertGreaterEqual(len(networks()), 49)

    def test_every_table_is_filled(self):
        for name, suffix, path in self.files():
            with self.subTest(name + suffix):
                graph = judges._schema(path.read_bytes()).subgraphs[0]
                names = [tensor.name for tensor in graph.tensors]
                self.assertEqual(len(names), len(set(names)))
                for tensor in graph.tensors:
                    self.assertTrue(tensor.hasRank, tensor.name)
                    self.assertIsNotNone(tensor.quantization, tensor.name)
                for operator in graph.operators:
                    if hasattr(operator.builtinOptions, "newShape"):
                        shape = graph.tensors[operator.outputs[0]].shape
                        self.assertEqual(list(operator.builtinOptions.newShape), list(shape))

    def test_no_operator_of_an_int8_file_is_left_float(self):
        for name, warned in self.warned.items():
            self.assertNotIn("stays float", warned, name)
            for tensor in judges._schema((self.folder / f"{name}_int8.tflite").read_bytes()).subgraphs[0].tensors:
                self.assertNotEqual(tensor.type, 0, f"{name}: {tensor.name} is float32")

    def test_answers_are_those_of_the_judges(self):
        count = 6
        for name, suffix, path in self.files():
            with self.subTest(name + suffix):
                runner = Interpreter(str(path)).get_signature_runner("serving_default")
                (key, details), = runner.get_input_details().items()
                self.assertEqual(key, "input")
                x = quantized(self.x[:count], details)
                np.save(self.folder / "in.npy", x[:, None])
                run("run", path, "--input", self.folder / "in.npy", "--output", self.folder / "out.npy")
                found = np.load(self.folder / "out.npy").astype(np.float64)
                answers = [next(iter(runner(**{key: x[i:i + 1]}).values())) for i in range(count)]
                judged = [np.stack(answers)]
                if not any(lacked in name for lacked in TFLM_LACKS):
                    runs = [[x[i:i + 1]] for i in range(count)]
                    judged.append(np.stack([out[0] for out in judges.run("tflm", path.read_bytes(), runs)]))
                for index, expected in enumerate(judged):
                    expected = expected.reshape(found.shape).astype(np.float64)
                    # LiteRT's fast kernels round some integers otherwise, which softmax makes a few steps of, and a
                    # layer norm of small numbers more.
                    few = 32 if name == "attention" else 4
                    most = 1e-5 * np.abs(expected).max() if not suffix else 0 if index == 1 else few
                    self.assertLessEqual(np.abs(found - expected).max(), most)

    @unittest.skipIf(shutil.which("vela") is None, "Vela is not installed")
    def test_vela_leaves_nothing_on_the_cpu(self):
        for name in networks():
            with self.subTest(name):
                said = subprocess.run(["vela", self.folder / f"{name}_int8.tflite", "--output-dir", self.folder],
                                      check=True, capture_output=True, text=True).stdout
                self.assertIn("CPU operators = 0", said)


if __name__ == "__main__":
    unittest.main()

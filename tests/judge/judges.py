"""The judges: tflite-micro (whose reference kernels are the truth for int8) and LiteRT, each run in a process of its own,
since a model that they do not like can take the process with it."""

import importlib.metadata
import multiprocessing
import os

import numpy as np
import tflite_writer

JUDGES = ("tflm", "litert-ref", "litert")
SECONDS_FOR_A_MODEL = 20
ARENA_BYTES = 16 << 20


class Refused(Exception):
    """A judge could not load or run the model."""


def version(judge):
    package = "tflite-micro" if judge == "tflm" else "ai-edge-litert"
    kernels = ", default kernels" if judge == "litert" else ""
    return f"{package} {importlib.metadata.version(package)}{kernels}"


def input_shapes(model):
    """Shapes of the inputs of `model`, bytes of a .tflite."""
    graph = _schema(model).subgraphs[0]
    return [tuple(graph.tensors[index].shape) for index in graph.inputs]


def input_types(model):
    """NumPy's names of the types of the inputs of `model`."""
    graph = _schema(model).subgraphs[0]
    names = {code: name for name, code in tflite_writer.TYPES.items()}
    return [names[graph.tensors[index].type] for index in graph.inputs]


def weights_and_bias(model):
    """(weights, bias) of each float layer of `model` that has both, in the order of the operators."""
    whole = _schema(model)
    graph = whole.subgraphs[0]

    def constant(index):
        tensor = graph.tensors[index]
        data = whole.buffers[tensor.buffer].data
        return None if data is None else np.asarray(data, np.uint8).view(np.float32).reshape(tensor.shape)

    found = [[constant(index) for index in operator.inputs[1:]] for operator in graph.operators if len(operator.inputs) == 3]
    return [tuple(pair) for pair in found if all(array is not None for array in pair)]


def random_inputs(model, generator):
    """An array for each input of `model`: integers over the whole range, normal floats."""
    inputs = []
    for shape, dtype in zip(input_shapes(model), input_types(model), strict=True):
        if dtype == "float32":
            inputs.append(generator.standard_normal(shape).astype(np.float32))
        else:
            limits = np.iinfo(dtype)
            inputs.append(generator.integers(limits.min, limits.max + 1, shape).astype(dtype))
    return inputs


def run(judge, model, runs):
    """Outputs of `model` (bytes of a .tflite) for each of `runs`, a list of lists of input arrays. State carries over
    from run to run. Raises Refused."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(judge, model, runs, sender))
    process.start()
    sender.close()
    try:
        result = receiver.recv()
    except EOFError:
        process.join()
        raise Refused(f"{judge} died with exit code {process.exitcode}") from None
    process.join()
    if isinstance(result, str):
        raise Refused(result)
    return result


def run_many(judge, jobs):
    """The results of many jobs (model, runs), each as `run` gives it or a Refused: in few processes, since to start one
    for each model takes longer than the model."""
    results = []
    while len(results) < len(jobs):
        results.extend(_run_some(judge, jobs[len(results):]))
    return results


def _run_some(judge, jobs):
    """Results up to the first model that takes the process with it, that one included."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child_of_many, args=(judge, jobs, sender))
    process.start()
    sender.close()
    results = []
    try:
        while len(results) < len(jobs):
            if not receiver.poll(SECONDS_FOR_A_MODEL):
                process.kill()
            result = receiver.recv()
            results.append(Refused(result) if isinstance(result, str) else result)
    except EOFError:
        process.join()
        results.append(Refused(f"{judge} died with exit code {process.exitcode}"))
    process.join()
    return results


def _child_of_many(judge, jobs, sender):
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what they think of each model they refuse
    for model, runs in jobs:
        _child(judge, model, runs, sender)


def _schema(model):
    from tflite_micro import runtime

    return runtime.convert_bytearray_to_object(model)


def _child(judge, model, runs, sender):
    try:
        sender.send(_run_tflm(model, runs) if judge == "tflm" else _run_litert(judge, model, runs))
    except Exception as error:  # whatever it is, the parent should say it
        sender.send(f"{judge}: {error}")


def _run_tflm(model, runs):
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    outputs = len(_schema(model).subgraphs[0].outputs)
    results = []
    for inputs in runs:
        for index, array in enumerate(inputs):
            interpreter.set_input(array, index)
        interpreter.invoke()
        results.append([np.array(interpreter.get_output(index)) for index in range(outputs)])
    return results


def _run_litert(judge, model, runs):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    resolver = OpResolverType.BUILTIN_REF if judge == "litert-ref" else OpResolverType.AUTO
    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=resolver, num_threads=1)
    interpreter.allocate_tensors()
    results = []
    for inputs in runs:
        for detail, array in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        results.append([np.array(interpreter.get_tensor(d["index"])) for d in interpreter.get_output_details()])
    return results

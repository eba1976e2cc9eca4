"""Random models of one operator: every option and type that the operator has, broadcasting, masks, zero points at the
edges. `model(seed, name)` draws one."""

import numpy as np
import random_control  # noqa: F401: they register their operators
import random_elementwise  # noqa: F401
import random_lookups  # noqa: F401
import random_movement  # noqa: F401
import random_reductions  # noqa: F401
import random_signal  # noqa: F401
import random_weighted  # noqa: F401
from random_case import OPERATORS, Case


def model(seed, name):
    """The Case of that seed, of the operator `name`."""
    r = np.random.default_rng(seed)
    maker, types = OPERATORS[name]
    case = Case(name, types[int(r.integers(len(types)))], r)
    case.about = f"{seed} {name} ({case.type})"
    maker(case)
    return case

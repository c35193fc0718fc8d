from .algorithms import ALGORITHMS
from .target import find
def best(spec, target, algorithm=None):
    return next(ALGORITHMS[algorithm or "direct"].plans(spec, find(target)))

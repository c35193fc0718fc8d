"""Which plan of a layer is the best for a target, by a model of its cost; and texts about layers and plans.

    rank        enumerate the plans, prune those that cannot win, order the rest
    search      the best of many plans, without an estimate of each
    bands       the plans of chains that are worth a look
    apart       a chain beside its layers, each in a kernel of its own
    size        how large plans are, and which are too large to be chosen
    objective   which of the ranked plans to take: for speed, for size, or both
    cost        the model of CPUs: micro-kernels and threads, beside what memory costs
    memory      bytes that come into each cache, and lines that are waited for
    gpu         the model of GPUs: waves of work-groups
    explain     why a plan won, and what the others lose
    bounds      how far a plan's outputs may be off, and for which magnitudes
    glossary    what the words mean that plans are explained in
    describe    a layer, a plan and a bound in words; the command that makes them again

Imports: errors, garbage, layer, machine, plan, algorithms.
"""

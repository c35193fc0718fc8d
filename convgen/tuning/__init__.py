"""Plans that are measured, not predicted: tried, recorded, taken again.

    database    trials in SQLite, one file of the user's
    records     what they mean, and which is taken, on this machine
    lock        the best trials as text: what a project commits, as its convgen.lock
    choose      the plan that generate takes: the lock's, the records', or the model's
    search      which plans to try next
    trial       one plan built, verified and timed, in a process that it may take down
    tuner       one layer: trials within a budget of time, then a final of the fastest
    campaign    many layers in one budget, each by its share of the network's time
    fleet       the same by many workers, on machines of one kind or of several: those of a Dask scheduler
    member      what such a worker does
    elsewhere   a program in C that tunes where there is no Python

Imports: version, errors, isolate, layer, machine, plan, algorithms, planner, emit, run, verification, benchmark.
"""

"""The command line, a module a command, named as it.

    main        the program: the list of commands, errors as exit codes
    console     data on stdout, all else on stderr; tables and text that fit the terminal
    request     the options that commands share: layers, target, limits on plans
    networks    whole networks: asked for, planned, loaded; networks_verify and networks_bench are for these
    models      models that layers are taken from
    completion  what a shell offers while a command is typed
    writing     those about files: compared, shown or written
    whole       those about a whole network
    pool        work on many layers, in several processes
    page/       what report shows: a layer or a network as a page to look at

Imports: version, errors, isolate, layer, machine, plan, algorithms, planner, emit, run, verification, benchmark,
tuning, packaging, api, onnx, tflite,
networks.
"""

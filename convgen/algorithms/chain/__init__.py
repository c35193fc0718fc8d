"""Chains of layers, channels last: a band of rows passes through one layer after the other.

    bands       which rows each layer computes in a band, and of what: a layer of a few rows
    stages      the plan of a layer of a chain, and those of its other bands, which read the same packed weights
    pooling     the largest number or the average of windows, at the end of a chain
    chain       the algorithm
    view        its program
"""

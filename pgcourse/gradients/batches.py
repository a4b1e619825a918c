"""What a batch of samples is worth."""

import numpy as np


def running_means(samples, counts):
    """Return the means of the first counts (N,) of the samples (m,); counts are whole and at least 1."""
    return np.cumsum(samples, dtype=float)[counts - 1] / counts

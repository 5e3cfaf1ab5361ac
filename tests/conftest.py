# SPDX-License-Identifier: GPL-3.0-or-later
"""Data that several tests use, and a drawing back end that needs no screen."""

import os

import numpy as np
import pytest

os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture
def modules():
    """Photovoltaic modules, 2013 USD per watt, 1980 to 2013.

    Farmer and Lafond (2016), Research Policy 45, 647-665, as published by Our World in Data
    (CC BY 4.0).
    """
    cost = [
        *(22.55750824, 17.18003886, 17.44450609, 16.39248853, 13.36644757, 12.2033955),
        *(11.43434667, 9.547166513, 9.454650701, 9.537099644, 9.738847608, 9.071851916),
        *(8.572511469, 7.643175056, 7.472130626, 6.916481881, 5.75872869, 5.709596962),
        *(4.798070304, 4.391410837, 3.568907385, 3.372215363, 3.440894447, 3.251070636),
        *(3.451134572, 3.488009257, 3.801908603, 3.830066661, 3.490604461, 2.333068368),
        *(1.556384006, 1.415066918, 0.764410265, 0.821315),
    ]
    return np.arange(1980.0, 2014.0), np.array(cost)


@pytest.fixture
def pasture():
    """Pasture yield against growing time: Rat42 of the NIST StRD (public domain)."""
    time = [9.0, 14, 21, 28, 42, 57, 63, 70, 79]
    grown = [8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08]
    return np.array(time), np.array(grown)


@pytest.fixture
def units():
    """A small cost series against cumulative units, made up, with a learning rate near 20 %."""
    return np.array([1.0, 2, 4, 8, 16]), np.array([100.0, 81, 63, 52, 41])

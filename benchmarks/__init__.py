# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast curvecast is, beside the tools that people use today: ``python -m benchmarks``.

Every module measures what its name says, and prints nothing; `__main__` prints one table. Threads
of BLAS are held at one from here, because NumPy reads these variables when it is first imported.
"""

import os

ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    )
}

os.environ.update(ONE_THREAD)

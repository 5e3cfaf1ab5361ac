# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m curvecast` is the same as the command `curvecast`."""

from .cli import main

if __name__ == "__main__":
    main()

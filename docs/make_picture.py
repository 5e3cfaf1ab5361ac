# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the picture of the README, from the shipped registry: `make picture`."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

import curvecast as cc
from curvecast import tracking

CLAIM = "gartner_semis_2024_17"
TODAY = "2026-01-31"
LAST_YEAR = 2030
THEN, NOW = "#c4661f", "#1f5fa8"


def first_prints(registry, series):
    """Return years and values, each year's first complete figure."""
    rows = registry.observations(series, first=True)
    return [row.period.last.year for row in rows], [row.value for row in rows]


def draw_forecast(axes, years, values, colour, made):
    """Draw a random walk's median and the band that holds 90 % of its outcomes."""
    forecast = cc.forecast("random_walk", years, values, horizon=LAST_YEAR - years[-1])
    low, high = forecast.interval(0.9).T
    axes.fill_between(forecast.x, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(
        forecast.x, forecast.median, color=colour, label=f"forecast from what was public on {made}"
    )
    for edge in (low, high):
        axes.plot(forecast.x, edge, color=colour, linewidth=0.6, alpha=0.6)


def main():
    """Draw and write docs/picture.png."""
    registry = tracking.load()
    claim = registry.claim(CLAIM)
    made = claim.made.last.isoformat()
    then = first_prints(registry.as_of(made), claim.series)
    now = first_prints(registry.as_of(TODAY), claim.series)
    before, target = dict(zip(*now, strict=True))[2023], claim.target.last.year

    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    draw_forecast(axes, *then, THEN, made)
    draw_forecast(axes, *now, NOW, TODAY)
    axes.plot(*now, "o", color="black", markersize=4, label="first figures, as published later")
    axes.plot(*then, "o", color=THEN, markersize=4, label=f"first figures public on {made}")
    axes.plot(
        target,
        before * (1 + claim.form.rate),
        marker="D",
        markersize=9,
        markerfacecolor="none",
        markeredgecolor="black",
        linestyle="none",
        label=f"the claim: {100 * claim.form.rate:+.0f} % in {target}",
    )
    axes.set_yscale("log")
    axes.set_yticks([250, 500, 1000, 2000], ["250", "500", "1,000", "2,000"])
    axes.minorticks_off()
    axes.set_ylabel("billion USD a year")
    axes.set_title("World semiconductor revenue (Gartner); bands hold 90 %", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(Path(__file__).with_name("picture.png"), dpi=150, metadata={"Software": None})


if __name__ == "__main__":
    main()

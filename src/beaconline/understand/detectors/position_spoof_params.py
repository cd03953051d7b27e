"""The parameters of ``position_spoof``: start values with their origin, and the bounds of what a profile may ask.

Decides: the values, and what is out of bounds. Refuses: to use them. Source: behaviours page; published cases of ships
placed on circles and on airports. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Mapping

from beaconline.understand.step import Params

__all__ = ["DEFAULTS", "LARGEST", "numbers"]

DEFAULTS: dict[str, int | float | str] = {
    "min_vessels": 3,  # fewer that leap together happen by chance where many are heard
    "window_s": 600,  # they begin within it; anchored class A transponders speak every 3 min
    "link_nm": 30.0,  # a transmitter on shore reaches ships over some 20 to 40 nm
    "p_max": 1e-6,  # a busy year has some 50,000 windows, each with several areas: one in twenty years
    "leap_m": 1000.0,  # nearer, position errors and clocks off by a minute look the same
    "single_leap_nm": 2.0,  # one vessel alone: clocks off by some minutes look like leaps of a mile
    "excess_kn": 15.0,  # a leap is faster than the speed told by more than this …
    "least_kn": 35.0,  # … and than this, whatever is told: logs with speeds of zero exist
    "blind_kn": 60.0,  # where no speed is told; all but a few craft are slower
    "before_s": 600,  # heard so long before it: a number shared by two ships leaps at once
    "silence_s": 7_200,  # nothing is followed over a longer silence; also when an episode is over unheard
    "after_s": 3_600,  # watched so long after a return: a number shared by two ships leaps again
    "longest_s": 86_400,  # away longer than a day: the new place is taken for the vessel's own
    "confirm_s": 3_600,  # a leap must be sure within this to count with others
    "vector_m": 500.0,  # leaps that differ by less, or by a tenth of their length, share a vector …
    "vector_share": 0.1,  # … places heard minutes apart differ by the way sailed
    "place_m": 2_000.0,  # an airport: published cases put ships on one runway
    "inland_m": 3_000,  # the coast in use is off by up to 1 km, and basins reach inland
    "ring_turn_deg": 540.0,  # one and a half rounds; a full turn is what ships do to lose time
    "ring_spread": 0.05,  # of the radius; courses round marks scatter by 15 % and more
    "ring_kn": 12.0,  # slower, seiners, tugs and boats at anchor draw circles; published cases 20 to 30 kn
}
"""Start values with their origin; a profile lays others over them."""

LARGEST: dict[str, tuple[float, float]] = {
    "min_vessels": (2, 1000),
    "window_s": (60, 3_600),
    "link_nm": (0.1, 500),
    "p_max": (0, 1),
    "leap_m": (500, 1_000_000),
    "single_leap_nm": (0.1, 1_000),
    "excess_kn": (1, 1_000),
    "least_kn": (1, 1_000),
    "blind_kn": (1, 1_000),
    "before_s": (0, 86_400),
    "silence_s": (600, 86_400),
    "after_s": (0, 86_400),
    "longest_s": (3_600, 31 * 86_400),
    "confirm_s": (120, 21_600),
    "vector_m": (1, 100_000),
    "vector_share": (0, 1),
    "place_m": (1, 100_000),
    "inland_m": (0, 100_000),
    "ring_turn_deg": (360, 3_600),
    "ring_spread": (0.001, 0.3),
    "ring_kn": (1, 1_000),
}
"""Smallest and largest value a profile may ask for: memory, time and sense are bounded by it."""


def numbers(params: Params) -> Mapping[str, float]:
    """All parameters as numbers. Raises ValueError that names the one out of bounds."""
    number = {key: float(value) for key, value in params.items()}
    for key, (least, most) in LARGEST.items():
        if not least <= number[key] <= most:
            raise ValueError(f"[position_spoof] {key}: {params[key]} is outside {least:g} to {most:g}")
    return number

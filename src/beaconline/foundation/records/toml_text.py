"""A TOML text read so that nothing in it can end the program: profiles, mutes and mappings are written by hand.

Decides: what is refused before and while it is parsed: a text too long, nested too deeply, numbers of thousands of
digits. Refuses: to know what the values mean. A byte order mark, which editors put before the first table, is passed
over. Source: TOML 1.0, read by the standard library. Known failures: none known.
"""

from __future__ import annotations

import tomllib
from typing import Any, Final

__all__ = ["MOST_CHARS", "TomlTextError", "read_toml"]

MOST_CHARS: Final = 8 * 1024 * 1024
"""Longest text, characters: ten thousand mutes are 3 million. Longer takes minutes to parse."""


class TomlTextError(ValueError):
    """A text that is no TOML; the message is the reason alone, without the file."""


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises TomlTextError."""
    if len(text) > MOST_CHARS:
        raise TomlTextError(f"{len(text):,} characters, at most {MOST_CHARS:,}")
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise TomlTextError(f"not a TOML file: {error}") from None
    except RecursionError:
        raise TomlTextError("not a TOML file of use: nested too deeply") from None
    except ValueError:
        raise TomlTextError("not a TOML file of use: it holds a number of thousands of digits") from None

"""JSON for a terminal: what a ship sent is escaped where it would control the screen, and reads back the same.

Decides: control, format and separator characters, and halves of characters, are written as ``\\uXXXX``; other scripts
stay readable. Refuses: to change a value. Source: RFC 8259, 7. Known failures: none known.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from typing import Any, Final

__all__ = ["json_text"]

_ESCAPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def json_text(value: Any, indent: int | None = 1) -> str:
    """The value as JSON that a terminal only prints; ASCII where standard output takes no more than that."""
    narrow = (getattr(sys.stdout, "encoding", None) or "utf-8").casefold().replace("-", "") != "utf8"
    text = json.dumps(value, ensure_ascii=narrow, indent=indent)
    return text if text.isascii() and "\x7f" not in text else "".join(_escaped(char) for char in text)


def _escaped(char: str) -> str:
    if char == "\n" or unicodedata.category(char) not in _ESCAPED:
        return char
    code = ord(char)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"

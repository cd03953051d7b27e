"""The hostile ship: one name that attacks every output it can reach. Tests send it through all of them."""

from __future__ import annotations

HOSTILE_NAME = (
    '=HYPERLINK("//e.x")</script><script>window.pwned=1</script><img src=x onerror=pwned=2>'
    "\x1b[31m\x07\u202eKCATTA\u2066\u200b\r\n+1;=2|@S(1)"
)
"""A formula, markup that ends a script block, an image with a handler, a terminal escape and a bell, bidirectional and
zero-width marks, a new line, and formulas behind the separators that a spreadsheet may cut at. No longer than the 120
characters of a name that are kept."""

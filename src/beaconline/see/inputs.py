"""From what the user named to streams of bytes: files, folders, standard input; plain, gzip or zstd.

Decides: which files an INPUT stands for and how they are unpacked (by their first bytes, never by their names).
Refuses: to look inside (``see/sources/recognise.py`` does) and to open anything but regular files and standard input:
a pipe could block for ever. Inside a folder these are passed over with a warning. Source: RFC 1952 (gzip, several
members), RFC 8878 (zstd, several frames). Known failures: names that begin with a dot inside a folder are passed over;
links to folders inside a folder are not followed.
"""

from __future__ import annotations

import os
import stat
import sys
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

__all__ = ["CHUNK_BYTES", "STDIN", "InputError", "InputFile", "LineGuard", "expand", "name_of", "stream"]

STDIN = "-"
"""The INPUT that stands for standard input."""

CHUNK_BYTES = 2**20
"""Bytes handed on at a time."""

_READ_BYTES = 2**18
_ZSTD_READ_BYTES = 2**12
"""zstd is fed little by little: a hostile frame unpacks 4 KiB to at most 128 MiB."""

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
MAX_INPUTS = 32_000
"""Inputs of one run; their number is kept in 16 bits beside every report."""


class InputError(Exception):
    """An input, or the rest of one, that cannot be read.

    source  the input as the user named it, as ``name_of`` writes it
    line    line (or None): where reading stopped
    reason  one sentence for a person; may hold further lines (columns found, a mapping to start from)
    """

    def __init__(self, source: str, line: int | None, reason: str) -> None:
        super().__init__(source, line, reason)
        self.source, self.line, self.reason = name_of(source), line, reason

    def __str__(self) -> str:
        where = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{where}: {self.reason}"


def name_of(path: str | Path) -> str:
    """A path as text that can be printed and stored anywhere: line breaks and other characters that do not print are
    written as escapes (``\\n``, ``\\u202e``), and so are bytes that are no UTF-8 (``\\xff``)."""
    text = str(path)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in _NOT_SHOWN else c for c in text)


_NOT_SHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _escaped(char: str) -> str:
    if "\udc80" <= char <= "\udcff":  # how Python holds a byte of a name that is no UTF-8
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read: the name the user knows it by, its path (None: standard input), its size in bytes or None."""

    name: str
    path: Path | None
    size: int | None


def expand(
    inputs: Sequence[str | Path], passed_over: list[str] | None = None
) -> tuple[list[InputFile], list[InputError]]:
    """The files behind the inputs, folders recursively in sorted order; beside them what cannot be read, as errors.

    passed_over  gets a sentence for each entry of a folder that is no regular file
    """
    files: list[InputFile] = []
    errors: list[InputError] = []
    over: list[str] = [] if passed_over is None else passed_over
    for each in inputs:
        name = str(each)
        try:
            files.extend(_expand_one(name, errors, over))
        except InputError as error:
            errors.append(error)
        except (OSError, ValueError) as error:
            errors.append(InputError(name, None, _os_reason(error)))
    if len(files) > MAX_INPUTS:
        errors.append(InputError(files[MAX_INPUTS].name, None, f"more than {MAX_INPUTS} files in one run"))
        del files[MAX_INPUTS:]
    return files, errors


def _expand_one(name: str, errors: list[InputError], over: list[str]) -> list[InputFile]:
    if name == STDIN:
        return [InputFile(STDIN, None, None)]
    path = Path(name)
    mode = path.stat().st_mode
    if not stat.S_ISDIR(mode):
        if not stat.S_ISREG(mode):
            raise InputError(name, None, f"not a regular file but {_what(mode)}")
        return [_regular(path)]
    found: list[InputFile] = []
    before = len(errors)

    def refused(error: OSError) -> None:
        errors.append(InputError(str(error.filename or name), None, _os_reason(error)))

    for folder, folders, names in os.walk(path, onerror=refused):
        folders[:] = sorted(n for n in folders if not n.startswith("."))
        links = [Path(folder) / each for each in folders if (Path(folder) / each).is_symlink()]
        over.extend(f"{name_of(link)}: passed over, a link to a folder" for link in links)
        for each in sorted(n for n in names if not n.startswith(".")):
            member = Path(folder) / each
            try:
                mode = member.stat().st_mode
                if stat.S_ISREG(mode):
                    found.append(_regular(member))
                else:
                    over.append(f"{name_of(member)}: passed over, not a regular file but {_what(mode)}")
            except OSError as error:
                errors.append(InputError(str(member), None, _link_reason(member, error)))
    if not found and len(errors) == before:
        raise InputError(name, None, "the folder holds no files")
    return sorted(found, key=lambda f: str(f.path))


def _regular(path: Path) -> InputFile:
    return InputFile(name_of(path), path, path.stat().st_size)


def _what(mode: int) -> str:
    kinds = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"),
             (stat.S_ISBLK, "a device"))  # fmt: skip
    return next((words for test, words in kinds if test(mode)), "something else")


def _link_reason(path: Path, error: OSError) -> str:
    if path.is_symlink():
        return f"a link that leads nowhere ({error.strerror})"
    return _os_reason(error)


def _os_reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return f"cannot be opened ({text})"


def stream(file: InputFile, progress: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """The unpacked bytes of a file in chunks of about CHUNK_BYTES; progress gets the (packed) bytes read so far.

    Raises InputError: cannot be opened, a packed stream that is broken or ends too early (with the byte offset).
    """
    try:
        handle: BinaryIO = sys.stdin.buffer if file.path is None else file.path.open("rb")
    except OSError as error:
        raise InputError(file.name, None, _os_reason(error)) from None
    try:
        yield from _regroup(_unpack(_Reader(handle, file.name, progress)))
    finally:
        if file.path is not None:
            handle.close()


class _Reader:
    """Reads a file and knows how far it is."""

    def __init__(self, handle: BinaryIO, name: str, progress: Callable[[int], None] | None) -> None:
        self.handle, self.name, self.progress = handle, name, progress
        self.offset = 0

    def read(self, size: int) -> bytes:
        try:
            data = self.handle.read(size)
        except OSError as error:
            raise InputError(self.name, None, f"reading failed at byte {self.offset} ({error.strerror})") from None
        self.offset += len(data)
        if self.progress is not None:
            self.progress(self.offset)
        return data


def _regroup(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Small pieces joined; bytes read before an error are handed on before it is raised."""
    held: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size >= CHUNK_BYTES:
                yield b"".join(held)
                held, size = [], 0
    except InputError:
        if held:
            yield b"".join(held)
        raise
    if held:
        yield b"".join(held)


def _unpack(reader: _Reader) -> Iterator[bytes]:
    head = reader.read(_READ_BYTES)
    if head.startswith(_GZIP):
        yield from _gunzip(reader, head)
    elif head.startswith(_ZSTD):
        yield from _unzstd(reader, head)
    else:
        while head:
            yield head
            head = reader.read(_READ_BYTES)


def _gunzip(reader: _Reader, data: bytes) -> Iterator[bytes]:
    while True:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            if not data:
                data = reader.read(_READ_BYTES)
                if not data:
                    raise InputError(reader.name, None, f"the gzip stream is cut off at byte {reader.offset}")
            try:
                piece = member.decompress(data, CHUNK_BYTES)
            except zlib.error as error:
                raise InputError(reader.name, None, f"broken gzip before byte {reader.offset} ({error})") from None
            data = member.unconsumed_tail
            if piece:
                yield piece
        data = (member.unused_data or reader.read(_READ_BYTES)).lstrip(b"\0")
        while not data:  # zero padding after the last member is allowed
            data = reader.read(_READ_BYTES)
            if not data:
                return
            data = data.lstrip(b"\0")


def _unzstd(reader: _Reader, data: bytes) -> Iterator[bytes]:
    import zstandard

    while data:
        frame = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()
        while not frame.eof:
            if not data:
                data = reader.read(_READ_BYTES)
                if not data:
                    raise InputError(reader.name, None, f"the zstd stream is cut off at byte {reader.offset}")
            try:
                piece = frame.decompress(data[:_ZSTD_READ_BYTES])
            except zstandard.ZstdError as error:
                raise InputError(reader.name, None, f"broken zstd before byte {reader.offset} ({error})") from None
            data = data[_ZSTD_READ_BYTES:]
            if piece:
                yield piece
        data = frame.unused_data + data or reader.read(_READ_BYTES)


class LineGuard:
    """Chunks of whole lines, so that a stream that breaks off never hands on half a row as if it were one.

    Iterating never raises InputError: it ends, and ``error`` tells why (its line is the first that was not read).
    A line longer than CHUNK_BYTES is handed on in pieces.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._head: list[bytes] = []
        self._made = self._cut()
        self.error: InputError | None = None
        self.lines = 0

    def peek(self, size: int) -> bytes:
        """About the first ``size`` bytes (more when chunks are larger); they will still be iterated."""
        while sum(map(len, self._head)) < size:
            piece = next(self._made, None)
            if piece is None:
                break
            self._head.append(piece)
        return b"".join(self._head)

    def __iter__(self) -> Iterator[bytes]:
        while self._head:
            yield self._head.pop(0)
        yield from self._made

    def _cut(self) -> Iterator[bytes]:
        held = b""
        try:
            for chunk in self._chunks:
                at = chunk.rfind(b"\n") + 1
                if at == 0 and len(held) + len(chunk) <= CHUNK_BYTES:
                    held += chunk
                    continue
                whole, held = (held + chunk[:at], chunk[at:]) if at else (held + chunk, b"")
                self.lines += whole.count(b"\n")
                yield whole
        except InputError as error:
            self.error = InputError(error.source, self.lines + 1, error.reason)
            return
        if held:
            yield held

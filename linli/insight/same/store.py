"""
The file of an index: one file, appended block by block, each with its check sum.

    header   "LINLISAM", version, 0
    block    header (kind, done, rows, pieces, bytes of text, two CRC-32), then rows, pieces, texts

An append that was cut off by a kill or a power failure is the unfinished last block: it is taken away on opening, with a message, and everything
before it stands. Damage anywhere else, another format or version is refused. Nothing in the file is ever executed.

Erasing overwrites: first a block naming the rows is appended and flushed to the disk, then texts, pieces, places and names of these rows
become zeros where they stand, then the block is marked done. Killed in between, opening goes on with it. `compacted` writes the living rows
into a new file and puts it in the place of the old. Copies elsewhere (backups, snapshots of a file system) are the operator's to renew.
Needs numpy.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import numpy as np

from linli.lib.problems import InputProblem

try:
    import fcntl
except ImportError:  # not on this system: nobody else is kept out
    fcntl = None  # type: ignore[assignment]

Array: TypeAlias = "np.ndarray[Any, Any]"

MAGIC: Final = b"LINLISAM"
VERSION: Final = 1
_FILE: Final = struct.Struct("<8sHH")
_BLOCK: Final = struct.Struct("<4sBBHIIQII")
_MARK: Final = b"Lsm1"
ADDED, ERASED = 1, 2
_DONE_AT: Final = 5
_CRC_AT: Final = _BLOCK.size - 8
UNKNOWN: Final = np.iinfo(np.int64).min
NOWHERE: Final = np.iinfo(np.int32).min
MOST_ROWS: Final = 4096
"""Rows of a block at most, so that erasing one rewrites the check sum of some megabytes and no more."""

ROW: Final = np.dtype(
    [
        ("id", "<u8"), ("person", "<u8"), ("at", "<i8"), ("closed", "<i8"), ("lat", "<i4"), ("lon", "<i4"), ("kind", "<u4"), ("spot", "<u4"),
        ("size", "<u4"), ("pieces", "<u2"), ("alive", "u1"), ("spare", "u1"),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """Where a block stands: `at` its header, then rows, pieces and texts one after the other."""

    at: int
    kind: int
    done: bool
    rows: int
    pieces: int
    bytes: int
    crc: int

    @property
    def body(self) -> int:
        return self.at + _BLOCK.size

    @property
    def width(self) -> int:
        """Bytes of the body."""
        return self.rows * ROW.itemsize + self.pieces * 4 + self.bytes if self.kind == ADDED else self.rows * 8

    @property
    def end(self) -> int:
        return self.body + self.width

    @property
    def texts(self) -> int:
        return self.body + self.rows * ROW.itemsize + self.pieces * 4


@dataclass(frozen=True)
class Loaded:
    """One block's rows and pieces, and where in the file the text of each row begins."""

    rows: Array
    pieces: Array
    texts: Array


class Store:
    """
    The open file. With `write` it is made where there is none, and nobody else writes meanwhile. `said` tells in two languages what was
    mended on opening; empty when nothing was. Raises InputProblem for what cannot be read.
    """

    def __init__(self, path: Path, *, write: bool) -> None:
        self.path, self.said = path, ("", "")
        if write and not path.exists():
            _begin(path)
        self._file: BinaryIO = path.open("r+b" if write else "rb", buffering=0)
        self._write = write
        try:
            self._take(write)
            self.blocks = list(self._checked())
        except BaseException:
            self._file.close()
            raise

    def _take(self, write: bool) -> None:
        if not write or fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputProblem(
                "index_busy",
                "另一个程序正在写这个索引，请等它结束再试。",
                "Another program is writing this index; try again when it has ended.",
            ) from None
        if os.fstat(self._file.fileno()).st_ino != self.path.stat().st_ino:
            raise InputProblem("index_busy", "索引刚刚被整理过，请再试一次。", "The index was just rewritten; try once more.")

    def close(self) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    # --- reading -------------------------------------------------------------------------------------------------------
    def _checked(self) -> Iterator[Block]:
        """Every whole block, its header checked; an unfinished end is taken away."""
        size = self.size
        head = self.read(0, _FILE.size)
        magic, version, _spare = _FILE.unpack(head) if len(head) == _FILE.size else (b"", 0, 0)
        if magic != MAGIC:
            raise _damaged("文件开头不是 Linli 的索引", "it does not begin as an index of Linli")
        if version != VERSION:
            raise InputProblem(
                "other_version",
                f"索引文件是第 {version} 版，这里能读的是第 {VERSION} 版，请用现在的版本重新建立（linli insight similar index）。",
                f"The index is of version {version}, this program reads {VERSION}; build it again (linli insight similar index).",
            )
        at = _FILE.size
        while at < size:
            block = _block_at(at, self.read(at, _BLOCK.size))
            if block is None and not self._is_unfinished(at, size):
                raise _damaged("中间有损坏", "it is damaged in the middle")
            if block is None or block.end > size:
                self._cut(at, size)
                return
            yield block
            at = block.end

    def _is_unfinished(self, at: int, size: int) -> bool:
        """Whether from here on nothing whole was written: less than a header, or zeros alone, as after a power failure."""
        return size - at < _BLOCK.size or not any(any(self.read(spot, 1 << 20)) for spot in range(at, size, 1 << 20))

    def _cut(self, at: int, size: int) -> None:
        lost = size - at
        self.said = (
            f"文件末尾有 {lost} 字节没有写完，已经略去；最后一次添加没有完成，请再添加一次。",
            f"The last {lost} bytes of the file were not finished and are left out; the last addition did not end, add it once more.",
        )
        if self._write:
            self._file.truncate(at)
            self._flush()

    def read(self, at: int, count: int) -> bytes:
        """Bytes of the file; fewer at its end."""
        return os.pread(self._file.fileno(), count, at)

    def load(self) -> Iterator[Loaded]:
        """
        Every block of rows with its check sum verified. Erasures that were not finished are finished first (when writing) or read as
        finished. Raises InputProblem for damage; a last block that was written badly is cut off as an unfinished one.
        """
        waiting = self._waiting()
        first = 0
        for number, block in enumerate(self.blocks):
            if block.kind == ERASED:
                continue
            body = self.read(block.body, block.width)
            hit = waiting[(waiting >= first) & (waiting < first + block.rows)] - first
            if len(hit):
                body = self._zeroed(block, body, hit)
            elif zlib.crc32(body) != block.crc:
                if number == len(self.blocks) - 1:
                    del self.blocks[number]
                    self._cut(block.at, self.size)
                    return
                raise _damaged("中间有损坏", "it is damaged in the middle")
            yield _loaded(block, body)
            first += block.rows
        self._finish()

    def _waiting(self) -> Array:
        """Numbers of the rows that were to be erased and may not all have been."""
        named = [self._named(block) for block in self.blocks if block.kind == ERASED and not block.done]
        return np.unique(np.concatenate(named)) if named else np.zeros(0, dtype=np.int64)

    def _named(self, block: Block) -> Array:
        body = self.read(block.body, block.width)
        if zlib.crc32(body) != block.crc:
            raise _damaged("删除记录有损坏", "a record of erasing is damaged")
        return np.frombuffer(body, dtype="<u8").astype(np.int64)

    def text_at(self, at: int, size: int) -> tuple[str, str]:
        """Id and text of the row whose texts begin there."""
        name, _end, text = self.read(at, size).partition(b"\x00")
        return name.decode("utf-8", "replace"), text.decode("utf-8", "replace")

    # --- writing -------------------------------------------------------------------------------------------------------
    def append(self, rows: Array, pieces: Array, texts: Sequence[bytes], *, flush: bool = True) -> Loaded:
        """Add rows with their pieces (one after the other) and texts as one block, on the disk when this returns (unless told not to)."""
        joined = b"".join(texts)
        body = rows.tobytes() + pieces.astype("<u4").tobytes() + joined
        block = self._appended(ADDED, len(rows), len(pieces), len(joined), body)
        if flush:
            self._flush()
        return _loaded(block, body)

    def erase(self, rows: Array) -> None:
        """Make zeros of these rows (by their number in the file): texts, pieces, places, times and names. On the disk when this returns."""
        body = np.sort(rows).astype("<u8").tobytes()
        self._appended(ERASED, len(rows), 0, 0, body)
        self._flush()
        added = [block for block in self.blocks if block.kind == ADDED]
        firsts = np.cumsum([0, *(block.rows for block in added)])
        number = np.searchsorted(firsts, rows, side="right") - 1
        for n in np.unique(number).tolist():
            block = added[n]
            self._zeroed(block, self.read(block.body, block.width), rows[number == n] - firsts[n])
        self._finish()

    def _appended(self, kind: int, rows: int, pieces: int, size: int, body: bytes) -> Block:
        at = self.size
        head = _BLOCK.pack(_MARK, kind, 0, 0, rows, pieces, size, zlib.crc32(body), 0)
        content = head[:-4] + struct.pack("<I", _head_crc(head)) + body
        if os.pwrite(self._file.fileno(), content, at) != len(content):
            self._file.truncate(at)
            raise OSError("the disk is full")
        block = Block(at, kind, False, rows, pieces, size, zlib.crc32(body))
        self.blocks.append(block)
        return block

    def _zeroed(self, block: Block, body: bytes, hit: Array) -> bytes:
        """The block's body without these rows (numbered from its first); written so where we write."""
        made = bytearray(body)
        rows = np.frombuffer(body, dtype=ROW, count=block.rows)
        piece_end, text_end = np.cumsum(rows["pieces"], dtype=np.int64) * 4, np.cumsum(rows["size"], dtype=np.int64)
        pieces_at, texts_at = block.rows * ROW.itemsize, block.texts - block.body
        for n in hit.tolist():
            size, count = int(rows["size"][n]), int(rows["pieces"][n])
            blank = np.zeros(1, dtype=ROW)
            blank["size"], blank["pieces"] = size, count
            made[n * ROW.itemsize : (n + 1) * ROW.itemsize] = blank.tobytes()
            end = pieces_at + int(piece_end[n])
            made[end - count * 4 : end] = bytes(count * 4)
            end = texts_at + int(text_end[n])
            made[end - size : end] = bytes(size)
        if self._write:
            os.pwrite(self._file.fileno(), made, block.body)
            os.pwrite(self._file.fileno(), struct.pack("<I", zlib.crc32(made)), block.at + _CRC_AT)
            at = self.blocks.index(block)
            self.blocks[at] = Block(block.at, block.kind, block.done, block.rows, block.pieces, block.bytes, zlib.crc32(made))
        return bytes(made)

    def _finish(self) -> None:
        """Every erasure is done and on the disk; what named its rows is told so."""
        if not self._write or all(block.done for block in self.blocks if block.kind == ERASED):
            return
        self._flush()
        for at, block in enumerate(self.blocks):
            if block.kind == ERASED and not block.done:
                os.pwrite(self._file.fileno(), b"\x01", block.at + _DONE_AT)
                self.blocks[at] = Block(block.at, block.kind, True, block.rows, block.pieces, block.bytes, block.crc)
        self._flush()

    def _flush(self) -> None:
        os.fsync(self._file.fileno())


def _begin(path: Path) -> None:
    with path.open("xb") as file:
        file.write(_FILE.pack(MAGIC, VERSION, 0))
        file.flush()
        os.fsync(file.fileno())


def _head_crc(head: bytes) -> int:
    """Over what never changes: not whether an erasure is done, nor the body's check sum, which erasing renews."""
    return zlib.crc32(head[:_DONE_AT] + head[_DONE_AT + 1 : _CRC_AT])


def _block_at(at: int, head: bytes) -> Block | None:
    if len(head) < _BLOCK.size:
        return None
    mark, kind, done, _spare, rows, pieces, size, crc, own = _BLOCK.unpack(head)
    if mark != _MARK or kind not in (ADDED, ERASED) or own != _head_crc(head):
        return None
    return Block(at, kind, bool(done), rows, pieces, size, crc)


def _loaded(block: Block, body: bytes) -> Loaded:
    rows = np.frombuffer(body, dtype=ROW, count=block.rows)
    pieces = np.frombuffer(body, dtype="<u4", count=block.pieces, offset=block.rows * ROW.itemsize)
    if int(rows["pieces"].sum()) != block.pieces or int(rows["size"].sum()) != block.bytes:
        raise _damaged("中间有损坏", "it is damaged in the middle")
    texts = block.texts + np.cumsum(rows["size"], dtype=np.int64) - rows["size"]
    return Loaded(rows, pieces, texts)


def _damaged(zh: str, en: str) -> InputProblem:
    return InputProblem(
        "bad_index",
        f"索引文件不能用：{zh}。请从备份取回，或重新建立（linli insight similar index）。",
        f"The index cannot be used: {en}. Take it from a backup or build it again (linli insight similar index).",
    )

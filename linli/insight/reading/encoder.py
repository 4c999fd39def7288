"""
Vectors of texts by a pretrained encoder that an operator has put on this machine: a folder with `model.onnx` and `tokenizer.json`, as
exports of BERT and its like have them. Optional: no weights come with Linli, nothing is ever fetched, and a reader needs none.

A text's vector is the mean of the encoder's last layer over its tokens, scaled to length 1 (N. Reimers & I. Gurevych, "Sentence-BERT",
EMNLP 2019). Needs numpy, onnxruntime, tokenizers (the extra `encoder`). A graph of ONNX and a tokenizer are data; no code of theirs is run.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol, TypeAlias

import numpy as np

from linli.insight.reading.words import TAGS
from linli.lib.problems import InputProblem

Array: TypeAlias = "np.ndarray[Any, Any]"

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
OUTSIDE: Final = ("model.onnx_data", "model.onnx.data")
"""Where exports above two gigabytes keep their weights."""
LIBRARIES: Final = ("onnxruntime", "tokenizers")
TOKENS: Final = 256
"""Tokens of a text that are read; the rest is cut off."""
CHARS: Final = 4000
"""Characters that are looked at to find them, so that an endless text costs no more than a long one."""
CUT_AT_ONCE: Final = 512
READ_AT_ONCE: Final = 16
KNOWN_INPUTS: Final = frozenset({"input_ids", "attention_mask", "token_type_ids"})
OUTPUT: Final = "last_hidden_state"


class Session(Protocol):
    """What is asked of `onnxruntime.InferenceSession`: the inputs and outputs have a `name`, a `type` and a `shape`."""

    def get_inputs(self) -> Sequence[Any]: ...

    def get_outputs(self) -> Sequence[Any]: ...

    def run(self, outputs: Sequence[str], feed: Mapping[str, Array]) -> Sequence[Any]: ...


class Tokenizer(Protocol):
    """What is asked of `tokenizers.Tokenizer`: encodings have `ids` and `type_ids`."""

    def encode_batch(self, texts: Sequence[str]) -> Sequence[Any]: ...


class Encoder:
    """
    Makes vectors of texts. `files` are its fingerprint: file name -> SHA-256, without which a model learned beside it does not read.
    Raises InputProblem when the session takes or gives something else than an encoder of texts.
    """

    def __init__(self, session: Session, tokenizer: Tokenizer, files: Mapping[str, str]) -> None:
        self._session, self._tokenizer, self.files = session, tokenizer, dict(files)
        inputs = {told.name: np.int32 if "int32" in told.type else np.int64 for told in session.get_inputs()}
        if "input_ids" not in inputs or set(inputs) - KNOWN_INPUTS:
            _no_encoder()
        self._inputs = inputs
        self._output = _output(session.get_outputs())
        self.dimension = self._tried()

    def vectors(self, texts: Sequence[Any]) -> Array:
        """
        Vectors (texts, dimension) of length 1, float32, one thread; 0 for a text without anything to read (None and NaN too). The same texts
        in the same order give the same; what stands beside a text moves it by rounding alone. Raises InputProblem when the encoder fails.
        """
        found = np.zeros((len(texts), self.dimension), dtype=np.float32)
        plain = [readable(text) for text in texts]
        said = [n for n, text in enumerate(plain) if text]
        for at in range(0, len(said), CUT_AT_ONCE):
            numbers = said[at : at + CUT_AT_ONCE]
            tokens = self._cut([plain[n] for n in numbers])
            order = sorted((n for n in range(len(numbers)) if tokens[n][0]), key=lambda n: len(tokens[n][0]))  # like lengths together
            for first in range(0, len(order), READ_AT_ONCE):
                batch = order[first : first + READ_AT_ONCE]
                found[[numbers[n] for n in batch]] = self._read([tokens[n] for n in batch])
        return found

    def _cut(self, texts: Sequence[str]) -> list[tuple[list[int], list[int]]]:
        try:
            return [(list(one.ids[:TOKENS]), list(one.type_ids[:TOKENS])) for one in self._tokenizer.encode_batch(texts)]
        except Exception:  # the library raises nothing narrower
            _bad_tokenizer()

    def _read(self, tokens: Sequence[tuple[list[int], list[int]]]) -> Array:
        """The mean over each text's own tokens, to length 1."""
        longest = max(len(ids) for ids, _types in tokens)
        whole = {name: np.zeros((len(tokens), longest), dtype=kind) for name, kind in {**self._inputs, "attention_mask": np.int64}.items()}
        mask = whole["attention_mask"]
        for n, (ids, types) in enumerate(tokens):
            mask[n, : len(ids)] = 1
            whole["input_ids"][n, : len(ids)] = ids
            if "token_type_ids" in whole:
                whole["token_type_ids"][n, : len(types)] = types
        feed = {name: whole[name].astype(kind, copy=False) for name, kind in self._inputs.items()}
        try:
            layer = np.asarray(self._session.run([self._output], feed)[0], dtype=np.float32)
        except Exception:  # of many kinds, none of them public
            _not_together()
        if layer.ndim != 3 or layer.shape[:2] != mask.shape:
            _no_encoder()
        layer[mask == 0] = 0  # what stands beyond a text may be anything
        mean = layer.sum(axis=1) / mask.sum(axis=1, keepdims=True)
        if not np.isfinite(mean).all():
            _not_together()
        return to_length_one(mean)

    def _tried(self) -> int:
        """The dimension, from a text as long as any; so a folder that cannot work is refused before anybody waits."""
        (tokens,) = self._cut(["小区门口的路灯坏了 " * TOKENS])
        if not tokens[0]:
            _bad_tokenizer()
        return int(self._read([tokens]).shape[1])


def opened(folder: Path) -> Encoder:
    """The encoder in `folder`. Raises InputProblem when a library or a file is missing, or a file is no encoder or no tokenizer."""
    if missing := [name for name in LIBRARIES if find_spec(name) is None]:
        listed = "、".join(missing)
        raise InputProblem(
            "no_encoder_library",
            f"用编码器还要 {listed}，请安装 linli[encoder]。",
            f"An encoder needs {', '.join(missing)} too; install linli[encoder].",
        )
    if lacking := [name for name in (MODEL, TOKENIZER) if not (folder / name).is_file()]:
        raise InputProblem(
            "no_encoder_file",
            f"编码器的文件夹里没有 {'、'.join(lacking)}。文件夹里要有 {MODEL} 和 {TOKENIZER}。",
            f"There is no {' and no '.join(lacking)} in the encoder's folder; it has to hold {MODEL} and {TOKENIZER}.",
        )
    files = {name: _digest(folder / name) for name in (MODEL, TOKENIZER, *OUTSIDE) if (folder / name).is_file()}
    return Encoder(_session(folder / MODEL), _tokenizer(folder / TOKENIZER), files)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _session(path: Path) -> Session:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4  # what goes wrong is said here, in the reader's language
    try:
        found: Session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception:  # of many kinds, none of them public
        _no_encoder()
    return found


def _tokenizer(path: Path) -> Tokenizer:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one thread, as the session
    import tokenizers

    try:
        found = tokenizers.Tokenizer.from_file(str(path))
        found.no_padding()  # a file may ask for any; batches are filled up here, to their own longest
        found.enable_truncation(max_length=TOKENS)
    except Exception:  # the library raises nothing narrower
        _bad_tokenizer()
    made: Tokenizer = found
    return made


def readable(text: Any) -> str:
    """What the encoder is given of a text: without markup and addresses of pages, width folded; letters that are none are replaced."""
    if not isinstance(text, str):
        return "" if text is None or text != text else readable(str(text))
    plain = " ".join(TAGS.sub(" ", unicodedata.normalize("NFKC", text[:CHARS])).split())
    return plain.encode("utf-8", "replace").decode("utf-8")


def to_length_one(vectors: Array) -> Array:
    """Each row of `vectors` scaled to length 1; rows of 0, or as good as, become 0."""
    length = np.sqrt(np.square(vectors, dtype=np.float64).sum(axis=1, keepdims=True))
    return np.where(length > 1e-6, vectors / np.maximum(length, 1e-6), 0).astype(np.float32)


def _output(outputs: Sequence[Any]) -> str:
    """The name of the last layer: (texts, tokens, dimension)."""
    names = [told.name for told in outputs if len(told.shape or ()) == 3]
    if not names:
        _no_encoder()
    return OUTPUT if OUTPUT in names else str(names[0])


def _no_encoder() -> NoReturn:
    raise InputProblem(
        "bad_encoder",
        f"{MODEL} 读不了：文件不完整，或者不是文字编码器（输入要有 input_ids，可以有 attention_mask、token_type_ids，输出要有 {OUTPUT}）。请重新导出。",
        f"{MODEL} cannot be read: it is damaged, or no encoder of texts (inputs input_ids and maybe attention_mask, token_type_ids; "
        f"output {OUTPUT}). Export it again.",
    )


def _bad_tokenizer() -> NoReturn:
    raise InputProblem(
        "bad_tokenizer",
        f"{TOKENIZER} 读不了：文件不完整，或者不是分词器。请重新导出。",
        f"{TOKENIZER} cannot be read: it is damaged, or no tokenizer. Export it again.",
    )


def _not_together() -> NoReturn:
    raise InputProblem(
        "encoder_failed",
        f"编码器算不出结果：{MODEL} 和 {TOKENIZER} 可能不是同一个模型的，或者它读不了 {TOKENS} 个词元。请换成一起导出的文件。",
        f"The encoder gives no result: {MODEL} and {TOKENIZER} may be of different models, or it cannot read {TOKENS} tokens. "
        "Take files that were exported together.",
    )

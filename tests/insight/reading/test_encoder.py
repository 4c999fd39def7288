"""A pretrained encoder that an operator brings is learned from beside the words, where it helps, and is needed ever after."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linli.insight.reading import encoder as rooms
from linli.insight.reading.encoder import TOKENS, opened
from linli.insight.reading.learn import train
from linli.insight.reading.light import Light
from linli.insight.reading.model_files import load, save
from linli.lib.problems import InputProblem
from tests.insight.reading.encoders import KINDS, Looking, Told, char, encoder, messages, put, table

BROUGHT = all(find_spec(name) for name in rooms.LIBRARIES)


def refused(code: str) -> Any:
    return pytest.raises(InputProblem, match=code)


def test_an_encoder_that_helps_is_learned_beside_the_words_and_needed_ever_after(tmp_path: Path) -> None:
    brought = encoder()
    made, plain = train(*messages(), encoder=brought), train(*messages())

    assert plain.facts["held_out"]["accuracy"] < 0.6 < 0.95 < made.facts["held_out"]["accuracy"]
    told = made.facts["encoder"]
    assert told["files"] == brought.files and told["dimension"] == 5
    assert told["share"] > 0 and told["tried"][f"{told['share']:g}"] == max(told["tried"].values())
    new, truth = messages(each=8, first=50)
    assert [one.labels[0] for one in made.read(new)] == truth, "characters of which no text told"

    path = tmp_path / "model"
    save(made, path)
    save(train(*messages(), encoder=encoder()), tmp_path / "again")
    assert path.read_bytes() == (tmp_path / "again").read_bytes()
    kept = load(path)
    for reading in (kept.chances, lambda texts: next(kept.read(texts))):
        with refused("needs_encoder"):
            reading(new)
    with refused("needs_encoder"):
        Light(path)
    with refused("other_encoder") as other:
        kept.reading_with(encoder({**brought.files, "model.onnx": "c" * 64}))
    assert "model.onnx" in other.value.text("zh-hans") and "tokenizer" not in other.value.text_en
    assert kept.reading_with(encoder()).chances(new) == pytest.approx(made.chances(new), abs=1e-6)
    assert kept.facts == made.facts
    path.write_bytes(path.read_bytes()[:-4])
    with refused("bad_model"):
        load(path)


def test_an_encoder_that_tells_nothing_is_left_out(tmp_path: Path) -> None:
    texts = [f"{where}{said}" for said in ("停水", "停电", "乱停车") for where in ("东门", "西门", "三栋", "六栋")]
    labels = [label for label in KINDS for _where in range(4)]
    same = encoder(table=np.ones((len(table()), 5), dtype=np.float32))
    made, plain = train(texts, labels, encoder=same), train(texts, labels)

    assert made.beside is None and made.facts["encoder"]["share"] == 0
    assert made.facts.pop("encoder")["tried"]
    save(made, tmp_path / "a")
    save(plain, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert made.reading_with(same) is made
    assert train(["停水", "停电"], ["甲", "乙"], encoder=same).beside is None, "nothing to choose a share by"


def test_a_vector_is_the_mean_of_its_own_tokens_whatever_stands_beside_it() -> None:
    session = Looking()
    brought = rooms.Encoder(session, encoder()._tokenizer, {})
    water, long = char(0, 1) + char(0, 2), char(1, 3) * 90_000
    found = brought.vectors([water, "", long, None, float("nan"), f"<p>{water}</p> https://x.cn/a", "\ud800", *[char(2, 5)] * 600])

    mean = table()[[2, 3]].mean(axis=0)
    assert found[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert found[5] == pytest.approx(found[0], abs=1e-6)
    assert not found[[1, 3, 4]].any()
    assert found.dtype == np.float32
    assert np.linalg.norm(found[[2, 6, 100, 606]], axis=1) == pytest.approx(1, abs=1e-5)
    assert max(shape[1] for shape in session.fed) == TOKENS
    assert max(shape[0] for shape in session.fed) == rooms.READ_AT_ONCE
    assert brought.vectors([]).shape == (0, 5)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"inputs": (Told("pixel_values"),)}, "bad_encoder"),
        ({"inputs": (Told("input_ids"), Told("position_ids"))}, "bad_encoder"),
        ({"outputs": (Told("sentence_embedding", shape=("texts", 5)),)}, "bad_encoder"),
        ({"table": np.full((300, 5), np.nan, dtype=np.float32)}, "encoder_failed"),
        ({"table": np.zeros((0, 5), dtype=np.float32)}, "encoder_failed"),
        ({"table": np.zeros((300,), dtype=np.float32)}, "bad_encoder"),
    ],
    ids=["pictures", "positions", "no layer", "not finite", "too few tokens", "no dimension"],
)
def test_what_is_no_encoder_of_texts_is_refused_before_anything_is_read(told: dict[str, Any], code: str) -> None:
    with refused(code):
        encoder(**told)


def test_a_missing_library_or_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "find_spec", lambda name: None if name == "tokenizers" else object())
    with refused("no_encoder_library") as missing:
        opened(tmp_path)
    assert "tokenizers" in missing.value.text("en") and "linli[encoder]" in missing.value.text("zh-hans")
    assert "onnxruntime" not in missing.value.text("en")
    monkeypatch.setattr(rooms, "find_spec", lambda _name: object())
    (tmp_path / "model.onnx").touch()
    with refused("no_encoder_file") as missing:
        opened(tmp_path)
    assert missing.value.text("zh-hans").startswith("编码器的文件夹里没有 tokenizer.json。")


@pytest.mark.skipif(not BROUGHT, reason="needs onnxruntime and tokenizers (linli[encoder])")
def test_the_files_an_operator_brings_are_read_as_told(tmp_path: Path) -> None:
    folder = put(tmp_path / "encoder")
    brought, texts = opened(folder), [*messages()[0], char(1, 3) * 90_000, "", "别的字"]

    assert brought.vectors(texts) == pytest.approx(encoder().vectors(texts), abs=1e-6)
    assert sorted(brought.files) == ["model.onnx", "tokenizer.json"]
    assert train(*messages(), encoder=brought).facts["encoder"]["share"] > 0
    for name, code in (("tokenizer.json", "bad_tokenizer"), ("model.onnx", "bad_encoder")):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])
        with refused(code):
            opened(folder)
        (folder / name).write_bytes(content)

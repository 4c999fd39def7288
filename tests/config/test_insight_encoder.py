"""`linli insight` learns beside an encoder that is on the machine, and reads with that one only."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from linli.config.insight import insight
from tests.insight.reading.encoders import encoder, messages


def test_a_model_learned_beside_an_encoder_reads_with_that_one_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_LANGUAGE", "en")
    rows, model, out, rules = tmp_path / "rows.csv", tmp_path / "kind.model", tmp_path / "out.csv", tmp_path / "rules.csv"
    with rows.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "kind"), *zip(*messages(), strict=True)])
    rules.write_text("label,words\n水,自来水\n电,停电\n", encoding="utf-8")

    def say(*words: object) -> tuple[int, str]:
        done = CliRunner().invoke(insight, [str(word) for word in words])
        return done.exit_code, done.output

    learn = ("train", "--input", rows, "--text", "text", "--label", "kind", "--model", model, "--encoder", tmp_path)
    code, said = say(*learn)
    assert code == 1 and not model.exists(), "nothing in the folder"
    assert "linli[encoder]" in said or "no model.onnx" in said

    monkeypatch.setattr("linli.config.insight.reading.encoder_in", lambda _folder: encoder())
    code, said = say(*learn)
    assert code == 0, said
    assert "Reading 72 messages with the encoder" in said and "name it with --encoder" in said

    told = ("predict", "--model", model, "--input", rows, "--text", "text", "--output", out)
    code, said = say(*told)
    assert code == 1 and "name the encoder's folder with --encoder" in said and not out.exists()
    code, said = say(*told, "--rules", rules)
    assert code == 0 and "category descriptions" in said
    assert say(*told, "--encoder", tmp_path)[0] == 0
    with out.open(encoding="utf-8", newline="") as file:
        assert [row["label"] for row in csv.DictReader(file)] == messages()[1]
    check = ("evaluate", "--model", model, "--input", rows, "--text", "text", "--label", "kind")
    assert (say(*check)[0], say(*check, "--encoder", tmp_path)[0]) == (1, 0)
    code, said = say("explain", "--model", model, "--encoder", tmp_path, messages()[0][0])
    assert code == 0 and said.startswith("水\t") and "The encoder scored too" in said
    said = say("explain", "--model", model, "--encoder", tmp_path, messages(1, 60)[0][0][:2])[1]
    assert "Unlike all the messages learned from" in said, "no word of it is known"
    assert '"share"' in say("explain", "--model", model)[1], "what it learned from is told without"

    monkeypatch.setattr("linli.config.insight.reading.encoder_in", lambda _folder: encoder({"model.onnx": "c", "tokenizer.json": "b" * 64}))
    code, said = say(*told, "--encoder", tmp_path)
    assert code == 1 and "not the encoder the model learned beside (model.onnx, tokenizer.json differ)" not in said
    assert "(model.onnx differ)" in said

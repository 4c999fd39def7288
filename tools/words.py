"""
Make `linli/lib/words.txt`, the words by which a search is cut, from the dictionary of the Chinese segmenter jieba (MIT).

`python tools/words.py dict.txt`, a file of the source package jieba 0.42.1: a word, how often it was met, and its part of speech on each
line. Kept are words of at most four characters. Left out is what a search would hardly miss: rare words of three and four characters, the
names of persons seldom met (they are looked for as written anyway), and words of four characters that are two words of two, since whoever
looks for 健身器材 is served by texts that have both.
"""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

OUTPUT = Path(__file__).resolve().parent.parent / "linli" / "lib" / "words.txt"
HAN = re.compile("[一-鿿]{1,4}")
LEAST = {1: 3, 2: 1, 3: 5, 4: 10}  # how often a word of so many characters was met
NAMES, LEAST_OF_NAMES = {"nr", "nrt", "nrfg"}, 10


def chosen(lines: list[str]) -> dict[str, int]:
    """Each word kept, with how often it was met."""
    met: dict[str, tuple[int, str]] = {}
    for line in lines:
        word, count, speech = line.split(" ")
        if HAN.fullmatch(word):
            met[word] = max((int(count), speech.strip()), met.get(word, (0, "")))
    return {word: count for word, (count, speech) in met.items() if kept(word, count, speech, met)}


def kept(word: str, count: int, speech: str, met: dict[str, tuple[int, str]]) -> bool:
    if speech in NAMES and len(word) > 1 and count < LEAST_OF_NAMES:
        return False
    if len(word) == 4 and word[:2] in met and word[2:] in met:
        return False
    return count >= LEAST[len(word)]


def page(words: dict[str, int]) -> str:
    """A line a word in the order of code points, filled up to four characters, then a letter: a is met once, each further one twice as often."""
    return "".join(f"{word:4}{chr(ord('a') + round(math.log2(max(1, words[word]))))}\n" for word in sorted(words))


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    made = page(chosen(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()))
    OUTPUT.write_text(made, encoding="utf-8")
    print(f"{OUTPUT.name}: {made.count(chr(10))} words, {OUTPUT.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Words that say how something is said and not what: particles, pronouns, conjunctions, measure words. Our own list, of closed word classes; the last line is of dialects."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PARTICLES: Final = frozenset(
    _words(
        "的 地 得 了 着 过 么 吗 呢 吧 啊 呀 哦 嘛 之 其 所 而 则 即 且 并 并且 而且 以 以及 及 与 和 跟 同 或 或者 还是 还 "
        "也 都 又 再 才 就 就是 便 只 只是 只有 只要 我 我们 你 你们 您 他 他们 她 她们 它 它们 自己 本人 大家 各位 别人 谁 这 "
        "这个 这些 这样 这么 这里 那 那个 那些 那样 那么 那里 此 该 某 某些 各 各种 每 另 另外 其他 其它 其中 是 不是 在 有 没有 没 "
        "为 被 把 将 让 给 对 对于 关于 向 往 从 自 由 由于 按 按照 根据 依 据 经 通过 经过 随着 因 因为 因此 所以 于是 于 至 到 "
        "到处 离 靠 凭 比 等 等等 什么 为什么 为何 怎么 怎样 怎么办 如何 哪 哪个 哪些 哪里 何时 多少 多次 多 很 很多 非常 更 更加 较 "
        "极大 太 最 不少 一样 一般 一切 任何 任 有些 有关 如 如果 如此 如下 如今 虽然 但 但是 可 可是 然而 然后 后来 不过 否则 既 "
        "既然 不 不能 不会 不要 不得 不了 不再 不仅 不管 不同 能 可以 可能 会 要 必须 去 来 出来 起来 上 下 内 出 起 见 看 近 当 "
        "时候 同时 马上 尽快 经常 仍 仍然 难道 甚至 竟然 其实 到底 开始 结果 基本 均 个 们 一 二 三 四 五 六 第 之一 作为 为了 的话 "
        "而是 像 用 叫 本 才能 加上 连 "
        "俺 俺们 咱 咱们 啥 啥子 咋 咋个 咋整 嘞 咧 呗 哩 嗦 噻 侬 阿拉 伊 冇 唔 嘅 咗 啲 嘢 佢 佢哋 哋 系咪 点解 甭 莫得 晓得 嘎达 那嘎 忒 老是"
    )
)

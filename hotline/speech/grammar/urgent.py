"""Emergencies as callers word them, and what else callers say, against which an emergency must win.

An emergency phrase of two syllables fits some stretch of almost any sentence if nothing else may
fit it (measured: 57 of 186 ordinary utterances). So where emergencies are listened for in free
speech, addresses, troubles, names, numbers and answers stand beside them. Those are there to be
beaten and leave no words, except troubles.
"""

from __future__ import annotations

from collections.abc import Sequence

from hotline.speech.grammar import answers, zh
from hotline.speech.grammar.nodes import Choice, Maybe, Node, Words, aside, maybe, one_of, seq, spaced
from hotline.speech.grammar.place import LEAD_INS
from hotline.speech.grammar.problem import fault

_BEFORE = spaced(
    "我 我们 有人 有 这里 我们这里 家里 我家 我们家 厨房 厨房里 厨房里有 卫生间 楼道 楼道里 楼上 楼下 地下室 "
    "整栋楼 快 快来 快来人 发生 这里发生 闻到 闻到很大的 进 家里进"
)
_AFTER = spaced(
    "了 啊 里了 里面了 快来 快来人 "
    "了快来人 了快点来 怎么办 了怎么办 了水流了一地 水流了一地 漏到我家了 漏到楼下了"
)

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任"
    "姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉梅文建国志海红波辉鹏飞宇浩婷雪丹晓燕玲云莉鑫佳欣怡子涵梓轩俊峰凯"
    "龙斌鸣宁雨琳慧颖倩萍凤洁春生东林成康光天荣新利清永德"
)
_MENU = spaced(
    "报修 维修 修理 投诉 费用 物业费 水电费 总经理 总经理热线 进度 工单进度 叫醒 叫醒服务 英语 重听 "
    "再说一遍 请再说一遍 人工 转人工 话务员 没有了谢谢 紧急情况"
)
SHORT = 2
"""Syllables of a short phrase."""
_LONG_WEIGHT = 1.0
_SHORT_WEIGHT = 1e-3
_ORDINARY_WEIGHT = 1e-4
_OTHER_WEIGHT = 2e-5
"""The longer a phrase, the less likely other speech sounds like it."""
_HIGHEST_BUILDING = 40


def urgent(phrases: Sequence[str], language: str) -> Node:
    """One of ``phrases``, in Mandarin perhaps inside the words people put around it."""
    said = one_of(*phrases)
    if language != "zh":
        return said
    return seq(maybe(aside(one_of(*_BEFORE)), 0.4), said, maybe(aside(one_of(*_AFTER)), 0.4))


def free_speech(phrases: Sequence[str]) -> Node:
    """Mandarin free speech in which ``phrases`` are listened for."""
    short = [phrase for phrase in phrases if len(phrase) <= SHORT]
    long = [phrase for phrase in phrases if len(phrase) > SHORT]
    matters = [(fault(), _ORDINARY_WEIGHT)]
    matters += [(urgent(long, "zh"), _LONG_WEIGHT)] if long else []
    matters += [(urgent(short, "zh"), _SHORT_WEIGHT)] if short else []
    # The address stands once for all of them: every mention of a part is a copy of it in the network.
    matter = Choice(tuple(node for node, _ in matters), tuple(weight for _, weight in matters))
    told = seq(_where(), Maybe(matter, 1 - _ORDINARY_WEIGHT))
    others = (zh.any_digits(6, 12), answers.yes_no("zh"), one_of(*_MENU), _name())
    return Choice((told, *(aside(other) for other in others)), (1.0, *(_OTHER_WEIGHT for _ in others)))


def _where() -> Node:
    """Perhaps an address: any, so that it costs little."""
    building = seq(
        one_of(*(zh.cardinal(number) for number in range(1, _HIGHEST_BUILDING + 1))),
        one_of("号楼", "栋", "座"),
    )
    unit = maybe(seq(one_of(*"一二三四五六"), "单元"), 0.9)
    address = seq(building, unit, maybe(zh.any_digits(3, 4), 0.9))
    return aside(seq(maybe(one_of(*LEAD_INS), 0.1), maybe(address, 0.3)))


def _name() -> Node:
    given = one_of(*_GIVEN)
    return seq(
        maybe(one_of("我叫", "我姓", "我是", "他叫", "找"), 0.3),
        one_of(*(Words(name) for name in _SURNAMES)),
        maybe(seq(given, maybe(given, 0.7)), 0.9),
        maybe(one_of("先生", "女士", "小姐", "师傅"), 0.3),
    )

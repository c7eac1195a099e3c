"""Emergencies heard that nobody said, and those said and not heard, at every kind of question.

    python bench/false_alarms.py render FOLDER --voices KOKORO_FOLDER      makes a set to measure
    python bench/false_alarms.py measure FOLDER --models MODELS [--kinds free place …]

A set is as ``hotline speech eval`` takes it: ``refs.json`` (``id``, ``cat``, ``text``; ``emergency`` where
the words alone do not tell), beside it perhaps ``ood_refs.json``, and ``wav/ID.CONDITION.wav``. The
emergency words are the menu's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

from hotline.call.audio import FRAME_BYTES, RATE
from hotline.call.ports import QuestionKind
from hotline.language import slots
from hotline.speech import evaluate
from hotline.speech.engines.load import load
from hotline.speech.grammar.nodes import spaced
from hotline.speech.models.store import installed
from hotline.speech.recogniser import NOTHING, Recogniser, Recognition, Task
from hotline.speech.sound import read_wav

ACCEPT = 0.5
VOICES = spaced("zf_xiaoxiao zm_yunxi zf_xiaoyi zm_yunyang zf_xiaobei zm_yunjian zf_xiaoni zm_yunxia")
EMERGENCIES = spaced("""
我被困在电梯里了 电梯里出不来快来人 有人困在电梯里面了 我们被困电梯了 五号楼一单元电梯困人
家里着火了快来人 厨房着火了 楼道里冒烟了 楼下起火了快点来 地下室失火了 这里发生火灾了
三号楼二单元六零二煤气泄漏 厨房里有煤气味 闻到很大的煤气味 燃气泄漏了怎么办 水管爆了水流了一地
卫生间水管爆了 七栋一单元三零二水管爆了 厨房大量漏水 楼上大量漏水漏到我家了 我家爆管了
家里停电了 我们家里停水了 整栋楼停水停电了 有人触电了 家里进小偷了 有小偷 有人抢劫 救命啊
快来人救命 我要急修 发生入室盗窃
""")
ORDINARY = spaced("""
厨房水管漏水了 卫生间马桶堵了 客厅的灯不亮了 电梯坏了一直不动 我家门锁打不开 楼上漏水漏到我家了
空调不制冷了 热水器没有热水 水龙头关不上一直流水 下水道返水味道很大 楼道灯坏了好几天了
门禁卡刷不开 我要投诉保安态度不好 邻居半夜装修太吵了 小区里有人乱停车 我想查一下物业费
请问物业费怎么交 你们几点上班 我找你们经理 我的车位被别人占了 三号楼二单元六零二厨房漏水
十二号楼一单元一五零二下水道堵了 八栋三单元七零一电视没信号 我是六号楼四单元五零三的业主
插座没电了 暖气不热 窗户玻璃碎了 墙面渗水发霉了 家里有老鼠 垃圾没人清理很臭 健身器材坏了
对讲机没有声音 洗衣机下水很慢 地下车库很黑没有灯 小区的树枝断了挡住路了 楼下广场舞太吵
快递丢了怎么办 宽带连不上网 我叫刘建国 我姓王 我是李小姐 他叫赵敏 陈志伟先生
幺三八零零幺三八零零零 幺五九幺二三四五六七八 零二幺六二三四五六七八 八八六六五五三三
明天早上七点半 晚上十点一刻 下午三点 好的没问题 不用了谢谢 是的 不对 报修 转人工 总经理热线
请再说一遍 我想咨询一下装修的事情 你好请问能听见吗 我昨天打过电话了还没有人来 上次修的水管又漏了
麻烦派个师傅来看看 什么时候能修好 我家的狗丢了 楼顶太阳能坏了 消防栓被车挡住了 有只猫困在树上
电表走得太快了 水压太低了 阳台的栏杆松了 煤气灶打不着火 抽油烟机坏了 车库道闸不抬杆
电动车在楼道里充电 隔壁一直在抽烟味道很大 开水烧不开 我要开发票 停车费多少钱一个月
门口的积水很深
""")
"""Everyday calls; some sound like emergencies (煤气灶打不着火, 有只猫困在树上)."""

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One utterance under one condition."""

    id: str
    category: str
    condition: str
    text: str
    emergency: bool
    path: Path


@dataclass(slots=True)
class Tally:
    """What came of the sayings of one kind of question, condition and category."""

    hit: int = 0
    missed: int = 0
    false_alarm: int = 0
    quiet: int = 0
    wrong: list[str] = field(default_factory=list)
    """What was heard wrongly: id, what was said, what was understood."""

    def take(self, saying: Saying, rang: bool, heard: Recognition) -> None:
        """Count one saying."""
        self.hit += saying.emergency and rang
        self.missed += saying.emergency and not rang
        self.false_alarm += rang and not saying.emergency
        self.quiet += not rang and not saying.emergency
        if rang != saying.emergency:
            self.wrong.append(f"{saying.id} {saying.text}: {heard.text} {heard.score:.2f}")


def menu_words(menu: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The emergency words and the main menu's words."""
    content = YAML(typ="safe").load(menu.read_text(encoding="utf-8"))
    return tuple(content["emergency"]["words"]["zh"]), tuple(content["steps"]["main"]["menu"]["words"]["zh"])


def sayings(folder: Path, words: Sequence[str], conditions: Sequence[str]) -> Iterator[Saying]:
    """Every file of the set that is there."""
    refs = json.loads((folder / "refs.json").read_text(encoding="utf-8"))
    unforeseen = folder / "ood_refs.json"
    if unforeseen.exists():
        texts = json.loads(unforeseen.read_text(encoding="utf-8"))
        refs += [{"id": f"ood{i:02}", "cat": "ood", "text": text} for i, text in enumerate(texts)]
    for ref in refs:
        for condition in conditions:
            path = folder / "wav" / f"{ref['id']}.{condition}.wav"
            if path.exists():
                yield Saying(
                    id=ref["id"],
                    category=ref["cat"],
                    condition=condition,
                    text=ref["text"],
                    emergency=ref.get("emergency", slots.emergency(ref["text"], words, "zh")),
                    path=path,
                )


def task(kind: QuestionKind, words: tuple[str, ...], choices: tuple[str, ...]) -> Task:
    return Task(
        kind=kind,
        language="zh",
        phrases=choices if kind is QuestionKind.CHOICE else (),
        emergency_phrases=words,
        places=tuple(evaluate.EvaluationEstate().places("")) if kind is QuestionKind.PLACE else (),
    )


def hear(engine: Recogniser, asked: Task, pcm: bytes) -> Recognition:
    utterance = engine.begin(asked)
    for at in range(0, len(pcm), FRAME_BYTES):
        utterance.feed(pcm[at : at + FRAME_BYTES])
    return utterance.result() if pcm else NOTHING


def measure(options: argparse.Namespace) -> dict[str, object]:
    words, choices = menu_words(options.menu)
    model = next(found for found in installed([options.models]) if found.engine == options.engine)
    engine = load(model.engine, model.path, model.languages)
    tallies: dict[str, Tally] = defaultdict(Tally)
    spent: dict[str, list[float]] = defaultdict(list)
    for saying in sayings(options.folder, words, options.conditions):
        pcm = evaluate.cut_out(read_wav(saying.path).pcm())
        for kind in map(QuestionKind, options.kinds):
            began = time.process_time()
            heard = hear(engine, task(kind, words, choices), pcm)
            spent[kind.value].append(time.process_time() - began)
            rang = heard.score >= ACCEPT and slots.emergency(heard.text, words, "zh")
            tallies[f"{kind.value} {saying.condition} {saying.category}"].take(saying, rang, heard)
    return {
        "bench": "false_alarms",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpu": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
        "engine": options.engine,
        "set": options.folder.name,
        "false_alarms": totals(tallies),
        "computing_ms": {
            kind: {"p50": round(1000 * sorted(took)[len(took) // 2]), "max": round(1000 * max(took))}
            for kind, took in spent.items()
        },
        "tallies": {name: asdict(tally) for name, tally in tallies.items()},
    }


def totals(tallies: dict[str, Tally]) -> dict[str, str]:
    """False alarms of ordinary utterances, and found of emergencies, by kind and condition."""
    sums: dict[str, Tally] = defaultdict(Tally)
    for name, tally in tallies.items():
        of = sums[" ".join(name.split()[:2])]
        of.hit, of.missed = of.hit + tally.hit, of.missed + tally.missed
        of.false_alarm, of.quiet = of.false_alarm + tally.false_alarm, of.quiet + tally.quiet
    return {
        name: f"{of.false_alarm} of {of.false_alarm + of.quiet}; found {of.hit} of {of.hit + of.missed}"
        for name, of in sums.items()
    }


# --- rendering --------------------------------------------------------------------------------------


def render(options: argparse.Namespace) -> dict[str, object]:
    """Speak the set: every emergency word alone by four voices, sentences by two, ordinary calls by one."""
    from hotline.speech.voices.kokoro import KokoroVoice
    from hotline.speech.voices.soundfile import write_sound

    words, _ = menu_words(options.menu)
    (options.folder / "wav").mkdir(parents=True, exist_ok=True)
    refs = list(script(words))
    (options.folder / "refs.json").write_text(
        json.dumps(refs, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    voices = {name: KokoroVoice(options.voices, "zh", name) for name in VOICES}
    for number, ref in enumerate(refs):
        clean = telephone(voices[str(ref["voice"])].speak(str(ref["text"])))
        chance = np.random.default_rng(number)
        for condition, samples in {
            "clean": clean,
            "loss2": lossy(clean, chance),
            "noise10": noisy(clean, chance),
        }.items():
            write_sound(options.folder / "wav" / f"{ref['id']}.{condition}.wav", samples)
    return {"rendered": len(refs)}


def script(words: Sequence[str]) -> Iterator[dict[str, object]]:
    lists = (("word", words, 4, True), ("sentence", EMERGENCIES, 2, True), ("ordinary", ORDINARY, 1, False))
    for category, texts, times, emergency in lists:
        for number, text in enumerate(texts):
            for turn in range(times):
                voice = VOICES[(number + 3 * turn) % len(VOICES)]
                name = f"{category}{number:02}{'abcd'[turn]}"
                yield {"id": name, "cat": category, "text": text, "voice": voice, "emergency": emergency}


def telephone(spoken: Samples) -> Samples:
    """24 kHz to a telephone's band and level, with silence around."""
    from hotline.speech.voices.levels import levelled, to_telephone_rate

    samples = np.pad(levelled(to_telephone_rate(spoken, 24_000)), (RATE * 2 // 5, RATE // 2))
    return banded(samples)


def banded(samples: Samples) -> Samples:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def noisy(samples: Samples, chance: np.random.Generator) -> Samples:
    """Pink noise 10 dB below the speech."""
    from hotline.speech.voices.levels import active_level

    spectrum = np.fft.rfft(chance.standard_normal(len(samples)))
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    noise = banded(np.fft.irfft(spectrum / np.sqrt(np.maximum(hertz, 50)), len(samples)).astype(np.float32))
    level = 10 ** ((active_level(samples) - 10) / 20)
    return (samples + noise * level / np.sqrt(np.square(noise).mean())).astype(np.float32)


def lossy(samples: Samples, chance: np.random.Generator) -> Samples:
    """2 % of the 20 ms frames silent."""
    kept = samples.copy()
    frame = RATE // 50
    for at in range(0, len(kept), frame):
        if chance.random() < 0.02:
            kept[at : at + frame] = 0
    return kept


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("measure", "render"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--menu", type=Path, default=Path("config/menus/main.yaml"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--voices", type=Path, default=Path("models/kokoro-82m"))
    parser.add_argument("--engine", default="pocketsphinx")
    parser.add_argument("--kinds", nargs="+", default=[kind.value for kind in QuestionKind])
    parser.add_argument("--conditions", nargs="+", default=list(evaluate.CONDITIONS))
    options = parser.parse_args()
    print(
        json.dumps(
            {"measure": measure, "render": render}[options.what](options), ensure_ascii=False, indent=1
        )
    )


if __name__ == "__main__":
    main()

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.call.errors import InvalidInput
from hotline.operators import config
from hotline.operators.lines import Strategy
from hotline.operators.seat import Right


def written(tmp_path, text):
    (tmp_path / "operators.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def problems(tmp_path, text):
    with pytest.raises(InvalidInput) as invalid:
        config.load(written(tmp_path, text))
    return [(problem.line, problem.where, problem.message) for problem in invalid.value.problems]


def test_the_shipped_file_has_one_queue_and_no_operators(tmp_path):
    rules = config.load(tmp_path)
    assert rules.operators == ()
    assert config.queue_names(tmp_path) == {"main"}
    queue = rules.queues["main"]
    assert (queue.strategy, queue.ring, queue.service_level.within) == (Strategy.LONGEST_IDLE, 15, 20)


def test_the_example_in_the_shipped_file_holds(tmp_path):
    text = (Path(config.__file__).parents[2] / "config" / "operators.yaml").read_text(encoding="utf-8")
    begin, end = text.index("# operators:"), text.index("# 话务员: nobody yet")
    example = "\n".join(line.removeprefix("# ").removeprefix("#") for line in text[begin:end].splitlines())
    main = text[text.index("  # 人工服务") :]
    rules = config.load(written(tmp_path, example + "\n" + main))
    assert rules.queues["fees"].then == "main"
    first = rules.operator("north", "01")
    assert first.seated("north").may == frozenset(Right), "supervisors may everything"
    assert rules.operator("default", "02").home_line == "headset:02"


def test_every_mistake_is_told_with_its_line(tmp_path):
    found = problems(
        tmp_path,
        """operators:
  - {number: "01", line: "headset:77"}
  - {number: "01"}
queues:
  main: {operators: ["01", "05"], then: nowhere}
  a: {then: b}
  b: {then: a}
""",
    )
    assert found == [
        (2, "operators.0.line", "no operator has the number after headset:"),
        (3, "operators.1.number", '"01" is another operator\'s number already'),
        (5, "queues.main.operators.1", 'no operator has the number "05"'),
        (5, "queues.main.then", 'no queue "nowhere" (there are: a, b, main)'),
        (6, "queues.a.then", "callers would go round in circles: leave `then` out at the end"),
        (7, "queues.b.then", "callers would go round in circles: leave `then` out at the end"),
    ]


def test_wrong_values_are_told_in_words(tmp_path):
    found = problems(
        tmp_path,
        """operators:
  - {number: 1, may: [fly]}
queues:
  main: {strategy: best, ring: 2, colour: red}
""",
    )
    assert [line for line, _where, _message in found] == [2, 2, 4, 4, 4]
    assert any("write it in quotes" in message for _line, _where, message in found)
    assert (4, "queues.main.colour", "unknown key") in found


def test_mistakes_of_every_kind_are_told_at_once(tmp_path):
    found = problems(
        tmp_path,
        """operators:
  - {number: 01, may: [fly]}
  - {number: "02", line: "headsets:02"}
  - {number: "02", line: "sip:8002@192.0.2.1"}
  - {number: "3x"}
queues:
  main: {ring: 2, operators: ["01", "09"], then: mian}
""",
    )
    assert [(line, where) for line, where, _message in found] == [
        (2, "operators.0.number"),
        (2, "operators.0.may.0"),
        (3, "operators.1.line"),
        (4, "operators.2.number"),
        (5, "operators.3.number"),
        (7, "queues.main.ring"),
        (7, "queues.main.operators.1"),
        (7, "queues.main.then"),
    ]


@pytest.mark.parametrize("line", ["headsets:02", "hello world", "sip:", "8001@pbx", "headset:"])
def test_a_line_that_cannot_be_rung_is_a_mistake(tmp_path, line):
    text = f'operators: [{{number: "01", line: "{line}"}}]\nqueues: {{main: {{}}}}\n'
    assert [where for _line, where, _message in problems(tmp_path, text)] == ["operators.0.line"]


@pytest.mark.parametrize(
    "line", ["8001", "0539-8310000", "+8613800001111", "sip:8001@192.0.2.1:5070", "headset:01"]
)
def test_lines_that_can_be_rung(tmp_path, line):
    text = f'operators: [{{number: "01", line: "{line}"}}]\nqueues: {{main: {{}}}}\n'
    assert config.load(written(tmp_path, text)).operators[0].home_line == line


def test_a_language_no_caller_speaks_is_a_doubt(tmp_path):
    text = 'operators: [{number: "01", languages: [zh, cn]}]\nqueues: {main: {}}\n'
    (found,) = config.doubts(written(tmp_path, text), estates=frozenset({"default"}))
    assert (found.warning, found.message) == (True, 'no caller speaks "cn": zh or en')


def test_no_queue_at_all_is_a_mistake(tmp_path):
    assert problems(tmp_path, "queues: {}\n")[0][0] == 1


def test_two_estates_may_use_the_same_number_unless_somebody_serves_all(tmp_path):
    text = 'operators: [{number: "01", estate: north}, {number: "01", estate: %s}]\nqueues: {main: {}}\n'
    rules = config.load(written(tmp_path, text % "south"))
    assert rules.operator("south", "01").estate == "south"
    assert rules.operator("default", "01") is None
    assert len(problems(tmp_path, text % '""')) == 1


def test_unknown_estates_and_queues_without_anybody_are_doubts(tmp_path):
    text = 'operators: [{number: "01", estate: north}]\nqueues: {main: {}, fees: {skills: [fees]}}\n'
    found = config.doubts(written(tmp_path, text), estates=frozenset({"default"}))
    assert [(problem.line, problem.warning) for problem in found] == [(1, False), (2, True)]


def test_a_bad_file_does_not_replace_the_one_in_service(tmp_path):
    book = config.OperatorBook(written(tmp_path, 'operators: [{number: "01"}]\nqueues: {main: {}}\n'))
    assert len(book.in_service().operators) == 1
    written(tmp_path, "queues: nonsense and more\n")
    assert len(book.in_service().operators) == 1
    assert book.problems
    written(tmp_path, "operators: []\nqueues: {main: {}, second: {}}\n")
    assert set(book.in_service().queues) == {"main", "second"}
    assert book.problems == ()


TALK = """operators: []
queues: {main: {}}
talk: {grace: 4, codes: {"*1": toggle, "*20": consult}}
"""


def test_spans_and_keys_of_talks_come_from_the_file_and_are_taken_up(tmp_path):
    book = config.OperatorBook(written(tmp_path, TALK))
    talk = book.in_service().talk
    assert (talk.grace, talk.park, talk.survey, talk.codes) == (
        4,
        120,
        "survey",
        {"*1": "toggle", "*20": "consult"},
    )
    written(tmp_path, TALK.replace("grace: 4", "grace: 6"))
    assert book.in_service().talk.grace == 6


def test_codes_that_hide_each_other_or_do_nothing_are_told_with_their_line(tmp_path):
    ((line, where, message),) = problems(tmp_path, TALK.replace('"*20": consult', '"*12": dance'))
    assert (line, where) == (3, "talk.codes")
    assert "hides" in message
    assert "dance" in message

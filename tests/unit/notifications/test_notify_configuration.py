from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

import hotline
from hotline.call.errors import InvalidInput
from hotline.home import shipped
from hotline.notifications.book import NotificationBook
from hotline.notifications.eventkinds import KINDS
from hotline.notifications.loader import load

GOOD = """\
channels:
  ops: {type: wecom, url_file: ops.url}
  mail:
    type: email
    host: smtp.example.com
    user: me
    password_file: mail.secret
    sender: hotline@example.com
    to: [a@example.com]
routes:
  - {events: [alarm.*], to: [ops, mail]}
"""
URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k-1"
WEBHOOK = "channels:\n  a: {type: webhook, url: 'https://example.com/', SECRET}\n" + (
    "routes: [{events: ['*'], to: [a]}]\n"
)


@pytest.fixture
def folder(tmp_path):
    secret(tmp_path / "ops.url", URL + "\n")
    secret(tmp_path / "mail.secret", "p-1\n")
    (tmp_path / "notifications.yaml").write_text(GOOD)
    return tmp_path


def secret(path, text):
    path.write_text(text)
    path.chmod(0o600)


def problems(folder, text, *, warnings=False):
    path = folder / "notifications.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        plan = load(path, estates=["default"])
    except InvalidInput as error:
        found = error.problems
    else:
        found = plan.warnings
    return [str(each).removeprefix(f"{path}:") for each in found if each.warning is warnings]


def test_secrets_are_read_from_files_beside_the_configuration(folder):
    plan = load(folder / "notifications.yaml", estates=["default"])
    assert plan.channels["ops"].url == URL
    assert plan.channels["mail"].password == "p-1"
    assert plan.channels["mail"].effective_port == 587
    assert plan.warnings == ()
    assert set(plan.files) == {folder / name for name in ("notifications.yaml", "ops.url", "mail.secret")}


def test_the_shipped_file_holds_and_says_nothing_to_anybody():
    plan = load(shipped("config") / "notifications.yaml", estates=["default"])
    assert (plan.channels, plan.routes, plan.warnings) == ({}, (), ())


def uncommented(text):
    """The shipped file with every example in force."""
    section = False
    for line in text.splitlines():
        if line in ("# alarms:", "# keep:", "# templates:"):
            section = True
        elif not line.startswith("#   "):
            section = False
        if section:
            yield line.removeprefix("# ")
        elif line.startswith("  # "):
            yield "  " + line.removeprefix("  # ")
        elif not line.startswith("#"):
            yield line


def test_the_examples_of_the_shipped_file_hold(tmp_path):
    text = "\n".join(uncommented((shipped("config") / "notifications.yaml").read_text(encoding="utf-8")))
    for name in ("ops.url", "service.secret", "console.secret", "mail.secret"):
        secret(tmp_path / name, URL if name == "ops.url" else "x" * 32)
    (tmp_path / "notifications.yaml").write_text(text, encoding="utf-8")
    plan = load(tmp_path / "notifications.yaml", estates=["default"])
    assert set(plan.channels) == {"ops", "service", "console", "manager"}
    assert len(plan.routes) == 4
    assert plan.wordings.templates["ticket.opened"]["zh"].title.startswith("【{urgency}】{place}")


def test_a_missing_file_says_the_same_as_an_empty_one(tmp_path):
    assert load(tmp_path / "notifications.yaml", estates=[]).channels == {}


def test_all_problems_come_at_once_with_their_lines(folder):
    text = """\
channels:
  ops: {type: wecom, url_file: nowhere.url}
  both:
    type: webhook
    url: https://example.com/
    secret: 0123456789abcdef
    secret_file: ops.url
  short: {type: webhook, url: "https://example.com/", secret: short}
  bare: {type: webhook}
  mail: {type: email, host: h, sender: a@b.c, to: [a@b.c], user: me, ca_file: ops.url}
routes:
  - {events: [ticket.*], to: [ops, nobody], estates: [west], alarms: [earthquake]}
templates:
  Ticket opened: {zh: {title: x}}
"""
    found = problems(folder, text)
    assert [line.split(": ")[0] for line in found] == ["2", "7", "8", "9", "9", "10", "12", "12", "12", "14"]
    listed = "\n".join(found)
    for said in (
        "channels.ops.url_file: ",
        "give either secret or secret_file, not both",
        "openssl rand -hex 32",
        "the address is missing",
        "a webhook is signed",
        "holds no certificates",
        'no channel "nobody" (there are: bare, both, mail, ops, short)',
        'no estate "west"',
        'no alarm "earthquake"',
        "is no kind of event",
    ):
        assert said in listed, said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("channels: {a: {type: fax}}", "channels.a: type must be webhook, email, wecom or dingtalk"),
        ("channels: {a: {type: wecom, url: 'ftp://x'}}", "must be an address such as https"),
        ("channels: {a: {type: wecom, url: 'https://u:pw-1@x/'}}", "must not hold a user or password"),
        ("channels: {a: {type: wecom, url: 'https://x:99999/'}}", "a number from 1 to 65535"),
        ("channels: {a: {type: wecom, url: 'https://x:0/'}}", "a number from 1 to 65535"),
        ("channels: {a: {type: wecom, url: 'https://[::1/'}}", "must be an address such as https"),
        ("channels: {a: {type: wecom, url: 'https://x y/'}}", "must be an address such as https"),
        ("channels: {A b: {type: wecom, url: 'https://x/'}}", "channels.A b"),
        ("channels: {a: {type: wecom, url: 'https://x/', sekret: x}}", "channels.a.sekret: unknown key"),
        ("channels: {a: {type: email, host: h, sender: x, to: [a@b.c]}}", "channels.a.sender"),
        ("channels: {a: {type: email, host: h, sender: a@b, to: ['A <a@b.c>']}}", "written plainly"),
        ("routes: [{events: [Ticket], to: [a]}]", '"Ticket" is no kind of event'),
        ("templates: {x: {zh: {title: '{nothing}'}}}", "no placeholder {nothing}"),
        ("templates: {x: {fr: {title: 'a'}}}", "templates.x.fr"),
        ("alarms: {remind_every_hours: 0}", "alarms.remind_every_hours"),
        ("channels: [", "is not valid YAML"),
    ],
)
def test_each_mistake_is_told_with_what_would_be_right(folder, text, sentence):
    found = problems(folder, text)
    assert any(sentence in line for line in found), found
    assert "pw-1" not in "".join(found)


def test_what_holds_but_is_doubtful_is_a_warning(folder):
    (folder / "mail.secret").chmod(0o644)
    text = GOOD.replace("url_file: ops.url", "url: 'http://10.0.0.1/'").replace("[ops, mail]", "[mail]")
    found = "\n".join(problems(folder, text, warnings=True))
    assert "no route leads to this channel" in found
    assert "crosses the network readable" in found
    assert "chmod 600" in found


def test_a_secret_never_stands_in_an_error(folder):
    secret(folder / "ops.url", "not-an-address-key-k-1")
    (found,) = problems(folder, GOOD)
    assert "channels.ops.url_file: in the file: must be an address" in found
    assert "k-1" not in found


# --- in service -------------------------------------------------------------------------------------


def changed(path, text):
    """Write like an editor does: a new file in its place."""
    fresh = path.with_name("fresh")
    secret(fresh, text)
    fresh.replace(path)


def test_a_change_is_taken_up_and_a_bad_one_stays_out(folder):
    book = NotificationBook(folder, estates=["default"])
    path = folder / "notifications.yaml"
    assert set(book.current().channels) == {"ops", "mail"}
    changed(path, GOOD.replace("[ops, mail]", "[nobody]"))
    assert set(book.current().channels) == {"ops", "mail"}
    assert [problem.line for problem in book.problems if not problem.warning] == [11]
    changed(path, "channels: {}\n")
    assert book.current().channels == {}
    assert book.problems == ()


def test_a_changed_secret_is_taken_up_and_a_broken_one_stays_out_until_it_is_mended(folder):
    book = NotificationBook(folder, estates=["default"])
    changed(folder / "mail.secret", "p-2")
    assert book.current().channels["mail"].password == "p-2"
    (folder / "mail.secret").unlink()
    assert book.current().channels["mail"].password == "p-2"
    assert book.problems
    changed(folder / "mail.secret", "p-3")
    assert book.current().channels["mail"].password == "p-3"
    assert book.problems == ()


def test_a_bad_file_at_the_start_sends_nothing_and_stops_nobody(folder):
    (folder / "notifications.yaml").write_text("channels: 7\n")
    book = NotificationBook(folder, estates=["default"])
    assert book.current().channels == {}
    assert book.problems[0].line == 1


def test_a_successor_goes_on_with_what_was_in_service(folder, tmp_path):
    kept = tmp_path / "kept"
    NotificationBook(folder, estates=["default"], last_good=kept)
    assert stat.S_IMODE((kept / "notifications.yaml").stat().st_mode) == 0o600
    (folder / "notifications.yaml").write_text("channels: 7\n")
    heir = NotificationBook(folder, estates=["default"], last_good=kept)
    assert heir.current().channels["ops"].url == URL
    assert heir.problems
    changed(folder / "notifications.yaml", "channels: {}\n")
    assert heir.current().channels == {}


def test_a_file_that_goes_away_ends_the_notifications(folder):
    book = NotificationBook(folder, estates=["default"])
    (folder / "notifications.yaml").unlink()
    assert book.current().channels == {}


def test_a_value_of_the_wrong_kind_does_not_hide_the_other_mistakes(folder):
    text = """\
channels:
  ops: {type: wecom, url_file: nowhere.url, per_minute: 0}
  short: {type: webhook, url: "https://example.com/", secret: short}
  fax: {type: fax}
  later: {type: wecom, url: "https://example.com/", timeout: 600}
routes:
  - {events: [tickets.opened], to: [ops, nobody], urgency: [huge]}
  - {events: [ticket.*], to: [fax, short], alarms: [trunk]}
  - {events: [], to: [later], estates: [west]}
keep: {dead_days: 0}
templates:
  Ticket opened: {zh: {title: x}}
  ticket.opened: {zh: {title: "{nothing}"}}
"""
    found = problems(folder, text)
    assert [line.split(": ")[0] for line in found] == [
        *("2", "2", "3", "4", "5", "7", "7", "7", "8", "9", "9", "10", "12", "13"),
    ]
    listed = "\n".join(found)
    for said in (
        "nowhere.url cannot be read",
        "per_minute: must be at least 1",
        'no channel "nobody" (there are: fax, later, ops, short)',
        'no event is called "tickets.opened" (they begin with: alarm, ',
        'no alarm "trunk"',
        'no estate "west"',
        "must have at least one entry",
    ):
        assert said in listed, said


def test_an_event_of_a_family_there_is_that_nobody_knows_is_only_doubted(folder):
    text = GOOD.replace("[alarm.*]", "[alarm.*, ticket.open]")
    assert problems(folder, text) == []
    (warned,) = problems(folder, text, warnings=True)
    assert 'no event is called "ticket.open" (there are: ticket.changed, ' in warned


_WRITTEN = re.compile(r"""(?:kind=|_tell\([^"\n]*|\.tell\([^"\n]*)"([a-z]+\.[a-z_]+)\"""")


def test_every_event_the_program_writes_is_known_to_routes():
    source = Path(hotline.__file__).parent
    written = {kind for path in source.rglob("*.py") for kind in _WRITTEN.findall(path.read_text("utf-8"))}
    assert len(written) > 15
    told_to_streams_alone = {"calls.reset"}
    assert written - KINDS - {"notification.test"} - told_to_streams_alone == set()

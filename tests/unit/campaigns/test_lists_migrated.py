"""Surveys of an older version keep their people and answers when lists learn what they are about."""

from __future__ import annotations

from alembic import command
from sqlalchemy import text

from hotline.db.engine import make_engine, writing
from hotline.db.migrate import _config, upgrade

OLD_ROWS = (
    "INSERT INTO campaigns (id, estate, name, flow, policy, state, created_by, created_at)"
    " VALUES (1, 'default', '上半年', 'survey', 'survey', 'running', 'lin', '2026-06-01 02:00:00')",
    "INSERT INTO campaign_people (id, campaign, number, raw, name, building, unit, room, language, state)"
    " VALUES (7, 1, '+8613800001111', '13800001111', '王芳', '3', '2', '602', 'zh', 'begun')",
    "INSERT INTO campaign_answers (id, campaign, person, question, value, recording, leg, at)"
    " VALUES (3, 1, 7, 'overall', '5', '', 'leg1', '2026-06-02 02:00:00')",
)


def test_people_and_answers_of_before_are_still_there(empty_url):
    engine = make_engine(empty_url)
    config = _config()
    with writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        for row in OLD_ROWS:
            connection.execute(text(row))
    upgrade(empty_url)
    with engine.connect() as connection:
        people = connection.execute(text("SELECT id, name, about, result FROM campaign_people")).all()
        answers = connection.execute(text("SELECT id, person, value FROM campaign_answers")).all()
        kinds = connection.execute(text("SELECT kind FROM campaigns")).all()
    engine.dispose()
    assert [tuple(row) for row in people] == [(7, "王芳", "", "")]
    assert [tuple(row) for row in answers] == [(3, 7, "5")]
    assert [tuple(row) for row in kinds] == [("survey",)]

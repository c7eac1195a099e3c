"""Quality review over HTTP: a drawn call is scored by the form, never by its operator or over a colleague."""

from __future__ import annotations

from datetime import date

from hotline.quality.models import ReviewRow, ReviewState, SampleRow

BASE = "/api/v1/quality"


def drawn(web, *calls: str) -> None:
    with web.db.transaction() as session:
        sample = SampleRow(
            estate="default", operator="01", first_day=date(2026, 11, 1), last_day=date(2026, 11, 30),
            seed="x", wanted=3, candidates=3, drawn_at=web.clock.now(), drawn_by="user:zhao",
        )  # fmt: skip
        session.add(sample)
        session.flush()
        for call in calls:
            row = ReviewRow(
                sample=sample.id, estate="default", operator="01", call=call, call_at=web.clock.now(),
                talked=60.0, state=ReviewState.DRAWN, form={}, points={}, percent=None, passed=None,
                comment="", scored_at=None, scored_by="", example=False, example_note="", version=1,
            )  # fmt: skip
            session.add(row)


async def test_a_drawn_call_is_scored_once_seen_by_everybody_and_counted(web):
    drawn(web, "a" * 32, "b" * 32, "c" * 32)
    token = web.token("quality:write")
    form = (await web.ask("GET", f"{BASE}/form", token)).json()
    points = {one["id"]: one["points"] for one in form["criteria"]}
    first = await web.ask("GET", f"{BASE}/reviews?limit=2", token)
    rest = await web.ask("GET", f"{BASE}/reviews?limit=2&cursor={first.json()['next']}", token)
    numbers = [one["number"] for answer in (first, rest) for one in answer.json()["items"]]
    assert numbers == [1, 2, 3]
    path = f"{BASE}/reviews/{numbers[0]}"
    tag = (await web.ask("GET", path, token)).headers["ETag"]
    body = {"points": points, "comment": "清楚"}
    done = await web.ask("PUT", f"{path}/score", token, json=body, headers={"If-Match": tag})
    assert (done.status_code, done.json()["percent"], done.json()["state"]) == (200, 100.0, "scored")
    late = await web.ask("PUT", f"{path}/score", token, json=body, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "changed-meanwhile")
    (standing,) = (await web.ask("GET", f"{BASE}/operators", token)).json()
    assert (standing["operator"], standing["scored"], standing["waiting"]) == ("01", 1, 2)


async def test_what_cannot_be_drawn_or_scored_is_refused(web):
    drawn(web, "a" * 32)
    token = web.token("quality:write")
    days = {"operator": "01", "first": "2026-11-01", "last": "2026-11-30"}
    nothing = await web.ask("POST", f"{BASE}/samples", token, json=days)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "quality-none-left")
    strange = await web.ask("PUT", f"{BASE}/reviews/1/score", token, json={"points": {"dance": 3}})
    unknown = await web.ask("GET", f"{BASE}/reviews/77", token)
    assert (strange.status_code, unknown.status_code) == (422, 404)
    operator = web.token("quality:write", "desk", name="operator:01")
    own = await web.ask("PUT", f"{BASE}/reviews/1/score", operator, json={"points": {}})
    assert own.json()["code"] == "quality-own-call"
    reader = web.token("quality:read", name="reader")
    assert (await web.ask("PUT", f"{BASE}/reviews/1/score", reader, json={"points": {}})).status_code == 403

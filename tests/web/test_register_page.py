"""The register on a screen: closed without a token, complete with one, and safe against what lists say."""

from __future__ import annotations

import base64

from hotline.wakeup.models import OccurrenceRow


def password(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"x:{token}".encode()).decode()}


async def opened(web, query: str = "", *scopes: str):
    token = web.token(*(scopes or ("wakeups:read",)), name="screen")
    return await web.ask("GET", f"/wakeups{query}", headers=password(token))


async def booked(web, **more):
    token = web.token("wakeups:write", name="book")
    body = {"room": "808", "at": "06:30", "first": "2026-11-24"} | more
    answer = await web.ask("POST", "/api/v1/wakeups", token, json=body)
    assert answer.status_code == 201


async def test_without_a_token_the_page_says_in_both_languages_how_to_make_one(web):
    await booked(web)
    page = await web.ask("GET", "/wakeups")
    assert page.status_code == 401
    assert page.headers["WWW-Authenticate"].startswith("Basic")
    assert "api-tokens create NAME --scope wakeups:read" in page.text
    assert page.text.index("口令") < page.text.index("token")
    assert "808" not in page.text


async def test_the_page_shows_the_day_renews_itself_and_runs_no_script(web):
    await booked(web, repeat="days", days=[2, 4])
    page = await opened(web, "?date=2026-11-24")
    assert page.status_code == 200
    for text in ("东湖酒店", "2026-11-24", "06:30", "808", "待叫醒", "周二四", "Tue Thu"):
        assert text in page.text
    assert 'http-equiv="refresh"' in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


async def test_what_a_list_wrote_is_text_and_never_markup(web):
    await booked(web, note="<script>alert(1)</script>&<b>", to="sip:a%22b@pbx")
    page = await opened(web, "?date=2026-11-24")
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&lt;b&gt;" in page.text
    for query in ("?date=%22%3E%3Cscript%3E", "?estate=%3Cscript%3E", "?shift=%3Cscript%3E"):
        assert "<script" not in (await opened_again(web, query)).text


async def opened_again(web, query: str):
    token = web.token("wakeups:read", name=f"again{query}"[:40])
    return await web.ask("GET", f"/wakeups{query}", headers=password(token))


async def test_an_escalated_or_alarmed_wakeup_is_a_red_row(web):
    await booked(web)
    await booked_second(web)
    with web.db.transaction() as session:
        day = session.get(OccurrenceRow, 1)
        day.alarmed_at = web.clock.now()
    page = await opened(web, "?date=2026-11-24")
    assert page.text.count('<tr class="red alarm">') == 1
    assert page.text.count('<tr class="due">') == 1
    assert "告警" in page.text


async def booked_second(web):
    token = web.token("wakeups:write", name="second")
    body = {"room": "802", "at": "06:30", "first": "2026-11-24"}
    assert (await web.ask("POST", "/api/v1/wakeups", token, json=body)).status_code == 201


async def test_a_token_without_the_scope_is_told_so_and_an_unknown_shift_too(web):
    assert (await opened(web, "", "fees:read")).status_code == 403
    assert (await opened_again(web, "?shift=9")).status_code == 404


async def test_an_empty_day_says_so(web):
    assert "这段时间没有叫醒" in (await opened(web)).text

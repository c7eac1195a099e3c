"""Telephone numbers in what people wrote are hidden; days, tickets and bills are not taken for them."""

from __future__ import annotations

import pytest

from hotline.web.masks import Masks


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("改到 2026-11-25 14:30，请打 13800001111", "改到 2026-11-25 14:30，请打 138****1111"),
        ("2026-11-25 13800001111 2026-11-26", "2026-11-25 138****1111 2026-11-26"),
        ("14:30 2026-11-25", "14:30 2026-11-25"),
        ("{from: 2027-02-05, to: 2027-02-11}", "{from: 2027-02-05, to: 2027-02-11}"),
        ("与 202611220008 同一件事", "与 202611220008 同一件事"),
        ("涉及账单 20260900117；回电 13800001111", "涉及账单 20260900117；回电 138****1111"),
        ("我的电话是一三八零零零零幺幺幺幺", "我的电话是*"),
        ("二〇二六年十一月", "二〇二六年十一月"),
        ("+86 138 0000 1111", "138****1111"),
        ("0539-8123456", "053****3456"),
        ("8123456 202611220008 8123456", "8****56 202611220008 8****56"),
        ("分机 8100", "分机 8100"),
        ("12-1-1203 漏水，电话 0531-12-345678", "12-1-1203 漏水，电话 0531****5678"),
        # what only resembles a day or a ticket stays hidden
        ("2026-13-45 1", "2****3451"),
        ("138-2026-11-22", "138****1122"),
        ("20261122", "20****22"),
        ("+202611220008", "+2026****0008"),
        ("20261300117", "202****0117"),
        ("2026112200081", "20261****0081"),
    ],
)
def test_days_tickets_and_bills_stay_and_whatever_may_be_a_telephone_number_is_hidden(
    written: str, shown: str
) -> None:
    assert Masks().text(written) == shown
    assert Masks(unmasked=True).text(written) == written

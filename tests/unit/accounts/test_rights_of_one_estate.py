from __future__ import annotations

import pytest

from hotline.accounts.rights import OF_ALL_ESTATES, RIGHTS, Holder, Role, Scope


def holder(estate: str) -> Holder:
    return Holder("user:chief", "chief", estate, frozenset(RIGHTS[Role.ADMINISTRATOR]), person=True)


@pytest.mark.parametrize("scope", Scope)
def test_an_administrator_of_one_estate_has_all_but_the_machine_and_the_audit(scope: Scope) -> None:
    everywhere, here = holder("").may(scope), holder("lake").may(scope)
    assert here == (everywhere and scope not in OF_ALL_ESTATES)


def test_menus_and_prompts_of_every_estate_are_read_but_not_changed_by_who_is_there_for_one() -> None:
    assert not holder("lake").may(Scope.MENUS_WRITE) and holder("lake").may(Scope.MENUS_READ)


def test_what_is_of_every_estate_is_nobodys_of_one() -> None:
    assert [holder("lake").serves(estate) for estate in ("lake", "hill", "")] == [True, False, False]
    assert all(holder("").serves(estate) for estate in ("lake", ""))

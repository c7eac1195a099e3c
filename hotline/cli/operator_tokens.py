"""``hotline operators token``: what lets an operator's headset in."""

from __future__ import annotations

import getpass
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

import typer

from hotline.accounts import tokens
from hotline.accounts.rights import OPERATOR, Scope
from hotline.accounts.tokens import BadToken
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.store import opened
from hotline.cli.tables import EstateOption
from hotline.operators import config


def token(
    number: Annotated[str, typer.Argument(help="The operator's number, as in operators.yaml.")],
    days: Annotated[int | None, typer.Option("--days", min=1, help="Ends after so many days.")] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Make none; end the present one.")] = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the token of an operator's headset; the one before lets nobody in any more."""
    name = f"{OPERATOR}:{number.strip()}"
    with plain_errors(), opened(home, set_up=True) as store:
        now, by = store.db.clock.now(), getpass.getuser()
        wanted = (store.estate(estate) or "") if estate else ""
        with store.db.transaction() as session:
            if revoke:
                tokens.revoke(session, name, by=by, at=now)
                print(f"The token of operator {number} lets nobody in any more.")
                return
            if not any(one.number == number.strip() for one in config.load(store.home.config).operators):
                raise BadToken(f"There is no operator {number} in operators.yaml: name them there first.")
            with suppress(BadToken):  # the first has none before it
                tokens.revoke(session, name, by=by, at=now)
            issued = tokens.create(
                session, name=name, scopes=[Scope.DESK], by=by, at=now, estate=wanted,
                expires_at=None if days is None else now + timedelta(days=days),
            )  # fmt: skip
    if as_json:
        print_json({"operator": number, "estate": wanted or "all", "token": issued.token})
        return
    print(issued.token)
    print(
        f"\nThis is the token of operator {number}, shown only now. It is entered on the page /headset, or "
        "given to `hotline headset --token`."
    )

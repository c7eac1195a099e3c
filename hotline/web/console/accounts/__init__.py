"""Pages about accounts: one's own, those of people, tokens of programs."""

from hotline.web.console.accounts import me, tokens, users

PAGES = (me, users, tokens)

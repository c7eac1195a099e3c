"""The first run, and setting up what was left for later: estates, lists, trunk, operator, test call."""

from hotline.web.console.setup import company, operator, overview, rooms, testcall, trunk

PAGES = (overview, company, rooms, trunk, operator, testcall)

"""Pages about the machine, its configuration, staff numbers and people's own data."""

from hotline.web.console.administration import config, privacy, staff, system

PAGES = (staff, privacy, system, config)

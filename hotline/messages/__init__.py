"""Messages 留言: taken for somebody who is not there, delivered by a call until acknowledged (DOMAIN 6)."""

"""The SIP user agent behind the Call and Dialer ports; media."""

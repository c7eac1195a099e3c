"""The desktop headset: an operator's line on the sound card of a computer, driven from a terminal.

It speaks the same protocol as the browser (:mod:`hotline.headsets.protocol`). PortAudio runs in processes
of its own (:mod:`hotline.desktop.soundcard`), see docs/decisions/0010-desktop-headset.md.
"""

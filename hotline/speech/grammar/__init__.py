"""Grammars, one per question: what a caller may say, as a small tree that engines are fed from.

Everything here is pure: no engine, no file, no clock. :mod:`.nodes` is the tree, :mod:`.jsgf` and
:mod:`.phrases` render it for PocketSphinx and Vosk, the other modules build it.
"""

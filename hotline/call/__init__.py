"""What every other package says about a call: its events, its ports, its errors and the clock.

Nothing here imports anything of Hotline's, so every layer may import this one.
"""

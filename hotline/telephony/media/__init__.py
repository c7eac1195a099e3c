"""Everything that touches PCM: playing, recording, tapping, bridging, digits in the audio.

``MediaEngine`` runs one thread for all calls; ``MediaLeg`` is one call on it.
"""

from hotline.telephony.media.engine import MediaCounters, MediaEngine
from hotline.telephony.media.leg import MediaLeg
from hotline.telephony.media.repair import UnreadableRecording, repair_wav
from hotline.telephony.media.stream import PcmStream

__all__ = [
    "MediaCounters",
    "MediaEngine",
    "MediaLeg",
    "PcmStream",
    "UnreadableRecording",
    "repair_wav",
]

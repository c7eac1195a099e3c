"""The engines behind the :class:`~hotline.speech.recogniser.Recogniser` port."""

from __future__ import annotations

import pytest

from hotline import settings
from hotline.call.errors import InvalidInput


def loaded(tmp_path, text: str) -> settings.Settings:
    path = tmp_path / "hotline.yaml"
    path.write_text(text)
    return settings.load(path)


@pytest.mark.parametrize(("announce", "consent"), [("true", "notice"), ("false", "off")])
def test_a_file_of_before_says_the_same_as_ever(tmp_path, announce, consent):
    found = loaded(tmp_path, f"recording: {{announce: {announce}, keep_days: 90}}\n")
    assert found.recording.consent == consent
    assert (found.retention.recordings, found.retention.transcripts, found.retention.messages) == (
        90,
        90,
        365,
    )
    again = settings.Settings.model_validate(found.model_dump())
    assert again == found


def test_retention_says_more_than_its_older_form_and_mistakes_have_their_line(tmp_path):
    found = loaded(tmp_path, "recording: {keep_days: 90}\nretention: {recordings: 7}\n")
    assert (found.retention.recordings, found.retention.transcripts) == (7, 90)
    with pytest.raises(InvalidInput) as caught:
        loaded(tmp_path, "recording:\n  consent: maybe\n  refusal_key: '12'\nretention:\n  audit: -1\n")
    assert [problem.line for problem in caught.value.problems] == [2, 3, 5]

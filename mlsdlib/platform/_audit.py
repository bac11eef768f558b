"""What may change under a Dockerfile or a Kubernetes manifest, found by reading them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Finding", "audit_dockerfile", "audit_manifest"]

_COMMIT = re.compile(r"git\b.*?\b(?:checkout|reset|fetch)\b.*?\b[0-9a-f]{40}\b")
_URL = re.compile(r"https?://", re.IGNORECASE)
_REPOSITORY = re.compile(r"\.git(?:#(?P<ref>[^:]*)(?::.*)?)?$")


@dataclass(frozen=True, order=True)
class Finding:
    """A place where something is left open: the line, the rule, and what stands there."""

    line: int
    rule: str
    what: str


def audit_dockerfile(text: str) -> list[Finding]:
    r"""Return what a Dockerfile takes from outside without saying which bytes it means.

    Rules, one finding each a line: ``tag`` (an image with no tag, or ``latest``), ``digest`` (an
    image without ``@sha256:``), ``git`` (a clone, or ``ADD`` of a repository, without a commit),
    ``curl`` (a download, also by ``wget`` or ``ADD``, without a checksum), ``apt`` and ``pip``
    (packages without versions). For pip only a file of hashes, with ``--require-hashes``, or
    ``--no-deps`` with ``==`` says it all.

    Parameters
    ----------
    text : str
        The Dockerfile. Lines continued by a backslash are one instruction, numbered by its first.

    Notes
    -----
    It reads words, as linters do; a shell is not understood. Variables in ``FROM`` count as said.
    A linter such as hadolint knows more rules of style, and neither ``git`` nor ``curl``.

    Examples
    --------
    >>> for found in audit_dockerfile("FROM python\nRUN apt-get install -y git"):
    ...     print(found.line, found.rule, found.what)
    1 digest python
    1 tag python
    2 apt git
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, got {type(text).__name__}")
    stages: set[str] = set()
    found = set()
    for line, kind, rest in _instructions(text):
        if kind == "FROM":
            found |= {Finding(line, *rule) for rule in _image(rest, stages)}
        elif kind == "ADD" and "--checksum=" not in rest:
            found |= {Finding(line, *rule) for rule in _added(rest)}
        elif kind == "RUN":
            found |= {Finding(line, *rule) for rule in _run(rest)}
    return sorted(found)


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the number of its first line, the keyword and the rest of each instruction."""
    start, parts = 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or (parts and not line.strip()):
            continue  # Docker drops comments and empty lines, also within an instruction
        start = start if parts else number
        parts.append(line.rstrip().removesuffix("\\"))
        if not line.rstrip().endswith("\\"):
            yield from _split(start, parts)
            parts = []
    yield from _split(start, parts)


def _split(start: int, parts: list[str]) -> Iterator[tuple[int, str, str]]:
    keyword, _, rest = " ".join(parts).strip().partition(" ")
    if keyword:
        yield start, keyword.upper(), rest.strip()


def _words(text: str) -> list[str]:
    """Return the words that are no options."""
    return [word for word in text.split() if not word.startswith("-")]


def _image(rest: str, stages: set[str]) -> Iterator[tuple[str, str]]:
    image, *more = _words(rest)
    if image.lower() not in stages | {"scratch"} and "$" not in image:
        name, _, digest = image.partition("@")
        _, _, tag = name.rpartition("/")[2].partition(":")  # a registry may have a port
        if not digest:
            yield "digest", image
            if tag in ("", "latest"):
                yield "tag", image
    if len(more) > 1 and more[0].upper() == "AS":
        stages.add(more[1].lower())


def _added(rest: str) -> Iterator[tuple[str, str]]:
    """Yield what `ADD` takes from the network: repositories are named by a commit after a hash."""
    *sources, _ = _words(rest)
    for source in filter(_URL.match, sources):
        repository = _REPOSITORY.search(source)
        if not repository:
            yield "curl", source
        elif not re.fullmatch(r"[0-9a-f]{40}", repository["ref"] or ""):
            yield "git", source


def _run(rest: str) -> Iterator[tuple[str, str]]:
    for command in re.split(r"&&|\|\||[;|]", rest):
        words = _words(command)
        if re.search(r"\bgit\b.*\bclone\b", command) and not _COMMIT.search(rest):
            yield "git", words[-1]
        if words and words[0] in ("curl", "wget") and "sha256sum" not in rest:
            yield "curl", next((word for word in words if _URL.match(word)), words[-1])
        for tool, same in (
            ("apt", r"\bapt(?:-get)?\b.*?\binstall\b"),
            ("pip", r"\bpip3?\b.*?\binstall\b"),
        ):
            if match := re.search(same, command):
                yield from _packages(tool, command[match.end() :])


def _packages(tool: str, arguments: str) -> Iterator[tuple[str, str]]:
    names = _words(arguments)
    if tool == "apt":
        said = all("=" in name for name in names)
    else:
        exact = "--no-deps" in arguments and all(
            "==" in n or n.startswith((".", "/")) for n in names
        )
        said = "--require-hashes" in arguments or exact
    if names and not said:
        yield tool, next((name for name in names if "=" not in name), names[0])


def audit_manifest(manifest: Mapping) -> list[str]:
    """Return what is wrong with, or missing from, a Deployment of Kubernetes, one line each.

    Looked at are the types and names whose mistakes a cluster would refuse (``replicas`` that is
    no whole number, a selector that its own pods do not match), and what it would accept and
    regret: images without a digest, no limits, no probe that says when a pod is ready.

    Parameters
    ----------
    manifest : mapping
        What stands in the YAML file.

    Examples
    --------
    >>> audit_manifest({"kind": "Deployment", "spec": {"replicas": "two"}})
    ["replicas must be a whole number, got 'two'", 'there are no containers']
    """
    if not isinstance(manifest, Mapping) or manifest.get("kind") != "Deployment":
        raise ValueError("manifest must be a mapping of the kind Deployment")
    spec = manifest.get("spec", {})
    pod = spec.get("template", {})
    labels = pod.get("metadata", {}).get("labels", {})
    found = []
    replicas = spec.get("replicas", 1)
    if isinstance(replicas, bool) or not isinstance(replicas, int):
        found.append(f"replicas must be a whole number, got {replicas!r}")
    wanted = spec.get("selector", {}).get("matchLabels", {})
    if not wanted.items() <= labels.items():
        found.append(f"the selector {wanted} does not match the labels {labels}")
    containers = pod.get("spec", {}).get("containers", [])
    if not containers:
        found.append("there are no containers")
    for box in containers:
        name = box.get("name", "a container")
        if "@sha256:" not in box.get("image", ""):
            found.append(f"{name}: the image has no digest")
        if "limits" not in box.get("resources", {}):
            found.append(f"{name}: no limits")
        if "readinessProbe" not in box:
            found.append(f"{name}: no readiness probe")
    return found

"""The audits: by hand, and beside hadolint and kubernetes-validate where they are installed."""

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlsdlib.platform import audit_dockerfile, audit_manifest

DIGEST = "python:3.12@sha256:" + "0" * 64
COMMIT = "0" * 40

OUTLINE = r"""FROM pytorch/pytorch:latest
RUN git clone https://github.com/NVIDIA/apex
RUN cd apex && \
    python3 setup.py install && \
    pip install -v --no-cache-dir --global-option="--cpp_ext" \
    --global-option="--cuda_ext" ./
WORKDIR /fancy-nlp-project
RUN git clone https://github.com/huggingface/transformers.git && \
    cd transformers && \
    python3 -m pip install --no-cache-dir .
"""


def rules(text):
    return [(found.line, found.rule) for found in audit_dockerfile(text)]


def test_the_outlines_dockerfile():
    assert rules(OUTLINE) == [
        (1, "digest"),
        (1, "tag"),
        (2, "git"),
        (3, "pip"),
        (8, "git"),
        (8, "pip"),
    ]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("python", ["digest", "tag"]),
        ("python:latest", ["digest", "tag"]),
        ("python:3.12", ["digest"]),
        (DIGEST, []),
        ("hub.shop:5000/base", ["digest", "tag"]),
        ("hub.shop:5000/base:1", ["digest"]),
        ("--platform=linux/amd64 python:3.12", ["digest"]),
        ("scratch", []),
        ("python:${VERSION}", []),
    ],
)
def test_images(image, expected):
    assert [found.rule for found in audit_dockerfile(f"FROM {image}")] == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("git clone https://x", ["git"]),
        ("git clone --depth 1 https://x", ["git"]),
        (f"git clone https://x a && git -C a checkout {COMMIT}", []),
        ("git clone https://x a && git -C a checkout main", ["git"]),
        ("git --version", []),
        ("curl -O https://x/model", ["curl"]),
        ("wget https://x/model && echo 'h model' | sha256sum -c", []),
        ("apt-get update && apt-get install -y git", ["apt"]),
        ("apt-get install -y git=1:2.39 && rm -rf /var/lib/apt", []),
        ("apt install git", ["apt"]),
        ("pip install numpy", ["pip"]),
        ("pip install numpy==2.2", ["pip"]),  # what it requires is open
        ("python3 -m pip install --no-deps numpy==2.2", []),
        ("pip install -r requirements.txt", ["pip"]),
        ("pip install --require-hashes -r requirements.lock", []),
        ("make && make test", []),
    ],
)
def test_commands(command, expected):
    assert [found.rule for found in audit_dockerfile(f"FROM {DIGEST}\nRUN {command}")] == expected


def test_stages_comments_and_downloads_by_add():
    text = f"FROM {DIGEST} AS build\n# RUN git clone x\nFROM build\nADD https://x/model /m\n"
    assert rules(text) == [(4, "curl")]
    assert rules(text.replace("ADD ", "ADD --checksum=sha256:1 ")) == []
    for source, expected in {
        "https://x/apex.git": [(4, "git")],
        "https://x/apex.git#main": [(4, "git")],
        f"https://x/apex.git#{40 * 'a'}": [],
        f"https://x/apex.git#{40 * 'a'}:csrc": [],
        f"https://x/apex.git#{39 * 'a'}": [(4, "git")],
        "https://x/m.git.tar": [(4, "curl")],
        "model.git": [],
        f"https://x/a.git#{40 * 'a'} https://x/b.bin": [(4, "curl")],
    }.items():
        assert rules(text.replace("https://x/model", source)) == expected, source
    assert rules(f"FROM {DIGEST}\nRUN make && \\\n# why\n\n  git clone https://x \\") == [
        (2, "git")
    ]
    assert rules("") == []


def test_a_dockerfile_is_a_string():
    with pytest.raises(TypeError, match="text must be a string, got list"):
        audit_dockerfile([])


HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which(
    "hadolint"
)
SAME = {"DL3006": "tag", "DL3007": "tag", "DL3008": "apt"}


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is in the extra `containers`")
@pytest.mark.parametrize(
    "text",
    [
        OUTLINE,
        "FROM python\nRUN make\n",
        f"FROM {DIGEST}\nRUN apt-get update && apt-get install -y git\n",
        f"FROM {DIGEST}\nRUN apt-get install -y git=1:2.39\n",
        "FROM python:3.12 AS build\nFROM build\nRUN make\n",
        f"FROM {DIGEST}\nRUN git clone https://x\n",
    ],
)
def test_hadolint_agrees_on_tags_and_apt_and_knows_no_clones(text):
    ran = subprocess.run(
        [HADOLINT, "--no-fail", "-f", "json", "-"],
        input=text, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = [(item["line"], item["code"]) for item in json.loads(ran.stdout)]
    theirs = {(line, SAME[code]) for line, code in told if code in SAME}
    assert theirs == {pair for pair in rules(text) if pair[1] in SAME.values()}
    clones = {line for line, rule in rules(text) if rule == "git"}
    assert not {line for line, code in told if code.startswith("DL3") and code in SAME} & clones


GOOD = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "scorer"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "scorer"}},
        "template": {
            "metadata": {"labels": {"app": "scorer", "tier": "ml"}},
            "spec": {
                "containers": [
                    {
                        "name": "model",
                        "image": "shop/scorer@sha256:" + "0" * 64,
                        "resources": {"limits": {"memory": "1Gi"}},
                        "readinessProbe": {"httpGet": {"path": "/ready", "port": 80}},
                    }
                ]
            },
        },
    },
}


def spoilt(*path, value):
    manifest = copy.deepcopy(GOOD)
    place = manifest
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return manifest


BOX = ("spec", "template", "spec", "containers", 0)


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (GOOD, []),
        (spoilt("spec", "replicas", value="two"), ["replicas must be a whole number, got 'two'"]),
        (spoilt("spec", "replicas", value=True), ["replicas must be a whole number, got True"]),
        (
            spoilt("spec", "selector", "matchLabels", "app", value="x"),
            ["the selector {'app': 'x'} does not match the labels {'app': 'scorer', 'tier': 'ml'}"],
        ),
        (spoilt(*BOX, "image", value="shop/scorer:1"), ["model: the image has no digest"]),
        (spoilt(*BOX, "resources", value={}), ["model: no limits"]),
        (spoilt(*BOX[:-1], value=[]), ["there are no containers"]),
        (
            spoilt(*BOX, value={"image": "a"}),
            [
                "a container: the image has no digest",
                "a container: no limits",
                "a container: no readiness probe",
            ],
        ),
    ],
)
def test_manifests(manifest, expected):
    assert audit_manifest(manifest) == expected


@pytest.mark.parametrize("manifest", [[], {"kind": "Service"}, {}])
def test_only_deployments(manifest):
    with pytest.raises(ValueError, match="kind Deployment"):
        audit_manifest(manifest)


def test_kubernetes_own_schema_agrees_on_types():
    validator = pytest.importorskip("kubernetes_validate")
    version = validator.latest_version()
    validator.validate(GOOD, version, strict=True)
    with pytest.raises(validator.ValidationError):
        validator.validate(spoilt("spec", "replicas", value="two"), version, strict=True)

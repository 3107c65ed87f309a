"""Holds gradus's use of the hub's cache and of its uploads against huggingface_hub's, both ways, on one local server.

    python bench/hub/check.py GRADUS SERVER_URL TOKEN WORK_FOLDER
"""

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

gradus, url, token, work = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]).absolute()
MODEL, DATA = "bench/tiny", "bench/tiny"
os.environ.update(HF_ENDPOINT=url, HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HOME=str(work / "none"))

from huggingface_hub import HfApi, scan_cache_dir, snapshot_download  # noqa: E402

GRADUS_FILES = ["*.json", "*.txt", "*.md", "*.safetensors", "1_Pooling/*"]  # what gradus takes of the model


def ours(home, *args, **environment):
    env = {**os.environ, "HF_HOME": str(home), "GRADUS_HOME": str(home / "gradus"), **environment}
    done = subprocess.run([gradus, *args], env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"gradus {' '.join(args)}: {done.stderr}")
    return done.stdout


def use(home, **environment):
    """What gradus does with a model and a data set of the hub."""
    out = home / "out"
    shutil.rmtree(out, ignore_errors=True)
    ours(home, "export", "--encoder", MODEL, "--format", "sentence-transformers", "--out", str(out / "model"), **environment)
    ours(home, "export", "--collection", DATA, "--format", "msmarco", "--out", str(out / "data"), **environment)
    return out


def theirs(home, **options):
    """The two snapshots as huggingface_hub finds them."""
    cache = home / "hub"
    return (
        Path(snapshot_download(MODEL, cache_dir=cache, allow_patterns=GRADUS_FILES, **options)),
        Path(snapshot_download(DATA, repo_type="dataset", cache_dir=cache, **options)),
    )


def layout(home):
    """Blobs, refs with their commits, and snapshots with the blobs they are."""
    found = {}
    for path in sorted((home / "hub").glob("*--*--*/[brs]*/**/*")):
        name = path.relative_to(home / "hub").as_posix()
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = path.read_text() if "/refs/" in name else path.stat().st_size
    return found


def check(what, holds):
    print(f"{'yes' if holds else 'NO '}  {what}")
    if not holds:
        sys.exit(1)


def same(left, right):
    """Of two folders, but for the manifests, which name them."""
    names = sorted(p.relative_to(left) for p in left.rglob("*") if p.is_file() and p.name != "manifest.json")
    return bool(names) and all(filecmp.cmp(left / n, right / n, shallow=False) for n in names)


first, second = work / "ours", work / "theirs"
use(first)
model, data = theirs(first, local_files_only=True)
check("what gradus fetched, huggingface_hub finds without a socket", (model / "model.safetensors").exists() and (data / "corpus.jsonl").exists())
check("scan_cache_dir has no complaint about it", not scan_cache_dir(first / "hub").warnings and len(scan_cache_dir(first / "hub").repos) == 2)
theirs(second)
use(second, HF_HUB_OFFLINE="1", HF_ENDPOINT="http://127.0.0.1:1")
check("what huggingface_hub fetched, gradus uses without a socket", same(first / "out" / "model", second / "out" / "model") and same(first / "out" / "data", second / "out" / "data"))
check("blobs, refs and links of the two caches are the same", layout(first) == layout(second))

mine = work / "mine"
shutil.copytree(first / "out" / "model", mine)
ours(first, "upload", str(mine), "bench/uploaded", HF_TOKEN=token)
api = HfApi(token=token)
check("gradus upload makes a private repository", api.model_info("bench/uploaded").private)
back = Path(api.snapshot_download("bench/uploaded", cache_dir=work / "back"))
check("huggingface_hub reads what gradus uploaded", all(filecmp.cmp(p, mine / p.relative_to(back), shallow=False) for p in back.rglob("*") if p.is_file() and p.name != ".gitattributes") and (back / "model.safetensors").exists())
api.create_repo("bench/pushed", private=True)
api.upload_folder(repo_id="bench/pushed", folder_path=mine)
pushed, uploaded = (api.model_info(name, files_metadata=True) for name in ("bench/pushed", "bench/uploaded"))
names = {s.rfilename: s.size for s in uploaded.siblings}
check("and the server has of both uploads the same files", {s.rfilename: s.size for s in pushed.siblings if s.rfilename in names} == names)
before = uploaded.sha
ours(first, "upload", str(mine), "bench/uploaded", HF_TOKEN=token)
check("a second upload of the same commits nothing", api.model_info("bench/uploaded").sha == before)

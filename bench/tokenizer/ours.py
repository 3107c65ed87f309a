"""Our tokenizer as a program: main.go of this folder, built once."""

import atexit
import functools
import os
import shutil
import subprocess
import tempfile


@functools.cache
def ours():
    folder = tempfile.mkdtemp(prefix="tokenizer-")
    atexit.register(shutil.rmtree, folder)
    program = os.path.join(folder, "tokenizer")
    subprocess.run(["go", "build", "-o", program, "."], check=True, cwd=os.path.dirname(os.path.abspath(__file__)))
    return program

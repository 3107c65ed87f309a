#!/bin/sh
# Ranks three sentences with a model folder that gradus train wrote.
#   sh run.sh MODEL
# PYTHON is a Python with sentence-transformers.
set -eu
here=$(dirname "$0")
"${PYTHON:-python3}" "$here/search.py" "${1:?want the folder of a model}" "chain drops off the front chainring" <<'TEXTS'
Turn the low limit screw of the front derailleur in by a quarter turn.
A creak in the rhythm of pedalling often comes from the bottom bracket.
On loose ground a wide tyre grips better with less air.
TEXTS

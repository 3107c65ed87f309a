"""Write encoder/wordpiece/unicode.txt: what the Rust library does with each code point.

Hugging Face's tokenizers takes its categories, decompositions and case mappings
from three sources of different Unicode versions. To equal it token for token on
every text, we ask the library itself, one code point and one step at a time.

    $PYTHON bench/tokenizer/unicode.py > encoder/wordpiece/unicode.txt

needs: pip install tokenizers
"""

import unicodedata

import tokenizers
from tokenizers.normalizers import NFD, BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

HEADER = f"""\
# What Hugging Face's Rust tokenizers {tokenizers.__version__} does with each code point, step by step.
# Made by bench/tokenizer/unicode.py; do not edit. Derived from Unicode data, see https://www.unicode.org/license.txt
#
#   control FIRST..LAST           clean_text removes it
#   space   FIRST..LAST           separates words
#   punct   FIRST..LAST           is a word of its own
#   han     FIRST..LAST           handle_chinese_chars makes it a word of its own
#   mark    FIRST..LAST           strip_accents removes it
#   class   FIRST..LAST CCC       its canonical combining class, where it is not 0
#   strip   CODE [CODE ...]       its canonical decomposition, marks removed
#   lower   FIRST..LAST CODE ...  its lower case; a range counts up on both sides
#
# Not listed: Hangul syllables, whose decomposition is arithmetic.
"""

HANGUL = range(0xAC00, 0xD7A4)


def bert(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False):
    return BertNormalizer(clean_text, handle_chinese_chars, strip_accents, lowercase).normalize_str


CLEAN, HAN, STRIP, LOWER = bert(clean_text=True), bert(handle_chinese_chars=True), bert(strip_accents=True), bert(lowercase=True)
NFD = NFD().normalize_str
SPLIT = BertPreTokenizer().pre_tokenize_str


def code_points():
    return (cp for cp in range(0x110000) if not 0xD800 <= cp < 0xE000)


def swaps(first, second):
    """Whether canonical ordering puts second before first: 0 < ccc(second) < ccc(first)."""
    return first != second and NFD("a" + first + second) == "a" + second + first


def combining_classes(marks):
    """The canonical combining class of each mark, told by the order NFD gives to pairs."""
    # The oldest mark of a class serves as its ruler: its class is the same in every Unicode version.
    rulers = sorted({unicodedata.combining(c): c for c in reversed(marks) if unicodedata.combining(c)}.items())
    classes = {}
    for c in marks:
        below = [ccc for ccc, ruler in rulers if swaps(c, ruler)]  # rulers of a smaller class move before c
        above = [ccc for ccc, ruler in rulers if swaps(ruler, c)]
        same = [ccc for ccc, _ in rulers if ccc not in below and ccc not in above]
        if len(same) != 1:
            raise SystemExit(f"U+{ord(c):04X}: want one combining class, got {same}")
        classes[c] = same[0]
    return classes


def spans(pairs):
    """Joins consecutive (code point, value) pairs of equal value into (first, last, value)."""
    out = []
    for cp, value in pairs:
        if out and out[-1][1] == cp - 1 and out[-1][2] == value:
            out[-1][1] = cp
        else:
            out.append([cp, cp, value])
    return out


def main():
    rows = {name: [] for name in ("control", "space", "punct", "han", "mark", "class", "strip", "lower")}
    nonstarters = []
    for cp in code_points():
        c = chr(cp)
        if CLEAN("a" + c + "b") == "ab":
            rows["control"].append((cp, ""))
        pieces = len(SPLIT("a" + c + "b"))
        if pieces == 2:
            rows["space"].append((cp, ""))
        elif pieces == 3:
            rows["punct"].append((cp, ""))
        if HAN(c) != c:
            rows["han"].append((cp, ""))
        if cp in HANGUL:
            continue
        stripped = STRIP(c)
        if stripped == "":
            rows["mark"].append((cp, ""))
        elif stripped != c:
            rows["strip"].append((cp, stripped))
        if LOWER(c) != c:
            rows["lower"].append((cp, LOWER(c)))
        if NFD("a" + c + "\u0334") != "a" + NFD(c) + "\u0334" or NFD("a\u0345" + c) != "a\u0345" + NFD(c):
            nonstarters.append(c)
    classes = combining_classes([c for c in nonstarters if NFD(c) == c])
    for c in nonstarters:
        if all(d in classes for d in NFD(c)):
            rows["class"].append((ord(c), classes[NFD(c)[-1]]))

    print(HEADER, end="")
    for name in ("control", "space", "punct", "han", "mark"):
        for first, last, _ in spans(rows[name]):
            print(f"{name} {first:04X}..{last:04X}")
    for first, last, ccc in spans(rows["class"]):
        print(f"class {first:04X}..{last:04X} {ccc}")
    for cp, text in rows["strip"]:
        print(f"strip {cp:04X}", *(f"{ord(c):04X}" for c in text))
    counted = [(cp, ord(text) - cp if len(text) == 1 else text) for cp, text in rows["lower"]]
    for first, last, shift in spans(counted):
        target = [first + shift] if isinstance(shift, int) else [ord(c) for c in shift]
        print(f"lower {first:04X}..{last:04X}", *(f"{t:04X}" for t in target))


main()

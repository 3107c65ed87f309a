"""Writes texts that are hard to cut into words, one JSON string a line, for bench/bm25/Lucene.java to cut:

    python3 bench/bm25/texts.py | lucene tokens > lexical/testdata/lucene_tokens.jsonl
"""

import json
import random

BY_HAND = [
    "", " ", "The quick brown foxes jumped over the lazy dogs' beds.", "O'Neill's wife’s dog's FDA'S it's", "U.S.A. 3.14 1,000.5 10:30 a:b x.y,z 1.a",
    "TGF-β1 IL-2 CD4+ T-cells p53 (BRCA1/2) COVID-19 α-synuclein", "foo_bar __init__ _ __ 1_000 a_1", "naïve café ÅNGSTRÖM İstanbul ΣΑΣ straße",
    "自然語言處理 ひらがな カタカナ 한국어 ภาษาไทย မြန်မာ", "שלום צה\"ל ג'ירפה א\"א\"א א'1", "👍🏽 👨‍👩‍👧 ❤️ 🇩🇪🇫🇷🇦 1️⃣ #️⃣ *⃣ © ™ ℹ️",
    "a" * 254 + " " + "b" * 255 + " " + "c" * 256 + " " + "d" * 600, "x" * 254 + ".y", "𝐚s 𝒷𝒷ing ééing és", "zero​width soft­hyphen e\u0301tude", "http://example.org/a?b=c&d=e me@example.org C++ C# .NET",
]
WORDS = """caresses ponies ties caress cats feed agreed plastered bled motoring sing conflated troubled sized hopping tanned falling hissing fizzed
failing filing happy sky relational conditional rational valenci hesitanci digitizer conformabli radicalli differentli vileli analogousli vietnamization
predication operator feudalism decisiveness hopefulness callousness formaliti sensitiviti sensibiliti triplicate formative formalize electriciti electrical
hopeful goodness revival allowance inference airliner gyroscopic adjustable defensible irritant replacement adjustment dependent adoption homologou communism
activate angulariti homologous effective bowdlerize probate rate cease controll roll geologi apologi biology analogies possibly generally yes say saying
dying tying eyed aggravate oscillate being skies news""".split()
ALPHABET = ("abe" "AB" "19" "_" ".,:;'’\"-# *" "אב" "アカ" "ーぁ" "漢字" "กา" "한" "\u0301\u200d\ufe0f\ufe0e\u20e3\u00ad" "👍🏽👩❤©ℹ" "🇦🇧" "éß" "𝐚" "٣" "·‧" "＿１Ａ")


def main():
    rng = random.Random(29)
    texts = BY_HAND + WORDS
    texts += ["".join(rng.choice(ALPHABET) for _ in range(rng.randint(1, 24))) for _ in range(1500)]
    texts += ["".join(chr(rng.choice([rng.randrange(0x20, 0x3000), rng.randrange(0x3000, 0xD800), rng.randrange(0xE000, 0x1FFFF)])) for _ in range(12)) for _ in range(300)]
    for text in texts:
        print(json.dumps(text))


main()

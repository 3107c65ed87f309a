"""Texts of unusual characters, constructed: what people paste, and what breaks tokenizers."""

import random

WRITTEN = [
    "", " ", "\t\n\r", "a", "[CLS]", "[SEP]", "[MASK][MASK]", "a[SEP]b", "[sep] [Mask]", "[[SEP]]", "[UNK] unknown [PAD]", "[SE P]", "[SEP",
    "The α-helix–β-sheet ratio (≈ 1.5 ± 0.2 µm²) was p<0.05, χ² = 3.4; ∑x_i ≤ ∞ ∴ ∂f/∂t ≠ 0, ≮ ≯ ∄",
    "IL-2Rα/CD25⁺ T cells; TGF-β1→SMAD3; 10⁻³ mol·L⁻¹; 37 °C; Ångström Å Å K Ω Ω µ μ",
    "https://example.org/a_b/c?d=e&f=%20g#h-i.j user.name+tag@example.co.uk ftp://x.y/~z",
    "\\frac{a}{b}^{2} $E=mc^2$ {x | x ∈ ℝ} ⟨ψ|φ⟩ ‖v‖₂ 𝔸𝕏𝒜𝓧 ①②③ ½ ⅔ Ⅳ ℡ ™ ℠",
    "İstanbul ISTANBUL ıssız İİ i̇ I\u0307 ŞIŞLİ DİYARBAKIR",
    "Straße STRASSE ẞ ß ﬁrst ﬂow eﬃcient ﬅ ĳ Ĳ ŉ ǆ ǅ Ǆ ﬀ",
    "ΟΔΥΣΣΕΥΣ Σίσυφος ΣΣ ς Σ. ᾼ ᾳ ᾈ ῼ Ώ ΐ ΰ",
    "Ａ ｆｕｌｌ－ｗｉｄｔｈ １２３！（ｏｋ）　ideographic space ｶﾞ ﾊﾟ ￥ ￦",
    "中文字符 mixed 漢字かな交じり文 カタカナ ガギグ パ か\u3099 は\u309a 한국어 텍스트 각힣 ᄒ\u1161\u11ab 〇 々 〆 ㍿ ㎏ 豈更車 丽𠀋𪚥𫝀𫠝𬺰 𰀀",
    "שָׁלוֹם עֲלֵיכֶם בְּרֵאשִׁית אָ֣דָם יִשְׂרָאֵל־לְעוֹלָם ״שלום״ שׁ שּׁ ﬡ",
    "اَلسَّلَامُ عَلَيْكُمْ مُحَمَّدٌ كـــتاب ٱلرَّحْمَٰنِ ﷽ ﷺ لا لأ ﻻ ۝ ؀123 ؟ ، ؛ ٪ ١٢٣ پچژگ",
    "ภาษาไทยไม่มีช่องว่าง ก็ได้ น้ำ ๑๒๓ ฯลฯ ลาว ພາສາລາວ ກໍ ໜ ໝ",
    "हिन्दी में लिखा हुआ क़ ख़ ज़ ड़ ऩ ऱ क्षत्रिय ॐ।॥ বাংলা কো কৌ ড় তামিழ் கொ கௌ తెలుగు ೊ ೋ മലയാളം ൊ ෝ ෞ",
    "བོད་སྐད་ གཱཱིུ ཷ ཹ དྷ། ᠮᠣᠩᠭᠣᠯ ᠎ ភាសាខ្មែរ មြန်မာဘာသာ ဦ ქართული ᲥᲐᲠᲗᲣᲚᲘ Ⴀ ⴀ Հայերեն և ԵՒ ᏣᎳᎩ ꭰ አማርኛ።",
    "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 🇩🇪🇫🇷 ❤️ ☎︎ 1️⃣ 🧑🏿‍🚀 ☺ ♀ 🫠 🫨 🩷",
    "e\u0301 e\u0323\u0302 e\u0302\u0323 Ệ q\u0307\u0323 a\u0334\u0335\u0336\u0300\u0315\u0345 Z\u0351\u036b\u0343A\u0337L\u0321G\u0322O\u0489 \u0301start x\u034fy x\u20dd\u20e3",
    "marks that stay: か\u302e\u302f ᬓ\u1b44 \U0001d15e\U0001d165\U0001d16e\U0001d172 \U0001d158\U0001d16d\U0001d165 ꥓ \u1bf2\u0301\u302e x\u302e\u0334\U0001d165\u034f\U0001d165\u302e \u08d4\u302e\U0001d165",
    "marks kept apart by what goes out: x\u302e\u200b\U0001d165 x\u302e\u00ad\U0001d165 x\u302e[SEP]\U0001d165 x\u302e\u0301\U0001d165 x\u302eA\u0301\U0001d165 x\u302e\u0e31\U0001d165",
    "zero\u200bwidth zero\u200cwidth zero\u200dwidth word\u2060joiner bom\ufeffbom soft\u00adhyphen lrm\u200e rlm\u200f \u202aembed\u202c \u2066iso\u2069 \u061calm",
    "nbsp\u00a0nbsp narrow\u202fnarrow thin\u2009thin ogham\u1680space em\u2003em line\u2028line para\u2029para nel\u0085nel math\u205fspace mongolian\u180evowel",
    "nul\x00nul bell\x07bell esc\x1b[31mred\x1b[0m del\x7fdel c1\x80\x9f vt\x0bvt ff\x0cff fs\x1cfs us\x1fus tab\ttab cr\rlf\r\nlf",
    "private\ue000use \uf8ff \U000f0000\U0010fffd noncharacters \ufdd0 \uffff \U0010ffff \U0001fffe replacement \ufffd\ufffdx interlinear\ufff9a\ufffab\ufffb",
    "unassigned \u0378\u0379 \u0530 \u2fe0 \U0001f8ff \U0003fffd tags\U000e0001\U000e0041\U000e007f variation\ufe00\ufe0f\U000e0100\U000e01ef",
    "newer letters: \u1c80\u1c88 \ua7ae\ua7b8\ua7b9\ua7c0\ua7c1\ua7dc \u1c89\u1c8a \U00010570\U00010597 \U00010c80\U00010cc0 \U0001e900\U0001e922 \U00010d50\U00010d70 \U00016e40\U00016e60 \u2c2f\u2c5f",
    "punctuation ‘single’ “double” «guillemets» ‹x› – — ― … ‥ • ‣ § ¶ † ‡ ¿¡ ‰ ′ ″ ‼ ⁇ ⸘ 、。「」『』【】〜・ ‐ ‑ \u2e52\u2e5d \U00011fff \u1b7d \u061d",
    "symbols that are words, and that are not: $ + < = > ^ ` | ~ ¢£¤¥ ¦ ¨ © ® ¬ ¯ ´ ¸ × ÷ ← ↔ ⇒ ∀ ■ ☃ ♫ ✓ ➜ ⠿ 𝄞 ¹²³ ª º ` ; ·",
    "0123456789 1,234.56 -1e-10 0x1F ½ ٣ ३ 三 Ⅷ ⑧ ۸ ៨ 𝟠 ８",
    "a" * 99, "a" * 100, "a" * 101, "é" * 100, "é" * 101, "e\u0301" * 100, "각" * 50, "각" * 51, "각" * 33 + "a", "가" * 50, "Ⱥ" * 100, "x" * 1000 + " after",
    "pneumonoultramicroscopicsilicovolcanoconiosis" * 3, "a\u0301" * 101, "\u200b".join("a" * 100), "\u200b".join("a" * 101), ("word" * 40 + " ") * 3,
    "xqzj vwkp ##ing # # ing ##", "unaffable embeddings antidisestablishmentarianism deoxyribonucleic methylenedioxymethamphetamine",
    "don't can't it's O'Neill rock'n'roll l’été aujourd’hui", "U.S.A. e.g. i.e. Ph.D. vs. Fig.1a", "snake_case camelCase kebab-case SHOUTING", "CamelCaseÀÉÎÕÜ ÀÉÎÕÜ àéîõü",
]

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", " " * 8, " \t\n\r\u00a0\u2003\u3000\u0085\u2028", ".,;:!?-()[]{}'\"/\\#@&*%+=<>|~^$_`",
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœšž", "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŸŒŠŽİẞ", "αβγδεζηθικλμνξοπρσςτυφχψωΑΒΓΔΣΩάέήίόύώΐΰ", "абвгдежзийклмнопрстуфхцчшщъыьэюяЁЙЇ",
    "".join(chr(c) for c in range(0x300, 0x370)), "\u0334\u302e\u302f\u1b44\ua953\U0001d165\U0001d16d\U0001d15e\u034f\u0345\u08d4\u0f73\u0e38\u0e48\u05b0\u093c\u3099",
    "中文字符漢字丽豈更", "ひらがなカタカナガパ々〇", "한국어각힣한", "אבגדהוזח\u05b0\u05b1\u05bc\u05c1ﬡשׁ", "ابتثجحخ\u064b\u064e\u0651\u0670ﷺﻻ", "กขคง\u0e31\u0e34\u0e48\u0e49ำ", "कखगघ\u093c\u093e\u094d\u0902क़ोौ",
    "\u200b\u200c\u200d\u00ad\ufeff\u2060\u202e\x00\x07\x7f\x80\ufffd\ue000", "👩👍🏽🏳🌈\ufe0f\u20e3🇩❤", "≤≥≠±×÷∑∞∂√⟨⟩½²µÅΩ𝔸①ﬁß",
]


def random_text(rng, alphabets=ALPHABETS, anything=0.02):
    """Runs out of a few alphabets, now and then any code point at all."""
    chosen = rng.sample(alphabets, rng.randint(1, 4)) + [alphabets[0], " "]
    out = []
    for _ in range(rng.randint(1, 24)):
        run = rng.choice(chosen)
        out += [any_character(rng) if rng.random() < anything else rng.choice(run) for _ in range(rng.choice((1, 1, 2, 3, 5, 8)))]
        if rng.random() < 0.03:
            out.append(rng.choice(["[SEP]", "[MASK]", "[CLS]", "[UNK]", "[PAD]", "[sep]", "[", "##"]))
        if rng.random() < 0.005:
            out += rng.choice(run) * rng.randint(95, 105)
    return "".join(out)


def any_character(rng):
    """Of the whole of Unicode, the lower planes more often."""
    while True:
        cp = rng.randrange(rng.choice((0x800, 0x3000, 0x10000, 0x20000, 0x110000)))
        if not 0xD800 <= cp < 0xE000:
            return chr(cp)


def unusual_texts(n=150):
    """The written texts, filled up to n and half as many again with random ones, always the same."""
    rng = random.Random(20)
    return WRITTEN + [random_text(rng) for _ in range(n + n // 2 - len(WRITTEN))]

package generate

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/gradus-ir/gradus/collection"
)

// The language of a text is told by its script and, where several languages
// share one, by the commonest words. Queries are short: what decides is a word
// or two that only one of the languages has, or else nothing, and then the
// other queries of the set. Libraries that go by letter triples need more text
// than that or models of tens of megabytes.

// scripts are told by their letters; heavy ones say more with each than Latin does.
var scripts = []struct {
	name     string
	letters  *unicode.RangeTable
	weight   int
	language string // if the script is mostly of one
}{
	{"Latin", unicode.Latin, 1, ""},
	{"Cyrillic", unicode.Cyrillic, 1, ""},
	{"Arabic", unicode.Arabic, 1, ""},
	{"Greek", unicode.Greek, 1, "Greek"},
	{"Hebrew", unicode.Hebrew, 1, "Hebrew"},
	{"Hangul", unicode.Hangul, 3, "Korean"},
	{"Kana", &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x3041, Hi: 0x30ff, Stride: 1}}}, 6, "Japanese"},
	{"Han", unicode.Han, 3, "Chinese"},
	{"Thai", unicode.Thai, 2, "Thai"},
	{"Devanagari", unicode.Devanagari, 1, "Hindi"},
	{"Bengali", unicode.Bengali, 1, "Bengali"},
	{"Tamil", unicode.Tamil, 1, "Tamil"},
	{"Telugu", unicode.Telugu, 1, "Telugu"},
	{"Georgian", unicode.Georgian, 1, "Georgian"},
	{"Armenian", unicode.Armenian, 1, "Armenian"},
}

// commonWords are those of languages that share a script.
var commonWords = map[string]map[string]string{
	"Latin": {
		"English":    "the of and to in is are was were what which who how why when where does do did can that for with on by from it this as an be or not at have has there between",
		"German":     "der die das und ist sind ein eine einen einer eines nicht mit von für auf wie was wer warum wann wo welche welcher welches wird werden zu den dem des im bei nach auch oder als durch über wurde gibt kann",
		"French":     "le la les des du et est sont un une dans pour que qui quoi comment pourquoi quand où quel quelle quels quelles avec sur pas plus par au aux ce cette ces en ne il elle entre peut être de",
		"Spanish":    "el la los las de del y es son un una en para por que qué cómo cuál cuáles cuándo dónde quién con no se su sus más al lo como este esta entre hay fue ser o",
		"Portuguese": "o a os as de do da dos das e é são um uma em no na nos nas para por que como qual quais quando onde quem com não se seu sua mais ao foi entre ou pelo pela",
		"Italian":    "il lo la gli le di del della dei delle e è sono un una in nel nella per che chi come perché quando dove quale quali con non si su più al da dal tra o ha può cosa",
		"Dutch":      "de het een en van is zijn in op te dat die voor met niet aan wat wie hoe waarom wanneer waar welke door bij ook als naar om uit kan worden wordt werd",
		"Swedish":    "och att det som en ett är på av för med den inte till vad vem hur varför när var vilken vilka om från kan har de i eller mellan blir",
		"Danish":     "og at det som en et er på af for med den ikke til hvad hvem hvordan hvorfor hvornår hvor hvilken hvilke om fra kan har de i eller mellem bliver",
		"Norwegian":  "og å det som en et er på av for med den ikke til hva hvem hvordan hvorfor når hvor hvilken hvilke om fra kan har de i eller mellom blir",
		"Finnish":    "ja on ei se että mikä mitä kuka miten miksi milloin missä ovat oli joka jotka kuin myös tai mutta sekä voi kun",
		"Polish":     "i w na z do jest są nie to że się jak co kto dlaczego kiedy gdzie jaki jaka jakie które który która dla od po przez oraz lub przy może czy",
		"Czech":      "a v na z do je jsou ne to že se jak co kdo proč kdy kde jaký jaká jaké které který která pro od po při nebo podle může být",
		"Romanian":   "și în la cu de pe este sunt nu un o ce cine cum când unde care pentru din mai sau ale lui prin între poate",
		"Hungarian":  "a az és hogy nem is van egy mi ki hogyan miért mikor hol melyik vagy ez meg csak mint volt lehet",
		"Turkish":    "ve bir bu için ile ne nasıl neden niçin kim hangi nerede mi mı olan olarak gibi daha çok var değil veya arasında",
		"Indonesian": "dan yang di dari untuk dengan apa siapa bagaimana mengapa kapan ini itu adalah tidak pada dalam ke atau oleh sebagai dapat",
		"Vietnamese": "và của là có không được cho các những một trong với gì như thế nào tại sao khi ở đâu ai này đó người",
	},
	"Cyrillic": {
		"Russian":   "и в на с по что как это не для от из к о или при чем кто где когда почему какой какая какие который которые является быть был также между",
		"Ukrainian": "і в на з по що як це не для від із до та або при чим хто де коли чому який яка які є бути був також між у",
		"Bulgarian": "и в на с по че как това не за от из към или при какво кой къде кога защо какъв каква какви който които е да са се също между",
	},
	"Arabic": {
		"Arabic":  "في من على إلى ما هو هي هل كيف لماذا متى أين أن التي الذي عن مع هذا هذه أو لا كان بين",
		"Persian": "در از به که است و این را با برای چه چگونه چرا کجا آن می یا تا هم کدام شود بین",
		"Urdu":    "میں کے کی کا سے کو ہے ہیں اور یہ کیا کیسے کیوں کب کہاں نے پر جو نہیں",
	},
}

// detectLanguage names the language of a text, "" if that cannot be told, and its script.
func detectLanguage(text string) (language, script string) {
	script, language = scriptOf(text)
	best, ambiguous := 0, false
	for name, hits := range hitsByLanguage(text, script) {
		switch {
		case hits > best:
			best, ambiguous, language = hits, false, name
		case hits == best:
			ambiguous = true
		}
	}
	if ambiguous {
		language = ""
	}
	return language, script
}

// scriptOf is the script most of the text is in, and the language that goes with it if there is one.
func scriptOf(text string) (script, language string) {
	weights := make([]int, len(scripts))
	for _, r := range text {
		for i, s := range scripts {
			if unicode.Is(s.letters, r) {
				weights[i] += s.weight
				break
			}
		}
	}
	i := slices.Index(weights, slices.Max(weights))
	if weights[i] == 0 {
		return "", ""
	}
	return scripts[i].name, scripts[i].language
}

// hitsByLanguage counts the words of the text that are among each language's commonest.
func hitsByLanguage(text, script string) map[string]int {
	hits := map[string]int{}
	for _, word := range wordsOf(text) {
		for _, language := range languagesOf[script][word] {
			hits[language]++
		}
	}
	return hits
}

// languagesOf are, by script and word, the languages it is common in.
var languagesOf = func() map[string]map[string][]string {
	of := map[string]map[string][]string{}
	for script, languages := range commonWords {
		of[script] = map[string][]string{}
		for language, words := range languages {
			for word := range strings.FieldsSeq(words) {
				of[script][word] = append(of[script][word], language)
			}
		}
	}
	return of
}()

// mayBeIn is false for a text that is clearly in another language, or script, than wanted.
func mayBeIn(text, language string) bool {
	if language == "" {
		return true
	}
	found, script := detectLanguage(text)
	if found == language || found == "" && scriptOfLanguage(language) == script {
		return true
	}
	if script != scriptOfLanguage(language) {
		return script == ""
	}
	hits := hitsByLanguage(text, script)
	return hits[found] < 4 || hits[found] < 2*hits[language]
}

func scriptOfLanguage(language string) string {
	for script, languages := range commonWords {
		if languages[language] != "" {
			return script
		}
	}
	for _, s := range scripts {
		if s.language == language {
			return s.name
		}
	}
	return ""
}

// languages tells the languages of the queries of a set.
type languages struct {
	usual map[string]string // by script, of most queries where it can be told
}

func newLanguages(queries []collection.Query) languages {
	counts := map[string]map[string]int{}
	for _, query := range queries {
		if language, script := detectLanguage(query.Text); language != "" {
			if counts[script] == nil {
				counts[script] = map[string]int{}
			}
			counts[script][language]++
		}
	}
	usual := map[string]string{}
	for script, of := range counts {
		for _, language := range slices.Sorted(maps.Keys(of)) {
			if of[language] > of[usual[script]] {
				usual[script] = language
			}
		}
	}
	if counts["Kana"]["Japanese"] > counts["Han"]["Chinese"] { // a Japanese query may do without Kana
		usual["Han"] = "Japanese"
	}
	return languages{usual}
}

// of is the language of a query, "" if nothing tells it, and what a prompt in
// English calls it: "" where it need not be said.
func (l languages) of(query string) (language, named string) {
	language, script := detectLanguage(query)
	if language == "" || script == "Han" && l.usual[script] != "" {
		language = l.usual[script]
	}
	switch {
	case language == "English":
		return language, ""
	case language != "":
		return language, language
	case strings.ContainsFunc(query, func(r rune) bool { return r > 127 && unicode.IsLetter(r) }):
		return "", "the language of the question"
	}
	return "", ""
}

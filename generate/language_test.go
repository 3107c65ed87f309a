package generate

import (
	"testing"

	"github.com/gradus-ir/gradus/collection"
)

// The sentences are of the Universal Declaration of Human Rights, article 1, and queries as people type them.
func TestDetectLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"All human beings are born free and equal in dignity and rights.":                    "English",
		"Alle Menschen sind frei und gleich an Würde und Rechten geboren.":                   "German",
		"Tous les êtres humains naissent libres et égaux en dignité et en droits.":           "French",
		"Todos los seres humanos nacen libres e iguales en dignidad y derechos.":             "Spanish",
		"Todos os seres humanos nascem livres e iguais em dignidade e em direitos.":          "Portuguese",
		"Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti.":              "Italian",
		"Alle mensen worden vrij en gelijk in waardigheid en rechten geboren.":               "Dutch",
		"Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.":    "Polish",
		"Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.":                   "Turkish",
		"Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền.":        "Vietnamese",
		"Все люди рождаются свободными и равными в своём достоинстве и правах, что важно.":   "Russian",
		"Всі люди народжуються вільними і рівними у своїй гідності та правах.":               "Ukrainian",
		"يولد جميع الناس أحرارا متساوين في الكرامة والحقوق، وقد وهبوا عقلا من هذا":           "Arabic",
		"تمام افراد بشر آزاد به دنیا می آیند و از لحاظ حیثیت و حقوق با هم برابرند که این را": "Persian",
		"すべての人間は、生まれながらにして自由であり":                                                             "Japanese",
		"人人生而自由，在尊严和权利上一律平等。":                                                                "Chinese",
		"모든 인간은 태어날 때부터 자유로우며":                                                               "Korean",
		"มนุษย์ทั้งหลายเกิดมามีอิสระ":                                                        "Thai",
		"Όλοι οι άνθρωποι γεννιούνται ελεύθεροι":                                             "Greek",
		"सभी मनुष्यों को गौरव और अधिकारों के मामले में":                                      "Hindi",
		"was ist ein Tragflügel":           "German",
		"qué es la sustentación de un ala": "Spanish",
		"what is the lift of a wing":       "English",
		"flutter heated wings":             "", // could be anything
		"什么是 flutter of wings 的原因":         "Chinese",
		"":                                 "",
		"4711":                             "",
	} {
		if got, _ := detectLanguage(text); got != want {
			t.Errorf("%q: want %q, got %q", text, want, got)
		}
	}
}

func TestLanguagesOfASet(t *testing.T) {
	l := newLanguages([]collection.Query{
		{ID: "1", Text: "what is the lift of a wing"}, {ID: "2", Text: "was ist der Auftrieb"}, {ID: "3", Text: "how do wings make lift"},
		{ID: "4", Text: "これは何ですか"},
	})
	for query, want := range map[string][2]string{
		"flutter heated wings": {"English", ""}, // as most of the set
		"wie fliegt ein Vogel": {"German", "German"},
		"翼型 揚力":                {"Japanese", "Japanese"}, // Han alone, in a set with Japanese
		"Что такое крыло":      {"Russian", "Russian"},
		"Փոքր թև":              {"Armenian", "Armenian"},
		"ຍົນແມ່ນຫຍັງ":          {"", "the language of the question"}, // Lao, which has no entry
	} {
		if language, named := l.of(query); language != want[0] || named != want[1] {
			t.Errorf("%q: want %q, got %q and %q", query, want, language, named)
		}
	}
	if _, named := newLanguages(nil).of("flutter"); named != "" {
		t.Errorf("want nothing said, got %q", named)
	}
}

func TestPassagesInAnotherLanguage(t *testing.T) {
	const (
		english = "The lift of a wing is a force that the air exerts on it, and it depends on the speed of the flow and on the angle of attack."
		german  = "Der Auftrieb eines Tragflügels ist die Kraft, die von der Luft auf ihn wirkt, und sie wird mit der Geschwindigkeit der Strömung und dem Winkel größer."
		chinese = "升力是空气作用在机翼上的力，它取决于气流的速度和迎角。"
		danish  = "Opdriften på en vinge er en kraft, som luften udøver, og den er større, når farten er større, men det er ikke til at se."
	)
	for _, test := range []struct {
		text, language string
		want           bool
	}{
		{english, "English", true}, {german, "German", true}, {chinese, "Chinese", true},
		{english, "German", false}, {german, "English", false}, {chinese, "English", false}, {english, "Chinese", false},
		{english, "", true}, {german, "", true},
		{danish, "Norwegian", true}, // too near to tell for sure
		{"Kala lomi rensto veltur ashni brami lolo.", "English", true},
		{"升力由 Kutta 和 Joukowski 的定理给出。", "Chinese", true},
		{"1234 5678", "English", true},
	} {
		if got := mayBeIn(test.text, test.language); got != test.want {
			t.Errorf("%q in %s: want %v, got %v", test.text, test.language, test.want, got)
		}
	}
}

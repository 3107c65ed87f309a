package trec_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/trec"
)

func topics(path string) ([]trec.Topic, error) {
	var all []trec.Topic
	err := trec.EachTopic(path, func(t trec.Topic) error {
		all = append(all, t)
		return nil
	})
	return all, err
}

func TestEachTopic(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []trec.Topic
	}{
		"ad hoc": {
			"\ufeff\r\n<top>\r\n\r\n<num> Number: 301\r\n<title> International Organized Crime\r\n\r\n" +
				"<desc> Description:\r\nIdentify organizations\r\nthat take part.\r\n\r\n<narr> Narrative:\r\nA < B & C &amp; <i>so on</i> <3\r\n\r\n</top>\r\n" +
				"<top>\n<num> Number: 302 </num>\n<title>Poliomyelitis</title>\n</top>",
			[]trec.Topic{
				{ID: "301", Title: "International Organized Crime", Description: "Identify organizations\nthat take part.", Narrative: "A < B & C & so on <3"},
				{ID: "302", Title: "Poliomyelitis"},
			},
		},
		"the first years": {
			"<top>\n<head> Tipster\n<num> Number:  051\n<dom> Domain:  International Economics\n<title> Topic:  Airbus Subsidies\n<desc> Description:\nd\n<con> Concept(s):\n1. Airbus\n</top>\n",
			[]trec.Topic{{ID: "051", Title: "Airbus Subsidies", Description: "d"}},
		},
		"TREC-COVID": {
			`<?xml version="1.0"?>` + "\n<topics task=\"COVIDSearch\">\n  <topic number=\"1\">\n    <query>coronavirus origin</query>\n    <question>what is the origin</question>\n    <narrative>seeking</narrative>\n  </topic>\n</topics>\n",
			[]trec.Topic{{ID: "1", Title: "coronavirus origin", Description: "what is the origin", Narrative: "seeking"}},
		},
		"lines": {
			"1030303\twho is aziz hashim\n\n1037496\twho is\trep scalise \n",
			[]trec.Topic{{ID: "1030303", Title: "who is aziz hashim"}, {ID: "1037496", Title: "who is\trep scalise"}},
		},
		"empty": {"\n\n", nil},
	} {
		got, err := topics(lay(t, "topics", c.text))
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: error %v, (-want +got)\n%s", name, err, diff)
		}
	}
}

func TestTopicErrors(t *testing.T) {
	for want, text := range map[string]string{
		`topics:1: want a topic with an id, got none`:               "<top>\n<title> x\n</top>\n",
		`topics:2: topic "7" has no text`:                           "\n<top>\n<num> Number: 7\n</top>\n",
		`topics:1: want </top>, got the end of the file`:            "<top>\n<num> Number: 7\n<title> x\n",
		`topics:3: want </top> before <top>; line 1 has its <top>`:  "<top>\n<num> Number: 7\n<top>\n",
		`topics:2: want <top>, <topic> or "id\ttext", got "no tab"`: "1\tx\nno tab\n",
		`topics:1: topic "1" has no text`:                           "1\t \n",
	} {
		if _, err := topics(lay(t, "topics", text)); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: want %s, got %v", text, want, err)
		}
	}
}

// What is written is read back, whatever is in it.
func TestTopicsAreReadBack(t *testing.T) {
	want := []trec.Topic{
		{ID: "q&1", Title: "Topic: <title> a & b\nc", Description: "Description: </top>\r\n&lt;", Narrative: "Narrative: <!-- -->"},
		{ID: "2", Title: "Number: 3"},
	}
	var text strings.Builder
	for _, topic := range want {
		if err := topic.Write(&text); err != nil {
			t.Fatal(err)
		}
	}
	got, err := topics(lay(t, "topics", text.String()))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
	if err := (trec.Topic{ID: "a b", Title: "x"}).Write(&text); err == nil {
		t.Error("an id with a space: want an error")
	}
}

func FuzzEachTopic(f *testing.F) {
	for _, seed := range []string{"<top>\n<num> Number: 1\n<title> x\n</top>", "1\tx\n", "<topic number='1'><query>x</query></topic>", "<top", "<top><num></num><", "<!-- <top> -->", "<top a=\"b>\n", "\t\t\n", "<top><num>1<title>&#13;&#0;&amp;</top>"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := topics(lay(t, "topics", string(data)))
		if err != nil {
			return
		}
		var text strings.Builder
		for _, topic := range read {
			if err := topic.Write(&text); err != nil {
				return // an id that the format cannot hold
			}
		}
		again, err := topics(lay(t, "topics", text.String()))
		if diff := cmp.Diff(read, again); diff != "" || err != nil {
			t.Errorf("%q\nerror %v, (-first +again)\n%s", text.String(), err, diff)
		}
	})
}

func documents(path string) ([]trec.Document, error) {
	var all []trec.Document
	err := trec.EachDocument(path, func(d trec.Document) error {
		all = append(all, d)
		return nil
	})
	return all, err
}

func TestEachDocument(t *testing.T) {
	path := lay(t, "docs", `<DOC>
<DOCNO> FT911-3 </DOCNO>
<PROFILE>left out</PROFILE>
<HEADLINE>
FT  14 MAY 91 / International Company News
</HEADLINE>
<TEXT>
<P>Contigas &amp; <F P=105>others</F> x<y</P>
<!-- PJG STAG 4703 -->
</TEXT>
</DOC>
<doc><docno>2</docno><title>a</title><ttl>b</ttl><lp>first</lp><text>second</text><text>third</text></doc>
`)
	got, err := documents(path)
	want := []trec.Document{
		{ID: "FT911-3", Title: "FT  14 MAY 91 / International Company News", Text: "Contigas & others x<y"},
		{ID: "2", Title: "a b", Text: "first\nsecond\nthird"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
	if _, err := documents(lay(t, "docs", "\n<DOC>\n<TEXT>x</TEXT>\n</DOC>\n")); err == nil || !strings.HasSuffix(err.Error(), "docs:2: want a <DOC> with a <DOCNO>, got none") {
		t.Errorf("want line 2 named, got %v", err)
	}
	stop := os.ErrDeadlineExceeded
	if err := trec.EachDocument(path, func(trec.Document) error { return stop }); err == nil || !strings.HasSuffix(err.Error(), "docs:1: "+stop.Error()) {
		t.Errorf("want the caller's error with its line, got %v", err)
	}
}

func FuzzEachDocument(f *testing.F) {
	for _, seed := range []string{"<DOC>\n<DOCNO>1</DOCNO>\n<TEXT>\nx\n</TEXT>\n</DOC>\n", "<doc><docno>1</docno></doc>", "<doc><doc>", "</doc>", "<DOC><DOCNO>a&b</DOCNO><TITLE>&lt;</TITLE></DOC>", "<doc><docno>1<text>\u00a0&nbsp;</doc>"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := documents(lay(t, "docs", string(data)))
		if err != nil {
			return
		}
		var text strings.Builder
		for _, document := range read {
			if err := document.Write(&text); err != nil {
				return
			}
		}
		again, err := documents(lay(t, "docs", text.String()))
		if diff := cmp.Diff(read, again); diff != "" || err != nil {
			t.Errorf("%q\nerror %v, (-first +again)\n%s", text.String(), err, diff)
		}
	})
}

package judge

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		form      form
		documents int
		text      string
		finish    string
		want      []int
		fault     string
	}{
		{alone, 1, `{"grade": 2}`, "stop", []int{2}, ""},
		{alone, 1, "\n {\"grade\":0}\n", "stop", []int{0}, ""},
		{alone, 1, "3", "stop", []int{3}, ""},
		{alone, 1, "```json\n{\"grade\": 1}\n```", "stop", []int{1}, ""},
		{alone, 1, "<think>It is {\"grade\": 0}, or not.</think>\n{\"grade\": 3}", "stop", []int{3}, ""},
		{alone, 1, `{"grade": "2"}`, "stop", []int{2}, ""},
		{alone, 1, `{"grade": 4}`, "stop", nil, faultScale},
		{alone, 1, `{"grade": -1}`, "stop", nil, faultScale},
		{alone, 1, `{"grade": 2.5}`, "stop", nil, faultScale},
		{alone, 1, `7`, "stop", nil, faultScale},
		{alone, 1, `{"grade": 99999999999999999999}`, "stop", nil, faultScale},
		{alone, 1, `{"grade": null}`, "stop", nil, faultForm},
		{alone, 1, `{"grade": [2]}`, "stop", nil, faultForm},
		{alone, 1, `{"grade": {"grade": 2}}`, "stop", nil, faultForm},
		{alone, 1, `{"grade": 2, "grade": 3}`, "stop", nil, faultForm},
		{alone, 1, `{"grade": 2, "why": 1}`, "stop", nil, faultForm},
		{alone, 1, `{"score": 2}`, "stop", nil, faultForm},
		{alone, 1, `{"grade": 2`, "stop", nil, faultForm},
		{alone, 1, `{"grade": 2} because`, "stop", nil, faultForm},
		{alone, 1, `{"grade": 2}{"grade": 3}`, "stop", nil, faultForm},
		{alone, 1, `[2]`, "stop", nil, faultForm},
		{alone, 1, "The grade is 2.", "stop", nil, faultForm},
		{alone, 1, "I'm sorry, but I cannot help with that.", "stop", nil, faultForm},
		{alone, 1, " \n", "stop", nil, faultEmpty},
		{alone, 1, "<think>Nothing comes of it.</think>", "stop", nil, faultEmpty},
		{alone, 1, `{"grade": 2}`, "length", nil, faultCut},
		{alone, 1, ``, "content_filter", nil, faultFiltered},
		{listwise, 3, `{"A": 3, "B": 0, "C": 1}`, "stop", []int{3, 0, 1}, ""},
		{listwise, 3, `{"C": 1, "B": 0, "A": 3}`, "stop", []int{3, 0, 1}, ""},
		{listwise, 1, `{"A": 2}`, "stop", []int{2}, ""},
		{listwise, 3, `{"A": 3, "B": 0}`, "stop", nil, faultForm},
		{listwise, 3, `{"A": 3, "B": 0, "D": 1}`, "stop", nil, faultForm},
		{listwise, 3, `{"A": 3, "B": 0, "C": 5}`, "stop", nil, faultScale},
		{listwise, 1, `2`, "stop", nil, faultForm},
	} {
		got, fault := c.form.read(c.text, c.finish, c.documents)
		if fmt.Sprint(got) != fmt.Sprint(c.want) || fault != c.fault {
			t.Errorf("%s %q: want %v %q, got %v %q", c.form, c.text, c.want, c.fault, got, fault)
		}
	}
}

// FuzzRead: whatever a model writes, what is read is on the scale and complete.
func FuzzRead(f *testing.F) {
	for _, text := range []string{`{"A":2,"B":0}`, `{"grade":3}`, "```\n{}\n```", `{"A":2,"B"`, `{"A":2,"B":0}]`} {
		f.Add(text, 2)
	}
	f.Fuzz(func(t *testing.T, text string, documents int) {
		if documents < 1 || documents > mostDocuments {
			return
		}
		for _, form := range []form{alone, listwise} {
			if form == alone {
				documents = 1
			}
			grades, fault := form.read(text, "stop", documents)
			if (fault == "") != (len(grades) == documents) {
				t.Fatalf("%q: want %d grades or a fault, got %v, %q", text, documents, grades, fault)
			}
			for _, grade := range grades {
				if grade < 0 || grade > 3 {
					t.Fatalf("%q: got grade %d", text, grade)
				}
			}
		}
	})
}

// TestPrompt: the judge sees the query and the texts, each once and in the
// order given, and the members of the answer's schema are in the same order.
func TestPrompt(t *testing.T) {
	one := alone.render("what is\nflutter", []string{"Flutter is an oscillation."})
	if strings.Count(one, "what is flutter") != 1 || strings.Count(one, "Flutter is an oscillation.") != 1 || !strings.Contains(one, `{"grade": N}`) {
		t.Errorf("got %s", one)
	}
	many := listwise.render("what is flutter", []string{"text 1", "text 2", "text 3"})
	places := []int{strings.Index(many, "Passage A: text 1"), strings.Index(many, "Passage B: text 2"), strings.Index(many, "Passage C: text 3")}
	if places[0] < 0 || places[0] > places[1] || places[1] > places[2] {
		t.Errorf("got %s", many)
	}
	for _, prompt := range []string{one, many} {
		for _, grade := range []string{"3 = perfectly relevant", "2 = highly relevant", "1 = related", "0 = irrelevant"} {
			if strings.Count(prompt, grade) != 1 {
				t.Errorf("want %q once, got %s", grade, prompt)
			}
		}
	}
	schema := string(listwise.schema(mostDocuments))
	if !json.Valid([]byte(schema)) || strings.Index(schema, `"J":{`) < strings.Index(schema, `"I":{`) {
		t.Errorf("want the members in order, got %s", schema)
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"short", 5, "short"},
		{"a longer text here", 12, "a longer"},
		{"unbrokentext", 6, "unbrok"},
		{"höhe", 2, "h"}, // never half a letter
	} {
		if got := cut(c.text, c.most); got != c.want {
			t.Errorf("%q to %d: want %q, got %q", c.text, c.most, c.want, got)
		}
	}
}

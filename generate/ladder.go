package generate

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ladder asks for the passages of all grades in one answer, so that each is
// written with those above it in sight. See prompts/ladder.v1.tmpl.
var ladder = strategy{name: "ladder", prompts: ladderPrompts, write: writeLadder}

var ladderPrompts = mustPrompts("ladder.v1")

func writeLadder(ctx context.Context, t *task) ([]passage, error) {
	var passages []passage
	for _, grade := range t.grades {
		// All grades read the one step: a grade that is of no use in the
		// first answer is looked for in a second one, the others stay.
		c := call{
			step: "ladder", grade: grade, prompts: ladderPrompts, prompt: "ladder", data: t.data(),
			schema: ladderSchema(t.grades), words: (t.manner.Words + 5) * len(t.grades), read: readRung(t.wanted(), grade),
		}
		c.data.Grades = t.grades
		text, err := t.ask(ctx, t.unlike(c, passages))
		if err := t.leave(err); err != nil {
			return nil, err
		}
		if text != "" {
			passages = append(passages, passage{grade, grade, text})
		}
	}
	return passages, nil
}

// ladderSchema constrains an answer to one string a grade.
func ladderSchema(grades []int) json.RawMessage {
	var names, properties []string
	for _, grade := range grades {
		names = append(names, fmt.Sprintf(`"grade_%d"`, grade))
		properties = append(properties, fmt.Sprintf(`"grade_%d":{"type":"string"}`, grade))
	}
	return json.RawMessage(`{"type":"object","properties":{` + strings.Join(properties, ",") +
		`},"required":[` + strings.Join(names, ",") + `],"additionalProperties":false}`)
}

// readRung reads the passage of one grade out of an answer with several.
func readRung(w wanted, grade int) func(rawAnswer) (string, string) {
	read := readPassage(w)
	return func(raw rawAnswer) (string, string) {
		if unfinishedThought(raw.text) {
			return "", faultThinking
		}
		text, last := rung(unthought(raw.text), grade)
		if text == "" {
			if isRefusal(plainText(raw.text)) {
				return "", faultRefusal
			}
			return "", faultMissing
		}
		raw.text, raw.cut = text, raw.cut && last
		return read(raw)
	}
}

// rung is what an answer says under a grade, out of JSON or under a line that
// begins with the grade, and whether nothing follows it.
func rung(text string, grade int) (string, bool) {
	text = unfence(strings.TrimSpace(text))
	if strings.HasPrefix(text, "{") {
		for _, match := range jsonRung.FindAllStringSubmatchIndex(text, -1) {
			if text[match[2]:match[3]] == fmt.Sprint(grade) {
				var value string
				if json.Unmarshal([]byte(`"`+controls.Replace(text[match[4]:match[5]])+`"`), &value) != nil {
					return "", false
				}
				return value, !jsonRung.MatchString(text[match[1]:])
			}
		}
		return "", false
	}
	heads := plainRung.FindAllStringSubmatchIndex(text, -1)
	seen := []string{}
	heads = slices.DeleteFunc(heads, func(head []int) bool { // a numbered list within a passage
		name := text[head[2]:head[3]]
		if slices.Contains(seen, name) {
			return true
		}
		seen = append(seen, name)
		return false
	})
	for i, head := range heads {
		if text[head[2]:head[3]] != fmt.Sprint(grade) {
			continue
		}
		if i+1 < len(heads) {
			return strings.TrimSpace(text[head[1]:heads[i+1][0]]), false
		}
		return strings.TrimSpace(text[head[1]:]), true
	}
	return "", false
}

var (
	jsonRung  = regexp.MustCompile(`"(?:[A-Za-z]+[_ ]?)?([0-3])"\s*:\s*"((?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*)`)
	plainRung = regexp.MustCompile(`(?mi)^[#*\s]*(?:grade|passage|paragraph|level)?[ _*]*\(?([0-3])\)?\s*(?:\*{0,2}\s*[:.)\]–-]\s*\*{0,2}|\*{2}\s*$|$)`)
)

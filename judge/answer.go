package judge

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Why an answer is of no use. They are counted in reports.
const (
	faultCut      = "the answer was cut at its token limit"
	faultFiltered = "the server's content filter stopped the answer"
	faultEmpty    = "the answer was empty"
	faultForm     = "the answer was not the JSON asked for"
	faultScale    = "the answer had a grade that is not 0, 1, 2 or 3"
)

// names are the members of the answer's JSON: "grade", or a letter a document.
// Numbers would invite a model to take them for grades.
func (f form) names(documents int) []string {
	if f == alone {
		return []string{"grade"}
	}
	names := make([]string, documents)
	for i := range names {
		names[i] = letter(i)
	}
	return names
}

func letter(i int) string { return string(rune('A' + i)) } // mostDocuments are fewer than letters

// schema is the JSON schema an answer is held to where the server can. Its
// members are in order, which some servers keep to.
func (f form) schema(documents int) json.RawMessage {
	var properties, required []string
	for _, name := range f.names(documents) {
		properties = append(properties, fmt.Sprintf(`%q:{"type":"integer","enum":[0,1,2,3]}`, name))
		required = append(required, strconv.Quote(name))
	}
	return json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{%s},"required":[%s],"additionalProperties":false}`,
		strings.Join(properties, ","), strings.Join(required, ",")))
}

// thought is what a model that thinks first says before its answer; fence is
// what some set around code.
var (
	thought = regexp.MustCompile(`(?s)^\s*<think>.*?</think>`)
	fence   = regexp.MustCompile("(?s)^```(?:json)?\\s*(.*?)\\s*```$")
)

// read takes the grades out of an answer about so many documents, or says why
// it is of no use. It is strict: the answer is the JSON object asked for, each
// member once and no other, or, of one document alone, the bare digit.
func (f form) read(text, finish string, documents int) (grades []int, fault string) {
	switch finish {
	case "length":
		return nil, faultCut
	case "content_filter":
		return nil, faultFiltered
	}
	text = strings.TrimSpace(thought.ReplaceAllString(text, ""))
	if inner := fence.FindStringSubmatch(text); inner != nil {
		text = inner[1]
	}
	if text == "" {
		return nil, faultEmpty
	}
	members, ok := readMembers(text)
	if f == alone && !strings.HasPrefix(text, "{") {
		members, ok = map[string]string{"grade": text}, isNumber.MatchString(text)
	}
	names := f.names(documents)
	if !ok || len(members) != len(names) {
		return nil, faultForm
	}
	for _, name := range names {
		value, there := members[name]
		if !there || !isNumber.MatchString(value) {
			return nil, faultForm
		}
		grade, err := strconv.Atoi(value)
		if err != nil || grade < 0 || grade > 3 {
			return nil, faultScale
		}
		grades = append(grades, grade)
	}
	return grades, ""
}

var isNumber = regexp.MustCompile(`^-?\d+(\.\d+)?$`)

// readMembers reads one JSON object of plain values and nothing after it. A
// member that stands there twice makes it none.
func readMembers(text string) (members map[string]string, ok bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, false
	}
	members = map[string]string{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, false
		}
		value, err := decoder.Token()
		if _, nested := value.(json.Delim); err != nil || nested {
			return nil, false
		}
		key := name.(string) // a member's name is always a string
		if _, twice := members[key]; twice {
			return nil, false
		}
		members[key] = fmt.Sprint(value)
	}
	decoder.Token() // the closing bracket, or an error that shows below
	return members, strings.TrimSpace(text[decoder.InputOffset():]) == "" && strings.HasSuffix(text, "}")
}

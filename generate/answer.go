package generate

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rawAnswer is what a reader of answers is given.
type rawAnswer struct {
	text         string
	cut          bool   // the model ran into its token limit
	instructions string // what the model was told besides the questions, to find it echoed
}

// textSchema constrains the answer where the server can. Lengths stay out
// of it, since some servers refuse such bounds.
var textSchema = json.RawMessage(`{"type":"object","properties":{"text":{"type":"string"}},"required":["text"],"additionalProperties":false}`)

// plainText takes the model's text out of an answer: out of JSON if that is
// what it is, without thoughts, greetings, titles, quotes and markup, as one
// paragraph. It is "" where nothing remains.
func plainText(raw string) string {
	text := unfence(strings.TrimSpace(unthought(raw)))
	if inner, ok := textOfJSON(text); ok {
		text = inner
	}
	text = unwrap(text)
	text = strings.Join(paragraphs(text), " ")
	text = emphasis.ReplaceAllString(text, "$2")
	return unwrap(spaceOnce(text))
}

// unthought is the answer without the thoughts before it.
func unthought(raw string) string {
	text := strings.ToValidUTF8(raw, "")
	if i := strings.LastIndex(text, "</think>"); i >= 0 {
		text = text[i+len("</think>"):]
	}
	return text
}

// spaceOnce has one space wherever the text has some.
func spaceOnce(text string) string { return strings.Join(strings.Fields(text), " ") }

// unfence removes a code fence around the whole, closed or cut off.
func unfence(text string) string {
	rest, ok := strings.CutPrefix(text, "```")
	if !ok {
		return text
	}
	if _, body, ok := strings.Cut(rest, "\n"); ok {
		rest = body
	}
	body, _, _ := strings.Cut(rest, "```")
	return strings.TrimSpace(body)
}

// textOfJSON reads {"text": "…"}, also when it was cut off in the middle, or
// when the model chose another name for the one string.
func textOfJSON(text string) (string, bool) {
	if !strings.HasPrefix(text, "{") {
		return "", false
	}
	match := jsonString.FindStringSubmatch(text)
	if match == nil {
		return "", false
	}
	var value string
	if json.Unmarshal([]byte(`"`+controls.Replace(match[1])+`"`), &value) != nil {
		return "", false
	}
	return value, true
}

var (
	// jsonString is the first string value of an object: escapes are taken
	// whole, so that half of one at a cut stays out.
	jsonString = regexp.MustCompile(`^\{\s*"(?:[^"\\]|\\.)*"\s*:\s*"((?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*)`)
	controls   = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`)
	emphasis   = regexp.MustCompile(`(\*\*|__|\*|` + "`" + `)(\S(?:[^*_` + "`" + `]*[^\s*_` + "`" + `])?)(?:\*\*|__|\*|` + "`" + `)`)

	heading  = regexp.MustCompile(`^(#{1,6}\s|\*\*[^*]+\*\*:?$|(?i:title|subject|topic)\s*:)`)
	label    = regexp.MustCompile(`^(?i)\**(passage|paragraph|answer|text|response)\**\s*:\**\s*`)
	preamble = regexp.MustCompile(`^(?i)(sure|certainly|of course|okay|ok|absolutely|great|here'?s|here is|here are|below is|the following)\b.{0,200}:$`)
	opening  = regexp.MustCompile(`^(?i)(sure|certainly|of course|okay|ok|absolutely|yes|no)[,!.:]\s+`)
	remark   = regexp.MustCompile(`^(?i)(i hope|let me know|feel free|note\s*:|note that this|word count|this (passage|paragraph|text|response|answer)\b|the (passage|paragraph) (above|conveys|provides|answers)|please note|\(?\d+ words\)?)`)
	bullet   = regexp.MustCompile(`^([-*•]|\d{1,2}[.)])\s+`)
)

// paragraphs are the lines that belong to the passage: no heading, no greeting
// before it and no remark on it after.
func paragraphs(text string) []string {
	var kept []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		line = label.ReplaceAllString(line, "")
		switch {
		case line == "", strings.Trim(line, "-=*_ ") == "":
			continue
		case heading.MatchString(line):
			continue
		case len(kept) == 0 && preamble.MatchString(line):
			continue
		case len(kept) > 0 && remark.MatchString(line):
			return kept
		}
		line = bullet.ReplaceAllString(line, "")
		if len(kept) == 0 {
			line = upperFirst(opening.ReplaceAllString(line, ""))
		}
		kept = append(kept, line)
	}
	return kept
}

// unwrap removes quotes around the whole, closed or, after a cut, only opened.
func unwrap(text string) string {
	text = strings.TrimSpace(text)
	for _, pair := range [][2]string{{`"`, `"`}, {"“", "”"}, {"«", "»"}, {"„", "“"}} {
		inner, ok := strings.CutPrefix(text, pair[0])
		if !ok {
			continue
		}
		inner = strings.TrimSuffix(inner, pair[1])
		if !strings.Contains(inner, pair[0]) && !strings.Contains(inner, pair[1]) {
			return strings.TrimSpace(inner)
		}
	}
	return text
}

func upperFirst(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 || !unicode.IsLower(r) {
		return text
	}
	return string(unicode.ToUpper(r)) + text[size:]
}

// sentences cuts a paragraph after sentence ends; the last may lack one.
func sentences(text string) []string {
	var found []string
	start := 0
	for _, end := range sentenceEnd.FindAllStringIndex(text, -1) {
		sentence := strings.TrimSpace(text[start:end[1]])
		if abbreviation.MatchString(text[max(start, end[1]-16):end[1]]) {
			continue
		}
		found = append(found, sentence)
		start = end[1]
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		found = append(found, rest)
	}
	return found
}

var (
	sentenceEnd  = regexp.MustCompile(`[.!?…]["'”’)\]]*(?:\s+|$)|[。！？]["”’」）]*`)
	abbreviation = regexp.MustCompile(`(?:^|[\s(])(?:\p{L}|(?i:e\.g|i\.e|cf|vs|etc|al|dr|mr|mrs|ms|prof|st|no|fig|figs|eq|eqs|ref|refs|vol|approx|ca|jr|inc))\.\s*$`)
)

// fit keeps whole sentences up to most words, and drops a last one without an
// end, which a cut answer has.
func fit(text string, most int) string {
	all := sentences(text)
	if n := len(all); n > 0 && !sentenceEnd.MatchString(all[n-1]) {
		all = all[:n-1]
	}
	total := 0
	for i, sentence := range all {
		if total += countWords(sentence); total > most && i > 0 {
			all = all[:i]
			break
		}
	}
	return strings.Join(all, " ")
}

// countWords counts as a reader would: letters of scripts written without
// spaces as half a word each.
func countWords(text string) int {
	words, letters := 0, 0
	for _, word := range wordsOf(text) {
		dense := 0
		for _, r := range word {
			if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
				dense++
			}
		}
		if letters += dense; dense == 0 {
			words++
		}
	}
	return words + (letters+1)/2
}

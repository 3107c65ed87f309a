package generate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Faults of an answer: why it is not used. They are counted by these names.
const (
	faultEmpty      = "empty"
	faultThinking   = "unfinished thought"
	faultRefusal    = "refusal"
	faultTruncated  = "truncated"
	faultShort      = "too short"
	faultLong       = "too long"
	faultRepetitive = "repetitive"
	faultEcho       = "echo of the prompt"
	faultQuery      = "copy of the query"
	faultModel      = "filtered by the server"
	faultMissing    = "no such grade in the answer"
	faultExample    = "copy of a style example"
	faultLanguage   = "another language"
)

// wanted is what a passage must be.
type wanted struct {
	query    string
	words    int
	language string   // as detectLanguage names it; "" is any
	examples []string // whose style it was to follow
}

// readPassage reads an answer as a passage of about as many words as wanted.
func readPassage(w wanted) func(rawAnswer) (string, string) {
	return func(raw rawAnswer) (string, string) {
		if unfinishedThought(raw.text) {
			return "", faultThinking
		}
		whole := plainText(raw.text)
		text := fit(whole, w.words*3/2)
		switch n := countWords(text); {
		case whole == "":
			return "", faultEmpty
		case isRefusal(whole):
			return "", faultRefusal
		case n < w.words/2 && raw.cut:
			return "", faultTruncated
		case n < w.words/2:
			return "", faultShort
		case n > 2*w.words: // one sentence without end
			return "", faultLong
		case !mayBeIn(text, w.language):
			return "", faultLanguage
		case isRepetitive(text):
			return "", faultRepetitive
		case isEcho(text, raw.instructions):
			return "", faultEcho
		case strings.Contains(spaced(text), spaced(w.query)) && n < countWords(w.query)+w.words/3:
			return "", faultQuery
		case slices.ContainsFunc(w.examples, func(one string) bool { return overlap(text, one) > mostOfExample }):
			return "", faultExample
		}
		return text, ""
	}
}

// mostOfExample is the share of its four-word runs that a passage, or the
// example if that is shorter, may have in common with an example of style.
const mostOfExample = 0.2

// readTopic reads an answer as the name of a topic other than the query.
func readTopic(query string) func(rawAnswer) (string, string) {
	return func(raw rawAnswer) (string, string) {
		if unfinishedThought(raw.text) {
			return "", faultThinking
		}
		text := topicText(raw.text)
		switch n := countWords(text); {
		case text == "":
			return "", faultEmpty
		case isRefusal(text):
			return "", faultRefusal
		case n > 30: // small models answer in a sentence, which a writer takes too
			return "", faultLong
		case overlap(text, query) > 0.5:
			return "", faultQuery
		}
		return text, ""
	}
}

// topicText is the first line that is no greeting, without markup around it.
func topicText(raw string) string {
	text := unfence(strings.TrimSpace(unthought(raw)))
	if inner, ok := textOfJSON(text); ok {
		text = inner
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if preamble.MatchString(line) {
			continue
		}
		if line = strings.Trim(topicLabel.ReplaceAllString(line, ""), " .:*#\"“”`-"); line != "" {
			return spaceOnce(line)
		}
	}
	return ""
}

var topicLabel = regexp.MustCompile(`^[*#\s]*(?i:(?:neighbou?ring |new |other )?topic|answer)[*\s]*:`)

// readQuestion reads an answer as a question other than the query.
func readQuestion(query string) func(rawAnswer) (string, string) {
	return func(raw rawAnswer) (string, string) {
		if unfinishedThought(raw.text) {
			return "", faultThinking
		}
		all := sentences(plainText(raw.text))
		if len(all) == 0 {
			return "", faultEmpty
		}
		text := all[0]
		switch n := countWords(text); {
		case isRefusal(text):
			return "", faultRefusal
		case n < 3:
			return "", faultShort
		case n > 40:
			return "", faultLong
		case spaced(text) == spaced(query):
			return "", faultQuery
		}
		return text, ""
	}
}

// unfinishedThought: a reasoning model was cut off before its answer.
func unfinishedThought(raw string) bool {
	return strings.Contains(raw, "<think>") && !strings.Contains(raw, "</think>")
}

var refusal = regexp.MustCompile(`(?i)^(i'?m sorry|i am sorry|sorry[, ]|i cannot|i can'?t|i can’t|i am unable|i'?m unable|i do not have (access|enough)|i don'?t have (access|enough)|unfortunately,? i |i apologi[sz]e|as an ai)|as an ai (language )?model|as a large language model|i am an ai\b|could you please (provide|clarify)|please provide (more|the|me)`)

func isRefusal(text string) bool { return refusal.MatchString(text) }

// isRepetitive finds the loops small models fall into: few distinct
// three-word runs, or one sentence over and over.
func isRepetitive(text string) bool {
	all := shingles(text, 3)
	distinct := slices.Compact(slices.Sorted(slices.Values(all)))
	if len(all) > 12 && len(distinct)*10 < len(all)*7 {
		return true
	}
	seen := map[string]bool{}
	for _, sentence := range sentences(text) {
		if s := spaced(sentence); countWords(sentence) > 3 && seen[s] {
			return true
		} else {
			seen[s] = true
		}
	}
	return false
}

// isEcho looks for five words of the instructions in a row.
func isEcho(text, instructions string) bool {
	told := shingles(instructions, 5)
	return slices.ContainsFunc(shingles(text, 5), func(run string) bool { return slices.Contains(told, run) })
}

// faultOfCopies compares a passage with those of other grades.
func faultOfCopies(text string, others []passage) string {
	for _, other := range others {
		if overlap(text, other.text) > 0.5 {
			return fmt.Sprintf("copy of grade %d", other.grade)
		}
	}
	return ""
}

// overlap is the share of the shorter text's four-word runs that the other has too.
func overlap(a, b string) float64 {
	first, second := shingles(a, 4), shingles(b, 4)
	if len(first) > len(second) {
		first, second = second, first
	}
	if len(first) == 0 {
		return 0
	}
	in := make(map[string]bool, len(second))
	for _, run := range second {
		in[run] = true
	}
	shared := 0
	for _, run := range first {
		if in[run] {
			shared++
		}
	}
	return float64(shared) / float64(len(first))
}

// shingles are the runs of n words of a text; one shorter run if it has fewer.
func shingles(text string, n int) []string {
	words := wordsOf(text)
	if len(words) <= n {
		if len(words) == 0 {
			return nil
		}
		return []string{strings.Join(words, " ")}
	}
	runs := make([]string, 0, len(words)-n+1)
	for i := range len(words) - n + 1 {
		runs = append(runs, strings.Join(words[i:i+n], " "))
	}
	return runs
}

// spaced is the text's words with single spaces, for comparison.
func spaced(text string) string { return strings.Join(wordsOf(text), " ") }

package trec

import (
	"iter"
	"strings"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// block is the lines of one query that stand together in a run.
type block struct {
	queryID string
	text    string // the lines, each with \n at its end; empty where one is to be passed over
	first   int    // the number of the first line in the file
	ranked  bool   // in MS MARCO's columns, not TREC's
}

// lineError is what is wrong with a line of a block.
type lineError struct {
	line int
	err  error
}

// in is the error with the name of its file.
func (e *lineError) in(lines *textfile.Scanner) error {
	return lines.ErrorAt(e.line, "%w", e.err)
}

// blocks cuts a run where the first column changes. A block's text is its own.
// The file's first line tells for all of them what columns they have.
func blocks(lines *textfile.Scanner) iter.Seq2[block, error] {
	return func(yield func(block, error) bool) {
		var text strings.Builder
		var b block
		var ranked bool
		for lines.Scan() {
			line := lines.Bytes()
			same := text.Len() > 0 && len(line) > len(b.queryID) && string(line[:len(b.queryID)]) == b.queryID && isSpace(line[len(b.queryID)])
			if !same {
				if skipped(line) {
					if text.Len() > 0 {
						text.WriteByte('\n')
					}
					continue
				}
				var column [1][]byte
				fields(line, column[:])
				if b.first == 0 {
					ranked = isRanked(line)
				}
				if text.Len() == 0 || string(column[0]) != b.queryID {
					if text.Len() > 0 {
						b.text = text.String()
						if !yield(b, nil) {
							return
						}
					}
					grow := text.Len()
					text = strings.Builder{}
					text.Grow(grow)
					b = block{queryID: string(column[0]), first: lines.Line(), ranked: ranked}
				}
			}
			text.Write(line)
			text.WriteByte('\n')
		}
		if err := lines.Err(); err != nil {
			yield(block{}, err)
			return
		}
		if text.Len() > 0 {
			b.text = text.String()
			yield(b, nil)
		}
	}
}

// isRanked tells a line of MS MARCO's columns: two ids and a rank.
func isRanked(line []byte) bool {
	var columns [4][]byte
	if fields(line, columns[:]) != msmarcoColumns {
		return false
	}
	_, err := parseRank(string(columns[2]))
	return err == nil
}

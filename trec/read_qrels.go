package trec

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// errStop ends a scan that the caller has seen enough of.
var errStop = errors.New("stop")

// qrelsLine is a line taken apart, its parts valid until the next one.
type qrelsLine struct {
	query, doc []byte
	grade      int
}

func (l qrelsLine) judgment() Judgment {
	return Judgment{QueryID: string(l.query), DocID: string(l.doc), Grade: l.grade}
}

func (l qrelsLine) check(checks []Check) error {
	if len(checks) == 0 {
		return nil
	}
	j := l.judgment()
	for _, check := range checks {
		if err := check(j); err != nil {
			return err
		}
	}
	return nil
}

// scanQrels calls each with every line, in either layout:
//   - TREC: `query iter document grade`, split at white space, lines that begin with # left out
//   - BEIR: `query-id⇥corpus-id⇥score`, split at tabs, told by its header
func scanQrels(path string, each func(qrelsLine) error) error {
	lines, err := textfile.Open(path)
	if err != nil {
		return err
	}
	defer lines.Close()
	beir, first := false, true
	for lines.Scan() {
		line := lines.Bytes()
		if !beir && skipped(line) || len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if first {
			first = false
			if beir = isHeader(line); beir {
				continue
			}
		}
		l, err := parseQrels(line, beir)
		if err == nil {
			err = each(l)
		}
		if err == errStop {
			return err
		}
		if err != nil {
			return lines.Errorf("%w", err)
		}
	}
	return lines.Err()
}

// isHeader tells BEIR's header from its lines: three columns, the third no number.
func isHeader(line []byte) bool {
	columns := bytes.Split(line, []byte("\t"))
	if len(columns) != 3 {
		return false
	}
	_, err := strconv.ParseFloat(string(bytes.TrimSpace(columns[2])), 64)
	return err != nil
}

func parseQrels(line []byte, beir bool) (qrelsLine, error) {
	var grade []byte
	var l qrelsLine
	if beir {
		columns := bytes.Split(line, []byte("\t"))
		if len(columns) != 3 {
			return l, fmt.Errorf(`want 3 tab-separated fields "query-id corpus-id score", got %d`, len(columns))
		}
		l.query, l.doc, grade = bytes.TrimSpace(columns[0]), bytes.TrimSpace(columns[1]), bytes.TrimSpace(columns[2])
		if len(l.query) == 0 || len(l.doc) == 0 {
			return l, fmt.Errorf("want ids that are not empty, got %q", line)
		}
	} else {
		var columns [5][]byte
		n := fields(line, columns[:])
		if n == 3 {
			return l, fmt.Errorf(`want 4 fields "query iter doc grade", got 3; BEIR qrels need their header "query-id\tcorpus-id\tscore"`)
		}
		if n != 4 {
			return l, fmt.Errorf(`want 4 fields "query iter doc grade", got %s`, count(n, len(columns)))
		}
		l.query, l.doc, grade = columns[0], columns[2], columns[3]
	}
	var err error
	l.grade, err = ParseGrade(string(grade))
	return l, err
}

// ParseGrade reads a whole number of 32 bits, which may be written as 1.0 or 2e0.
func ParseGrade(text string) (int, error) {
	if grade, err := strconv.ParseInt(text, 10, 32); err == nil {
		return int(grade), nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || value != math.Trunc(value) || math.Abs(value) > math.MaxInt32 {
		return 0, fmt.Errorf("want an integer as grade, got %q", text)
	}
	return int(value), nil
}

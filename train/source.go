package train

import (
	"fmt"
	"strconv"
	"strings"
)

// Source is a collection seen through a filter.
type Source struct {
	Dir      string
	Split    string // the qrels of the collection that are read
	MinGrade int    // documents of a lower grade are left out
	MaxGrade int    // documents of a higher grade are left out
	Grade    *int   // where set, every document kept counts as this grade
}

// maxGrade is the highest grade the default prompts and losses know: 3, perfectly relevant.
const maxGrade = 3

// ParseSource reads a source as the command line spells it:
//
//	dir=synth,split=train,min-grade=0,max-grade=3
//	dir=scifact,split=train,min-grade=1,grade=3
func ParseSource(spec string) (Source, error) {
	s := Source{Split: "train", MaxGrade: maxGrade}
	fail := func(format string, args ...any) (Source, error) {
		return Source{}, fmt.Errorf("source %q: %s", spec, fmt.Sprintf(format, args...))
	}
	for field := range strings.SplitSeq(spec, ",") {
		key, value, ok := strings.Cut(field, "=")
		if !ok || value == "" {
			return fail("want key=value, got %q", field)
		}
		switch key {
		case "dir":
			s.Dir = value
		case "split":
			s.Split = value
		case "min-grade", "max-grade", "grade":
			grade, err := strconv.Atoi(value)
			if err != nil || grade < 0 || grade > maxGrade {
				return fail("want %s between 0 and %d, got %q", key, maxGrade, value)
			}
			switch key {
			case "min-grade":
				s.MinGrade = grade
			case "max-grade":
				s.MaxGrade = grade
			case "grade":
				s.Grade = &grade
			}
		default:
			return fail("unknown key %q; want dir, split, min-grade, max-grade or grade", key)
		}
	}
	if s.Dir == "" {
		return fail("want dir=FOLDER")
	}
	if s.MinGrade > s.MaxGrade {
		return fail("want min-grade at most max-grade, got %d and %d", s.MinGrade, s.MaxGrade)
	}
	return s, nil
}

// String spells the source as ParseSource reads it.
func (s Source) String() string {
	spec := fmt.Sprintf("dir=%s,split=%s,min-grade=%d,max-grade=%d", s.Dir, s.Split, s.MinGrade, s.MaxGrade)
	if s.Grade != nil {
		spec += fmt.Sprintf(",grade=%d", *s.Grade)
	}
	return spec
}

// take returns the grade a document of a grade has in this source, or false where the source leaves it out.
func (s Source) take(grade int) (int, bool) {
	if grade < s.MinGrade || grade > s.MaxGrade {
		return 0, false
	}
	if s.Grade != nil {
		return *s.Grade, true
	}
	return grade, true
}

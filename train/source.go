package train

import (
	"fmt"
	"strconv"
	"strings"
)

// Source is a collection seen through a filter.
type Source struct {
	Dir      string
	Split    string  // the qrels of the collection that are read
	MinGrade int     // documents of a lower grade are left out
	MaxGrade int     // documents of a higher grade are left out
	Grade    *int    // where set, every document kept counts as this grade
	Sample   int     // documents drawn anew for each query and epoch; 0 takes all
	Weight   float64 // passes over the source's queries in an epoch; 0 is 1
}

// maxGrade is the highest grade the default prompts and losses know: 3, perfectly relevant.
const maxGrade = 3

// maxWeight keeps a typing error from making an epoch without end.
const maxWeight = 1000

// ParseSource reads a source as the command line spells it:
//
//	dir=synth,split=train,min-grade=0,max-grade=3
//	dir=scifact,split=train,min-grade=1,grade=3
//	dir=scifact,split=bm25,grade=1,sample=2
//	dir=scifact,weight=0.5
func ParseSource(spec string) (Source, error) {
	s := Source{Split: "train", MaxGrade: maxGrade}
	for field := range strings.SplitSeq(spec, ",") {
		key, value, ok := strings.Cut(field, "=")
		if !ok || value == "" {
			return Source{}, fmt.Errorf("source %q: want key=value, got %q", spec, field)
		}
		if err := s.set(key, value); err != nil {
			return Source{}, fmt.Errorf("source %q: %w", spec, err)
		}
	}
	if s.Dir == "" {
		return Source{}, fmt.Errorf("source %q: want dir=FOLDER", spec)
	}
	if s.MinGrade > s.MaxGrade {
		return Source{}, fmt.Errorf("source %q: want min-grade at most max-grade, got %d and %d", spec, s.MinGrade, s.MaxGrade)
	}
	return s, nil
}

func (s *Source) set(key, value string) error {
	number, notNumber := strconv.Atoi(value)
	switch key {
	case "dir":
		s.Dir = value
	case "split":
		s.Split = value
	case "min-grade", "max-grade", "grade":
		if notNumber != nil || number < 0 || number > maxGrade {
			return fmt.Errorf("want %s between 0 and %d, got %q", key, maxGrade, value)
		}
		switch key {
		case "min-grade":
			s.MinGrade = number
		case "max-grade":
			s.MaxGrade = number
		case "grade":
			s.Grade = &number
		}
	case "sample":
		if notNumber != nil || number < 1 {
			return fmt.Errorf("want sample of 1 or more, got %q", value)
		}
		s.Sample = number
	case "weight":
		weight, err := strconv.ParseFloat(value, 64)
		if err != nil || !(weight > 0) || weight > maxWeight {
			return fmt.Errorf("want weight above 0 and at most %d, got %q", maxWeight, value)
		}
		s.Weight = weight
	default:
		return fmt.Errorf("unknown key %q; want dir, split, min-grade, max-grade, grade, sample or weight", key)
	}
	return nil
}

// String spells the source as ParseSource reads it.
func (s Source) String() string {
	spec := fmt.Sprintf("dir=%s,split=%s,min-grade=%d,max-grade=%d", s.Dir, s.Split, s.MinGrade, s.MaxGrade)
	if s.Grade != nil {
		spec += fmt.Sprintf(",grade=%d", *s.Grade)
	}
	if s.Sample != 0 {
		spec += fmt.Sprintf(",sample=%d", s.Sample)
	}
	if s.Weight != 0 {
		spec += ",weight=" + strconv.FormatFloat(s.Weight, 'g', -1, 64)
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

// weight is Weight with its default.
func (s Source) weight() float64 {
	if s.Weight == 0 {
		return 1
	}
	return s.Weight
}

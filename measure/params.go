package measure

import (
	"fmt"
	"strconv"
	"strings"
)

// parameters are those of all measures; a family takes some of them.
type parameters struct {
	rel         int       // the least grade that counts as relevant; 0 where a family may do without
	cutoff      int       // ranks looked at; 0 is all
	judgedOnly  bool      // documents without a grade are taken out of the ranking first
	exponential bool      // gain 2^grade - 1
	gains       gainTable // gains of some grades in place of the grade
	maxRel      int       // the highest grade of the collection
	p           float64   // persistence
	beta        float64   // weight of recall against precision
	recall      float64   // the share of the relevant documents looked down to
	relative    bool      // as a share of the best value for so many documents
}

// param is one parameter of a measure.
type param struct {
	name     string
	usual    string // its value where none is given
	at       bool   // written after @
	required string // what to suggest where it is missing; "" for one that may be
	set      func(m *Measure, value string) error
	print    func(m Measure) string
}

// usual is the measure with every parameter at its default.
func (f *family) usual() Measure {
	m := Measure{family: f}
	for _, p := range f.params {
		if p.usual == "" {
			continue
		}
		if err := p.set(&m, p.usual); err != nil {
			panic(err)
		}
	}
	return m
}

// param is the family's parameter of this name, nil if it takes none such.
func (f *family) param(name string) *param {
	for _, p := range f.params {
		if p.name == name {
			return p
		}
	}
	return nil
}

var (
	relParam        = atLeast("rel", 1, func(m *Measure) *int { return &m.rel }).or("1")
	anyRelParam     = atLeast("rel", 1, func(m *Measure) *int { return &m.rel })
	neededRelParam  = anyRelParam.orElse("(rel=1)")
	cutoffParam     = atLeast("cutoff", 1, func(m *Measure) *int { return &m.cutoff }).after()
	neededCutoff    = cutoffParam.orElse("@10")
	maxRelParam     = atLeast("max_rel", 1, func(m *Measure) *int { return &m.maxRel }).or("4")
	judgedOnlyParam = truth("judged_only", func(m *Measure) *bool { return &m.judgedOnly })
	relativeParam   = truth("relative", func(m *Measure) *bool { return &m.relative })
	pParam          = share("p", func(m *Measure) *float64 { return &m.p }).or("0.8")
	recallParam     = share("recall", func(m *Measure) *float64 { return &m.recall }).after().orElse("@0.1")
	betaParam       = positive("beta", func(m *Measure) *float64 { return &m.beta }).or("1")
)

func (p *param) or(usual string) *param       { q := *p; q.usual = usual; return &q }
func (p *param) orElse(suggest string) *param { q := *p; q.required = suggest; return &q }
func (p *param) after() *param                { q := *p; q.at = true; return &q }

// atLeast is an integer parameter.
func atLeast(name string, least int, field func(*Measure) *int) *param {
	return &param{
		name: name,
		set: func(m *Measure, value string) error {
			number, err := strconv.Atoi(value)
			if err != nil || number < least {
				return fmt.Errorf("want an integer of at least %d as %s, got %q", least, name, value)
			}
			*field(m) = number
			return nil
		},
		print: func(m Measure) string { return strconv.Itoa(*field(&m)) },
	}
}

// truth is a parameter that is True or False, as Python writes them.
func truth(name string, field func(*Measure) *bool) *param {
	return &param{
		name: name,
		set: func(m *Measure, value string) error {
			if value != "True" && value != "False" {
				return fmt.Errorf("want True or False as %s, got %q", name, value)
			}
			*field(m) = value == "True"
			return nil
		},
		print: func(m Measure) string {
			if *field(&m) {
				return "True"
			}
			return "False"
		},
	}
}

// share is a number from 0 to 1.
func share(name string, field func(*Measure) *float64) *param {
	return real(name, "a number from 0 to 1", func(x float64) bool { return x >= 0 && x <= 1 }, field)
}

// positive is a finite number above 0.
func positive(name string, field func(*Measure) *float64) *param {
	return real(name, "a number above 0", func(x float64) bool { return x > 0 && x < 1e300 }, field)
}

func real(name, want string, within func(float64) bool, field func(*Measure) *float64) *param {
	return &param{
		name: name,
		set: func(m *Measure, value string) error {
			number, err := strconv.ParseFloat(value, 64)
			if err != nil || !within(number) {
				return fmt.Errorf("want %s as %s, got %q", want, name, value)
			}
			*field(m) = number + 0 // no negative zero
			return nil
		},
		print: func(m Measure) string {
			text := strconv.FormatFloat(*field(&m), 'g', -1, 64)
			if !strings.ContainsAny(text, ".e") {
				text += ".0" // as Python writes a float
			}
			return text
		},
	}
}

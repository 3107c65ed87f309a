// Package measure is how good a ranking is. Measures are values in the
// language of ir_measures, `nDCG@10`, `AP(rel=2)`, `P(rel=2)@10`, that print as
// they parse; an Evaluator computes them as trec_eval does; Compare and Adjust
// tell a difference from chance.
package measure

import "strings"

// Measure is one measure with its parameters. Measures are comparable with ==
// and print as Parse reads them. The zero Measure is none; Parse makes them.
type Measure struct {
	family *family
	parameters
}

// family is a measure before its parameters. Each has a file of its own.
type family struct {
	name    string
	params  []*param // in the order they print in
	summed  bool     // over queries the sum is reported, not the mean
	compute func(m Measure, r ranking) float64
}

// families are all measures there are; a new one is a file and a line here.
var families = []*family{
	&nDCG, &dcg, &ap, &rr, &precision, &recall, &rprec, &success, &judged, &expectedRR, &rbp,
	&bpref, &infAP, &interpolated, &setP, &setR, &setF, &setAP, &numRet, &numRel, &numQ,
}

// Default are the measures reported when none is asked for.
func Default() []Measure {
	var all []Measure
	for _, text := range []string{"nDCG@10", "RR@10", "AP", "R@100"} {
		m, err := Parse(text)
		if err != nil {
			panic(err)
		}
		all = append(all, m)
	}
	return all
}

// String is the measure as Parse reads it; a parameter at its default is left out.
func (m Measure) String() string {
	if m.family == nil {
		return ""
	}
	var inside []string
	at := ""
	usual := m.family.usual()
	for _, p := range m.family.params {
		text := p.print(m)
		switch {
		case text == p.print(usual) && p.required == "":
		case p.at:
			at = "@" + text
		default:
			inside = append(inside, p.name+"="+text)
		}
	}
	if len(inside) > 0 {
		return m.family.name + "(" + strings.Join(inside, ",") + ")" + at
	}
	return m.family.name + at
}

// MarshalText and UnmarshalText let a measure stand in JSON and YAML by its name.
func (m Measure) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText is Parse.
func (m *Measure) UnmarshalText(text []byte) (err error) {
	*m, err = Parse(string(text))
	return err
}

// of is the measure's value for one query.
func (m Measure) of(r ranking) float64 {
	if m.judgedOnly {
		r = r.judged()
	}
	return m.family.compute(m, r)
}

// Summed tells that what is reported over queries is the sum, not the mean.
func (m Measure) Summed() bool { return m.family.summed }

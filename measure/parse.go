package measure

import (
	"fmt"
	"strings"
)

// aliases are other names that ir_measures takes too.
var aliases = map[string]alias{
	"NDCG":      {family: &nDCG},
	"MRR":       {family: &rr},
	"MAP":       {family: &ap},
	"Recall":    {family: &recall},
	"Precision": {family: &precision},
	"RPrec":     {family: &rprec},
	"BPref":     {family: &bpref},
	"NumRelRet": {&numRet, anyRelParam, "1"},
	"SetRelP":   {&setP, relativeParam, "True"},
}

// alias is a family with at most one parameter given.
type alias struct {
	family *family
	param  *param
	value  string
}

// Parse reads a measure: a name, parameters in parentheses, a cutoff after @,
// as in `nDCG@10`, `AP`, `AP(rel=2)`, `P(rel=2)@10`, `nDCG(dcg='exp-log2')@10`,
// `IPrec@0.1`. `cutoff=10` is the same as @10. An unknown name is an error that
// suggests the nearest one.
func Parse(text string) (Measure, error) {
	name, params, at, err := split(strings.TrimSpace(text))
	if err != nil {
		return Measure{}, fmt.Errorf("measure %q: %w", text, err)
	}
	m, known := find(name)
	if !known {
		if better := suggest(text, name); better != "" {
			return Measure{}, fmt.Errorf("unknown measure %q (did you mean %s?)", text, better)
		}
		return Measure{}, fmt.Errorf("unknown measure %q; there are %s", text, names())
	}
	if at != "" {
		params = append(params, m.family.afterAt()+"="+at)
	}
	given := make(map[string]bool)
	for _, param := range params {
		key, value, _ := strings.Cut(param, "=")
		key = strings.TrimSpace(key)
		p := m.family.param(key)
		switch {
		case p == nil:
			return Measure{}, fmt.Errorf("measure %q: %s", text, m.family.takes(key))
		case given[key]:
			return Measure{}, fmt.Errorf("measure %q: want %s once", text, key)
		}
		given[key] = true
		if err := p.set(&m, strings.TrimSpace(value)); err != nil {
			return Measure{}, fmt.Errorf("measure %q: %w", text, err)
		}
	}
	for _, p := range m.family.params {
		if p.required != "" && !given[p.name] {
			return Measure{}, fmt.Errorf("measure %q: want a %s, such as %s%s", text, p.name, m.family.name, p.required)
		}
	}
	return m, nil
}

// afterAt is the parameter that @ stands for, cutoff for a family without one.
func (f *family) afterAt() string {
	for _, p := range f.params {
		if p.at {
			return p.name
		}
	}
	return cutoffParam.name
}

// takes says which parameters there are, in place of the one named.
func (f *family) takes(key string) string {
	if len(f.params) == 0 {
		return fmt.Sprintf("%s takes no parameter, got %q", f.name, key)
	}
	var all []string
	for _, p := range f.params {
		all = append(all, p.name)
	}
	return fmt.Sprintf("%s takes no %s; it takes %s", f.name, key, strings.Join(all, ", "))
}

// split takes `name(param,param)@at` apart; the last two may be missing.
func split(text string) (name string, params []string, at string, err error) {
	head, at, found := strings.Cut(text, "@")
	if found && at == "" {
		return "", nil, "", fmt.Errorf("want a number after @")
	}
	name, inside, open := strings.Cut(head, "(")
	if open {
		inside, closed := strings.CutSuffix(strings.TrimSpace(inside), ")")
		if !closed {
			return "", nil, "", fmt.Errorf("want ) after the parameters")
		}
		if strings.TrimSpace(inside) != "" {
			params = commas(inside)
		}
	}
	return strings.TrimSpace(name), params, at, nil
}

// commas splits at the commas that stand outside braces.
func commas(text string) []string {
	var parts []string
	start, depth := 0, 0
	for i, c := range text {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// find is the measure of a name or an alias, its other parameters at their defaults.
func find(name string) (Measure, bool) {
	if a, ok := aliases[name]; ok {
		m := a.family.usual()
		if a.param != nil {
			if err := a.param.set(&m, a.value); err != nil {
				panic(err)
			}
		}
		return m, true
	}
	for _, f := range families {
		if f.name == name {
			return f.usual(), true
		}
	}
	return Measure{}, false
}

func names() string {
	var all []string
	for _, f := range families {
		all = append(all, f.name)
	}
	return strings.Join(all, ", ")
}

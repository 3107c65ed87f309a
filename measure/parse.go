package measure

import (
	"fmt"
	"strconv"
	"strings"
)

// aliases are other names that ir_measures takes too.
var aliases = map[string]*family{
	"NDCG": &nDCG, "MRR": &rr, "MAP": &ap, "Recall": &recall, "Precision": &precision,
}

// Parse reads a measure: a name, parameters in parentheses, a cutoff after @,
// as in `nDCG@10`, `AP`, `AP(rel=2)`, `P(rel=2)@10`. `cutoff=10` is the same as @10.
// An unknown name is an error that suggests the nearest one.
func Parse(text string) (Measure, error) {
	name, params, cutoff, err := split(strings.TrimSpace(text))
	if err != nil {
		return Measure{}, fmt.Errorf("measure %q: %w", text, err)
	}
	f := find(name)
	if f == nil {
		if better := suggest(text, name); better != "" {
			return Measure{}, fmt.Errorf("unknown measure %q (did you mean %s?)", text, better)
		}
		return Measure{}, fmt.Errorf("unknown measure %q; there are %s", text, names())
	}
	m := Measure{family: f}
	if f.rel {
		m.rel = 1
	}
	if cutoff != "" {
		params = append(params, "cutoff="+cutoff)
	}
	given := make(map[string]bool)
	for _, param := range params {
		key, value, _ := strings.Cut(param, "=")
		key = strings.TrimSpace(key)
		if given[key] {
			return Measure{}, fmt.Errorf("measure %q: want %s once", text, key)
		}
		given[key] = true
		if err := m.set(key, strings.TrimSpace(value)); err != nil {
			return Measure{}, fmt.Errorf("measure %q: %w", text, err)
		}
	}
	if f.cutoff == required && m.cutoff == 0 {
		return Measure{}, fmt.Errorf("measure %q: want a cutoff, such as %s@10", text, f.name)
	}
	return m, nil
}

// set gives one parameter its value.
func (m *Measure) set(key, value string) error {
	number, err := strconv.Atoi(value)
	switch {
	case key == "rel" && !m.family.rel:
		return fmt.Errorf("%s takes no rel", m.family.name)
	case key != "rel" && key != "cutoff":
		return fmt.Errorf("unknown parameter %q; there are rel and cutoff", key)
	case err != nil || number < 1:
		return fmt.Errorf("want an integer of at least 1 as %s, got %q", key, value)
	case key == "rel":
		m.rel = number
	case key == "cutoff":
		m.cutoff = number
	}
	return nil
}

// split takes `name(param,param)@cutoff` apart; the last two may be missing.
func split(text string) (name string, params []string, cutoff string, err error) {
	head, cutoff, at := strings.Cut(text, "@")
	if at && cutoff == "" {
		return "", nil, "", fmt.Errorf("want a cutoff after @")
	}
	name, inside, open := strings.Cut(head, "(")
	if open {
		inside, closed := strings.CutSuffix(strings.TrimSpace(inside), ")")
		if !closed {
			return "", nil, "", fmt.Errorf("want ) after the parameters")
		}
		if strings.TrimSpace(inside) != "" {
			params = strings.Split(inside, ",")
		}
	}
	return strings.TrimSpace(name), params, cutoff, nil
}

func find(name string) *family {
	for _, f := range families {
		if f.name == name {
			return f
		}
	}
	return aliases[name]
}

func names() string {
	var all []string
	for _, f := range families {
		all = append(all, f.name)
	}
	return strings.Join(all, ", ")
}

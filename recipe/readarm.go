package recipe

import (
	"fmt"
	"slices"

	"github.com/gradus-ir/gradus/internal/spelling"
	"github.com/gradus-ir/gradus/internal/yaml"
)

// declaredArm is an arm as the file has it: a nil field is inherited.
type declaredArm struct {
	name     string
	inherits *string
	kind     *string
	encoders []string
	baseline *string
	sources  []Source
	values   Values
	grid     *Grid
	of       []string
	method   *string
	weights  []float64
	at       yaml.Node
	line     map[string]yaml.Node // where a key stands
}

func readArm(key, value yaml.Node) (declaredArm, error) {
	a := declaredArm{name: key.Value, at: key, values: Values{}, line: map[string]yaml.Node{}}
	text := func(to **string) func(yaml.Node) error {
		return func(n yaml.Node) error {
			*to = new(string)
			return yaml.Text(*to)(n)
		}
	}
	fields := []yaml.Field{
		{Key: "inherits", Take: text(&a.inherits)},
		{Key: "kind", Take: func(n yaml.Node) error {
			a.kind = new(string)
			return oneOf(a.kind, string(DenseArm), string(BM25Arm), string(FusionArm))(n)
		}},
		{Key: "encoder", Take: yaml.Texts(&a.encoders)},
		{Key: "baseline", Take: text(&a.baseline)},
		{Key: "sources", Take: func(n yaml.Node) error { return n.List(a.takeSource) }},
		{Key: "loss", Take: func(n yaml.Node) error {
			a.values["loss"] = n
			return new(Hyperparameters).take("loss", n)
		}},
		{Key: "train", Take: func(n yaml.Node) error {
			values, err := readValues(n)
			a.values = a.values.with(values)
			return err
		}},
		{Key: "grid", Take: func(n yaml.Node) error {
			grid, err := readGrid(n)
			a.grid = &grid
			return err
		}},
		{Key: "of", Take: yaml.Texts(&a.of)},
		{Key: "method", Take: func(n yaml.Node) error {
			a.method = new(string)
			return oneOf(a.method, string(ReciprocalRank), string(WeightedScores))(n)
		}},
		{Key: "weights", Take: func(n yaml.Node) error {
			return n.List(func(child yaml.Node) error {
				var w float64
				err := yaml.Number(&w, 0)(child)
				a.weights = append(a.weights, w)
				return err
			})
		}},
	}
	for i, field := range fields {
		fields[i].Take = func(n yaml.Node) error { a.line[field.Key] = n; return field.Take(n) }
	}
	err := value.Fields("an arm", fields...)
	return a, err
}

// takeSource reads a collection's name, COLLECTION/SPLIT, or a mapping that filters.
func (a *declaredArm) takeSource(n yaml.Node) error {
	s := Source{MaxGrade: 3}
	if !n.IsMapping() {
		err := takeSplit(&s.Split)(n)
		a.sources = append(a.sources, s)
		return err
	}
	grade := -1
	err := n.Fields("a source", []yaml.Field{
		{Key: "from", Take: takeSplit(&s.Split)},
		{Key: "min-grade", Take: yaml.Whole(&s.MinGrade, 0)},
		{Key: "max-grade", Take: yaml.Whole(&s.MaxGrade, 0)},
		{Key: "grade", Take: yaml.Whole(&grade, 0)},
		{Key: "sample", Take: yaml.Whole(&s.Sample, 1)},
		{Key: "weight", Take: positive(&s.Weight)},
	}...)
	switch {
	case err != nil:
		return err
	case s.Collection == "":
		return n.Errorf("a source wants from: a collection or COLLECTION/SPLIT")
	case s.MinGrade > s.MaxGrade || grade > 3:
		return n.Errorf("want min-grade at most max-grade, and a grade of at most 3, got %d, %d and %d", s.MinGrade, s.MaxGrade, grade)
	case s.MaxGrade > 3 && grade < 0:
		return n.Errorf("a source with max-grade %d wants grade: the one, of at most 3, that its documents count as", s.MaxGrade)
	}
	if grade >= 0 {
		s.Grade = &grade
	}
	a.sources = append(a.sources, s)
	return nil
}

// expand makes the recipe's arms of those that its file declares: each takes
// what it inherits, and stands once for each of its encoders.
func (d *draft) expand() error {
	whole := map[string]declaredArm{}
	var order []string
	for _, a := range d.arms {
		if a.inherits != nil {
			from, ok := whole[*a.inherits]
			if !ok {
				return a.line["inherits"].Errorf("unknown arm %q; an arm inherits from one above it%s", *a.inherits, spelling.DidYouMean(*a.inherits, order))
			}
			a = a.inherit(from)
		}
		whole[a.name] = a
		order = append(order, a.name)
		if err := d.addArms(a); err != nil {
			return err
		}
	}
	for i := range d.Arms {
		if err := d.resolve(&d.Arms[i]); err != nil {
			return err
		}
	}
	return nil
}

// inherit fills in what the arm does not say.
func (a declaredArm) inherit(from declaredArm) declaredArm {
	or := func(own, theirs *string) *string {
		if own != nil {
			return own
		}
		return theirs
	}
	if a.weights == nil && a.method == nil { // they go with the method
		a.weights = from.weights
	}
	a.kind, a.baseline, a.method = or(a.kind, from.kind), or(a.baseline, from.baseline), or(a.method, from.method)
	if a.encoders == nil {
		a.encoders = from.encoders
	}
	if a.sources == nil {
		a.sources = from.sources
	}
	if a.grid == nil {
		a.grid = from.grid
	}
	if a.of == nil {
		a.of = from.of
	}
	a.values = from.values.with(a.values)
	for key, line := range from.line {
		if _, ok := a.line[key]; !ok {
			a.line[key] = line
		}
	}
	return a
}

// addArms adds the arm once for each of its encoders.
func (d *draft) addArms(a declaredArm) error {
	arm := Arm{Name: a.name, Declared: a.name, Kind: DenseArm, Sources: a.sources, Values: d.train.with(a.values), Of: a.of, Weights: a.weights, Method: ReciprocalRank, at: a.at}
	if a.kind != nil {
		arm.Kind = ArmKind(*a.kind)
	}
	if a.baseline != nil {
		arm.Baseline = *a.baseline
	}
	if a.method != nil {
		arm.Method = Fusion(*a.method)
	}
	if a.grid != nil {
		if d.Tune == nil {
			return a.line["grid"].Errorf("a grid wants tune, which says where the best of it is looked for")
		}
		arm.Grid = *a.grid
	} else if d.Tune != nil {
		arm.Grid = d.Tune.Grid
	}
	if err := a.check(arm); err != nil {
		return err
	}
	if !arm.Trained() {
		arm.Grid = nil
	}
	if len(a.encoders) == 0 {
		d.Arms = append(d.Arms, arm)
		return nil
	}
	several := a.line["encoder"].IsList()
	for _, encoder := range a.encoders {
		if !slices.ContainsFunc(d.Encoders, func(e Encoder) bool { return e.Name == encoder }) {
			return a.line["encoder"].Errorf("unknown encoder %q%s", encoder, spelling.DidYouMean(encoder, d.encoderNames()))
		}
		one := arm
		one.Encoder = encoder
		if several {
			one.Name = encoder + "/" + a.name
		}
		d.Arms = append(d.Arms, one)
	}
	return nil
}

// check finds keys that the arm's kind has no use for, and those that it lacks.
func (a declaredArm) check(arm Arm) error {
	has := func(key string) bool { _, ok := a.line[key]; return ok }
	var wants, unused []string
	switch arm.Kind {
	case DenseArm:
		wants, unused = []string{"encoder"}, []string{"of", "method", "weights"}
	case BM25Arm:
		unused = []string{"encoder", "sources", "loss", "train", "grid", "of", "method", "weights"}
	case FusionArm:
		wants, unused = []string{"of"}, []string{"sources", "loss", "train", "grid"}
	}
	for _, key := range wants {
		if !has(key) {
			return a.at.Errorf("arm %s of kind %s wants %s", a.name, arm.Kind, key)
		}
	}
	for _, key := range unused {
		if has(key) {
			return a.line[key].Errorf("arm %s of kind %s takes no %s", a.name, arm.Kind, key)
		}
	}
	switch {
	case arm.Kind != FusionArm:
	case arm.Method == WeightedScores && len(a.weights) != len(a.of):
		return a.at.Errorf("arm %s wants a weight for each of %d arms, got %d", a.name, len(a.of), len(a.weights))
	case arm.Method == ReciprocalRank && a.weights != nil:
		return a.line["weights"].Errorf("arm %s of method rrf takes no weights; method: weighted does", a.name)
	}
	return nil
}

// resolve finds the arms that an arm names: those of its own encoder first.
func (d *draft) resolve(a *Arm) error {
	find := func(name string) (string, error) {
		for _, candidate := range []string{a.Encoder + "/" + name, name} {
			if slices.ContainsFunc(d.Arms, func(other Arm) bool { return other.Name == candidate && other.Name != a.Name }) {
				return candidate, nil
			}
		}
		return "", a.at.Errorf("arm %s names an unknown arm %q%s", a.Name, name, spelling.DidYouMean(name, d.armNames()))
	}
	var err error
	if a.Baseline == a.Declared { // inherited by the baseline's kin, or by itself
		a.Baseline = ""
	}
	if a.Baseline != "" {
		if a.Baseline, err = find(a.Baseline); err != nil {
			return err
		}
	}
	of := make([]string, len(a.Of))
	for i, name := range a.Of {
		if of[i], err = find(name); err != nil {
			return err
		}
	}
	a.Of = of
	if a.Kind == FusionArm {
		a.Encoder = "" // it was for the names alone
	}
	return nil
}

func (r *Recipe) encoderNames() []string {
	var list []string
	for _, e := range r.Encoders {
		list = append(list, e.Name)
	}
	return list
}

func (r *Recipe) armNames() []string {
	var list []string
	for _, a := range r.Arms {
		list = append(list, a.Name)
	}
	return list
}

func (r *Recipe) arm(name string) (Arm, error) {
	for _, a := range r.Arms {
		if a.Name == name {
			return a, nil
		}
	}
	return Arm{}, fmt.Errorf("unknown arm %q%s", name, spelling.DidYouMean(name, r.armNames()))
}

package train

import (
	"math"
	"math/rand/v2"
)

// order is the sequence of groups of each epoch: it depends on the seed and
// the epoch alone, so that a run can go on anywhere.
type order struct {
	groups  []Group
	perStep int
	shuffle bool
	seed    uint64

	of    int   // the epoch that indices are of, counted from 1; 0 is none yet
	index []int // of the groups of that epoch, in order
}

// appearances is the number of groups of an epoch, each counted as often as it comes.
func (o *order) appearances() int {
	sum := 0.0
	for _, g := range o.groups {
		sum += g.weight()
	}
	return max(1, int(math.Round(sum)))
}

// steps is the number of steps of an epoch. They hold perStep groups or, where
// that does not divide them, one or more fewer, spread evenly: a last step of
// a single query would teach noise.
func (o *order) steps() int { return (o.appearances() + o.perStep - 1) / o.perStep }

// step returns the groups of a step, counted from 0 over all epochs, with what
// its epoch draws for them.
func (o *order) step(n int) []Group {
	steps := o.steps()
	epoch, within := n/steps, n%steps
	if o.of != epoch+1 {
		o.index, o.of = o.epoch(epoch), epoch+1
	}
	from, to := within*len(o.index)/steps, (within+1)*len(o.index)/steps
	step := make([]Group, 0, to-from)
	for _, i := range o.index[from:to] {
		// The draw depends on the group, not on where the group comes.
		random := rand.New(rand.NewPCG(o.seed^drawSeed, uint64(epoch)<<40|uint64(i)))
		step = append(step, o.groups[i].list(random))
	}
	return step
}

// drawSeed keeps a draw's random numbers apart from those of the order.
const drawSeed = 0x9e3779b97f4a7c15

// epoch lists the groups of an epoch. A group of weight 1 comes once; one of
// weight 2.5 two or three times, by systematic sampling.
func (o *order) epoch(epoch int) []int {
	random := rand.New(rand.NewPCG(o.seed, uint64(epoch)))
	if !o.weighted() {
		if o.shuffle {
			return random.Perm(len(o.groups))
		}
		index := make([]int, len(o.groups))
		for i := range index {
			index[i] = i
		}
		return index
	}
	sum := 0.0
	for _, g := range o.groups {
		sum += g.weight()
	}
	start, n := random.Float64(), o.appearances()
	index := make([]int, 0, n)
	end := 0.0
	for i, g := range o.groups {
		end += g.weight()
		for len(index) < n && (float64(len(index))+start)*sum/float64(n) < end {
			index = append(index, i)
		}
	}
	for len(index) < n { // what rounding left
		index = append(index, len(o.groups)-1)
	}
	if o.shuffle {
		random.Shuffle(n, func(i, j int) { index[i], index[j] = index[j], index[i] })
	}
	return index
}

func (o *order) weighted() bool {
	for _, g := range o.groups {
		if g.weight() != 1 {
			return true
		}
	}
	return false
}

package index

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
)

// A Shard is part I of N of a collection's vectors: of its blocks of Block
// texts those whose number modulo N is I-1, so that a text is encoded beside
// the same others as without shards.
type Shard struct{ I, N int }

// shardOption is the manifest's word for a folder's shard.
const shardOption = "shard"

// ParseShard reads I/N.
func ParseShard(text string) (Shard, error) {
	var s Shard
	if n, err := fmt.Sscanf(text+"\n", "%d/%d\n", &s.I, &s.N); n != 2 || err != nil || s.I < 1 || s.I > s.N {
		return Shard{}, fmt.Errorf("shard: want I/N, such as 2/8, with I from 1 to N, got %q", text)
	}
	return s, nil
}

// String is I/N; of the zero Shard, which is all, it is empty.
func (s Shard) String() string {
	if s == (Shard{}) {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.I, s.N)
}

// Has tells whether the text at a place, from 0, is in the shard.
func (s Shard) Has(place int) bool { return s.N <= 1 || place/Block%s.N == s.I-1 }

// Join makes the folder out of all shards of a collection, in any order, as it
// would have been without them, to the byte of its rows.
func Join(ctx context.Context, out string, dirs []string) error {
	var parts []*Vectors
	defer func() {
		for _, v := range parts {
			v.Close()
		}
	}()
	for _, dir := range dirs {
		v, err := Open(dir)
		if err != nil {
			return err
		}
		parts = append(parts, v)
	}
	if err := sortShards(parts); err != nil {
		return err
	}
	first := parts[0]
	opts := Options{Dim: first.dim, Similarity: first.Similarity, Precision: first.Precision, Plain: first.codes == nil, Encoder: first.Encoder, Manifest: first.Manifest}
	opts.Manifest.Options = maps.Clone(opts.Manifest.Options)
	delete(opts.Manifest.Options, shardOption)
	return Create(out, opts, func(w *Writer) error {
		for at := 0; ; at += Block {
			if err := ctx.Err(); err != nil {
				return err
			}
			for _, v := range parts {
				for row := at; row < min(at+Block, v.Len()); row++ {
					if err := w.copyRow(v, row); err != nil {
						return err
					}
				}
			}
			if at >= first.Len() { // which no other is longer than
				return nil
			}
		}
	})
}

// sortShards puts the shards 1 to N of one collection in order; it is an error if they are not that.
func sortShards(parts []*Vectors) error {
	shards := make(map[*Vectors]Shard)
	for _, v := range parts {
		text, _ := v.Manifest.Options[shardOption].(string)
		shard, err := ParseShard(text)
		if err != nil {
			return fmt.Errorf("%s: want a shard, as gradus encode --shard writes it, got a whole collection", v.dir)
		}
		shards[v] = shard
	}
	slices.SortFunc(parts, func(a, b *Vectors) int { return shards[a].I - shards[b].I })
	for i, v := range parts {
		if shard := shards[v]; shard != (Shard{i + 1, len(parts)}) {
			return fmt.Errorf("%s: want shard %d/%d, got %v; give each shard once", v.dir, i+1, len(parts), shard)
		}
		differ, err := madeDifferently(parts[0], v)
		if err != nil {
			return err
		}
		if len(differ) > 0 {
			return fmt.Errorf("%s: want a shard made as %s was, but %s", v.dir, parts[0].dir, strings.Join(differ, "; "))
		}
	}
	return nil
}

// madeDifferently tells how the manifests of two shards differ that should not.
func madeDifferently(a, b *Vectors) ([]string, error) {
	var both [2]map[string]json.RawMessage
	for i, v := range []*Vectors{a, b} {
		options := maps.Clone(v.Manifest.Options)
		delete(options, shardOption)
		options["inputs"], options["plain"] = hashes(v.Manifest.Inputs), v.codes == nil
		var err error
		if both[i], err = durable.RawOptions(options); err != nil {
			return nil, err
		}
	}
	return durable.Differences(both[0], both[1]), nil
}

// copyRow appends a row of another folder as it is.
func (w *Writer) copyRow(v *Vectors, row int) error {
	id := v.ID(row)
	if err := w.take(id); err != nil {
		return err
	}
	values, err := v.Read(row, row+1, w.row)
	if err != nil {
		return err
	}
	if v.Precision != Int8 {
		return w.store(id, slices.Clone(values))
	}
	width := stride(v.dim)
	codes, err := v.codes.Bytes(row*width, (row+1)*width)
	if err != nil {
		return err
	}
	return w.put(id, nil, codes, v.bound(row))
}

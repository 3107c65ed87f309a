package safetensors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
)

const metadataKey = "__metadata__"

// parseHeader reads the header's JSON, token by token: encoding/json alone
// would let a repeated key and a key in other case pass.
func parseHeader(text []byte) (header, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var h header
	err := readObject(d, func(name string) error {
		if name == metadataKey {
			var err error
			h.metadata, err = readMetadata(d)
			return err
		}
		t, err := readInfo(d)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		if len(h.tensors) == maxTensors {
			return fmt.Errorf("want at most %d tensors, got more", maxTensors)
		}
		t.Name = name
		h.tensors = append(h.tensors, t)
		return nil
	})
	if err != nil {
		return header{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return header{}, fmt.Errorf("want nothing after its JSON object")
	}
	return h, nil
}

// readMetadata reads an object of strings.
func readMetadata(d *json.Decoder) (map[string]string, error) {
	metadata := make(map[string]string)
	err := readObject(d, func(key string) error {
		token, err := d.Token()
		if err != nil {
			return err
		}
		value, ok := token.(string)
		if !ok {
			return fmt.Errorf("%s: want a string for %q, got %v", metadataKey, key, token)
		}
		metadata[key] = value
		return nil
	})
	return metadata, err
}

func readInfo(d *json.Decoder) (info, error) {
	var t info
	var offsets []int64
	seen := 0
	err := readObject(d, func(key string) error {
		seen++
		switch key {
		case "dtype":
			return d.Decode(&t.DType)
		case "shape":
			dims, err := readSizes(d)
			t.Shape = make([]int, len(dims))
			for i, dim := range dims {
				t.Shape[i] = int(dim)
			}
			return err
		case "data_offsets":
			var err error
			offsets, err = readSizes(d)
			return err
		}
		seen--
		return d.Decode(new(json.RawMessage))
	})
	switch {
	case err != nil:
		return info{}, err
	case seen != 3:
		return info{}, fmt.Errorf("want dtype, shape and data_offsets, got %d of them", seen)
	case len(offsets) != 2:
		return info{}, fmt.Errorf("want 2 data_offsets, got %d", len(offsets))
	}
	t.start, t.end = offsets[0], offsets[1]
	return t, nil
}

// readObject calls value for each key of an object, to read what stands there.
func readObject(d *json.Decoder, value func(key string) error) error {
	if err := wantDelim(d, '{'); err != nil {
		return err
	}
	keys := make(map[string]bool)
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		key := token.(string) // the decoder takes nothing else here
		if keys[key] {
			return fmt.Errorf("want each key once, got %q twice", key)
		}
		keys[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	return wantDelim(d, '}')
}

// readSizes reads an array of numbers, each to fit an int.
func readSizes(d *json.Decoder) ([]int64, error) {
	if err := wantDelim(d, '['); err != nil {
		return nil, err
	}
	var sizes []int64
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		number, ok := token.(json.Number)
		if !ok {
			return nil, fmt.Errorf("want a number, got %v", token)
		}
		n, err := strconv.ParseUint(string(number), 10, 64)
		if err != nil || n > math.MaxInt {
			return nil, fmt.Errorf("want a whole number from 0 to %d, got %s", math.MaxInt, number)
		}
		if len(sizes) == maxDimensions {
			return nil, fmt.Errorf("want at most %d numbers, got more", maxDimensions)
		}
		sizes = append(sizes, int64(n))
	}
	return sizes, wantDelim(d, ']')
}

func wantDelim(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("want %s, got %v", want, token)
	}
	return nil
}

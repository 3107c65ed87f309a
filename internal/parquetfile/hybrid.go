package parquetfile

import "encoding/binary"

// hybrid are small numbers, in runs of one number and in runs packed bit by bit.
type hybrid struct {
	data  []byte
	width uint // bits of a number, at most 32

	count  uint64 // numbers left of the run
	packed bool
	number uint32 // of a run of one number
	bits   bits   // of a packed run
}

func (h *hybrid) next() (uint32, error) {
	for h.count == 0 {
		if err := h.run(); err != nil {
			return 0, err
		}
	}
	h.count--
	if !h.packed {
		return h.number, nil
	}
	return uint32(h.bits.next(h.width)), nil
}

// run reads the head of the next run.
func (h *hybrid) run() error {
	head, n := binary.Uvarint(h.data)
	if n <= 0 {
		return errCut
	}
	h.data = h.data[n:]
	h.count, h.packed = head>>1, head&1 == 1
	if h.packed && h.width == 0 {
		h.count, h.bits = h.count*8, bits{}
		return nil
	}
	if h.packed {
		groups := min(h.count, uint64(len(h.data))) // of 8 numbers; no more can be there
		size := min(groups*uint64(h.width), uint64(len(h.data)))
		h.count = groups * 8
		h.bits, h.data = bits{data: h.data[:size]}, h.data[size:]
		return nil
	}
	var number [4]byte
	size := int(h.width+7) / 8
	if size > len(h.data) {
		return errCut
	}
	copy(number[:], h.data[:size])
	h.number = binary.LittleEndian.Uint32(number[:])
	h.data = h.data[size:]
	return nil
}

// bits are numbers packed from the lowest bit of each byte on. Past the end they are 0.
type bits struct {
	data []byte
	at   uint64 // in bits
}

func (b *bits) next(width uint) uint64 {
	var number uint64
	for got := uint(0); got < width; {
		i, shift := b.at/8, uint(b.at%8)
		take := min(8-shift, width-got)
		if i < uint64(len(b.data)) {
			number |= uint64(b.data[i]>>shift) & (1<<take - 1) << got
		}
		got += take
		b.at += uint64(take)
	}
	return number
}

package wordpiece

import "unicode/utf8"

const pageSize = 256

type page [pageSize]entry

// pages is a table over all code points. Pages of one value throughout, which
// is most of them, are stored once.
type pages struct {
	of       [(utf8.MaxRune + 1) / pageSize]*page
	constant map[entry]*page
}

func newPages(e entry) pages {
	p := pages{constant: make(map[entry]*page)}
	p.fill(span{0, utf8.MaxRune}, e)
	return p
}

func (p *pages) lookup(r rune) entry { return p.of[uint32(r)/pageSize][uint32(r)%pageSize] }

func (p *pages) set(r rune, e entry) {
	at := p.of[r/pageSize]
	old := at[r%pageSize]
	if old == e {
		return
	}
	if p.constant[old] == at {
		own := *at
		at = &own
		p.of[r/pageSize] = at
	}
	at[r%pageSize] = e
}

func (p *pages) fill(s span, e entry) {
	for r := s.first; r <= s.last; {
		if r%pageSize == 0 && s.last-r >= pageSize-1 {
			p.of[r/pageSize] = p.constantPage(e)
			r += pageSize
			continue
		}
		p.set(r, e)
		r++
	}
}

func (p *pages) constantPage(e entry) *page {
	if at := p.constant[e]; at != nil {
		return at
	}
	at := new(page)
	for i := range at {
		at[i] = e
	}
	p.constant[e] = at
	return at
}

// share stores pages of equal content once.
func (p *pages) share() {
	seen := make(map[page]*page)
	for i, at := range p.of {
		if p.constant[at[0]] == at {
			continue
		}
		if other := seen[*at]; other != nil {
			p.of[i] = other
		} else {
			seen[*at] = at
		}
	}
}

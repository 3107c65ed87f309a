package hub

import "io"

// progress counts the bytes of an upload; what is sent again counts once.
type progress struct {
	whole, kept, sent int64 // of finished files; of finished parts; of what is on its way
	total             int64
	tell              func(done, total int64)
}

func (p *progress) watch(r io.Reader) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		n, err := r.Read(b)
		p.sent += int64(n)
		p.report()
		return n, err
	})
}

func (p *progress) back() { p.sent = 0 }
func (p *progress) keep() { p.kept, p.sent = p.kept+p.sent, 0 }

func (p *progress) settle(size int64) {
	p.whole, p.kept, p.sent = p.whole+size, 0, 0
	p.report()
}

func (p *progress) report() {
	if p.tell != nil {
		p.tell(min(p.whole+p.kept+p.sent, p.total), p.total)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

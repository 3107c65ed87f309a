package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
)

// action is where a step of a large file's upload goes.
type action struct {
	Href   string            `json:"href"`
	Header map[string]string `json:"header"`
}

// sendLarge brings large files to the hub's store, by the batch protocol of
// Git LFS with the hub's own transfer of parts. What the store has is passed over.
func (c *Client) sendLarge(ctx context.Context, u Upload, root *os.Root, files []*file) error {
	type object struct {
		OID     string `json:"oid"`
		Size    int64  `json:"size"`
		Actions struct {
			Upload *action `json:"upload"`
			Verify *action `json:"verify"`
		} `json:"actions"`
		Error *struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if len(files) == 0 {
		return nil
	}
	byHash := map[string]*file{}
	var objects []map[string]any
	var total int64
	for _, f := range files {
		if byHash[f.sha256] == nil {
			objects = append(objects, map[string]any{"oid": f.sha256, "size": f.size})
			total += f.size
		}
		byHash[f.sha256] = f
	}
	var answer struct{ Objects []object }
	_, err := c.post(ctx, lfsType, "/"+u.Repo+".git/info/lfs/objects/batch", map[string]any{
		"operation": "upload", "transfers": []string{"basic", "multipart"}, "hash_algo": "sha256",
		"objects": objects, "ref": map[string]string{"name": u.Branch},
	}, &answer)
	if err != nil {
		return err
	}
	p := &progress{total: total, tell: u.Progress}
	for _, o := range answer.Objects {
		f := byHash[o.OID]
		switch {
		case f == nil:
			return fmt.Errorf("want the hub's word on the objects asked for, got %.80q", o.OID)
		case o.Error != nil:
			return fmt.Errorf("%s: %.300q", f.path, o.Error.Message)
		case o.Actions.Upload != nil:
			if err := c.sendObject(ctx, root, f, *o.Actions.Upload, p); err != nil {
				return fmt.Errorf("%s: %w", f.path, err)
			}
			if v := o.Actions.Verify; v != nil {
				if _, err := c.post(ctx, jsonType, v.Href, map[string]any{"oid": f.sha256, "size": f.size}, nil); err != nil {
					return fmt.Errorf("%s: %w", f.path, err)
				}
			}
		}
		p.settle(f.size)
		delete(byHash, o.OID)
	}
	if len(byHash) > 0 {
		return fmt.Errorf("want the hub's word on %d objects, got none on %d of them", len(objects), len(byHash))
	}
	return nil
}

// sendObject sends a file whole or in the parts that the hub asks for.
func (c *Client) sendObject(ctx context.Context, root *os.Root, f *file, to action, p *progress) error {
	in, err := root.Open(filepath.FromSlash(f.path))
	if err != nil {
		return err
	}
	defer in.Close()
	text, inParts := to.Header["chunk_size"]
	if !inParts {
		_, err := c.put(ctx, to.Href, io.NewSectionReader(in, 0, f.size), p)
		return err
	}
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 1 {
		return fmt.Errorf("want parts of some bytes, got a chunk_size of %.40q", text)
	}
	type part struct {
		Number int    `json:"partNumber"`
		ETag   string `json:"etag"`
	}
	var parts []part
	addresses := map[int]string{}
	for key, address := range to.Header {
		if number, err := strconv.Atoi(key); err == nil {
			addresses[number] = address
		}
	}
	if want := int(math.Ceil(float64(f.size) / float64(size))); len(addresses) != want {
		return fmt.Errorf("want addresses of %d parts, got %d", want, len(addresses))
	}
	for offset := int64(0); offset < f.size; offset += size {
		number := len(parts) + 1
		etag, err := c.put(ctx, addresses[number], io.NewSectionReader(in, offset, min(size, f.size-offset)), p)
		if err != nil {
			return fmt.Errorf("part %d: %w", number, err)
		}
		if etag == "" {
			return fmt.Errorf("part %d: want an ETag of the store, got none", number)
		}
		parts = append(parts, part{number, etag})
		p.keep()
	}
	_, err = c.post(ctx, lfsType, to.Href, map[string]any{"oid": f.sha256, "parts": parts}, nil)
	return err
}

// put sends bytes to the store, with retries, and returns their ETag.
func (c *Client) put(ctx context.Context, address string, content *io.SectionReader, p *progress) (etag string, err error) {
	err = again(ctx, func() (bool, error) {
		p.back()
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		body := newStallReader(p.watch(io.NewSectionReader(content, 0, content.Size())), cancel)
		defer body.stop()
		request, err := c.request(ctx, http.MethodPut, address, body)
		if err != nil {
			return false, err
		}
		request.ContentLength = content.Size()
		response, err := c.http.Do(request)
		if err != nil && (context.Cause(ctx) == nil || context.Cause(ctx) == errStalled) {
			return false, retryable{err: fmt.Errorf("%s: %w", request.URL.Host, cmp.Or(context.Cause(ctx), errors.Unwrap(err)))} // without the signed address
		}
		if err != nil {
			return false, context.Cause(ctx)
		}
		defer response.Body.Close()
		if response.StatusCode/100 != 2 {
			return false, passing(request.URL.Host, response)
		}
		etag = response.Header.Get("Etag")
		return true, nil
	})
	return etag, err
}

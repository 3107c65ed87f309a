package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Upload is a model's files on their way to a repository, as one commit.
type Upload struct {
	Repo    string   // owner/name; made where there is none
	Branch  string   // "" is main; another one must be there
	Public  bool     // a repository that is made is private otherwise, and one that is public is refused
	Message string   // of the commit
	Dir     string   // the folder
	Files   []string // paths within, with slashes

	// Progress, when not nil, is told how many bytes of large files are there.
	Progress func(done, total int64)
}

// ErrPublic is wrapped by the error of an upload that is not meant for everybody's eyes.
var ErrPublic = errors.New("the repository is public")

// Uploaded is what became of an upload.
type Uploaded struct {
	Commit    string   `json:"commit"`
	URL       string   `json:"url"`
	Private   bool     `json:"private"`
	Created   bool     `json:"created"`   // the repository
	Sent      []string `json:"sent"`      // files that were added or changed
	Unchanged []string `json:"unchanged"` // files that were there
}

// Upload makes the files those of the repository's branch; others there stay.
// Files that are there already are not sent. Until all bytes are at the hub
// nobody sees any: what is interrupted leaves the repository as it was, and
// the next call does not send again what had arrived whole.
func (c *Client) Upload(ctx context.Context, u Upload) (Uploaded, error) {
	if c.token == "" {
		return Uploaded{}, errors.New("want a token that may write in HF_TOKEN, or from hf auth login; got none")
	}
	if u.Branch == "" {
		u.Branch = "main"
	}
	root, err := os.OpenRoot(u.Dir)
	if err != nil {
		return Uploaded{}, err
	}
	defer root.Close()
	files, err := outgoing(root, u.Files)
	if err != nil {
		return Uploaded{}, err
	}
	done, err := c.prepare(ctx, u)
	if err != nil {
		return done, fmt.Errorf("%s: %w", u.Repo, err)
	}
	err = c.send(ctx, u, root, files, &done)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%s: %w", u.Repo, err)
	}
	return done, err
}

// prepare looks at the repository, or makes it.
func (c *Client) prepare(ctx context.Context, u Upload) (Uploaded, error) {
	var info struct {
		Commit  string `json:"sha"`
		Private bool   `json:"private"`
	}
	look := func() (int, error) {
		return c.call(ctx, http.MethodGet, "/api/models/"+u.Repo, "", nil, &info)
	}
	status, err := look()
	created := false
	if status == http.StatusNotFound {
		if err := c.create(ctx, u); err != nil {
			return Uploaded{}, err
		}
		created = true
		_, err = look()
	}
	if err != nil {
		return Uploaded{}, err
	}
	if !info.Private && !u.Public {
		return Uploaded{}, ErrPublic
	}
	return Uploaded{Commit: info.Commit, Private: info.Private, Created: created}, nil
}

func (c *Client) create(ctx context.Context, u Upload) error {
	owner, name, _ := strings.Cut(u.Repo, "/")
	visibility := "private"
	if u.Public {
		visibility = "public"
	}
	// Older hubs read private and newer ones visibility.
	asked := map[string]any{"type": "model", "organization": owner, "name": name, "private": !u.Public, "visibility": visibility}
	status, err := c.post(ctx, jsonType, "/api/repos/create", asked, nil)
	if status == http.StatusConflict { // somebody was faster
		return nil
	}
	return err
}

// send brings what the branch lacks to the hub, and commits it.
func (c *Client) send(ctx context.Context, u Upload, root *os.Root, files []*file, done *Uploaded) error {
	place := "/api/models/" + u.Repo + "/%s/" + url.PathEscape(u.Branch)
	if err := c.checkCard(ctx, root, files); err != nil {
		return err
	}
	if err := c.sort(ctx, fmt.Sprintf(place, "preupload"), files); err != nil {
		return err
	}
	var changed, large []*file
	for _, f := range files {
		switch {
		case f.here:
			done.Unchanged = append(done.Unchanged, f.path)
			continue
		case f.large:
			large = append(large, f)
		}
		done.Sent = append(done.Sent, f.path)
		changed = append(changed, f)
	}
	done.URL = c.endpoint + "/" + u.Repo
	if len(changed) == 0 {
		return nil
	}
	if err := c.sendLarge(ctx, u, root, large); err != nil {
		return err
	}
	commit, err := c.commit(ctx, fmt.Sprintf(place, "commit"), u.Message, root, changed)
	done.Commit = commit
	return err
}

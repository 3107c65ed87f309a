package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"
)

// List is what a repository holds at a commit.
type List struct {
	Commit string `json:"sha"`
	Files  []struct {
		Name string `json:"rfilename"`
		Size int64  `json:"size"`
	} `json:"siblings"`
}

// Has tells whether a file's path matches the pattern.
func (l List) Has(pattern string) bool {
	for _, file := range l.Files {
		if ok, _ := path.Match(pattern, file.Name); ok {
			return true
		}
	}
	return false
}

// List asks the hub which commit a revision is and what it holds. kind is models or datasets.
func (c *Client) List(ctx context.Context, kind, repo, revision string) (List, error) {
	address := c.endpoint + "/api/" + kind + "/" + repo + "/revision/" + revision + "?blobs=true"
	var list List
	err := again(ctx, func() (bool, error) {
		response, _, err := c.get(ctx, address, 0)
		if err != nil {
			return false, err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return false, c.statusError(c.endpoint+"/"+repo, "no revision "+revision, response)
		}
		list = List{}
		err = json.NewDecoder(io.LimitReader(response.Body, 32<<20)).Decode(&list)
		if err != nil {
			return false, retryable{err: fmt.Errorf("%s: want a JSON list of files: %w", address, err)}
		}
		return true, nil
	})
	if err == nil && !IsCommit(list.Commit) {
		err = fmt.Errorf("%s: want a commit of 40 hex digits, got %.60q", address, list.Commit)
	}
	for _, file := range list.Files {
		if err == nil && !fs.ValidPath(file.Name) {
			err = fmt.Errorf("%s: want paths inside the repository, got %q", address, file.Name)
		}
	}
	return list, err
}

// IsCommit tells the name of a commit, which cannot move, from a branch's or a tag's.
func IsCommit(revision string) bool { return commitPattern.MatchString(revision) }

var commitPattern = regexp.MustCompile(`^[0-9a-f]{40}$`)

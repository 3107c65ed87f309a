package assets

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

// hubList is what a repository holds at a commit.
type hubList struct {
	Commit string `json:"sha"`
	Files  []struct {
		Name string `json:"rfilename"`
		Size int64  `json:"size"`
	} `json:"siblings"`
}

func (l hubList) has(pattern string) bool {
	for _, file := range l.Files {
		if ok, _ := path.Match(pattern, file.Name); ok {
			return true
		}
	}
	return false
}

// list asks the hub which commit a revision is and what it holds. kind is models or datasets.
func (h *hub) list(ctx context.Context, kind, repo, revision string) (hubList, error) {
	address := h.endpoint + "/api/" + kind + "/" + repo + "/revision/" + revision + "?blobs=true"
	var list hubList
	err := h.again(ctx, func() (bool, error) {
		response, _, err := h.get(ctx, address, 0)
		if err != nil {
			return false, err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return false, h.statusError(hubFile{Repo: repo, Revision: revision, Path: "list"}, response)
		}
		err = json.NewDecoder(io.LimitReader(response.Body, 32<<20)).Decode(&list)
		if err != nil {
			return false, retryable{err: fmt.Errorf("%s: want a JSON list of files: %w", address, err)}
		}
		return true, nil
	})
	if err == nil && !commitPattern.MatchString(list.Commit) {
		err = fmt.Errorf("%s: want a commit of 40 hex digits, got %.60q", address, list.Commit)
	}
	for _, file := range list.Files {
		if err == nil && !fs.ValidPath(file.Name) {
			err = fmt.Errorf("%s: want paths inside the repository, got %q", address, file.Name)
		}
	}
	return list, err
}

var commitPattern = regexp.MustCompile(`^[0-9a-f]{40}$`)

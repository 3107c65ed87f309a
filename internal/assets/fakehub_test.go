package assets

import (
	"testing"

	"github.com/gradus-ir/gradus/internal/hub"
	"github.com/gradus-ir/gradus/internal/hub/hubtest"
)

const commit = hubtest.Commit

// fakeHub has one content, as a model and as a data set.
type fakeHub struct {
	*hubtest.Server
	files map[string]string
}

func newFakeHub(t *testing.T, files map[string]string) *fakeHub {
	h := &fakeHub{hubtest.New(t), files}
	for _, key := range []string{"models/owner/model", "datasets/owner/data"} {
		h.Repos[key] = &hubtest.Repo{Files: files}
	}
	return h
}

// hubCache is the hub cache of the test's environment.
func hubCache(t *testing.T) string {
	t.Helper()
	cache, err := hub.Cache()
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

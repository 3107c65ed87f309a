package hubtest

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// serveAPI answers under /api/; parts are of the path behind it.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, parts []string) {
	switch {
	case parts[0] == "validate-yaml":
		answer(w, http.StatusOK, map[string][]string{"errors": {}, "warnings": {}})
		return
	case parts[0] == "complete" && len(parts) == 2:
		s.serveComplete(w, r, parts[1])
		return
	case r.Method == http.MethodPost && !s.signed(r):
		refuse(w, http.StatusUnauthorized, "Invalid username or password.")
		return
	case parts[0] == "repos":
		s.serveCreate(w, r)
		return
	case parts[0] == "verify":
		s.serveVerify(w, r)
		return
	case len(parts) < 3:
		refuse(w, http.StatusNotFound, "no such page")
		return
	}
	id := parts[1] + "/" + parts[2]
	repo := s.repo(w, r, parts[0], id)
	if repo == nil {
		return
	}
	action, revision := "", "main"
	if len(parts) > 3 {
		action = parts[3]
	}
	if len(parts) > 4 {
		revision = parts[4]
	}
	switch {
	case revision != "main" && revision != repo.commit():
		w.Header().Set("X-Error-Code", "RevisionNotFound")
		refuse(w, http.StatusNotFound, "Invalid rev id: "+revision)
	case action == "" || action == "revision":
		answer(w, http.StatusOK, s.info(repo, id))
	case action == "tree":
		answer(w, http.StatusOK, s.list(repo))
	case action == "preupload":
		s.servePreupload(w, r, repo)
	case action == "commit":
		s.serveCommit(w, r, repo, id)
	default:
		refuse(w, http.StatusNotFound, "no such page")
	}
}

func (s *Server) serveCreate(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Name, Organization, Type, Visibility string
		Private                              bool
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	kind := asked.Type
	if kind == "" {
		kind = "model"
	}
	key := kind + "s/" + asked.Organization + "/" + asked.Name
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Repos[key] != nil {
		refuse(w, http.StatusConflict, "You already created this model repo")
		return
	}
	s.Repos[key] = &Repo{Files: map[string]string{".gitattributes": "*.safetensors filter=lfs\n"}, Private: asked.Private || asked.Visibility == "private"}
	answer(w, http.StatusOK, map[string]string{"url": s.URL + "/" + asked.Organization + "/" + asked.Name})
}

func (s *Server) servePreupload(w http.ResponseWriter, r *http.Request, repo *Repo) {
	var asked struct {
		Files []struct {
			Path   string
			Sample []byte
			Size   int
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	files := []map[string]any{}
	for _, file := range asked.Files {
		mode := map[string]any{"path": file.Path, "uploadMode": "regular", "shouldIgnore": false}
		content, here := repo.Files[file.Path]
		if here {
			mode["oid"] = GitHash(content)
		}
		if Large(file.Path) {
			mode["uploadMode"] = "lfs"
			if here {
				mode["oid"] = SHA256(content)
			}
		}
		files = append(files, mode)
	}
	answer(w, http.StatusOK, map[string]any{"files": files})
}

// serveCommit takes lines of JSON: a header, then a file each.
func (s *Server) serveCommit(w http.ResponseWriter, r *http.Request, repo *Repo, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	files := maps.Clone(repo.Files)
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 64<<20)
	for first := true; lines.Scan(); first = false {
		var line struct {
			Key   string
			Value struct {
				Summary, Path, Content, Encoding, Algo, OID string
				Size                                        int
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || first != (line.Key == "header") {
			refuse(w, http.StatusBadRequest, fmt.Sprintf("want a header and then files, got %.100s", lines.Text()))
			return
		}
		switch value := line.Value; line.Key {
		case "header":
			if value.Summary == "" {
				refuse(w, http.StatusBadRequest, "want a summary")
				return
			}
		case "file":
			content, err := base64.StdEncoding.DecodeString(value.Content)
			if err != nil || value.Encoding != "base64" {
				refuse(w, http.StatusBadRequest, "want base64")
				return
			}
			files[value.Path] = string(content)
		case "lfsFile":
			content, here := s.objects[value.OID]
			if !here || value.Algo != "sha256" || value.Size != 0 && value.Size != len(content) {
				refuse(w, http.StatusBadRequest, "LFS pointer pointed to a file that does not exist: "+value.Path)
				return
			}
			files[value.Path] = content
		default:
			refuse(w, http.StatusBadRequest, "unknown key "+line.Key)
			return
		}
	}
	text := repo.commit()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		text += path + GitHash(files[path])
	}
	repo.Files, repo.Commit = files, GitHash(text)
	answer(w, http.StatusOK, map[string]any{"success": true, "commitOid": repo.Commit, "commitUrl": s.URL + "/" + id + "/commit/" + repo.Commit})
}

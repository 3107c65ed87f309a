package hubtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// serveBatch says where large files go.
func (s *Server) serveBatch(w http.ResponseWriter, r *http.Request, id string) {
	var asked struct {
		Operation string
		Objects   []struct {
			OID  string
			Size int
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Operation != "upload" || !s.signed(r) {
		refuse(w, http.StatusBadRequest, "want a signed upload")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	objects := []map[string]any{}
	for _, o := range asked.Objects {
		object := map[string]any{"oid": o.OID, "size": o.Size}
		objects = append(objects, object)
		if _, here := s.objects[o.OID]; here {
			continue
		}
		href, header := s.elsewhere("/put/"+o.OID), map[string]string{}
		if s.PartSize > 0 && o.Size > s.PartSize {
			header["chunk_size"] = fmt.Sprint(s.PartSize)
			for i := range (o.Size + s.PartSize - 1) / s.PartSize {
				header[fmt.Sprintf("%05d", i+1)] = fmt.Sprintf("%s/%05d", href, i+1)
			}
			href = s.URL + "/api/complete/" + o.OID
		}
		object["actions"] = map[string]any{
			"upload": map[string]any{"href": href, "header": header},
			"verify": map[string]any{"href": s.URL + "/api/verify", "header": map[string]string{}},
		}
	}
	answer(w, http.StatusOK, map[string]any{"transfer": "multipart", "objects": objects})
}

// servePut takes a large file or a part of one: the store.
func (s *Server) servePut(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	if err != nil || r.ContentLength < 0 {
		refuse(w, http.StatusLengthRequired, "want a Content-Length")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	oid, part, inParts := strings.Cut(strings.TrimPrefix(r.URL.Path, "/put/"), "/")
	if inParts {
		s.parts[oid+"/"+part] = string(content)
	} else if SHA256(string(content)) == oid {
		s.objects[oid] = string(content)
	}
	w.Header().Set("Etag", `"`+GitHash(string(content))+`"`)
}

func (s *Server) serveComplete(w http.ResponseWriter, r *http.Request, oid string) {
	var asked struct {
		OID   string
		Parts []struct {
			PartNumber int
			ETag       string
		}
	}
	err := json.NewDecoder(r.Body).Decode(&asked)
	s.mu.Lock()
	defer s.mu.Unlock()
	content := ""
	for i, part := range asked.Parts {
		text, here := s.parts[fmt.Sprintf("%s/%05d", oid, part.PartNumber)]
		if !here || part.PartNumber != i+1 || part.ETag != `"`+GitHash(text)+`"` {
			err = fmt.Errorf("part %d is not what was sent", i+1)
		}
		content += text
	}
	if err != nil || asked.OID != oid || SHA256(content) != oid {
		refuse(w, http.StatusBadRequest, fmt.Sprint("want the parts of the object: ", err))
		return
	}
	s.objects[oid] = content
	answer(w, http.StatusOK, map[string]bool{"success": true})
}

func (s *Server) serveVerify(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		OID  string
		Size int
	}
	err := json.NewDecoder(r.Body).Decode(&asked)
	s.mu.Lock()
	defer s.mu.Unlock()
	if content, here := s.objects[asked.OID]; err != nil || !here || len(content) != asked.Size {
		refuse(w, http.StatusNotFound, "no such object")
	}
}

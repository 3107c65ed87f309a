package llmtest

import (
	"net/http"
	"strings"
	"time"
)

// Status answers with an HTTP status and an error message; headers are name, value pairs.
func Status(code int, message string, headers ...string) Fault {
	return func(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		writeError(w, code, message)
		return true
	}
}

// Body answers 200 with a body of the given type.
func Body(contentType, body string) Fault {
	return func(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
		w.Header().Set("Content-Type", contentType)
		w.Write([]byte(body))
		return true
	}
}

// CutConnection closes the connection without an answer.
func CutConnection(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
	panic(http.ErrAbortHandler)
}

// CutBody closes the connection in the middle of an answer.
func CutBody(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	w.Write([]byte(`{"choices": [{"message": {"content": "half an ans`))
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	panic(http.ErrAbortHandler)
}

// TruncatedJSON sends a whole response whose JSON stops early.
func TruncatedJSON(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
	return Body("application/json", `{"choices": [{"message": {"content": "half an ans`)(w, r, reply)
}

// Length cuts the answer to half and says so by its finish_reason.
func Length(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
	reply.Text, reply.FinishReason = reply.Text[:len(reply.Text)/2], "length"
	return false
}

// As answers under another model's name.
func As(model string) Fault {
	return func(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
		reply.Model = model
		return false
	}
}

// Text answers with that text.
func Text(text string) Fault {
	return func(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
		reply.Text = text
		return false
	}
}

// Slow answers after d, or gives up with the request.
func Slow(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
		}
		return false
	}
}

// Stall stops for good after that many parts of a streamed answer.
func Stall(after int) Fault {
	return func(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
		reply.Stall = after
		return false
	}
}

// Break ends a streamed answer after that many parts, as if it were whole.
func Break(after int) Fault {
	return func(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
		reply.Break = after
		return false
	}
}

// RedirectTo sends the client to another base URL with 307, which asks it to repeat the whole request there.
func RedirectTo(base string) Fault {
	return func(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
		w.Header().Set("Location", strings.TrimSuffix(base, "/")+r.URL.Path)
		w.WriteHeader(http.StatusTemporaryRedirect)
		return true
	}
}

// NoSchema is a Server.Check that refuses response_format as older servers do.
func NoSchema(chat Chat) (int, string) {
	if chat.ResponseFormat != nil {
		return http.StatusBadRequest, "response_format is not supported by this server"
	}
	return 0, ""
}

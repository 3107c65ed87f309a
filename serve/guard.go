package serve

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
)

// pagePolicy lets the page load what this server embeds, and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// answerPolicy is for what is no page.
const answerPolicy = "default-src 'none'; frame-ancestors 'none'"

// protect keeps other sites out: their pages may neither show an answer nor
// send a request that does something in the name of a person who has this one
// open. Without a token it answers only to names of the loopback interface, so
// that no site can reach it by giving its own name this machine's address.
func (s *Server) protect(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refusal(http.StatusForbidden, "cross_origin", "", "requests from other sites' pages are not answered").write(w)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", answerPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if s.Token == "" && !IsLoopback(r.Host) {
			refusal(http.StatusMisdirectedRequest, "unknown_host", "", "want a loopback name such as localhost as host; others need a server with a token").write(w)
			return
		}
		crossOrigin.Handler(next).ServeHTTP(w, r)
	})
}

// IsLoopback tells whether an address, with or without a port, is one of the
// loopback interface: localhost, 127.0.0.0/8 or ::1.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

const cookieName = "gradus_session"

// guard lets in who shows the token, as a bearer token or, from the page, as a cookie made of it.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Token == "" || s.holdsToken(r) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", "Bearer")
		unauthorized().write(w)
	})
}

func unauthorized() *apiError {
	return trouble(http.StatusUnauthorized, "authentication_error", "invalid_api_key", "want this server's token as a bearer token")
}

func (s *Server) holdsToken(r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return same(token, s.Token)
	}
	cookie, err := r.Cookie(cookieName)
	return err == nil && same(cookie.Value, s.sessionID())
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// sessionID proves to have known the token without telling it. It holds as long as the token does.
func (s *Server) sessionID() string {
	mac := hmac.New(sha256.New, []byte(s.Token))
	mac.Write([]byte("gradus page"))
	return hex.EncodeToString(mac.Sum(nil))
}

// session gives the page its cookie in exchange for the token: a browser sends
// it with a link to the report too, and no script can read it.
func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Token string `json:"token"`
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := readJSON(r, &given, true); err != nil {
		asAPIError(err).write(w)
		return
	}
	if s.Token != "" && !same(given.Token, s.Token) {
		unauthorized().write(w)
		return
	}
	if s.Token != "" {
		http.SetCookie(w, &http.Cookie{
			Name: cookieName, Value: s.sessionID(), Path: "/",
			HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
		})
	}
	w.WriteHeader(http.StatusNoContent)
}

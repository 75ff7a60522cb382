package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, files fstest.MapFS, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	handler(files).ServeHTTP(rec, httptest.NewRequest(method, target, nil))
	return rec
}

func TestHandler(t *testing.T) {
	built := fstest.MapFS{
		"index.html":     {Data: []byte("<title>desk</title>")},
		"mark.svg":       {Data: []byte("<svg/>")},
		"assets/a-12.js": {Data: []byte("1")},
		".keep":          {Data: nil},
		"secret/.hidden": {Data: []byte("hidden")},
	}
	for _, c := range []struct {
		name, method, target string
		files                fstest.MapFS
		status               int
		body, cache          string
	}{
		{"the root is the desk", "GET", "/", built, 200, "desk", "no-cache"},
		{"a route of the desk is the desk", "GET", "/households/h1/sheet", built, 200, "desk", "no-cache"},
		{"a day in a route is no extension", "GET", "/reports/2022-09-18", built, 200, "desk", "no-cache"},
		{"an asset may be kept for ever", "GET", "/assets/a-12.js", built, 200, "1", "immutable"},
		{"another file is asked for again", "GET", "/mark.svg", built, 200, "<svg/>", "no-cache"},
		{"a missing asset is no page", "GET", "/assets/gone.js", built, 404, "", ""},
		{"a dot file is not served", "GET", "/.keep", built, 200, "desk", "no-cache"},
		{"nothing outside", "GET", "/../../embed.go", built, 404, "", ""},
		{"no posts", "POST", "/", built, 405, "", ""},
		{"unbuilt says how to build", "GET", "/overview", fstest.MapFS{}, 503, "npm run build", "no-cache"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := get(t, c.files, c.method, c.target)
			if rec.Code != c.status {
				t.Errorf("status %d, want %d", rec.Code, c.status)
			}
			if !strings.Contains(rec.Body.String(), c.body) {
				t.Errorf("body %q lacks %q", rec.Body.String(), c.body)
			}
			if c.cache != "" && !strings.Contains(rec.Header().Get("Cache-Control"), c.cache) {
				t.Errorf("Cache-Control %q, want %q", rec.Header().Get("Cache-Control"), c.cache)
			}
			if rec.Code == http.StatusOK && rec.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("no nosniff")
			}
		})
	}
}

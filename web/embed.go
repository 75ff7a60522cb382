// Package web carries the built desk into the binary and serves it: one page for every path of the desk, its assets under hashed
// names that browsers may keep for ever, and a plain page that says how to build when the desk was not built.
//
// It knows nothing of sessions or of the API; the server mounts Handler under / and the API beside it.
package web

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// dist holds at least the committed .keep, so that the program compiles before the first `npm run build`.
//
//go:embed all:dist
var dist embed.FS

const unbuilt = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>巩固</title>
<body style="font:16px/1.8 'Microsoft YaHei',sans-serif;max-width:36em;margin:15vh auto;padding:0 16px">
<h1 style="font-size:22px">页面尚未构建</h1>
<p>服务器已经启动，但这个程序里没有网页文件。请在源码目录执行：</p>
<pre style="padding:12px;background:#f3f5f8">cd web
npm ci
npm run build</pre>
<p>然后重新编译并启动程序。接口（/api/v1）不受影响。</p>`

// Built reports whether the desk was built into this binary.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}

// Handler serves the desk. A path with a file extension is a file or 404; every other path is a page of the desk and gets
// index.html, since the routes live in the browser.
func Handler() http.Handler {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded above; only a broken build gets here
	}
	return handler(root)
}

func handler(root fs.FS) http.Handler {
	files := http.FileServerFS(root)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name != "index.html" && path.Ext(name) != "" && !strings.HasPrefix(path.Base(name), ".") {
			if strings.HasPrefix(name, "assets/") {
				// Vite puts a hash of the content into the name: a changed file has another address.
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			} else {
				w.Header().Set("Cache-Control", "no-cache")
			}
			files.ServeHTTP(w, r)
			return
		}
		page(w, r, root)
	})
}

func page(w http.ResponseWriter, r *http.Request, root fs.FS) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	body, err := fs.ReadFile(root, "index.html")
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		body = []byte(unbuilt)
	}
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the browser is gone: nobody to tell
	}
}

package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// processor is the processor time that this process has used, in seconds; 0 where the system does not say. On a machine that others
// share it tells what a thing costs where the clock tells how long it had to wait.
func processor() float64 {
	b, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ") // after the program's name come the state and, from the 14th field on, user and system time
	f := strings.Fields(rest)
	const user, perSecond = 11, 100
	if len(f) <= user+1 {
		return 0
	}
	u, _ := strconv.ParseFloat(f[user], 64)
	s, _ := strconv.ParseFloat(f[user+1], 64)
	return (u + s) / perSecond
}

// clientShare is the processor time of the requests alone: they are sent once more, to a server that reads each and answers at once.
// Client and server share a process and its processors, so this much of a measurement is not the product's.
func clientShare(ctx context.Context, tokens []string, requests []request) (float64, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	const receipt = `{"id":"%036d","answer":"accepted","receipt":{"index":%d,"receivedAt":0,"leaf":"%064d"},"made":{"problems":[]}},`
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		_, _ = io.WriteString(w, strings.Repeat(fmt.Sprintf(receipt, 0, 0, 0), n))
	})}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	before := processor()
	_, _, err = drive(ctx, l.Addr().String(), tokens, requests, nil)
	return processor() - before, err
}

package signalstest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
)

// provider is the transport of the HTTP client that a source gets. It answers by a handler,
// without a network, and counts.
type provider struct {
	handler http.Handler

	mu     sync.Mutex
	asked  []string // hosts
	change func(*http.Request, *http.Response) (*http.Response, error)
	hangs  chan struct{} // not nil: closed when a request came that gets no answer
}

// RoundTrip answers one request.
func (p *provider) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	change, hangs, first := p.note(r)
	if hangs != nil {
		if first {
			close(hangs)
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if p.handler == nil {
		return nil, errors.New("signalstest: there is no Provider that answers")
	}
	res := p.answer(r)
	if change != nil {
		return change(r, res)
	}
	return res, nil
}

func (p *provider) note(r *http.Request) (change func(*http.Request, *http.Response) (*http.Response, error), hangs chan struct{}, first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, r.URL.Host)
	return p.change, p.hangs, len(p.asked) == 1
}

func (p *provider) answer(r *http.Request) *http.Response {
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "192.0.2.1:4711"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, in)
	res := w.Result()
	res.Request = r
	return res
}

// begin forgets what was asked, and sets what becomes of answers.
func (p *provider) begin(change func(*http.Request, *http.Response) (*http.Response, error), hangs chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.change, p.hangs = nil, change, hangs
}

// hosts returns of each request where it went.
func (p *provider) hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

// body puts another body into an answer.
func body(res *http.Response, r io.Reader) *http.Response {
	res.Body, res.ContentLength = io.NopCloser(r), -1
	res.Header.Del("Content-Length")
	return res
}

// text returns the body of an answer.
func text(res *http.Response) []byte {
	b, _ := io.ReadAll(res.Body)
	return b
}

// cut is a body whose connection broke.
func cut(b []byte) io.Reader {
	return io.MultiReader(bytes.NewReader(b), broken{})
}

type broken struct{}

// Read fails as a connection does that broke.
func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// giant is a body without end, which is JSON as far as it goes.
type giant struct{ read int }

// tooMuch is more than any source may read of one answer.
const tooMuch = 100 << 20

var spaces = bytes.Repeat([]byte(" "), 64<<10)

// Read returns spaces.
func (g *giant) Read(p []byte) (int, error) {
	if g.read > tooMuch {
		return 0, io.ErrUnexpectedEOF // enough is seen
	}
	n := copy(p, spaces)
	g.read += n
	return n, nil
}

// values are the numbers, words and texts of a JSON document that are not names.
var values = regexp.MustCompile(`([:\[,]\s*)("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false)(\s*[,\]}])`)

// nulls makes null of every value of a JSON document.
func nulls(b []byte) []byte {
	for range 2 { // the end of one value is the beginning of the next
		b = values.ReplaceAll(b, []byte("${1}null${3}"))
	}
	return b
}

// page is a web page in the place of an answer.
func page(res *http.Response) *http.Response {
	res.Header.Set("Content-Type", "text/html; charset=utf-8")
	return body(res, strings.NewReader("<!DOCTYPE html><html><body><h1>Just a moment</h1><p>0</p></body></html>"))
}

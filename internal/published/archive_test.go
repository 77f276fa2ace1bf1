package published_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/published"
	"github.com/signalman-trading/signalman/market"
)

var day = published.File{Set: minutes, From: 0, To: market.Day}

// body is the content of a file, of which the archive need not know anything.
var body = strings.Repeat("0123456789abcdef", 1<<12)

func sumOf(text string) string {
	return fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(text)), day.Name())
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A directory may be the archive's tree, or hold the files side by side.
func TestDir(t *testing.T) {
	for _, c := range []struct {
		where, sum string
		noChecksum bool
		want       string
	}{
		{"data/spot/daily/klines/BTCUSDT/1m", sumOf(body), false, "verified"},
		{"spot/daily/klines/BTCUSDT/1m", sumOf(body), false, "verified"},
		{"klines", sumOf(body), false, "verified"},
		{".", sumOf(body), false, "verified"},
		{".", "", false, "taken"},
		{".", sumOf("another"), false, "wrong checksum: expected SHA-256 " + sumOf("another")[:64] + ", found " + sumOf(body)[:64]},
		{".", sumOf("another"), true, "taken"},
		{".", "nonsense", false, `.CHECKSUM: "nonsense" is not a checksum`},
		{"futures", sumOf(body), false, "BTCUSDT-1m-1970-01-01.zip: not published, or not yet"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, c.where, day.Name())
		write(t, path, body)
		if c.sum != "" {
			write(t, path+".CHECKSUM", c.sum)
		}
		a := &published.Dir{Path: dir, NoChecksum: c.noChecksum}
		got, verified, err := a.Get(t.Context(), day)
		told := map[bool]string{true: "verified", false: "taken"}[verified]
		if err != nil {
			told = err.Error()
		} else if got != path {
			t.Errorf("%s: %s", path, got)
		}
		if !strings.Contains(told, c.want) || errors.Is(err, published.ErrMissing) != (c.where == "futures") {
			t.Errorf("%+v: %s", c, told)
		}
	}
	if _, _, err := (&published.Dir{Path: filepath.Join(t.TempDir(), "none")}).Get(t.Context(), day); err == nil || market.ClassOf(err) != market.Usage {
		t.Error(err)
	}
}

// A server is an archive of one file, which misbehaves as a test wants it.
type server struct {
	mu       sync.Mutex
	asked    []string // paths and ranges
	answer   func(w http.ResponseWriter, r *http.Request, n int) bool
	sum      string
	modified time.Time
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	what := "zip"
	if strings.HasSuffix(r.URL.Path, ".CHECKSUM") {
		what = "sum"
	}
	s.asked = append(s.asked, strings.TrimSpace(what+" "+r.Header.Get("Range")))
	n := len(s.asked)
	s.mu.Unlock()
	if strings.TrimSuffix(r.URL.Path, ".CHECKSUM") != "/files/"+day.Path() {
		http.NotFound(w, r)
		return
	}
	if s.answer != nil && s.answer(w, r, n) {
		return
	}
	if what == "sum" {
		io.WriteString(w, s.sum)
		return
	}
	http.ServeContent(w, r, "", s.modified, strings.NewReader(body))
}

// site starts a server, and returns the archive on it; its waits are told, not slept.
func site(t *testing.T, s *server, waits *[]time.Duration) *published.Site {
	t.Helper()
	if s.sum == "" {
		s.sum = sumOf(body)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	a, err := published.NewSite(h.URL+"/files/", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a.Wait = func(ctx context.Context, d time.Duration) error {
		if waits != nil {
			*waits = append(*waits, d)
		}
		return ctx.Err()
	}
	return a
}

func checkBody(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || string(b) != body {
		t.Errorf("%s: %d bytes, %v", path, len(b), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.part")); len(left) > 0 {
		t.Error("left over:", left)
	}
}

// A file is fetched once, and again where it no longer fits its checksum.
func TestSiteKeeps(t *testing.T) {
	s := &server{}
	a := site(t, s, nil)
	for n := range 3 {
		path, verified, err := a.Get(t.Context(), day)
		if err != nil || !verified {
			t.Fatal(path, verified, err)
		}
		checkBody(t, path)
		if n == 1 {
			write(t, path, "damaged")
		}
	}
	if diff := cmp.Diff([]string{"sum", "zip", "sum", "sum", "zip"}, s.asked); diff != "" {
		t.Error(diff)
	}
}

// Answers that may change are waited for, as long as the server asks for and not longer
// than two minutes.
func TestSiteRetries(t *testing.T) {
	s := &server{}
	s.answer = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		switch n {
		case 1, 4:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 5:
			w.Header().Set("Retry-After", "9999")
			w.WriteHeader(http.StatusInternalServerError)
		default:
			return false
		}
		return true
	}
	var waits []time.Duration
	path, _, err := site(t, s, &waits).Get(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	checkBody(t, path)
	if diff := cmp.Diff([]time.Duration{time.Second, 7 * time.Second, time.Second, 2 * time.Minute}, waits); diff != "" {
		t.Error(diff)
	}
}

// A server that stays away is an error that says what to do.
func TestSiteGivesUp(t *testing.T) {
	s := &server{answer: func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}}
	_, _, err := site(t, s, nil).Get(t.Context(), day)
	if err == nil || market.ClassOf(err) != market.Venue || !strings.Contains(err.Error(), "502 Bad Gateway, after 6 tries; run it again") {
		t.Error(err)
	}
	s.answer = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	_, _, err = site(t, s, nil).Get(t.Context(), day)
	if err == nil || market.ClassOf(err) != market.Venue || !strings.Contains(err.Error(), "403 Forbidden; check the address") {
		t.Error(err)
	}
}

// A body that breaks off is gone on with, whether or not the server sends parts.
func TestSiteResumes(t *testing.T) {
	for _, parts := range []bool{true, false} {
		s := &server{}
		s.answer = func(w http.ResponseWriter, r *http.Request, n int) bool {
			if !parts {
				r.Header.Del("Range")
			}
			if n != 2 {
				return false
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			io.WriteString(w, body[:len(body)/2])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		path, verified, err := site(t, s, nil).Get(t.Context(), day)
		if err != nil || !verified {
			t.Fatal(err)
		}
		checkBody(t, path)
		if diff := cmp.Diff([]string{"sum", "zip", fmt.Sprintf("zip bytes=%d-", len(body)/2)}, s.asked); diff != "" {
			t.Error(diff)
		}
	}
}

// What a killed process left is gone on with, unless it is of another issue of the file.
func TestSiteTakesUpRests(t *testing.T) {
	for _, c := range []struct {
		rest string
		want []string
	}{
		{body[:1000], []string{"sum", "zip bytes=1000-"}},
		{body, []string{"sum", fmt.Sprintf("zip bytes=%d-", len(body))}},
		{"another issue", []string{"sum", "zip bytes=13-", "zip"}},
		{body + "more", []string{"sum", fmt.Sprintf("zip bytes=%d-", len(body)+4), "zip"}},
	} {
		s := &server{}
		a := site(t, s, nil)
		write(t, filepath.Join(a.Cache, filepath.FromSlash(day.Path()))+".part", c.rest)
		path, _, err := a.Get(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		checkBody(t, path)
		if diff := cmp.Diff(c.want, s.asked); diff != "" {
			t.Error(diff)
		}
	}
}

// Two that fetch one file at the same time do not meet: one of them fetches it, and the
// other takes what that one brought.
func TestSiteTwice(t *testing.T) {
	var both sync.WaitGroup
	both.Add(2)
	s := &server{answer: func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, ".CHECKSUM") {
			both.Done()
			return false
		}
		both.Wait()
		return false
	}}
	a := site(t, s, nil)
	b := *a
	var done sync.WaitGroup
	for _, one := range []*published.Site{a, &b} {
		done.Go(func() {
			path, verified, err := one.Get(t.Context(), day)
			if err != nil || !verified {
				t.Error(err)
				return
			}
			checkBody(t, path)
		})
	}
	done.Wait()
	if diff := cmp.Diff([]string{"sum", "sum", "zip"}, slices.Sorted(slices.Values(s.asked))); diff != "" {
		t.Error(diff)
	}
}

// What did not come leaves nothing behind.
func TestSiteLeavesNothing(t *testing.T) {
	s := &server{answer: func(w http.ResponseWriter, r *http.Request, _ int) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	}}
	a := site(t, s, nil)
	a.NoChecksum = true
	if _, _, err := a.Get(t.Context(), day); market.ClassOf(err) != market.Venue {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(a.Cache, "data/spot/daily/klines/BTCUSDT/1m/*")); len(left) > 0 {
		t.Error(left)
	}
}

// A wrong checksum is an error that names the file and both, and leaves nothing behind.
func TestSiteChecksum(t *testing.T) {
	s := &server{sum: sumOf("another")}
	a := site(t, s, nil)
	_, _, err := a.Get(t.Context(), day)
	want := a.Where(day) + ": wrong checksum: expected SHA-256 " + sumOf("another")[:64] + ", found " + sumOf(body)[:64]
	if err == nil || !strings.HasPrefix(err.Error(), want) || market.ClassOf(err) != market.Data {
		t.Errorf("%v, want %s", err, want)
	}
	if left, _ := filepath.Glob(filepath.Join(a.Cache, "data/spot/daily/klines/BTCUSDT/1m/*")); len(left) > 0 {
		t.Error(left)
	}
	a.NoChecksum = true
	path, verified, err := a.Get(t.Context(), day)
	if err != nil || verified {
		t.Fatal(err)
	}
	checkBody(t, path)
}

// A file that is not there is told apart from every other failure.
func TestSiteMissing(t *testing.T) {
	for _, noChecksum := range []bool{false, true} {
		a := site(t, &server{}, nil)
		a.NoChecksum = noChecksum
		other := day
		other.From, other.To = market.Day, 2*market.Day
		if _, _, err := a.Get(t.Context(), other); !errors.Is(err, published.ErrMissing) {
			t.Error(err)
		}
	}
}

// A file without a checksum is there, but not taken unless asked for.
func TestSiteWithoutChecksums(t *testing.T) {
	s := &server{answer: func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, ".CHECKSUM") {
			http.NotFound(w, r)
			return true
		}
		return false
	}}
	a := site(t, s, nil)
	_, _, err := a.Get(t.Context(), day)
	if err == nil || errors.Is(err, published.ErrMissing) || !strings.Contains(err.Error(), day.Name()+": there is no CHECKSUM beside it; fetch it again, or take the file as it is with --no-checksum") {
		t.Error(err)
	}
	a.NoChecksum = true
	if _, _, err := a.Get(t.Context(), day); err != nil {
		t.Error(err)
	}
}

// Cancelling ends a download at once, with the context's error.
func TestSiteCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &server{}
	s.answer = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if n == 1 {
			return false
		}
		io.WriteString(w, body[:1000])
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
		return true
	}
	if _, _, err := site(t, s, nil).Get(ctx, day); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestNewSite(t *testing.T) {
	for _, base := range []string{"", "ftp://x", "data.binance.vision", "https://", "https://a/?x=1", "https://u:p@a/"} {
		if _, err := published.NewSite(base, t.TempDir()); err == nil || market.ClassOf(err) != market.Usage {
			t.Errorf("%s: %v", base, err)
		}
	}
}

package app_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/signalman-trading/signalman/internal/published"
	"github.com/signalman-trading/signalman/market"
)

// publish writes the files of a set that hold a time, as the venue publishes them, with
// their checksums.
func publish(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 6, "published DIR spot|usdm INTERVAL|funding SYMBOL FROM TO")
	from, err := market.ParseTime(args[4])
	ts.Check(err)
	to, err := market.ParseTime(args[5])
	ts.Check(err)
	set := published.Set{Futures: args[1] == "usdm", Kind: published.Candles, Symbol: args[3]}
	if args[2] == "funding" {
		set.Kind = published.Fundings
	} else {
		set.Interval, err = market.ParseInterval(args[2])
		ts.Check(err)
	}
	ts.Check(set.Validate())
	ts.Check(publishFiles(ts.MkAbs(args[0]), set, from, to))
}

// publishFiles writes the files of a set into a tree.
func publishFiles(dir string, set published.Set, from, to market.Time) error {
	for _, f := range set.Cover(from, to, to+market.Day) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create(strings.TrimSuffix(f.Name(), ".zip") + ".csv")
		if err == nil {
			_, err = w.Write(publishedRows(f))
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Path()))
		sum := func() []byte { return fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(b.Bytes()), f.Name()) }
		if err = errors.Join(err, z.Close(), os.MkdirAll(filepath.Dir(path), 0o755)); err == nil {
			err = errors.Join(os.WriteFile(path, b.Bytes(), 0o644), os.WriteFile(path+".CHECKSUM", sum(), 0o644))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// publishedRows returns candles without a header, in the unit of their year, or fundings.
func publishedRows(f published.File) []byte {
	var b bytes.Buffer
	if f.Kind == published.Fundings {
		b.WriteString("calc_time,funding_interval_hours,last_funding_rate\n")
		for h := f.From; h < f.To; h += market.Time(8 * time.Hour) {
			fmt.Fprintf(&b, "%d,8,0.00010000\n", h.Millis()+2)
		}
		return b.Bytes()
	}
	unit := market.Time(time.Millisecond)
	if f.From.UTC().Year() >= 2025 {
		unit = market.Time(time.Microsecond)
	}
	d := market.Time(f.Interval)
	for t := f.From; t < f.To; t += d {
		price := 90_000 + int64(t/d)%40*int64(10+t/market.Day%7)
		fmt.Fprintf(&b, "%d,%d.5,%d.75,%d.25,%d.5,1000,%d,0,0,0,0,0\n", t/unit, price, price, price, price, (t+d)/unit-1)
	}
	return b.Bytes()
}

// serve serves a directory until the script ends, at the address $SERVER.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "serve DIR")
	s := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	ts.Defer(s.Close)
	ts.Setenv("SERVER", s.URL)
}

// TestKilledArchiveFetch kills fetches from a server at random requests, until one ends: every bar
// is there, once.
func TestKilledArchiveFetch(t *testing.T) {
	needSignals(t)
	t.Setenv("GORACE", hasty)
	tree, data, seed := t.TempDir(), t.TempDir(), rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	set := published.Set{Kind: published.Candles, Symbol: "BTCUSDT", Interval: market.Hour}
	from, to := market.TimeOf(time.Date(2024, 11, 20, 0, 0, 0, 0, time.UTC)), market.TimeOf(time.Date(2025, 2, 10, 0, 0, 0, 0, time.UTC))
	if err := publishFiles(tree, set, from, to); err != nil {
		t.Fatal(err)
	}
	files := http.FileServer(http.Dir(tree))
	due, reached := make(chan int, 1), make(chan bool)
	left := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case left = <-due:
		default:
		}
		if left--; left == 0 {
			reached <- true
			<-r.Context().Done()
			return
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	killed := 0
	for killed < 100 {
		p := exec.Command("signalman", "--data", data, "data", "fetch", "BTCUSDT", "--interval", "1h", "--archive", server.URL, "--from", from.String(), "--to", to.String())
		var errs bytes.Buffer
		p.Stderr = &errs
		due <- 1 + chance.IntN(12)
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- p.Wait() }()
		select {
		case <-reached:
			if err := p.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-ended
			killed++
			continue
		case err := <-ended:
			if err != nil {
				t.Fatal(err, errs.String())
			}
		}
		break
	}
	var list []struct {
		Bars     int
		From, To market.Time
	}
	if err := json.Unmarshal(within(t, "--data", data, "--format", "json", "data", "list"), &list); err != nil {
		t.Fatal(err)
	}
	if want := int((to - from) / market.Time(time.Hour)); killed == 0 || len(list) != 1 || list[0].Bars != want || list[0].From != from {
		t.Errorf("after %d kills: %+v, want %d bars from %s", killed, list, want, from)
	}
}

package app_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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
	for _, f := range set.Cover(from, to, to+market.Day) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create(strings.TrimSuffix(f.Name(), ".zip") + ".csv")
		ts.Check(err)
		_, err = w.Write(publishedRows(f))
		ts.Check(err)
		ts.Check(z.Close())
		path := ts.MkAbs(filepath.Join(args[0], filepath.FromSlash(f.Path())))
		ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
		ts.Check(os.WriteFile(path, b.Bytes(), 0o644))
		ts.Check(os.WriteFile(path+".CHECKSUM", fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(b.Bytes()), f.Name()), 0o644))
	}
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

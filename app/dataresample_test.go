package app_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// A whole is a bar and whether it is flagged as incomplete.
type whole struct {
	Bar        market.Bar
	Incomplete bool
}

// wholes returns the rows of c by open time.
func wholes(c *market.Columns) map[market.Time]whole {
	m := map[market.Time]whole{}
	for row, t := range c.OpenTime {
		m[t] = whole{c.Bar(row), c.Incomplete != nil && c.Incomplete[row]}
	}
	return m
}

// minutes makes bars with gaps over a few hours.
func minutes(r *rand.Rand) *market.Columns {
	c := market.MakeColumns(market.Minute, 0)
	c.PriceScale, c.VolumeScale = 2, 8
	t := 18_000*market.Day + market.Time(r.IntN(90))*market.Time(market.Minute)
	for range 1 + r.IntN(300) {
		low := 1000 + r.IntN(1000)
		price := func() float64 { return float64(low+r.IntN(100)) / 100 }
		c.Append(market.Bar{OpenTime: t, Open: price(), High: float64(low+100) / 100, Low: float64(low) / 100, Close: price(), Volume: float64(r.Int64N(1e11)) / 1e8})
		t += market.Time(market.Minute)
		if r.IntN(40) == 0 {
			t += market.Time(market.Minute) * market.Time(r.IntN(100))
		}
	}
	return c
}

// naive makes quarters of an hour as semantics X1 says: of each, from all minutes.
func naive(c *market.Columns) map[market.Time]whole {
	const quarter = market.Time(15 * market.Minute)
	made := map[market.Time]whole{}
	last := c.OpenTime[c.Len()-1] + market.Time(market.Minute)
	for start := c.OpenTime[0] - c.OpenTime[0]%quarter; start+quarter <= last; start += quarter {
		var b market.Bar
		n, volume := 0, int64(0)
		for row, t := range c.OpenTime {
			if t < start || t >= start+quarter {
				continue
			}
			if n++; n == 1 {
				b = c.Bar(row)
				b.OpenTime = start
			}
			b.High, b.Low, b.Close = max(b.High, c.High[row]), min(b.Low, c.Low[row]), c.Close[row]
			volume += market.Ticks(c.Volume[row], 1e8)
		}
		b.Volume = float64(volume) / 1e8
		if n > 0 {
			made[start] = whole{b, n < 15}
		}
	}
	return made
}

// stored draws what the store has of the made bars, and what it must have afterwards:
// a whole bar stays, unless it disagrees and is to be replaced.
func stored(r *rand.Rand, made map[market.Time]whole, c *market.Columns, replace bool) (old *market.Columns, want map[market.Time]whole, disagree int) {
	old, want = market.MakeColumns(15*market.Minute, 0), map[market.Time]whole{}
	old.PriceScale, old.VolumeScale, old.Incomplete = 2, 8, []bool{}
	for t := c.OpenTime[0] - c.OpenTime[0]%market.Time(old.Interval); t <= c.OpenTime[c.Len()-1]; t += market.Time(old.Interval) {
		m, ok := made[t]
		if !ok {
			continue
		}
		want[t] = m
		s := m
		switch r.IntN(5) {
		case 0:
			continue
		case 1:
			s = whole{m.Bar, true}
			s.Bar.Volume++
		case 2:
			s = whole{m.Bar, false}
			s.Bar.Volume += 1e-8
			if !m.Incomplete {
				disagree++
			}
			if m.Incomplete || !replace {
				want[t] = s
			}
		default:
			s.Incomplete = false // an exchange flags nothing
			want[t] = s
		}
		old.Append(s.Bar)
		old.Incomplete[old.Len()-1] = s.Incomplete
	}
	return old, want, disagree
}

func TestResampleAgainstOracle(t *testing.T) {
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 1))
		fine, replace := minutes(r), r.IntN(2) == 0
		made := naive(fine)
		old, want, disagree := stored(r, made, fine, replace)
		dir := t.TempDir()
		put(t, dir, fine, old)
		args := []string{"--data", dir, "data", "resample", "X", "1m", "15m"}
		if replace {
			args = append(args, "--replace")
		}
		var out, errs bytes.Buffer
		code := app.Run(context.Background(), app.Default(), args, &out, &errs)
		if wantCode := map[bool]int{true: 3}[disagree > 0 && !replace]; code != wantCode {
			t.Fatalf("seed %d: exit code %d, want %d: %s%s", seed, code, wantCode, &out, &errs)
		}
		if !strings.Contains(out.String(), fmt.Sprintf(", %d disagree", disagree)) {
			t.Errorf("seed %d: %d disagree, but: %s", seed, disagree, &out)
		}
		if d := diff.Diff(want, wholes(quarters(t, dir))); d != "" {
			t.Fatalf("seed %d: %s(-want +got)\n%s", seed, &out, d)
		}
		if code := app.Run(context.Background(), app.Default(), args, &out, &errs); code != 0 && replace || !strings.Contains(out.String(), "; 0 new, 0 replaced") {
			t.Errorf("seed %d: a second time: code %d, %s", seed, code, &out)
		}
	}
}

func put(t *testing.T, dir string, list ...*market.Columns) {
	t.Helper()
	db, err := store.Open(filepath.Join(dir, "history.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if _, err := db.PutBars(store.Series{Symbol: "X", Interval: c.Interval}, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func quarters(t *testing.T, dir string) *market.Columns {
	t.Helper()
	db, err := store.Open(filepath.Join(dir, "history.db"), store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Bars(store.Series{Symbol: "X", Interval: 15 * market.Minute}, 0, 0)
	if errors.Is(err, store.ErrNoSeries) {
		return market.MakeColumns(15*market.Minute, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestResampleRecorded makes bars of recorded ones, and finds those that the exchange
// served itself, but for what its outage of 2023-03-24 did.
func TestResampleRecorded(t *testing.T) {
	data := cmp.Or(os.Getenv("SIGNALMAN_DATA"), filepath.Join("..", "..", "shared", "data"))
	if _, err := os.Stat(data); err != nil {
		t.Skip("the recorded market data is not at hand: set SIGNALMAN_DATA: ", err)
	}
	const finom, benicio, privet1x = "binance-spot-finom/BTCUSDT-", "binance-spot-1m-benicio/", "binance-spot-privet1x/BTCUSDT-"
	for _, c := range []struct {
		name     string
		files    []string
		resample string
		code     int
		want     []string
	}{
		{"hours", []string{finom + "1h", finom + "2h", finom + "4h", finom + "1d"}, "1h 2h 4h 1d", 0, []string{
			"2h from 1h: 17532 bars, 1 of them incomplete; 17531 compared, 0 disagree, 1 not judged; 0 new, 0 replaced",
			"4h from 1h: 8766 bars, 1 of them incomplete; 8765 compared, 0 disagree, 1 not judged; 0 new, 0 replaced",
			"1d from 1h: 1461 bars, 1 of them incomplete; 1460 compared, 0 disagree, 1 not judged; 0 new, 0 replaced"}},
		{"since listing", []string{finom + "2h", finom + "4h", finom + "1d"}, "2h 4h,1d", 3, []string{
			"4h from 2h: 18337 bars, 21 of them incomplete; 18316 compared, 1 disagree, 21 not judged",
			"  2023-03-24T12:00:00Z: open 28079.99 where the finer bars make 28080\n",
			"1d from 2h: 3059 bars, 20 of them incomplete; 3039 compared, 0 disagree, 20 not judged"}},
		{"weeks", []string{finom + "1d"}, "1d 3d 1w", 0, []string{
			"3d from 1d: 1020 bars, 1 of them incomplete; 0 compared, 0 disagree; 1020 new", "1w from 1d: 437 bars, 1 of them incomplete; 0 compared, 0 disagree; 437 new"}},
		{"minutes of 2022", []string{benicio + "2022-06-15_2022-07-19/BTCUSDT-1m", finom + "1h"}, "1m 1h 15m", 0, []string{
			"1h from 1m: 833 bars, 0 of them incomplete; 833 compared, 0 disagree, 1 not judged", "15m from 1m: 3333 bars, 0 of them incomplete; 0 compared, 0 disagree; 3333 new"}},
		{"the crash of 2021", []string{"binance-spot-1m-tttienthinh/2021-05-15_2021-05-22/BTCUSDT-1m", finom + "2h"}, "1m 2h", 0, []string{
			"2h from 1m: 84 bars, 1 of them incomplete; 83 compared, 0 disagree, 2 not judged; 0 new, 0 replaced"}},
		{"minutes of 2024", []string{privet1x + "1m", privet1x + "15m"}, "1m 15m", 0, []string{"15m from 1m: 2784 bars, 0 of them incomplete; 2784 compared, 0 disagree, 1 not judged; 0 new, 0 replaced"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			args := []string{"--data", dir, "data", "import"}
			for _, f := range c.files {
				args = append(args, filepath.Join(data, f+".csv.gz"))
			}
			var out bytes.Buffer
			if code := app.Run(context.Background(), app.Default(), args, &out, &out); code != 0 {
				t.Fatal(out.String())
			}
			out.Reset()
			code := app.Run(context.Background(), app.Default(), append([]string{"--data", dir, "data", "resample", "BTCUSDT"}, strings.Fields(c.resample)...), &out, &out)
			if code != c.code {
				t.Errorf("exit code %d", code)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q", want)
				}
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}

package datacheck_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/datacheck"
	"github.com/signalman-trading/signalman/market"
)

// recorded returns the folder of the recorded market data, and skips the test where it
// is absent; see its README.md.
func recorded(t *testing.T) string {
	t.Helper()
	dir := cmp.Or(os.Getenv("SIGNALMAN_DATA"), "../../../shared/data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the recorded market data is not at hand: set SIGNALMAN_DATA: ", err)
	}
	return dir
}

func readBars(t *testing.T, path string) *market.Columns {
	t.Helper()
	r, err := barfile.ReadFile(path, barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Columns
}

// recordedSets are the sets, each with the venue under which it is known, its files, and
// of each file the gaps, missing bars and gaps in known outages: as its PROVENANCE.md
// counts them, where it does. Other lists whatever else is found.
var recordedSets = []struct {
	glob, venue                 string
	files, gaps, missing, known int
	other                       []string
}{
	{"binance-spot-nic/BTCUSDT-1h.csv.gz", "binance", 1, 28, 128, 28, nil},
	{"binance-spot-bernini10/*-1h.csv.gz", "binance", 5, 10, 20, 10, nil},
	{"binance-spot-finom/*-15m.csv.gz", "binance", 2, 0, 0, 0, nil},
	{"binance-spot-finom/*-1h.csv.gz", "binance", 8, 1, 1, 1, nil},
	{"binance-spot-finom/BTCUSDT-2h.csv.gz", "binance", 1, 18, 53, 18, nil},
	{"binance-spot-finom/BTCUSDT-4h.csv.gz", "binance", 1, 8, 16, 8, nil},
	{"binance-spot-finom/ETHUSDT-4h.csv.gz", "binance", 1, 8, 16, 8, []string{
		"spike 2017-08-22T04:00:00Z open 144.21 and close 300.35 between closes of 280 and 308.03: 94 %, 77 usual moves"}},
	{"binance-spot-finom/BNBUSDT-4h.csv.gz", "binance", 1, 8, 16, 8, []string{
		"spike 2017-11-06T04:00:00Z open 1.3 and close 1.625 between closes of 1.7 and 1.6288: 31 %, 15 usual moves"}},
	{"binance-spot-finom/SOLUSDT-4h.csv.gz", "binance", 1, 0, 0, 0, nil},
	{"binance-spot-finom/XRPUSDT-4h.csv.gz", "binance", 1, 7, 9, 7, nil},
	{"binance-spot-finom/ADAUSDT-4h.csv.gz", "binance", 1, 7, 9, 7, nil},
	{"binance-spot-finom/DOGEUSDT-4h.csv.gz", "binance", 1, 2, 2, 2, nil},
	{"binance-spot-finom/LINKUSDT-4h.csv.gz", "binance", 1, 4, 5, 4, []string{
		"spike 2020-03-12T08:00:00Z high 3.2178 and low 0.0001 of a bar from 3.1439 to 2.3479: 2347800 %, 1734447 usual moves"}},
	{"binance-spot-finom/[ABESX]*-1d.csv.gz", "binance", 6, 0, 0, 0, nil},
	{"binance-spot-finom/DOGEUSDT-1d.csv.gz", "binance", 1, 0, 0, 0, []string{
		"jump 2021-01-28T00:00:00Z open 0.0074104 and close 0.0364995 after a close of 0.0074124: 392 %, 205 usual moves"}},
	{"binance-spot-finom/LINKUSDT-1d.csv.gz", "binance", 1, 0, 0, 0, []string{
		"spike 2020-03-12T00:00:00Z high 3.8519 and low 0.0001 of a bar from 3.817 to 1.9931: 1993000 %, 551200 usual moves"}},
	{"binance-spot-privet1x/*.csv.gz", "binance", 2, 0, 0, 0, nil},
	{"binance-spot-1m-benicio/2021-*/*-1m.csv.gz", "binance", 1, 2, 434, 2, nil},
	{"binance-spot-1m-benicio/202[2-5]-*/*-1m.csv.gz", "binance", 5, 0, 0, 0, nil},
	{"binance-spot-1m-tttienthinh/*/*-1m.csv.gz", "binance", 1, 0, 0, 0, nil},
	{"bitfinex-1m-zombie3000/2019/*-1m.csv.gz", "bitfinex", 1, 9955, 12873, 0, nil},
	{"binance-usdm-typhonun/*-1m.csv.gz", "binance-usdm", 4, 0, 0, 0, nil},
	{"binance-usdm-muthebug/[A-RT-Z]*.csv.gz", "binance-usdm", 9, 0, 0, 0, nil},
	{"binance-usdm-muthebug/SUIUSDT-1d.csv.gz", "binance-usdm", 1, 0, 0, 0, []string{
		"spike 2025-10-10T00:00:00Z high 3.4781 and low 0.5669 of a bar from 3.4063 to 2.5967: 358 %, 115 usual moves"}},
	{"binance-usdm-aggtrades-vision/klines/*.zip", "binance-usdm", 7, 0, 0, 0, nil},
}

// TestRecordedSets finds in the real sets the outages that are known, and nothing that is
// not there.
func TestRecordedSets(t *testing.T) {
	dir := recorded(t)
	for _, want := range recordedSets {
		paths, err := filepath.Glob(filepath.Join(dir, want.glob))
		if err != nil || len(paths) != want.files {
			t.Errorf("%s: %d files, want %d; %v", want.glob, len(paths), want.files, err)
		}
		for _, path := range paths {
			c := readBars(t, path)
			r := datacheck.Check(c, datacheck.Options{Venue: want.venue})
			for _, o := range datacheck.Outages(want.venue) {
				if row := c.Search(o.From); row < c.Len() && c.Time(row) <= o.To {
					t.Errorf("%s: a bar at %s, in the %s", path, c.OpenTime[row], o.Name)
				}
			}
			gaps := r.Of(datacheck.Gap)
			if gaps.Count != want.gaps || gaps.Bars != int64(want.missing) || gaps.Known != want.known || r.Errors() > 0 {
				t.Errorf("%s: %+v, want %d gaps with %d bars missing, %d known", path, r.Tallies, want.gaps, want.missing, want.known)
			}
			var other []string
			for _, f := range r.Findings {
				if f.Kind != datacheck.Gap {
					other = append(other, fmt.Sprintf("%s %s %s", f.Kind, f.From, f.Text))
				}
			}
			if diff := gocmp.Diff(want.other, other); diff != "" {
				t.Errorf("%s: %s", path, diff)
			}
		}
	}
}

// TestKnownOutages says that each known outage is a gap of the longest recording, whole
// but for minutes, and that recordings of minutes agree to the minute.
func TestKnownOutages(t *testing.T) {
	dir := recorded(t)
	hours := datacheck.Check(readBars(t, filepath.Join(dir, "binance-spot-nic/BTCUSDT-1h.csv.gz")), datacheck.Options{Venue: "binance"})
	minutes := datacheck.Check(readBars(t, filepath.Join(dir, "binance-spot-1m-benicio/2021-03-26_2021-04-30/BTCUSDT-1m.csv.gz")), datacheck.Options{Venue: "binance"})
	byName := map[string]datacheck.Finding{}
	for _, f := range append(hours.Findings, minutes.Findings...) {
		byName[f.Outage] = f
	}
	for _, o := range datacheck.Outages("binance") {
		if f := byName[o.Name]; f.From != o.From || f.To != o.To {
			t.Errorf("%s: %s to %s, where the recording has %s to %s", o.Name, o.From, o.To, f.From, f.To)
		}
	}
}

// agreements are pairs of files of one instrument by different hands: what the bars of
// the first make is compared with the second.
var agreements = []struct {
	fine, coarse                         string
	compared, differ, incomplete, absent int
	first                                string
}{
	{"binance-spot-privet1x/BTCUSDT-1m.csv.gz", "binance-spot-privet1x/BTCUSDT-15m.csv.gz", 2784, 0, 1, 0, ""},
	{"binance-spot-privet1x/BTCUSDT-1m.csv.gz", "binance-spot-finom/BTCUSDT-1h.csv.gz", 696, 0, 1, 0, ""},
	{"binance-spot-nic/BTCUSDT-1h.csv.gz", "binance-spot-finom/BTCUSDT-2h.csv.gz", 29198, 0, 23, 0, ""},
	{"binance-spot-nic/BTCUSDT-1h.csv.gz", "binance-spot-finom/BTCUSDT-1d.csv.gz", 2409, 0, 31, 0, ""},
	{"binance-spot-finom/BTCUSDT-4h.csv.gz", "binance-spot-finom/BTCUSDT-1d.csv.gz", 3049, 0, 10, 0, ""},
	{"binance-spot-finom/BTCUSDT-2h.csv.gz", "binance-spot-finom/BTCUSDT-4h.csv.gz", 18316, 1, 21, 0, "2023-03-24T12:00:00Z open 28079.99 where the finer bars make 28080"},
	{"binance-spot-bernini10/XRPUSDT-1h.csv.gz", "binance-spot-finom/XRPUSDT-4h.csv.gz", 10942, 0, 14, 0, ""},
	{"binance-spot-1m-benicio/2021-03-26_2021-04-30/BTCUSDT-1m.csv.gz", "binance-spot-nic/BTCUSDT-1h.csv.gz", 832, 0, 4, 0, ""},
	{"binance-usdm-muthebug/LTCUSDT-1h.csv.gz", "binance-usdm-muthebug/LTCUSDT-1d.csv.gz", 2340, 3, 1, 0, "2022-07-16T00:00:00Z volume 2240584.761 where the finer bars make 2240582.971"},
}

// TestRecordingsAgree finds that they do but for a handful of bars. The one of 2023-03-24
// is that of a halt, which opened at 12:00 with a bar of two hours that holds no trade.
func TestRecordingsAgree(t *testing.T) {
	dir := recorded(t)
	for _, a := range agreements {
		x := datacheck.Compare(readBars(t, filepath.Join(dir, a.fine)), readBars(t, filepath.Join(dir, a.coarse)), 0)
		got := fmt.Sprintf("%d compared, %d differ, %d incomplete, %d absent", x.Compared, x.Differ, x.Incomplete, x.Absent)
		want := fmt.Sprintf("%d compared, %d differ, %d incomplete, %d absent", a.compared, a.differ, a.incomplete, a.absent)
		first := ""
		if len(x.Differences) > 0 {
			first = x.Differences[0].Time.String() + " " + x.Differences[0].String()
		}
		if got != want || first != a.first {
			t.Errorf("%s against %s: %s; %q; want %s; %q", a.coarse, a.fine, got, first, want, a.first)
		}
	}
}

// TestOutagesInTheDocs holds the table of docs/data.md against the list.
func TestOutagesInTheDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/data.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "### Known outages\n")
	_, section, _ = strings.Cut(section, "|---|---|\n")
	section, _, _ = strings.Cut(section, "\n\n")
	want := ""
	for _, o := range datacheck.Outages("binance") {
		want += fmt.Sprintf("| %s | %s |\n", short(o.From), short(o.To))
	}
	if diff := gocmp.Diff(strings.TrimSpace(want), section); diff != "" {
		t.Error(diff)
	}
}

func short(t market.Time) string { return t.UTC().Format("2006-01-02 15:04") }

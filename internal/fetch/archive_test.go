package fetch_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/fetch"
	"github.com/signalman-trading/signalman/internal/published"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func at(t *testing.T, text string) market.Time {
	t.Helper()
	v, err := market.ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A tree is an archive that a test fills.
type tree struct {
	t    *testing.T
	path string
}

// put writes a file with the rows as its only entry, and its checksum.
func (r tree) put(f published.File, rows string) string {
	r.t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(strings.TrimSuffix(f.Name(), ".zip") + ".csv")
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := w.Write([]byte(rows)); err != nil {
		r.t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		r.t.Fatal(err)
	}
	path := filepath.Join(r.path, filepath.FromSlash(f.Path()))
	r.write(path, b.Bytes())
	r.write(path+".CHECKSUM", fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(b.Bytes()), f.Name()))
	return path
}

func (r tree) write(path string, b []byte) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

const head = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n"

// hours returns hourly candles for the time of a file, in the units of a market: with
// milliseconds for futures and, up to 2024, for spot, and with microseconds then.
func hours(f published.File) string {
	var b strings.Builder
	unit := market.Time(time.Millisecond)
	if !f.Futures && f.From.UTC().Year() >= 2025 {
		unit = market.Time(time.Microsecond)
	}
	for h := f.From; h < f.To; h += market.Time(time.Hour) {
		price := 100 + int64(h/market.Time(time.Hour))%7
		fmt.Fprintf(&b, "%d,%d.5,%d.75,%d.25,%d.5,10,%d,0,0,0,0,0\n", h/unit, price, price, price, price, (h+market.Time(time.Hour))/unit-1)
	}
	return b.String()
}

var hourly = published.Set{Kind: published.Candles, Symbol: "BTCUSDT", Interval: market.Hour}

// fill puts all files of a range.
func (r tree) fill(set published.Set, from, to, now string) []published.File {
	r.t.Helper()
	files := set.Cover(at(r.t, from), at(r.t, to), at(r.t, now))
	for _, f := range files {
		r.put(f, hours(f))
	}
	return files
}

// job returns a run over a range into a store in a directory of the test's.
func job(t *testing.T, source published.Archive, from, to string) *fetch.Archive {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.db")
	seen, err := fetch.OpenImported(filepath.Join(t.TempDir(), "published", "imported"))
	if err != nil {
		t.Fatal(err)
	}
	return &fetch.Archive{
		Seen:   seen,
		Source: source, Set: hourly, Venue: "binance", Start: at(t, from), End: at(t, to), Now: at(t, "2025-06-01"), Temp: t.TempDir(),
		Open: func(write bool) (*store.DB, error) { return store.Open(path, store.Options{ReadOnly: !write}) },
	}
}

// rows counts what is stored, and says from when to when.
func rows(t *testing.T, a *fetch.Archive) string {
	t.Helper()
	db, err := a.Open(false)
	if errors.Is(err, store.ErrMissing) {
		return "nothing"
	}
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if a.Set.Kind == published.Fundings {
		list, err := db.Fundings(a.Venue, a.Set.Symbol, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(len(list))
	}
	st, err := db.Stats(a.Series())
	if err != nil {
		return "nothing"
	}
	return fmt.Sprintf("%d from %s to %s", st.Rows, st.First, st.Last)
}

// told writes a report and an error in one line.
func told(r *fetch.ArchiveReport, err error) string {
	text := fmt.Sprintf("%d files, %d stored, %d missing, %d unverified: %d rows, %d new, %d same, %d restated", r.Files, r.Stored, len(r.Missing), r.Unverified, r.Rows, r.Put.Added, r.Put.Unchanged, r.Put.Restated)
	if err != nil {
		text += "; " + err.Error()
	}
	return text
}

func want(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Months and days, milliseconds and microseconds, across the turn of a year; then again,
// which finds all of it stored.
func TestArchive(t *testing.T) {
	for _, futures := range []bool{false, true} {
		dir := tree{t, t.TempDir()}
		set := hourly
		set.Futures = futures
		for n, f := range dir.fill(set, "2024-11-29", "2025-02-03", "2025-06-01") {
			if futures && n%2 == 0 {
				dir.put(f, head+hours(f))
			}
		}
		a := job(t, &published.Dir{Path: dir.path}, "2024-11-29", "2025-02-03")
		a.Set = set
		r, err := a.Run(t.Context())
		want(t, told(r, err), "6 files, 0 stored, 0 missing, 0 unverified: 1584 rows, 1584 new, 0 same, 0 restated")
		want(t, rows(t, a), "1584 from 2024-11-29T00:00:00Z to 2025-02-02T23:00:00Z")
		r, err = a.Run(t.Context())
		want(t, told(r, err), "0 files, 6 stored, 0 missing, 0 unverified: 0 rows, 0 new, 0 same, 0 restated")
		a.Resync = true
		r, err = a.Run(t.Context())
		want(t, told(r, err), "6 files, 0 stored, 0 missing, 0 unverified: 1584 rows, 0 new, 1584 same, 0 restated")
	}
}

// A month that is not there yet is taken by the day, of which one is missing, too.
func TestArchiveFallsBack(t *testing.T) {
	dir := tree{t, t.TempDir()}
	files := dir.fill(hourly, "2025-01-01", "2025-03-01", "2025-06-01")
	if err := os.Remove(filepath.Join(dir.path, filepath.FromSlash(files[1].Path()))); err != nil {
		t.Fatal(err)
	}
	days := files[1].Days()
	for n, f := range days {
		if n != 9 {
			dir.put(f, hours(f))
		}
	}
	a := job(t, &published.Dir{Path: dir.path}, "2025-01-01", "2025-03-01")
	var left []int
	a.Told = func(_ published.File, n int) { left = append(left, n) }
	r, err := a.Run(t.Context())
	want(t, told(r, err), "28 files, 0 stored, 1 missing, 0 unverified: 1392 rows, 1392 new, 0 same, 0 restated")
	if !strings.HasSuffix(r.Missing[0], "BTCUSDT-1h-2025-02-10.zip") || left[0] != 1 || left[1] != 28 || left[len(left)-1] != 0 {
		t.Error(r.Missing, left)
	}
	// Only the day that was missing is asked for once it is there.
	dir.put(days[9], hours(days[9]))
	r, err = a.Run(t.Context())
	want(t, told(r, err), "1 files, 28 stored, 0 missing, 0 unverified: 24 rows, 24 new, 0 same, 0 restated")
}

// A day that is not there is taken from its month, which is asked for once.
func TestArchiveDaysOfMonths(t *testing.T) {
	dir := tree{t, t.TempDir()}
	dir.fill(hourly, "2025-01-01", "2025-03-01", "2025-06-01")
	a := job(t, &published.Dir{Path: dir.path}, "2025-01-30", "2025-02-03")
	r, err := a.Run(t.Context())
	want(t, told(r, err), "2 files, 0 stored, 0 missing, 0 unverified: 1416 rows, 1416 new, 0 same, 0 restated")
	r, err = a.Run(t.Context())
	want(t, told(r, err), "0 files, 4 stored, 0 missing, 0 unverified: 0 rows, 0 new, 0 same, 0 restated")
	a.End = at(t, "2025-03-02")
	r, err = a.Run(t.Context())
	want(t, told(r, err), "0 files, 3 stored, 1 missing, 0 unverified: 0 rows, 0 new, 0 same, 0 restated")
}

// A file that does not hold all of its time is imported once, and again where the store
// has less than it had; what is missing is a gap.
func TestArchiveShortFiles(t *testing.T) {
	dir := tree{t, t.TempDir()}
	files := dir.fill(hourly, "2025-01-01", "2025-02-01", "2025-06-01")
	text := strings.SplitAfter(hours(files[0]), "\n")
	dir.put(files[0], strings.Join(append(text[:100:100], text[110:456]...), ""))
	a := job(t, &published.Dir{Path: dir.path}, "2025-01-01", "2025-02-01")
	for _, line := range []string{"1 files, 0 stored, 0 missing, 0 unverified: 446 rows, 446 new, 0 same, 0 restated", "0 files, 1 stored, 0 missing, 0 unverified: 0 rows, 0 new, 0 same, 0 restated"} {
		r, err := a.Run(t.Context())
		want(t, told(r, err), line)
		gaps := []barfile.Gap{
			{From: at(t, "2025-01-05T04:00:00Z"), To: at(t, "2025-01-05T14:00:00Z"), Missing: 10},
			{From: at(t, "2025-01-20"), To: at(t, "2025-02-01"), Missing: 288},
		}
		if diff := cmp.Diff(gaps, r.Look.Gaps); diff != "" || r.Look.From != a.Start || r.Look.To != a.End {
			t.Error(r.Look, diff)
		}
	}
}

// Trades are passed over where as many are stored as the file had: a day whose first and
// last hour came from elsewhere is not complete.
func TestArchiveTradesComplete(t *testing.T) {
	dir := tree{t, t.TempDir()}
	a := job(t, &published.Dir{Path: dir.path}, "2025-01-01", "2025-01-02")
	a.Set = published.Set{Kind: published.Trades, Symbol: "BTCUSDT"}
	f := a.Set.Cover(a.Start, a.End, a.Now)[0]
	rows, edges := "", ""
	for n := range market.Time(24) {
		row := fmt.Sprintf("%d,100.5,0.25,%d,%d,%d,true,true\n", n+1, n, n, (f.From+n*market.Time(time.Hour))/1000)
		if rows += row; n == 0 || n == 23 {
			edges += row
		}
	}
	other := tree{t, t.TempDir()}
	other.put(f, edges)
	a.Source, a.Seen = &published.Dir{Path: other.path}, nil
	r, err := a.Run(t.Context())
	want(t, told(r, err), "1 files, 0 stored, 0 missing, 0 unverified: 2 rows, 2 new, 0 same, 0 restated")
	if r.Look.GapCount != 1 || r.Look.Missing != 22 {
		t.Error(r.Look)
	}
	dir.put(f, rows)
	path := filepath.Join(t.TempDir(), "imported")
	a.Source = &published.Dir{Path: dir.path}
	for _, line := range []string{"1 files, 0 stored, 0 missing, 0 unverified: 24 rows, 22 new, 2 same, 0 restated", "0 files, 1 stored, 0 missing, 0 unverified: 0 rows, 0 new, 0 same, 0 restated"} {
		if a.Seen, err = fetch.OpenImported(path); err != nil {
			t.Fatal(err)
		}
		r, err = a.Run(t.Context())
		want(t, told(r, err), line)
	}
	dir.write(path, []byte("binance/aggTrades/BTCUSDT-aggTrades-2025-01-01.zip 25 rows\nx\nbinance/aggTrades/BTCUSDT-aggTrades-2025-01-01.zip 2"))
	if a.Seen, err = fetch.OpenImported(path); err != nil {
		t.Fatal(err)
	}
	r, err = a.Run(t.Context())
	want(t, told(r, err), "1 files, 0 stored, 0 missing, 0 unverified: 24 rows, 0 new, 24 same, 0 restated")
}

// A bad file stores nothing of itself, and all of the files before it.
func TestArchiveBadFiles(t *testing.T) {
	const before = "1 files, 0 stored, 0 missing, 0 unverified: 24 rows, 24 new, 0 same, 0 restated; "
	for name, c := range map[string]struct {
		damage func(dir tree, f published.File, path string)
		want   string
	}{
		"wrong checksum": {func(dir tree, f published.File, path string) {
			dir.write(path+".CHECKSUM", fmt.Appendf(nil, "%064x  %s\n", 7, f.Name()))
		}, "wrong checksum: expected SHA-256 0000000000000000000000000000000000000000000000000000000000000007, found "},
		"cut": {func(dir tree, f published.File, path string) {
			b, _ := os.ReadFile(path)
			dir.write(path, b[:len(b)/2])
			os.Remove(path + ".CHECKSUM")
		}, "the archive is damaged or cut short"},
		"endless line": {func(dir tree, f published.File, path string) {
			dir.put(f, strings.Repeat("0", 1<<20))
		}, "a line is longer than 262144 bytes"},
		"bomb": {func(dir tree, f published.File, path string) {
			dir.put(f, hours(f)+strings.Repeat("\n", 80<<20))
		}, "the archive grows to more than"},
		"another day": {func(dir tree, f published.File, path string) {
			other := f
			other.From, other.To = f.From-market.Day, f.To-market.Day
			dir.put(f, hours(other))
		}, "it holds 2025-01-01T00:00:00Z to 2025-01-01T23:00:00Z, and is named for 2025-01-02T00:00:00Z to 2025-01-03T00:00:00Z"},
		"bad row": {func(dir tree, f published.File, path string) {
			dir.put(f, strings.Replace(hours(f), ".75,", ".01,", 1))
		}, "high "},
		"empty": {func(dir tree, f published.File, path string) { dir.put(f, "") }, "no bars"},
		"no checksum": {func(dir tree, f published.File, path string) {
			dir.write(path+".CHECKSUM", []byte("<html>"))
		}, `.CHECKSUM: "<html>" is not a checksum`},
	} {
		dir := tree{t, t.TempDir()}
		files := dir.fill(hourly, "2025-01-01", "2025-01-04", "2025-06-01")
		path := filepath.Join(dir.path, filepath.FromSlash(files[1].Path()))
		c.damage(dir, files[1], path)
		a := job(t, &published.Dir{Path: dir.path}, "2025-01-01", "2025-01-04")
		r, err := a.Run(t.Context())
		got := told(r, err)
		if !strings.HasPrefix(got, before) || !strings.Contains(got, c.want) || !strings.Contains(got, filepath.Base(path)) || market.ClassOf(err) != market.Data {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
		want(t, rows(t, a), "24 from 2025-01-01T00:00:00Z to 2025-01-01T23:00:00Z")
	}
}

// Files that were issued anew can be taken without their checksums.
func TestArchiveNoChecksum(t *testing.T) {
	dir := tree{t, t.TempDir()}
	files := dir.fill(hourly, "2025-01-01", "2025-01-03", "2025-06-01")
	dir.write(filepath.Join(dir.path, filepath.FromSlash(files[1].Path()))+".CHECKSUM", fmt.Appendf(nil, "%064x  %s\n", 7, files[1].Name()))
	a := job(t, &published.Dir{Path: dir.path, NoChecksum: true}, "2025-01-01", "2025-01-03")
	r, err := a.Run(t.Context())
	want(t, told(r, err), "2 files, 0 stored, 0 missing, 2 unverified: 48 rows, 48 new, 0 same, 0 restated")
}

// A restated bar is found by a resync, and told with what it was.
func TestArchiveResync(t *testing.T) {
	dir := tree{t, t.TempDir()}
	files := dir.fill(hourly, "2025-01-01", "2025-01-03", "2025-06-01")
	a := job(t, &published.Dir{Path: dir.path}, "2025-01-01", "2025-01-03")
	if _, err := a.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir.put(files[1], strings.Replace(hours(files[1]), ",10,", ",11,", 1))
	a.Resync = true
	r, err := a.Run(t.Context())
	want(t, told(r, err), "2 files, 0 stored, 0 missing, 0 unverified: 48 rows, 0 new, 47 same, 1 restated")
	if c := r.Put.Changes; len(c) != 1 || c[0].Time != files[1].From || c[0].Old.Volume != 10 || c[0].New.Volume != 11 {
		t.Errorf("%+v", c)
	}
}

// Where nothing is there at all, that is an error.
func TestArchiveNothing(t *testing.T) {
	a := job(t, &published.Dir{Path: t.TempDir()}, "2025-01-30", "2025-02-02")
	r, err := a.Run(t.Context())
	if err == nil || market.ClassOf(err) != market.Data || !strings.Contains(err.Error(), "BTCUSDT: nothing is there: none of 3 files, the first of them ") {
		t.Error(told(r, err))
	}
	a.Now = a.Start
	if r, err = a.Run(t.Context()); err == nil || market.ClassOf(err) != market.Usage || !strings.Contains(err.Error(), "no file of BTCUSDT is published for that time yet") {
		t.Error(told(r, err))
	}
	want(t, rows(t, a), "nothing")
	a.Set.Interval = 7 * market.Minute
	if _, err = a.Run(t.Context()); err == nil || market.ClassOf(err) != market.Usage {
		t.Error(err)
	}
}

// Fundings are published by the month, trades as bars are.
func TestArchiveOtherKinds(t *testing.T) {
	dir := tree{t, t.TempDir()}
	fundings := published.Set{Futures: true, Kind: published.Fundings, Symbol: "BTCUSDT"}
	for _, f := range fundings.Cover(at(t, "2025-01-10"), at(t, "2025-02-10"), at(t, "2025-06-01")) {
		rows := "calc_time,funding_interval_hours,last_funding_rate\n"
		for h := f.From; h < f.To; h += market.Time(8 * time.Hour) {
			rows += fmt.Sprintf("%d,8,0.00010000\n", h.Millis()+3)
		}
		dir.put(f, rows)
	}
	a := job(t, &published.Dir{Path: dir.path}, "2025-01-10", "2025-02-10")
	a.Set, a.Venue = fundings, "binance-usdm"
	for range 2 {
		r, err := a.Run(t.Context())
		if err != nil || r.Files != 2 {
			t.Error(told(r, err))
		}
		want(t, rows(t, a), "177")
	}
	trades := published.Set{Kind: published.Trades, Symbol: "BTCUSDT"}
	n := 0
	for _, f := range trades.Cover(at(t, "2025-01-01"), at(t, "2025-01-03"), at(t, "2025-06-01")) {
		rows := ""
		for h := f.From; h < f.To; h += market.Time(time.Hour) {
			n++
			rows += fmt.Sprintf("%d,100.5,0.25,%d,%d,%d,true,true\n", n, n, n, h/1000)
		}
		dir.put(f, rows)
	}
	b := job(t, &published.Dir{Path: dir.path}, "2025-01-01", "2025-01-03")
	b.Set = trades
	r, err := b.Run(t.Context())
	want(t, told(r, err), "2 files, 0 stored, 0 missing, 0 unverified: 48 rows, 48 new, 0 same, 0 restated")
	r, err = b.Run(t.Context())
	want(t, told(r, err), "0 files, 2 stored, 0 missing, 0 unverified: 0 rows, 0 new, 0 same, 0 restated")
}

// A run over a server that is cut short at any request is gone on with, and fetches no
// file twice.
func TestArchiveGoesOn(t *testing.T) {
	dir := tree{t, t.TempDir()}
	dir.fill(hourly, "2025-01-30", "2025-03-03", "2025-06-01")
	files := http.FileServer(http.Dir(dir.path))
	asked := map[string]int{}
	ctx, cancel := context.WithCancel(t.Context())
	requests := 0
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests++
		cut := requests%4 == 0
		if !cut && !strings.HasSuffix(r.URL.Path, ".CHECKSUM") {
			asked[r.URL.Path]++
		}
		mu.Unlock()
		if cut {
			cancel()
			<-r.Context().Done()
			return
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	site, err := published.NewSite(server.URL, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a := job(t, site, "2025-01-30", "2025-03-03")
	runs := 0
	for runs < 100 {
		runs++
		r, err := a.Run(ctx)
		if err == nil {
			want(t, rows(t, a), "768 from 2025-01-30T00:00:00Z to 2025-03-02T23:00:00Z")
			if r.Stored == 0 {
				t.Error(told(r, err))
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		ctx, cancel = context.WithCancel(t.Context())
	}
	cancel()
	most := 0
	for _, n := range asked {
		most = max(most, n)
	}
	if diff := cmp.Diff([]int{5, 1}, []int{len(asked), most}); diff != "" || runs < 3 {
		t.Error(runs, asked, diff)
	}
}

// Files of the venue, as it published them.
func TestPublishedFiles(t *testing.T) {
	data := os.Getenv("SIGNALMAN_DATA")
	if data == "" {
		data = "../../../shared/data"
	}
	if _, err := os.Stat(data); err != nil {
		t.Skip("the recorded market data is neither beside this checkout nor in SIGNALMAN_DATA: ", err)
	}
	dir := &published.Dir{Path: filepath.Join(data, "binance-usdm-aggtrades-vision")}
	for _, c := range []struct {
		symbol, from, to string
		bars, trades     int
	}{
		{"RLCUSDT", "2026-04-13", "2026-04-17", 5760, 48589},
		{"BSVUSDT", "2026-04-06", "2026-04-08", 2880, -1},
		{"SOLUSDT", "2026-04-10", "2026-04-11", 1440, 262673},
	} {
		a := job(t, dir, c.from, c.to)
		a.Venue, a.Now = "binance-usdm", at(t, "2026-05-01")
		a.Set = published.Set{Futures: true, Kind: published.Candles, Symbol: c.symbol, Interval: market.Minute}
		r, err := a.Run(t.Context())
		if err != nil || r.Put.Added != c.bars || r.Unverified != r.Files {
			t.Error(c.symbol, told(r, err))
		}
		a.Set.Kind, a.Set.Interval = published.Trades, 0
		r, err = a.Run(t.Context())
		if err != nil || c.trades >= 0 && r.Put.Added != c.trades {
			t.Error(c.symbol, told(r, err))
		}
		if r, err = a.Run(t.Context()); err != nil || r.Files != 0 {
			t.Error(c.symbol, told(r, err))
		}
	}
}

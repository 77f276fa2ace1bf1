package store

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
)

var kills = flag.Int("kills", 10, "how many times the crash test kills its child")

// crashEnv names the directory in which this test binary, as a child, writes until
// it is killed.
const crashEnv = "SIGNALMAN_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		fmt.Fprintln(os.Stderr, writeForever(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// What a child writes: rows that are put after one another, a series that each import
// replaces whole, and the tail that live.db receives.
var (
	rowsSeries  = btc
	wholeSeries = Series{"v", "WHOLE", market.Minute}
	tailSeries  = Series{"v", "TAIL", market.Minute}
)

const wholeRows = 20_000

// whole makes the rows of an import, whose prices are its number.
func whole(version int) *market.Columns {
	c := market.MakeColumns(market.Minute, wholeRows)
	for i := range wholeRows {
		p := float64(version)
		c.Append(market.Bar{OpenTime: market.Time(i+1) * market.Time(market.Minute), Open: p, High: p, Low: p, Close: p, Volume: float64(i)})
	}
	return c
}

// A child writes to two files and a journal, and prints what was acknowledged.
type child struct {
	dir           string
	history, live *DB
	journal       *Journal
	// how much of each there is
	rows, version, tail, instants int
}

func writeForever(dir string) error {
	w := &child{dir: dir}
	if err := w.open(); err != nil {
		return err
	}
	for {
		steps := []func() error{w.putRows, w.putWhole, w.putTail, w.putTail, w.fold, w.compact, w.commit}
		if err := steps[rand.IntN(len(steps))](); err != nil {
			return err
		}
		fmt.Println(w.rows, w.version, w.tail, w.instants)
	}
}

func (w *child) open() (err error) {
	if w.history, err = Open(filepath.Join(w.dir, "history.db"), Options{}); err != nil {
		return err
	}
	if w.live, err = Open(filepath.Join(w.dir, "live.db"), Options{}); err != nil {
		return err
	}
	w.history.maxPut = 100_000
	var r *JournalReader
	if w.journal, r, err = ResumeJournal(filepath.Join(w.dir, "a.journal")); err != nil {
		return err
	}
	w.instants = r.Len()
	both := Join(w.history, w.live)
	for s, n := range map[Series]*int{rowsSeries: &w.rows, tailSeries: &w.tail} {
		st, err := both.Stats(s)
		if err != nil && !errors.Is(err, ErrNoSeries) {
			return err
		}
		*n = st.Rows
	}
	c, err := both.Bars(wholeSeries, 0, 0)
	if err == nil {
		w.version = int(c.Open[0])
	} else if errors.Is(err, ErrNoSeries) {
		err = nil
	}
	return err
}

func (w *child) putRows() error {
	n := 1 + rand.IntN(3000)
	_, err := w.history.PutBars(rowsSeries, minutes(w.rows, w.rows+n, 0))
	w.rows += n
	return err
}

// putWhole imports a series anew, from a temporary file and in several transactions.
func (w *child) putWhole() error {
	sp := NewSpool(w.dir)
	sp.room = 20_000
	c := whole(w.version + 1)
	for lo := wholeRows - 5000; lo >= 0; lo -= 5000 {
		if err := sp.Add(c.Slice(lo, lo+5000)); err != nil {
			return err
		}
	}
	_, err := w.history.PutSpool(wholeSeries, sp)
	w.version++
	return errors.Join(err, sp.Close())
}

func (w *child) putTail() error {
	n := 1 + rand.IntN(10)
	_, err := w.live.PutBars(tailSeries, minutes(w.tail, w.tail+n, 0))
	w.tail += n
	return err
}

func (w *child) fold() error {
	_, err := Fold(w.history, w.live)
	return err
}

func (w *child) compact() error {
	if err := w.history.Close(); err != nil {
		return err
	}
	_, err := Compact(w.history.path, Options{})
	if err != nil {
		return err
	}
	w.history, err = Open(w.history.path, Options{})
	w.history.maxPut = 100_000
	return err
}

func (w *child) commit() error {
	for range 20 {
		t := market.Time(w.instants + 1)
		if err := errors.Join(w.journal.Append(barRecord(w.instants, 0)), w.journal.Append(halt(t)), w.journal.Commit()); err != nil {
			return err
		}
		w.instants++
	}
	return nil
}

// TestCrash kills a child that imports, appends, folds, compacts and commits, again and
// again: what it acknowledged is there, nothing is there by half, and what is there is
// whole.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills child processes; run without -short")
	}
	dir := t.TempDir()
	if err := mustCreate(t, filepath.Join(dir, "a.journal")).Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"history.db", "live.db"} {
		if db, err := Open(filepath.Join(dir, name), Options{}); err != nil || db.Close() != nil {
			t.Fatal(err)
		}
	}
	staged := 0
	for range *kills {
		acknowledged := killOnce(t, dir)
		if left(t, dir) {
			staged++
		}
		checkStored(t, dir, acknowledged)
		checkInstants(t, dir, acknowledged.instants)
	}
	t.Logf("%d of %d kills were in the middle of a large import or a compaction", staged, *kills)
}

// killOnce lets a child write until it has acknowledged a random number of things,
// and kills it in whatever it does next.
func killOnce(t *testing.T, dir string) (w child) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	seen := 0
	for left := rand.IntN(20); lines.Scan(); left-- {
		var a child
		if _, err := fmt.Sscan(lines.Text(), &a.rows, &a.version, &a.tail, &a.instants); err != nil {
			break // cut short by the kill
		}
		w, seen = a, seen+1
		if left == 0 { // in whatever the child does a moment later
			time.AfterFunc(rand.N(30*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil || seen == 0 {
		t.Fatalf("child ended with %v after %d steps", err, seen)
	}
	return w
}

// left reports whether a kill has left something that the next writer removes, after a
// reader has seen the series that is imported: whole, or not at all.
func left(t *testing.T, dir string) bool {
	t.Helper()
	path := filepath.Join(dir, "history.db")
	r, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	checkWhole(t, r, 0)
	_, err = os.Stat(path + compactExt)
	return err == nil || isStaging(t, r)
}

func checkStored(t *testing.T, dir string, w child) {
	t.Helper()
	history, err := Open(filepath.Join(dir, "history.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer history.Close()
	if isStaging(t, history) {
		t.Fatal("staged blocks are left")
	}
	if _, err := os.Stat(history.path + compactExt); err == nil {
		t.Fatal("a compaction has left its file")
	}
	spools, _ := filepath.Glob(filepath.Join(dir, "*.spool"))
	for _, name := range spools { // between its making and the removal of its name
		if info, err := os.Stat(name); err != nil || info.Size() > 0 || os.Remove(name) != nil {
			t.Fatalf("%s is left: %v, %v", name, info, err)
		}
	}
	live, err := Open(filepath.Join(dir, "live.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	both := Join(history, live)
	checkWhole(t, both, w.version)
	for s, n := range map[Series]int{rowsSeries: w.rows, tailSeries: w.tail} {
		c, err := both.Bars(s, 0, 0)
		if err != nil && (n > 0 || !errors.Is(err, ErrNoSeries)) {
			t.Fatal(err)
		}
		if n > 0 && c.Len() < n {
			t.Fatalf("%s: %d rows of %d acknowledged", s, c.Len(), n)
		}
		for i := 0; c != nil && i < c.Len(); i++ {
			if c.Bar(i) != minute(i, 0) {
				t.Fatalf("%s: row %d is %+v", s, i, c.Bar(i))
			}
		}
	}
}

// checkWhole finds one import, whole, which is that of a version or later.
func checkWhole(t *testing.T, r Reader, version int) {
	t.Helper()
	c, err := r.Bars(wholeSeries, 0, 0)
	if errors.Is(err, ErrNoSeries) && version == 0 {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	got := int(c.Open[0])
	if c.Len() != wholeRows || got < version || version > 0 && got > version+1 {
		t.Fatalf("%d rows of import %d, want %d of %d or the next", c.Len(), got, wholeRows, version)
	}
	for i := range c.OpenTime {
		if c.Open[i] != c.Open[0] || c.Close[i] != c.Open[0] || c.Volume[i] != float64(i) {
			t.Fatalf("row %d of import %d is %+v", i, got, c.Bar(i))
		}
	}
}

func checkInstants(t *testing.T, dir string, acknowledged int) {
	t.Helper()
	_, all := readAll(t, filepath.Join(dir, "a.journal"))
	if len(all) < acknowledged {
		t.Fatalf("%d instants of %d acknowledged", len(all), acknowledged)
	}
	for i, records := range all {
		if len(records) != 2 || records[0].Event.Bar() != minute(i, 0) || records[1].Time != market.Time(i+1) {
			t.Fatalf("instant %d is %+v", i, records)
		}
	}
}

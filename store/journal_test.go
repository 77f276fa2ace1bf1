package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

func testHeader() JournalHeader {
	return JournalHeader{ID: [16]byte{1, 2, 3}, Created: 5, Mode: "paper", ConfigHash: market.Hash{9}, Inputs: "in", Binary: "v1", Seed: 1 << 63, Symbols: []string{"BTCUSDT", "ETHUSDT"}}
}

func mustCreate(tb testing.TB, path string) *Journal {
	tb.Helper()
	j, err := CreateJournal(path, testHeader())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = j.Close() })
	return j
}

// commit appends records as one instant.
func commit(tb testing.TB, j *Journal, records ...market.Record) {
	tb.Helper()
	for _, r := range records {
		if err := j.Append(r); err != nil {
			tb.Fatal(err)
		}
	}
	if err := j.Commit(); err != nil {
		tb.Fatal(err)
	}
}

// readAll returns the header and all instants of a journal.
func readAll(tb testing.TB, path string) (*JournalReader, [][]market.Record) {
	tb.Helper()
	r, err := OpenJournal(path)
	if err != nil {
		tb.Fatal(err)
	}
	var all [][]market.Record
	for records, err := range r.Instants() {
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, records)
	}
	return r, all
}

func halt(t market.Time) market.Record {
	return market.Record{Kind: market.RecordHalt, Time: t, Scope: "account", Text: "why"}
}

// barRecord is the event of minute i.
func barRecord(i int, id market.InstrumentID) market.Record {
	c := minutes(i, i+1, 0)
	return market.Record{Kind: market.RecordEvent, Time: c.Time(0),
		Event: market.Event{Time: c.Time(0), Kind: market.KindBar, Instrument: id, Interval: c.Interval, Bars: c}}
}

// TestJournalRoundTrip writes random instants, in two sittings, and reads them.
func TestJournalRoundTrip(t *testing.T) {
	dir := t.TempDir()
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		path := filepath.Join(dir, decimal.NewFromInt(int64(run)).String()+JournalExt)
		want := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(drawRecord), 1, 4), 1, 8).Draw(t, "instants")
		j, err := CreateJournal(path, testHeader())
		for i, records := range want {
			if i == len(want)/2 && err == nil {
				if err = j.Close(); err == nil {
					j, _, err = ResumeJournal(path)
				}
			}
			for _, r := range records {
				err = errors.Join(err, j.Append(r))
			}
			err = errors.Join(err, j.Commit())
		}
		if err = errors.Join(err, j.Finish(), j.Close()); err != nil {
			t.Fatal(err)
		}
		compareJournal(t, path, want)
	})
}

func compareJournal(t *rapid.T, path string, want [][]market.Record) {
	r, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(testHeader(), r.Header()); diff != "" || !r.Finished() || r.Len() != len(want) || r.Lost() != 0 {
		t.Fatalf("finished %v, %d instants, %d lost, header (-want +got):\n%s", r.Finished(), r.Len(), r.Lost(), diff)
	}
	var got [][]market.Record
	for records, err := range r.Instants() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, records)
	}
	if diff := sameRecords(want, got); diff != "" {
		t.Fatalf("instants (-want +got):\n%s", diff)
	}
}

// TestJournalColumns checks that bars of one series share growing Columns.
func TestJournalColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.journal")
	j := mustCreate(t, path)
	for i := range 5 {
		commit(t, j, barRecord(i, 0), barRecord(i, 1))
	}
	commit(t, j, barRecord(2, 0))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	_, all := readAll(t, path)
	first, last := all[0][0].Event, all[4][0].Event
	if first.Bars != last.Bars || last.Row != 4 || last.Bars.PriceScale != 2 || last.Bars.Len() != 5 || all[4][1].Event.Bars == last.Bars {
		t.Errorf("row %d of %d in scale %d", last.Row, last.Bars.Len(), last.Bars.PriceScale)
	}
	if again := all[5][0].Event; again.Row != 0 || again.Bar() != minute(2, 0) {
		t.Errorf("a bar that does not follow is row %d: %+v", again.Row, again.Bar())
	}
}

// threeInstants writes a journal and returns its bytes and where its frames end.
func threeInstants(tb testing.TB, path string) (data []byte, ends []int64) {
	j := mustCreate(tb, path)
	for i := range 3 {
		commit(tb, j, barRecord(i, 0), halt(barRecord(i, 0).Time))
		info, err := os.Stat(path)
		if err != nil {
			tb.Fatal(err)
		}
		ends = append(ends, info.Size())
	}
	if err := j.Close(); err != nil {
		tb.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return data, ends
}

// TestJournalTorn cuts a journal at every byte: what was whole is kept, the rest
// reported, and the session goes on.
func TestJournalTorn(t *testing.T) {
	dir := t.TempDir()
	data, ends := threeInstants(t, filepath.Join(dir, "a.journal"))
	path := filepath.Join(dir, "torn.journal")
	whole := func(n int64) (frames int) {
		for frames < 3 && ends[frames] <= n {
			frames++
		}
		return frames
	}
	start := ends[0] - (ends[1] - ends[0]) // the first instant is longer: it names the series
	for n := start; n < int64(len(data)); n++ {
		if err := os.WriteFile(path, data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := OpenJournal(path)
		if err != nil {
			if n < ends[0] && errors.Is(err, ErrCorrupt) {
				continue // the header itself is cut
			}
			t.Fatalf("cut at %d: %v", n, err)
		}
		if r.Len() != whole(n) || r.Len() > 0 && r.Lost() != n-ends[r.Len()-1] {
			t.Fatalf("cut at %d: %d instants, %d lost", n, r.Len(), r.Lost())
		}
		goOn(t, path, whole(n))
	}
}

// goOn resumes a journal with some instants and adds one.
func goOn(t *testing.T, path string, have int) {
	t.Helper()
	j, _, err := ResumeJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, j, barRecord(have, 0), halt(7))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	r, all := readAll(t, path)
	if len(all) != have+1 || r.Lost() != 0 || all[have][0].Event.Bar() != minute(have, 0) {
		t.Fatalf("%d instants after going on from %d, %d lost", len(all), have, r.Lost())
	}
}

// TestJournalDamage flips every byte before the last frame: that is never taken for
// a write cut short.
func TestJournalDamage(t *testing.T) {
	dir := t.TempDir()
	data, ends := threeInstants(t, filepath.Join(dir, "a.journal"))
	path := filepath.Join(dir, "bad.journal")
	for i := range ends[1] {
		bad := slices.Clone(data)
		bad[i] ^= 0x40
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenJournal(path); market.ClassOf(err) != market.Data {
			t.Fatalf("byte %d of %d flipped: %v", i, ends[1], err)
		}
		if _, _, err := ResumeJournal(path); err == nil {
			t.Fatalf("byte %d flipped: resumed", i)
		}
	}
	zeroes := append(slices.Clone(data), make([]byte, 5000)...)
	if err := os.WriteFile(path, zeroes, 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := OpenJournal(path); err != nil || r.Lost() != 5000 || r.Len() != 3 {
		t.Fatalf("zeroes at the end: %v", err)
	}
}

func TestJournalRefuses(t *testing.T) {
	dir := t.TempDir()
	c := minutes(0, 1, 0)
	for name, r := range map[string]market.Record{
		"kind":     {Kind: 9},
		"decision": {Kind: market.RecordDecision},
		"row":      {Kind: market.RecordEvent, Event: market.Event{Kind: market.KindBar, Interval: market.Minute, Bars: c, Row: 1}},
		"text":     {Kind: market.RecordHalt, Text: strings.Repeat("x", maxText+1)},
		"exponent": {Kind: market.RecordDecision, Decision: &market.Decision{Order: market.Order{Price: decimal.New(1, maxExponent+1)}}},
	} {
		j := mustCreate(t, filepath.Join(dir, name+JournalExt))
		if err := j.Append(r); err == nil || j.Commit() == nil {
			t.Errorf("%s: appended", name)
		}
	}
	if _, err := CreateJournal(filepath.Join(dir, "kind.journal"), testHeader()); !errors.Is(err, os.ErrExist) {
		t.Errorf("created twice: %v", err)
	}
	if _, err := OpenJournal(filepath.Join(dir, "none.journal")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opened none: %v", err)
	}
}

func TestJournalLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.journal")
	j := mustCreate(t, path)
	if _, _, err := ResumeJournal(path); !errors.Is(err, ErrLocked) {
		t.Errorf("resumed while it is open: %v", err)
	}
	if _, err := OpenJournal(path); err != nil {
		t.Errorf("reading while it is open: %v", err)
	}
	if err := errors.Join(j.Finish(), j.Close()); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(halt(1)); err == nil {
		t.Error("appended after the end")
	}
	if _, _, err := ResumeJournal(path); !errors.Is(err, ErrFinished) {
		t.Errorf("resumed after its end: %v", err)
	}
}

func TestSessions(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"b", "a"} {
		h := testHeader()
		h.Created = market.Time(10 + i)
		j, err := CreateJournal(filepath.Join(dir, name+JournalExt), h)
		if err != nil {
			t.Fatal(err)
		}
		commit(t, j, halt(market.Time(20+i)))
		if i == 0 {
			err = j.Finish()
		}
		if err := errors.Join(err, j.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.journal"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Sessions(dir)
	if err != nil || len(got) != 3 || got[0].Err == nil || !got[1].Finished || got[1].Last != 20 || got[2].Finished || got[2].Last != 21 || got[2].Header.Created != 11 {
		t.Fatalf("sessions %+v, %v", got, err)
	}
	if got, err := Sessions(filepath.Join(dir, "none")); got != nil || err != nil {
		t.Errorf("sessions of no directory: %v, %v", got, err)
	}
}

// TestJournalLag is what a loss of power would take: nothing once a halt was committed.
func TestJournalLag(t *testing.T) {
	j := mustCreate(t, filepath.Join(t.TempDir(), "a"+JournalExt))
	for i := range 3 {
		commit(t, j, barRecord(i, 0))
	}
	bytes, instants := j.Lag()
	if err := j.Flush(); err != nil || bytes == 0 || instants != 3 {
		t.Errorf("%d bytes of %d instants, %v", bytes, instants, err)
	}
	if again, n := j.Lag(); again != bytes || n != 3 {
		t.Errorf("%d bytes of %d instants after a flush", again, n)
	}
	commit(t, j, halt(barRecord(3, 0).Time))
	if bytes, instants := j.Lag(); bytes != 0 || instants != 0 {
		t.Errorf("%d bytes of %d instants after a halt", bytes, instants)
	}
}

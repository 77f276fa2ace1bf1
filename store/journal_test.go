package store

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
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

// sameRecords compares records, and bar events by the bars they point to.
func sameRecords(a, b any) string {
	bars := cmp.Transformer("bar", func(e market.Event) any {
		if e.Bars == nil {
			return struct{ E any }{[]any{e.Time, e.Kind, e.Command, e.Instrument, e.Row, e.Interval, e.Signal, e.Update, e.Value}}
		}
		return []any{e.Time, e.Kind, e.Command, e.Instrument, e.Interval, e.Bar(), incomplete(e.Bars, int(e.Row)), e.Signal, e.Update, e.Value}
	})
	return cmp.Diff(a, b, bars, exact)
}

func drawDecimal(t *rapid.T, label string) decimal.Decimal {
	if rapid.IntRange(0, 4).Draw(t, label+" zero") == 0 {
		return decimal.Decimal{}
	}
	d := decimal.New(rapid.Int64().Draw(t, label), rapid.Int32Range(-30, 30).Draw(t, label+" exponent"))
	if rapid.Bool().Draw(t, label+" long") {
		d = d.Mul(d).Mul(decimal.New(-7, 0))
	}
	return d
}

func drawTime(t *rapid.T) market.Time { return market.Time(rapid.Int64().Draw(t, "time")) }

func drawID(t *rapid.T) market.OrderID {
	return market.OrderID{Strategy: rapid.String().Draw(t, "strategy"), Sequence: rapid.Uint32().Draw(t, "sequence")}
}

func drawRecord(t *rapid.T) market.Record {
	r := market.Record{Time: drawTime(t), Kind: market.RecordKind(rapid.IntRange(1, 3).Draw(t, "kind"))}
	switch r.Kind {
	case market.RecordHalt:
		r.Scope, r.Text = rapid.String().Draw(t, "scope"), rapid.String().Draw(t, "text")
	case market.RecordDecision:
		r.Decision = drawDecision(t)
	default:
		r.Event = drawEvent(t)
	}
	return r
}

func drawEvent(t *rapid.T) market.Event {
	e := market.Event{Time: drawTime(t), Kind: market.Kind(rapid.IntRange(1, 6).Draw(t, "event")), Command: market.Command(rapid.Int8().Draw(t, "command")),
		Instrument: market.InstrumentID(rapid.IntRange(-1, 3).Draw(t, "instrument")), Value: rapid.SampledFrom([]float64{0, 1.5, -3}).Draw(t, "value")}
	switch e.Kind {
	case market.KindBar:
		e.Bars, e.Row = drawBars(t), 1
		e.Interval = e.Bars.Interval
	case market.KindSignal:
		s := drawSignal(t)
		s.Instrument, s.Known = 2, drawTime(t)
		e.Signal = &s
	case market.KindUpdate:
		e.Update = drawUpdate(t)
	default:
		e.Row, e.Interval = rapid.Int32().Draw(t, "row"), market.Interval(rapid.Int64().Draw(t, "interval"))
	}
	return e
}

func drawBars(t *rapid.T) *market.Columns {
	i := rapid.IntRange(0, 50).Draw(t, "minute")
	c := minutes(i, i+2, 0)
	c.PriceScale, c.VolumeScale = rapid.Int32Range(-1, 8).Draw(t, "price scale"), rapid.Int32Range(-1, 8).Draw(t, "volume scale")
	if rapid.Bool().Draw(t, "incomplete") {
		c.Incomplete = []bool{false, true}
	}
	return c
}

func drawUpdate(t *rapid.T) *market.OrderUpdate {
	u := &market.OrderUpdate{ID: drawID(t), Symbol: rapid.String().Draw(t, "symbol"), State: market.State(rapid.Int8().Draw(t, "state")),
		Filled: drawDecimal(t, "filled"), Time: drawTime(t), Reason: rapid.String().Draw(t, "reason")}
	if rapid.Bool().Draw(t, "fill") {
		u.Fill = &market.Fill{Trade: rapid.String().Draw(t, "trade"), Time: drawTime(t), Price: drawDecimal(t, "price"), Quantity: drawDecimal(t, "quantity"),
			Fee: drawDecimal(t, "fee"), FeeAsset: rapid.String().Draw(t, "asset"), Maker: rapid.Bool().Draw(t, "maker")}
	}
	return u
}

func drawDecision(t *rapid.T) *market.Decision {
	d := &market.Decision{Time: drawTime(t), Action: market.Action(rapid.Int8().Draw(t, "action"))}
	d.Order = market.Order{ID: drawID(t), Strategy: rapid.String().Draw(t, "name"), Instrument: market.InstrumentID(rapid.Int32().Draw(t, "id")), Side: market.Sell,
		Type: market.StopLimit, Quantity: drawDecimal(t, "quantity"), Quote: drawDecimal(t, "quote"), Price: drawDecimal(t, "price"), Stop: drawDecimal(t, "stop"),
		PostOnly: rapid.Bool().Draw(t, "post"), ReduceOnly: rapid.Bool().Draw(t, "reduce"), Reason: rapid.String().Draw(t, "reason")}
	for range rapid.IntRange(0, 3).Draw(t, "checks") {
		d.Checks = append(d.Checks, market.Check{Rule: rapid.String().Draw(t, "rule"), Measured: "m", Limit: "l", Cut: rapid.Bool().Draw(t, "cut")})
		s := drawSignal(t)
		d.Inputs = append(d.Inputs, s.Ref())
	}
	if rapid.Bool().Draw(t, "refused") {
		d.Refused = &market.Refusal{Rule: rapid.String().Draw(t, "rule"), Measured: "measured", Limit: "limit"}
	}
	return d
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

// A faultyFile fails at the nth write or sync.
type faultyFile struct {
	writes, syncs int // how many succeed
	err           error
	data          []byte
	synced        int
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if f.writes--; f.writes < 0 {
		n := len(p) / 2
		f.data = append(f.data, p[:n]...)
		return n, f.err
	}
	f.data = append(f.data, p...)
	return len(p), nil
}

func (f *faultyFile) Sync() error {
	if f.syncs--; f.syncs < 0 {
		return f.err
	}
	f.synced = len(f.data)
	return nil
}

func (f *faultyFile) Close() error { return nil }

// TestJournalLatches fails each write and sync: nothing is accepted afterwards, and
// what was acknowledged can be read.
func TestJournalLatches(t *testing.T) {
	for _, f := range []faultyFile{{writes: 2, syncs: 99, err: syscall.ENOSPC}, {writes: 1, syncs: 99}, {writes: 99, syncs: 2, err: syscall.EIO}} {
		j := newJournal("x.journal", &f, firstLink())
		payload, err := (&JournalHeader{Created: 1}).payload()
		if err != nil {
			t.Fatal(err)
		}
		j.out = append(j.out, preamble...)
		j.frame(frameHeader, payload)
		if err := j.sync(); err != nil {
			t.Fatal(err)
		}
		acknowledged := 0
		for err == nil {
			if err = errors.Join(j.Append(halt(1)), j.Commit()); err == nil {
				acknowledged++
			}
		}
		if f.err != nil && !errors.Is(err, f.err) || f.err == nil && !errors.Is(err, io.ErrShortWrite) {
			t.Fatalf("error %v", err)
		}
		if errors.Is(f.err, syscall.ENOSPC) && !strings.Contains(err.Error(), "disk space") {
			t.Errorf("no hint in %q", err)
		}
		size := len(f.data)
		for name, g := range map[string]func() error{"append": func() error { return j.Append(halt(2)) }, "commit": j.Commit, "finish": j.Finish, "close": j.Close} {
			if err := g(); err == nil || len(f.data) != size {
				t.Errorf("%s after a failure: %v, %d bytes written", name, err, len(f.data)-size)
			}
		}
		r, err := scan("", strings.NewReader(string(f.data)), int64(len(f.data)))
		if err != nil || r.Len() < acknowledged {
			t.Errorf("%d of %d acknowledged instants are there, %v", r.Len(), acknowledged, err)
		}
	}
}

// TestJournalSyncs counts syncs: only decisions and halts need one.
func TestJournalSyncs(t *testing.T) {
	f := faultyFile{writes: 1 << 30, syncs: 1 << 30}
	j := newJournal("x.journal", &f, firstLink())
	for i := range 5000 {
		commit(t, j, barRecord(i, 0))
		if len(j.out) > maxBuffer {
			t.Fatalf("%d bytes wait", len(j.out))
		}
	}
	if f.synced != 0 || len(f.data) == 0 {
		t.Fatalf("%d bytes synced, %d written without a decision", f.synced, len(f.data))
	}
	commit(t, j, market.Record{Kind: market.RecordDecision, Time: 9, Decision: &market.Decision{}})
	if len(j.out) != 0 || f.synced != len(f.data) {
		t.Fatal("a decision is not synced")
	}
	commit(t, j, barRecord(1, 0))
	if f.synced != len(f.data) || len(j.out) == 0 {
		t.Fatal("the instant after it does not wait")
	}
	if err := j.Finish(); err != nil || f.synced != len(f.data) {
		t.Fatalf("finish: %v", err)
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

// FuzzJournal reads bytes as a whole journal, and as the payload of an instant that
// is written again.
func FuzzJournal(f *testing.F) {
	data, ends := threeInstants(f, filepath.Join(f.TempDir(), "a.journal"))
	f.Add(data)
	f.Add(data[ends[0]+headSize : ends[1]-linkSize])
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		w := recordWriter{series: map[journalSeries]uint64{}}
		s := rapid.Custom(drawRecord).Example(int(r.Uint32()))
		if err := w.record(&s); err != nil {
			f.Fatal(err)
		}
		f.Add(w.b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := scan("", strings.NewReader(string(data)), int64(len(data))); err == nil {
			_ = replay(strings.NewReader(string(data)), r.end, new(recordReader), func([]market.Record, error) bool { return true })
		}
		state := recordReader{bars: map[barKey]*market.Columns{}}
		records, err := state.instant(data)
		if err != nil {
			return
		}
		w := recordWriter{series: map[journalSeries]uint64{}}
		for i := range records {
			if err := w.record(&records[i]); err != nil {
				t.Fatalf("read but cannot be written: %v", err)
			}
		}
		again, err := (&recordReader{bars: map[barKey]*market.Columns{}}).instant(w.b)
		if err != nil || len(again) != len(records) {
			t.Fatalf("written but cannot be read: %v", err)
		}
	})
}

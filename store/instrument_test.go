package store

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// listed returns an instrument with every limit that there is.
func listed(symbol string, step int64) market.Instrument {
	i := instrument(symbol, step)
	i.MaxNotional, i.MaxOrders, i.MaxStops = decimal.New(9_000_000, 0), 200, 5
	i.Margin = &market.Margin{LiquidationFee: decimal.New(125, -4), Brackets: []market.MarginBracket{
		{Cap: decimal.New(50_000, 0), MaxLeverage: decimal.New(125, 0), Rate: decimal.New(4, -3)},
		{MaxLeverage: decimal.New(100, 0), Rate: decimal.New(5, -3), Deduction: decimal.New(50, 0)},
	}}
	return i
}

func assumed(i market.Instrument) market.Instrument { i.Assumed = true; return i }

// TestListings asks a file and an archive of the same snapshots what held when: A from
// 100, other from 200; B, with every limit, from 150.
func TestListings(t *testing.T) {
	snapshots := []InstrumentSnapshot{{100, instrument("A", 1)}, {200, instrument("A", 2)}, {150, listed("B", 3)}}
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	for _, s := range snapshots {
		if _, err := db.PutInstruments(s.From, []market.Instrument{s.Instrument}); err != nil {
			t.Fatal(err)
		}
	}
	var file strings.Builder
	if err := WriteArchive(&file, nil, snapshots, nil); err != nil {
		t.Fatal(err)
	}
	archive, err := ReadArchive([]byte(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		from, to market.Time
		want     []InstrumentSnapshot
	}{
		"before all of them": {50, 0, []InstrumentSnapshot{
			{50, assumed(instrument("A", 1))}, {100, instrument("A", 1)}, {200, instrument("A", 2)}, {50, assumed(listed("B", 3))}, {150, listed("B", 3)}}},
		"up to a time":       {50, 150, []InstrumentSnapshot{{50, assumed(instrument("A", 1))}, {100, instrument("A", 1)}, {50, assumed(listed("B", 3))}}},
		"in force, and next": {150, 0, []InstrumentSnapshot{{100, instrument("A", 1)}, {200, instrument("A", 2)}, {150, listed("B", 3)}}},
		"after the last":     {900, 0, []InstrumentSnapshot{{200, instrument("A", 2)}, {150, listed("B", 3)}}},
		"no time at all":     {199, 100, []InstrumentSnapshot{{100, instrument("A", 1)}, {150, listed("B", 3)}}},
	} {
		for _, r := range []Reader{db, archive} {
			got, err := r.Listings(test.from, test.to)
			if diff := cmp.Diff(test.want, got, exact); diff != "" || err != nil {
				t.Errorf("%s, %T, %v (-want +got):\n%s", name, r, err, diff)
			}
		}
	}
}

// TestListingsAreTheCallers changes what a reader returned and asks again.
func TestListingsAreTheCallers(t *testing.T) {
	var file strings.Builder
	if err := WriteArchive(&file, nil, []InstrumentSnapshot{{100, listed("B", 3)}}, nil); err != nil {
		t.Fatal(err)
	}
	a, err := ReadArchive([]byte(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		list, err := a.Listings(100, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]InstrumentSnapshot{{100, listed("B", 3)}}, list, exact); diff != "" {
			t.Fatal(diff)
		}
		list[0].Instrument.Margin.Leverage, list[0].Instrument.Margin.Brackets[0].Cap = decimal.New(3, 0), decimal.Zero
	}
}

func TestPutInstrumentsRefuses(t *testing.T) {
	for name, change := range map[string]func(i *market.Instrument){
		"no symbol":           func(i *market.Instrument) { i.Symbol = "" },
		"a name with NUL":     func(i *market.Instrument) { i.Venue = "a\x00b" },
		"no tick":             func(i *market.Instrument) { i.Tick = decimal.Zero },
		"a limit below 0":     func(i *market.Instrument) { i.MaxNotional = decimal.New(-1, 0) },
		"orders below 0":      func(i *market.Instrument) { i.MaxStops = -1 },
		"endless orders":      func(i *market.Instrument) { i.MaxOrders = 1 << 30 },
		"too many brackets":   func(i *market.Instrument) { i.Margin.Brackets = make([]market.MarginBracket, 65) },
		"caps that fall":      func(i *market.Instrument) { i.Margin.Brackets[1].Cap = decimal.New(1, 0) },
		"an endless bracket":  func(i *market.Instrument) { i.Margin.Brackets[0].Cap = decimal.Zero },
		"a rate of 1":         func(i *market.Instrument) { i.Margin.Brackets[0].Rate = decimal.New(1, 0) },
		"a fee of everything": func(i *market.Instrument) { i.Margin.LiquidationFee = decimal.New(1, 0) },
	} {
		db := open(t, filepath.Join(t.TempDir(), "history.db"))
		bad := listed("B", 3)
		change(&bad)
		if _, err := db.PutInstruments(1, []market.Instrument{instrument("A", 1), bad}); market.ClassOf(err) != market.Data {
			t.Errorf("%s: %v", name, err)
		}
		if list, err := db.Listings(1, 0); len(list) > 0 || err != nil {
			t.Errorf("%s: %d stored, %v", name, len(list), err)
		}
	}
}

// TestPutInstrumentsAgain replaces a snapshot of the same time, and says what it was.
func TestPutInstrumentsAgain(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	for _, c := range []struct {
		InstrumentSnapshot
		replaced []market.Instrument
	}{
		{InstrumentSnapshot{100, instrument("A", 1)}, nil},
		{InstrumentSnapshot{100, listed("A", 1)}, []market.Instrument{instrument("A", 1)}},
		{InstrumentSnapshot{100, listed("A", 1)}, nil},
		{InstrumentSnapshot{200, listed("A", 1)}, nil},
		{InstrumentSnapshot{300, instrument("A", 1)}, nil},
	} {
		replaced, err := db.PutInstruments(c.From, []market.Instrument{c.Instrument})
		if diff := cmp.Diff(c.replaced, replaced, exact); diff != "" || err != nil {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	}
	got, err := db.Listings(100, 0)
	if diff := cmp.Diff([]InstrumentSnapshot{{100, listed("A", 1)}, {300, instrument("A", 1)}}, got, exact); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestSnapshotsInAnyOrder puts snapshots in every order, into one file or into two that
// are read as one: what holds when is always the same.
func TestSnapshotsInAnyOrder(t *testing.T) {
	all := []InstrumentSnapshot{{100, instrument("A", 1)}, {200, instrument("A", 2)}, {300, instrument("A", 1)}, {400, instrument("A", 1)}}
	want := all[:3]
	for order := range 256 { // four digits of four
		digits, seen := [4]int{}, map[int]bool{}
		for i := range digits {
			digits[i] = order >> (2 * i) & 3
			seen[digits[i]] = true
		}
		if len(seen) < len(digits) {
			continue
		}
		dbs := [2]*DB{open(t, filepath.Join(t.TempDir(), "a.db")), open(t, filepath.Join(t.TempDir(), "b.db"))}
		for i, n := range digits {
			if _, err := dbs[i*order%2].PutInstruments(all[n].From, []market.Instrument{all[n].Instrument}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := Join(dbs[0], dbs[1]).Listings(100, 0)
		if diff := cmp.Diff(want, got, exact); diff != "" || err != nil {
			t.Errorf("order %v, %v (-want +got):\n%s", digits, err, diff)
		}
	}
}

// TestInstrumentBytes pins that an instrument without the rarer limits is written as it
// was before there were any: what is stored stays readable.
func TestInstrumentBytes(t *testing.T) {
	var w writer
	i := instrument("A", 1)
	w.instrument(&i)
	if n := len(w.b); w.b[n-1] != 1 {
		t.Errorf("flags %#x, want 1: fees in quote", w.b[n-1])
	}
	var more writer
	i.MaxOrders = 3
	more.instrument(&i)
	if diff := cmp.Diff(append(w.b[:len(w.b)-1:len(w.b)-1], 3, 0, 0, 3, 0, 0), more.b); diff != "" {
		t.Errorf("flags, no notional, 3 orders, no stops, no margin (-want +got):\n%s", diff)
	}
}

func drawInstrument(t *rapid.T) market.Instrument {
	i := market.Instrument{ID: market.NoInstrument, Venue: rapid.StringN(0, 8, 64).Draw(t, "venue"), Symbol: "A", Base: "B", Quote: "C"}
	for _, d := range amounts(&i) {
		*d = drawDecimal(t, "amount")
	}
	i.Fees.InQuote = rapid.Bool().Draw(t, "in quote")
	i.BasePrecision, i.QuotePrecision = rapid.Int32Range(0, 18).Draw(t, "base"), rapid.Int32Range(0, 18).Draw(t, "quote")
	if rapid.Bool().Draw(t, "limits") {
		i.MaxNotional, i.MaxOrders, i.MaxStops = drawDecimal(t, "most"), rapid.IntRange(1, 1<<31-1).Draw(t, "orders"), rapid.IntRange(0, 9).Draw(t, "stops")
	}
	if rapid.Bool().Draw(t, "margin") {
		i.Margin = &market.Margin{LiquidationFee: drawDecimal(t, "fee")}
		for range rapid.IntRange(0, market.MaxBrackets).Draw(t, "brackets") {
			i.Margin.Brackets = append(i.Margin.Brackets, market.MarginBracket{Cap: drawDecimal(t, "cap"), Rate: drawDecimal(t, "rate"), Deduction: drawDecimal(t, "deduction")})
		}
	}
	return i
}

func TestInstrumentRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawInstrument(t)
		var w writer
		w.instrument(&want)
		r := reader{b: w.b}
		got := r.instrument()
		if err := r.end(); err != nil || w.err != nil {
			t.Fatal(err, w.err)
		}
		if diff := cmp.Diff(want, got, exact); diff != "" {
			t.Fatalf("written (-), read (+):\n%s", diff)
		}
	})
}

// FuzzInstrument reads what may come from a damaged file: it never panics, and what it
// accepts is written in the same bytes.
func FuzzInstrument(f *testing.F) {
	for _, i := range []market.Instrument{instrument("A", 1), listed("B", 3)} {
		var w writer
		w.instrument(&i)
		f.Add(w.b)
		f.Add(w.b[:len(w.b)-1])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := reader{b: b}
		i := r.instrument()
		if r.end() != nil {
			return
		}
		var w writer
		w.instrument(&i)
		if diff := cmp.Diff(b, w.b); diff != "" || w.err != nil {
			t.Fatalf("%v; read (-), written (+):\n%s", w.err, diff)
		}
	})
}

package store

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// sameRecords compares records, and bar events by the bars they point to.
func sameRecords(a, b any) string {
	bars := cmp.Transformer("bar", func(e market.Event) any {
		if e.Bars == nil {
			return struct{ E any }{[]any{e.Time, e.Kind, e.Command, e.Instrument, e.Row, e.Interval, e.Signal, e.Update, e.Funding, e.Listing, e.Flow, e.Word}}
		}
		return []any{e.Time, e.Kind, e.Command, e.Instrument, e.Interval, e.Bar(), incomplete(e.Bars, int(e.Row)), e.Signal, e.Update, e.Funding, e.Listing, e.Flow, e.Word}
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
	r := market.Record{Time: drawTime(t), Kind: market.RecordKind(rapid.IntRange(1, 4).Draw(t, "kind"))}
	switch r.Kind {
	case market.RecordHalt, market.RecordSetup:
		r.Scope, r.Text = rapid.String().Draw(t, "scope"), rapid.String().Draw(t, "text")
	case market.RecordDecision:
		r.Decision = drawDecision(t)
	default:
		r.Event = drawEvent(t)
	}
	return r
}

func drawEvent(t *rapid.T) market.Event {
	e := market.Event{Time: drawTime(t), Kind: market.Kind(rapid.IntRange(1, 8).Draw(t, "event")), Command: market.Command(rapid.Int8().Draw(t, "command")),
		Instrument: market.InstrumentID(rapid.IntRange(-1, 3).Draw(t, "instrument"))}
	switch e.Kind {
	case market.KindFunding:
		e.Funding = &market.Funding{Time: drawTime(t), Rate: drawDecimal(t, "rate"), Mark: drawDecimal(t, "mark")}
	case market.KindListing:
		in := drawInstrument(t)
		e.Listing = &in
	case market.KindAccount:
		e.Flow = &market.Flow{Asset: "USDT", Amount: drawDecimal(t, "amount"), From: "a", To: rapid.String().Draw(t, "to")}
	case market.KindBar:
		e.Bars, e.Row = drawBars(t), 1
		e.Interval = e.Bars.Interval
	case market.KindSignal:
		s := drawSignal(t)
		s.Instrument, s.Known = 2, drawTime(t)
		e.Signal = &s
	case market.KindUpdate:
		e.Update = drawUpdate(t)
	case market.KindCommand:
		e.Word = &market.Word{Scope: rapid.String().Draw(t, "scope"), Rule: "rule", Text: rapid.String().Draw(t, "text"), Cancel: rapid.Bool().Draw(t, "cancel"), After: rapid.Bool().Draw(t, "after"), Since: drawTime(t)}
		if rapid.Bool().Draw(t, "halts") {
			e.Word.Symbol, e.Word.Action, e.Word.Side, e.Word.Until = "BTCUSDT", rapid.String().Draw(t, "action"), market.Sell, drawTime(t)
		}
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
		Expire: drawTime(t), Replaces: drawID(t), PostOnly: rapid.Bool().Draw(t, "post"), ReduceOnly: rapid.Bool().Draw(t, "reduce"), Reason: rapid.String().Draw(t, "reason")}
	if rapid.Bool().Draw(t, "trails") {
		d.Order.Type, d.Order.Trail = market.TrailingStop, market.Trail{By: drawDecimal(t, "by"), Unit: market.TrailBps, Activate: drawDecimal(t, "activate")}
	}
	if rapid.Bool().Draw(t, "linked") {
		d.Order.Profile, d.Order.Parent, d.Order.Group = market.ByEngine, drawID(t), rapid.String().Draw(t, "group")
	}
	for range rapid.IntRange(0, 3).Draw(t, "checks") {
		d.Checks = append(d.Checks, market.Check{Rule: rapid.String().Draw(t, "rule"), Measured: "m", Limit: "l", Cut: rapid.Bool().Draw(t, "cut")})
		s := drawSignal(t)
		ref := s.Ref()
		ref.Absent = rapid.Bool().Draw(t, "absent")
		d.Inputs = append(d.Inputs, ref)
	}
	if rapid.Bool().Draw(t, "refused") {
		d.Refused = &market.Refusal{Rule: rapid.String().Draw(t, "rule"), Measured: "measured", Limit: "limit"}
	}
	return d
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
